"""The multitask stacked bi-LSTM of Goyal et al. 2018 (arXiv:1805.01542): task stacks and heads on a shared encoder."""

from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers.modeling_outputs import SequenceClassifierOutput
from transformers.utils import cached_file
from transformers.utils.hub import extract_commit_hash

from .call_phrases_bilstm_nlu import CallPhrases  # noqa: F401  transformers 5.0 copies only files that are named here
from .calls_bilstm_nlu import CallValues  # noqa: F401  as above
from .catalogs_bilstm_nlu import SlotCatalogs
from .companions_bilstm_nlu import empty_companions, load_companions, save_companions
from .configuration_bilstm_nlu import TASK, BiLstmNluConfig
from .crf_bilstm_nlu import CrfLayer
from .decision_bilstm_nlu import FrameDecision
from .decoding_bilstm_nlu import FrameDecoding
from .encoder_bilstm_nlu import WHERE, BiLstmNluModel, BiLstmNluPreTrainedModel
from .exact_bilstm_nlu import ExactPhrases
from .format_bilstm_nlu import MAX_BYTES, PAD_TOKEN_ID
from .forms_bilstm_nlu import FormIndex  # noqa: F401  as above
from .frames_bilstm_nlu import FrameMaker  # noqa: F401  as above
from .gazetteer_bilstm_nlu import CatalogMatching, Gazetteer, MatchProjection
from .hashing_bilstm_nlu import lay_out_words
from .heads_bilstm_nlu import RESET_POLICIES, Heads, keep_matching
from .hearing_bilstm_nlu import Hearing  # noqa: F401  as above
from .json_file_bilstm_nlu import read_limited  # noqa: F401  as above
from .labels_bilstm_nlu import matching_places
from .layers_bilstm_nlu import BiLstmStack, IntentPooling, SequenceDropout
from .losses_bilstm_nlu import JointLoss
from .more_phrases_bilstm_nlu import MorePhrases
from .outputs_bilstm_nlu import BiLstmNluEncoderOutput, BiLstmNluOutput, BiLstmNluReading
from .own_words_bilstm_nlu import OwnWords
from .packing_bilstm_nlu import is_packed_file  # noqa: F401  as above
from .phonetics_bilstm_nlu import sound_key  # noqa: F401  as above
from .phrases_bilstm_nlu import PhraseTree  # noqa: F401  as above
from .pipeline_bilstm_nlu import BiLstmNluPipeline
from .resolution_bilstm_nlu import ValueIndex  # noqa: F401  as above
from .segment_heads_bilstm_nlu import TextSegmentation
from .segments_bilstm_nlu import Segment  # noqa: F401  as above
from .validation_bilstm_nlu import check_threshold  # noqa: F401  as above

#: How a process without this package finds the pipeline. Its file is saved with every checkpoint because it is
#: imported above.
CUSTOM_PIPELINES = {TASK: {"impl": f"pipeline_bilstm_nlu.{BiLstmNluPipeline.__name__}", "pt": ["AutoModel"]}}

#: The class of this file that an Auto class takes in a process without this package. The second is for the card's
#: `pipeline_tag`: the hub's "Use this model" shows `pipeline("text-classification", ...)`, which fails without it.
AUTO_MAP = {
    "AutoModel": "modeling_bilstm_nlu.BiLstmNluForIntentAndSlots",
    "AutoModelForSequenceClassification": "modeling_bilstm_nlu.BiLstmNluForSequenceClassification",
}

#: Arguments of `save_pretrained` that say where to push the saved files.
_PUSHING = ("commit_message", "create_pr", "private", "push_to_hub", "repo_id", "revision", "tags", "token")


