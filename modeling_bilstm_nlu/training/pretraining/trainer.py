"""The first stage of transfer: train a generic checkpoint on a mixture of corpora, with or without a teacher."""

from copy import copy
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle
from transformers import PreTrainedTokenizerFast

from bilstm_nlu.errors import NluError

from ...data.encoded import EncodedUtterances
from ...data.mixtures.mixture import Mixture
from ...modeling_bilstm_nlu import BiLstmNluForIntentAndSlots
from ..arguments import NluTrainingArguments, PretrainingArguments, with_defaults_of
from ..sampler import CorpusSampler
from ..trainer import NluTrainer
from .corpus_catalogs import CorpusCatalogs
from .distillation import add_maps, distance_from, remove_maps, start_words_from
from .extra_words import add_extra_words, common_words, match_words
from .mixture_rows import MixtureCollator, MixtureRows, own_tags
from .teacher_states import read_with_teacher

__all__ = ["GenericTrainer"]


class GenericTrainer(NluTrainer):
    """Trains on a mixture of corpora: each batch is from one corpus, and its slot loss uses the corpus's tag subset.

    One corpus annotates slots that another corpus does not annotate, so tags of several corpora must not compete. With
    `args.teacher`, the network also learns from a sentence encoder: a linear map of the intent head's input is trained
    to be near the encoder's vector of the utterance, and a linear map of the slot head's input near the encoder's
    vectors of the words. The word vectors are initialised with the mean of the encoder's vectors. The maps are not
    part of the checkpoint.

    At the end, the `args.extra_words` most frequent words of the encoder's vocabulary get a vector, too.

    In `args.catalog_share` of the batches, some slot values of the corpus are marked as catalog matches, so that the
    checkpoint learns to use catalog matches before it sees a skill.

    Args:
        model: the model, with the mixture's labels.
        args: a `PretrainingArguments`, or an `NluTrainingArguments`, which gets the defaults of
            `PretrainingArguments`.
        domain: the mixture.
        processing_class: the tokenizer; `None` takes the standard tokenizer.
        kwargs: more arguments of `NluTrainer`.

    `prepare`, and so `train`, raises an NluError if the teacher cannot be loaded, or if the model knows too few words
    for `args.extra_words`.
    """

    nlu_args: PretrainingArguments
    domain: Mixture

    def __init__(
        self,
        model: BiLstmNluForIntentAndSlots,
        args: NluTrainingArguments,
        domain: Mixture,
        *,
        processing_class: PreTrainedTokenizerFast | None = None,
        **kwargs: Any,
    ):
        args = copy(with_defaults_of(PretrainingArguments, args))
        args.remove_unused_columns = False  # rows have columns that are not inputs of the model
        super().__init__(model, args, domain, processing_class=processing_class, **kwargs)
        self.data_collator = MixtureCollator(model.config.pad_token_id)
        self.sizes = domain.parts["train"]
        self.tags: list[Tensor] = []
        self.catalogs: CorpusCatalogs | None = None
        self._extra_words: list[str] = []
        self._maps: RemovableHandle | None = None

    def _prepare_run(self, *, is_resumed: bool) -> None:
        """Prepare the tag subset of each corpus, the teacher's states, the corpus catalogs, and the words to add."""
        args, domain, model = self.nlu_args, self.domain, self.own_model
        if args.extra_words:
            self._extra_words = common_words(args.extra_words, str(args.teacher))
            match_words(model, self._extra_words, self._tokenizer)  # raises an error now instead of after hours
        rows = cast(EncodedUtterances, self.train_dataset)
        self.tags = [own_tags(rows, places.start, places.stop) for places in domain.ranges().values()]
        states = None
        if args.teacher is not None:
            texts = domain.splits["train"]["text"][:]
            with args.main_process_first(
                desc="reading with the teacher"
            ):  # other processes find the states in the cache
                states = read_with_teacher(texts, rows.lengths, args.teacher, self._tokenizer)
            self._maps = add_maps(model, states)
            if not is_resumed:
                start_words_from(states, model, rows)
        if args.catalog_share:
            self.catalogs = CorpusCatalogs(
                domain, self._tokenizer, args.catalog_share, model.config.gazetteer_max_words
            )
        corpora = np.repeat(np.arange(len(self.sizes)), list(self.sizes.values()))
        self.train_dataset = MixtureRows(rows, corpora, states)

    def _ensure_prepared(self) -> None:
        if not self.is_prepared:
            raise NluError("the trainer has not prepared its mixture yet; call train() or prepare() first")

    def _encode_training(self) -> EncodedUtterances:
        """Encode the train split without variants, because the teacher has read only these texts."""
        return self.encode(self.domain.splits["train"], f"{self.domain.name}/train")

    def _get_train_sampler(self, train_dataset: Any = None) -> torch.utils.data.Sampler:
        args = self.nlu_args
        batch_size = args.train_batch_size * args.gradient_accumulation_steps * args.world_size
        seed = args.data_seed if args.data_seed is not None else args.seed
        rows = cast(MixtureRows, self.train_dataset).rows
        return CorpusSampler(rows.lengths, self.sizes, batch_size, temperature=args.corpus_temperature, seed=seed)

    def compute_loss(
        self, model: nn.Module, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """Compute the joint loss with the tag subset of the batch's corpus, and the distance from the teacher."""
        if "corpus" not in inputs:  # evaluation
            return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
        given = dict(inputs)
        corpus = int(given.pop("corpus"))
        tag_subset = self.tags[corpus].to(given["input_ids"].device)
        targets = [given.pop(name) for name in ("sentences", "words") if name in given]
        matches = None if self.catalogs is None else self.catalogs.draw(corpus, given["input_ids"])
        outputs = model(**given, tag_subset=tag_subset, catalog_matches=matches, output_hidden_states=True)
        loss = outputs.loss
        if targets:
            loss = loss + self.nlu_args.distillation_weight * distance_from(*targets, *outputs.hidden_states)
        return (loss, outputs) if return_outputs else loss

    def train(self, *args: Any, **kwargs: Any) -> Any:
        """Train; then remove the maps to the teacher's states, and add words (`args.extra_words`)."""
        result = super().train(*args, **kwargs)
        teacher = self.nlu_args.teacher
        if teacher is not None and self._maps is not None:
            remove_maps(self.bare_model, self._maps)
            self._maps = None
            if self._extra_words:
                add_extra_words(self.bare_model, self._extra_words, teacher, self._tokenizer)
        return result