class BiLstmNluForIntentAndSlots(
    JointLoss, CatalogMatching, TextSegmentation, FrameDecision, FrameDecoding, BiLstmNluPreTrainedModel
):
    """The joint model: a shared encoder, a bi-LSTM and a head for intents, a bi-LSTM and a head for slot tags.

    Attributes:
        slot_catalogs: the known values of slot types, with which the pipeline resolves slots; saved and loaded with
            the weights. They are not an input of the network: `set_gazetteers` makes them one.
        exact_phrases: the skill's own phrases, which the pipeline answers without the network; saved and loaded with
            the weights.
        own_words: the words of the skill's texts, with which the pipeline reads misheard texts again; saved and loaded
            with the weights.
    """

    slot_catalogs: SlotCatalogs
    exact_phrases: ExactPhrases
    own_words: OwnWords

    def __init__(self, config: BiLstmNluConfig):
        super().__init__(config)
        empty_companions(self)
        self.encoder = BiLstmNluModel(config)
        self._build_stacks()
        self._build_heads()
        self.post_init()

    def _build_stacks(self) -> None:
        config, size = self.config, self.encoder.output_size
        self.intent_stack = BiLstmStack(config, size, config.intent_hidden, config.intent_layers)
        self.intent_pooling = IntentPooling(config.intent_pooling, 2 * config.intent_hidden)
        self.slot_stack = BiLstmStack(config, size, config.slot_hidden, config.slot_layers)
        self.any_catalog = MatchProjection(2, size)

    def _build_heads(self) -> None:
        config = self.config
        self.head_dropout = SequenceDropout(config.dropout, config.variational_dropout)
        wide = config.wide_intent * (config.word_dim + config.ngram_dim)
        self.intent_head = nn.Linear(2 * config.intent_hidden + wide, config.num_intents)
        self.slot_head = nn.Linear(2 * config.slot_hidden, config.num_slot_tags)
        self.crf = CrfLayer(config.num_slot_tags) if config.use_crf else None
        self.register_module(  # keeps its place without catalogs, so that equal models have equal files
            "gazetteer", Gazetteer(config, self.encoder.output_size) if config.gazetteers else None
        )
        self.build_decision()
        self.build_segment_heads()

    def get_input_embeddings(self) -> nn.Module:
        return self.encoder.get_input_embeddings()

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        intent_labels: Tensor | None = None,
        slot_labels: Tensor | None = None,
        *,
        tag_subset: Tensor | None = None,
        catalog_matches: Tensor | None = None,
        masked_words: Tensor | None = None,
        more_phrases: MorePhrases | None = None,
        output_hidden_states: bool = False,
    ) -> BiLstmNluOutput:
        """Score intents and slot tags.

        Args:
            input_ids: (batch, bytes) ids from the tokenizer.
            attention_mask: (batch, bytes); padding is recognised without it, too.
            intent_labels: (batch,) gold ids, -100 if the intent was not annotated.
            slot_labels: (batch, words) gold ids, -100 where there is no word or slots were not annotated.
            tag_subset: (tags,) ids of the slot tags that the slot loss is computed over; `None` takes all tags. `O`
                first, then both tags of some slot types, in order. It must contain all of `slot_labels`.
            catalog_matches: (batch, words, 2) bool, whether a word starts a value of a slot catalog, and whether it
                continues one; `None` takes the matches of the gazetteers.
            masked_words: (batch, words) bool, the words whose vectors are set to zero.
            more_phrases: more values of slot types, which count as catalog values in this call.
            output_hidden_states: also return the inputs of the heads, and the keys of the words.
        """
        pooled, slot_states, word_keys = self._features_and_keys(
            input_ids, attention_mask, catalog_matches, masked_words, more_phrases
        )
        intent_logits = self.intent_head(self.head_dropout(pooled[:, None])[:, 0])
        slot_logits = self.slot_head(self.head_dropout(slot_states))
        loss = None
        if intent_labels is not None or slot_labels is not None:
            loss = self.joint_loss(intent_logits, slot_logits, intent_labels, slot_labels, tag_subset)
        return BiLstmNluOutput(
            loss=loss,
            intent_logits=intent_logits,
            slot_logits=slot_logits,
            hidden_states=(pooled, slot_states) if output_hidden_states else None,
            word_keys=word_keys if output_hidden_states else None,
        )

    def read(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        *,
        possible: Tensor | None = None,
        more_phrases: MorePhrases | None = None,
    ) -> BiLstmNluReading:
        """Read texts: score the intents, find the slots of the best one, and decide whether it is right and in scope.

        Args:
            input_ids: (batch, bytes) ids from the tokenizer.
            attention_mask: (batch, bytes); padding is recognised without it, too.
            possible: (intents,) bool, the intents that the texts may have; `None` allows all.
            more_phrases: more values of slot types, which count as catalog values in this call.
        """
        output = self(input_ids, attention_mask, more_phrases=more_phrases, output_hidden_states=True)
        intent_logits = output.intent_logits
        if possible is not None:
            intent_logits = intent_logits.masked_fill(~possible, -torch.inf)
        logits = intent_logits, output.slot_logits, output.word_keys != 0
        if self.decision is None:
            return BiLstmNluReading(*self.decode(*logits))
        scores, tags, costs = self.decode_with_costs(*logits)
        decision = self.decide(output.hidden_states[0], intent_logits, scores, output.word_keys, tags, costs)
        return BiLstmNluReading(scores, tags, decision)

    def features(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        catalog_matches: Tensor | None = None,
        masked_words: Tensor | None = None,
        more_phrases: MorePhrases | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Return the inputs of the heads: (batch, size) for intents and (batch, words, size) for slots."""
        return self._features_and_keys(input_ids, attention_mask, catalog_matches, masked_words, more_phrases)[:2]

    def _features_and_keys(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None,
        catalog_matches: Tensor | None,
        masked_words: Tensor | None,
        more_phrases: MorePhrases | None,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return the inputs of the heads, and the (batch, words) keys of the words."""
        encoded = self.encoder(input_ids, attention_mask, masked_words)
        intent_states = slot_states = encoded.last_hidden_state  # (batch, words, encoder.output_size)
        for for_intent, for_slots in self.marks(encoded.word_keys, catalog_matches, more_phrases):
            intent_states, slot_states = intent_states + for_intent, slot_states + for_slots
        return self._pool(intent_states, encoded), self.slot_stack(slot_states, encoded.lengths), encoded.word_keys

    def _pool(self, intent_states: Tensor, encoded: BiLstmNluEncoderOutput) -> Tensor:
        """Turn the inputs of the intent stack, (batch, words, size), into inputs of the intent head, (batch, size)."""
        intent_states = self.intent_stack(intent_states, encoded.lengths)
        pooled = self.intent_pooling(intent_states, encoded.word_mask, encoded.lengths)
        if self.config.wide_intent:
            assert encoded.word_vectors is not None and encoded.lengths is not None
            bag = encoded.word_vectors.sum(1) * encoded.lengths.clamp(min=1)[:, None].to(pooled.dtype).rsqrt()
            pooled = torch.cat([pooled, bag], dim=-1)
        return pooled

    def segment_features(self, input_ids: Tensor) -> tuple[Tensor, Tensor]:
        """Return the inputs of the segment heads: states of words (batch, words, size), and texts (batch, size)."""
        encoded = self.encoder(input_ids)
        intent_states = encoded.last_hidden_state
        for for_intent, _ in self.marks(encoded.word_keys, None, None):
            intent_states = intent_states + for_intent
        return encoded.last_hidden_state, self._pool(intent_states, encoded)

    def save_pretrained(self, save_directory: str | Path, **kwargs: Any) -> None:  # type: ignore[override]
        """Save weights, config, slot catalogs, exact phrases, and the code that a process without the package needs.

        Args:
            save_directory: folder to save in; it is created if it does not exist.
            kwargs: `packed=True` rounds the weights to less than half the space, see
                `BiLstmNluPreTrainedModel.save_pretrained`; other arguments of `PreTrainedModel.save_pretrained`; with
                `push_to_hub=True` also those of `push_to_hub`.

        Raises:
            ValueError: the slot catalogs or the exact phrases are too large, or both `packed` and `push_to_hub` are
                true.
        """
        if kwargs.get("packed") and kwargs.get("push_to_hub"):
            raise ValueError("push_to_hub=True pushes weights in full precision; leave out packed=True")
        push = {name: kwargs.pop(name) for name in _PUSHING if name in kwargs}
        self.config.custom_pipelines = CUSTOM_PIPELINES
        self.config.auto_map = {**(getattr(self.config, "auto_map", None) or {}), **AUTO_MAP}
        super().save_pretrained(save_directory, **kwargs)
        if kwargs.get("is_main_process", True):
            save_companions(self, save_directory)
        if push.pop("push_to_hub", False):  # the method of transformers would push before these files are saved
            self.push_to_hub(**{"repo_id": Path(save_directory).name, **push})

    @classmethod
    def from_pretrained(  # type: ignore[override]
        cls, pretrained_model_name_or_path: str | Path | None, *args: Any, **kwargs: Any
    ) -> "BiLstmNluForIntentAndSlots":
        """Load a checkpoint with its slot catalogs and exact phrases, if it has any.

        Args:
            pretrained_model_name_or_path: a folder or a hub id.
            args: more positional arguments of `PreTrainedModel.from_pretrained`.
            kwargs: more keyword arguments of `PreTrainedModel.from_pretrained`.

        Raises:
            ValueError: the weights do not fit the config, are incomplete or not finite; or the file of slot catalogs
                or of exact phrases is damaged.
        """
        where = {name: kwargs[name] for name in WHERE if name in kwargs}
        loaded: Any = super().from_pretrained(pretrained_model_name_or_path, *args, **kwargs)
        model = loaded[0] if isinstance(loaded, tuple) else loaded
        for tensor in model.state_dict(keep_vars=True).values():
            if tensor.data_ptr() % 64:  # not aligned in the file, which is slower and changes the last digits
                tensor.data = tensor.data.clone()
        if pretrained_model_name_or_path is not None:
            find = partial(cached_file, _raise_exceptions_for_missing_entries=False, **where)
            load_companions(model, partial(find, pretrained_model_name_or_path))
            # the commit, for the lineage of models that are trained from this one; a downloaded file has it
            known = cached_file(
                pretrained_model_name_or_path,
                "config.json",
                _raise_exceptions_for_missing_entries=False,
                _raise_exceptions_for_connection_errors=False,
                **{**where, "local_files_only": True, "force_download": False},
            )
            model.config._commit_hash = extract_commit_hash(known, None)
        return loaded

    def reset_heads(
        self,
        intents: Iterable[str],
        slot_types: Iterable[str],
        policy: str = "heads",
        *,
        intent_slots: Mapping[str, Iterable[str]] | None = None,
        undeclared_slot_probabilities: Mapping[str, float] | None = None,
        intents_by_slots: bool = True,
    ) -> None:
        """Give the model the label lists of another domain, and re-initialise its upper layers.

        The gazetteers, the slot catalogs, the exact phrases and the decision of the old domain are removed.

        Args:
            intents: intents of the new domain.
            slot_types: slot types of the new domain.
            policy: `"heads"` re-initialises the heads (with transitions); `"stacks"` also the two task bi-LSTMs, as in
                section 3 of the paper; `"encoder"` also the shared bi-LSTM; `"matching"` re-initialises the heads and
                then copies the old weights of every intent and slot type whose name the old domain has, too.
                Embeddings do not change.
            intent_slots: `intent_slots` of the new domain, see `BiLstmNluConfig`.
            undeclared_slot_probabilities: `undeclared_slot_probabilities` of the new domain, see `BiLstmNluConfig`.
            intents_by_slots: `intents_by_slots` of the new domain, see `BiLstmNluConfig`.

        Raises:
            ValueError: an unknown policy, or label lists that the config refuses.
        """
        if policy not in RESET_POLICIES:
            raise ValueError(f"policy must be one of {RESET_POLICIES}, got {policy!r}")
        config = self.config
        old_intents, old_tags = config.intents, config.slot_tags
        config.replace_labels(
            intents,
            slot_types,
            intent_slots=intent_slots,
            undeclared_slot_probabilities=undeclared_slot_probabilities,
            intents_by_slots=intents_by_slots,
        )
        empty_companions(self)
        old_heads = Heads(self.intent_head, self.slot_head, self.crf)
        if policy in ("stacks", "encoder"):
            self._build_stacks()
            for module in (self.intent_stack, self.intent_pooling, self.slot_stack, self.any_catalog):
                self._draw(module)
        if policy == "encoder":
            self.encoder.build_shared()  # transformers does not re-initialise weights that were loaded
            self._draw(self.encoder.shared)
        self._build_heads()
        for head in (self.intent_head, self.slot_head, self.crf, self.head_dropout):
            self._draw(head)
        if policy == "matching":
            keep_matching(
                Heads(self.intent_head, self.slot_head, self.crf),
                old_heads,
                intents=matching_places(config.intents, old_intents),
                tags=matching_places(config.slot_tags, old_tags),
            )

    def _draw(self, module: nn.Module | None) -> None:
        if module is not None:
            module.apply(self._init_weights)  # before the conversion: bfloat16 has no orthogonal initialisation
            self._to_own_device(module)

    def _to_own_device(self, module: nn.Module | None) -> None:
        if module is not None:
            module.to(self.device, self.dtype).train(self.training)


class BiLstmNluForSequenceClassification(BiLstmNluForIntentAndSlots):
    """The joint model for `pipeline("text-classification", ...)`: it loads the same checkpoints, labels are intents.

    The output does not have slots, but the slots are used: the probability of an intent is the same as in `intents` of
    a frame. It is not the score of the frame: nothing is rejected here. As in a frame, only the first `MAX_BYTES` ids
    are read. That pipeline tokenizes the whole text, which transformers gives no way to limit: cut a text of megabytes
    before the call.
    """

    def forward(  # type: ignore[override]
        self, input_ids: Tensor, attention_mask: Tensor | None = None, labels: Tensor | None = None
    ) -> SequenceClassifierOutput:
        """Score intents.

        Args:
            input_ids: (batch, bytes) ids from the tokenizer, truncated or not; padded on the right.
            attention_mask: (batch, bytes); padding is recognised without it, too.
            labels: (batch,) ids of intents, -100 where there is no label.

        Returns:
            `logits`: (batch, num_labels) log-probabilities. `loss`: (), the intent loss in nats per utterance; `None`
            without labels.
        """
        if not input_ids.shape[1]:  # an empty text has no bytes
            input_ids, attention_mask = input_ids.new_full((len(input_ids), 1), PAD_TOKEN_ID, dtype=torch.long), None
        input_ids = input_ids[:, :MAX_BYTES]
        attention_mask = None if attention_mask is None else attention_mask[:, :MAX_BYTES]
        output = super().forward(input_ids, attention_mask, labels)
        assert output.intent_logits is not None and output.slot_logits is not None
        word_mask = lay_out_words(input_ids, attention_mask).mask
        return SequenceClassifierOutput(
            loss=output.loss,  # type: ignore[arg-type]
            logits=self.score_intents(output.intent_logits, output.slot_logits, word_mask),  # type: ignore[arg-type]
        )
