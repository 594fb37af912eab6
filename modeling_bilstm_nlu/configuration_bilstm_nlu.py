"""The configuration of the multitask stacked bi-LSTM: sizes, labels, slot catalogs."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

from transformers import PretrainedConfig

from .format_bilstm_nlu import FORMAT_VERSION, PAD_TOKEN_ID
from .labels_bilstm_nlu import tags_for
from .validation_bilstm_nlu import check_decision, check_kwargs

logger = logging.getLogger(__name__)

#: The pipeline task of every checkpoint, with and without the package.
TASK = "intent-and-slots"

#: The name of the task in old checkpoints.
_OLD_TASK = "bilstm-nlu"

#: The arguments that belong to a domain, and not to the size of the network.
LABELS = (
    "decision_dims",
    "decision_words",
    "fallback_intent",
    "gazetteer_rows",
    "gazetteers",
    "intent_slots",
    "intents",
    "intents_by_slots",
    "none_class",
    "segment_hidden",
    "undeclared_slot_probabilities",
    "slot_types",
    "threshold",
)

#: Name of an argument in checkpoints of format 1 -> name now.
OLD_NAMES = {
    "ngram_rows": "ngram_buckets",
    "other_slot_chances": "undeclared_slot_probabilities",
    "word_rows": "vocabulary_size",
}

#: Rows of the smallest table.
_MIN_ROWS = 8
#: Numbers in the largest table of embeddings: 4 GiB in single precision.
_MAX_NUMBERS = 2**30
#: Name -> the smallest and the largest value. Larger sizes would only fill the memory.
_RANGES = {
    **dict.fromkeys(("shared_layers", "slot_layers", "intent_layers"), (1, 16)),
    **dict.fromkeys(("shared_hidden", "slot_hidden", "intent_hidden"), (1, 4096)),
    **dict.fromkeys(("word_dim", "ngram_dim"), (0, 4096)),
    **dict.fromkeys(("vocabulary_size", "ngram_buckets"), (_MIN_ROWS, 2**26)),
    **dict.fromkeys(("ngram_min", "ngram_max", "gazetteer_max_words"), (1, 32)),
    "gazetteer_rows": (0, 2**26),
    "segment_hidden": (0, 4096),
    "decision_dims": (0, 4096),
    "decision_words": (0, 2**26),
    "slot_loss_weight": (0, 1e6),
    "embedding_std": (0, 1e6),
}

INTENT_POOLINGS = ("attention", "max", "mean", "last")

#: Where to look for a date whose year, month or week is not said.
DATE_DIRECTIONS = ("future", "past")


class BiLstmNluConfig(PretrainedConfig):
    """Sizes and labels of a `BiLstmNluForIntentAndSlots`.

    Args:
        intents: intent names, in the order of the intent logits.
        slot_types: slot types; the slot logits follow `slot_tags`, which is derived from them.
        intent_slots: intent -> the slot types that an utterance of the intent may have; decoding finds only slots of
            the predicted intent. An intent that is not listed may have all slot types.
        undeclared_slot_probabilities: intent -> probability that an utterance of this intent has slots that
            `intent_slots` does not list. It is above 0 if `intent_slots` comes from a few utterances and not from a
            declaration. It is 0 for an intent that is not listed.
        intents_by_slots: multiply the probability of an intent by the probability that all slots belong to the intent;
            turn it off if the slot tags of several corpora were trained separately, as in a mixture.
        vocabulary_size: rows of the word table; each word of the training data has its own row, all other words share
            row 0.
        word_dim: size of a word's own vector; with 0, word vectors come only from n-grams.
        ngram_buckets: rows of the table that character n-grams are hashed into.
        ngram_dim: size of the vector from a word's n-grams; with 0, all unknown words have the same vector.
        ngram_min: bytes in the shortest n-gram.
        ngram_max: bytes in the longest n-gram.
        shared_hidden: cells in each direction of the shared bi-LSTM.
        shared_layers: layers of the shared bi-LSTM.
        slot_hidden: cells in each direction of the slot tagging bi-LSTM.
        slot_layers: layers of the slot tagging bi-LSTM.
        intent_hidden: cells in each direction of the intent bi-LSTM.
        intent_layers: layers of the intent bi-LSTM.
        dropout: fraction dropped between embeddings, stacks and heads.
        variational_dropout: drop the same units at all words of an utterance (Gal and Ghahramani 2016).
        recurrent_dropout: fraction of the recurrent weights dropped (Merity et al. 2018).
        word_dropout: fraction of words whose own vector is dropped in training, so that the network learns to use
            n-grams.
        skip_connections: the input of the upper stacks is the shared states and also the word vectors.
        wide_intent: the input of the intent head is the pooled states and also a scaled sum of the word vectors.
        intent_pooling: how the intent states of an utterance become one vector: one of `INTENT_POOLINGS`.
        use_crf: score tag sequences with learnt transitions; without it, tags are independent. In both cases, decoding
            gives only valid BIO sequences.
        slot_loss_weight: weight of the slot loss; the intent loss has weight 1.
        label_smoothing: share of the intent target that is spread over all intents.
        none_class: the intent loss has a class for texts that no intent fits, see `JointLoss`.
        embedding_std: standard deviation of new embedding rows.
        gazetteers: names of the slot catalogs whose matches are an input of the upper stacks.
        gazetteer_rows: rows of the table of catalog phrases; 0 without gazetteers.
        gazetteer_max_words: words in the longest catalog phrase that is matched.
        gazetteer_dropout: fraction of utterances whose matches are dropped in training; for catalogs that leave out
            many of the values that users say.
        segment_hidden: cells in the hidden layer of the head that splits texts with several intents; 0 without such
            heads, see `set_segment_heads` of the model.
        decision_dims: size of the space in which the decision compares a text with the skill's texts, see
            `decision_bilstm_nlu`; 0 without a decision.
        decision_words: rows of the table of words of the decision; 0 without a decision.
        threshold: the smallest score that is accepted, from 0 to 1.
        fallback_intent: the intent of frames that are not accepted; `None` if the skill has none. It may be one of
            `intents`.
        prefer_dates: whether a date without a year ("march third") is the next such day or the last one: one of
            `DATE_DIRECTIONS`. The network does not depend on it.
        packed_weights: whether the file of weights is packed: embeddings in 8 bits, all other weights in half
            precision. Saving and loading set it. To save a model packed, use the argument `packed` of
            `save_pretrained`.
        format_version: the format of the checkpoint.

    Raises:
        ValueError: a size, fraction or name is out of range, a label is repeated, `num_labels` is not the number of
            intents, or the checkpoint is newer than this code.

    The labels of transformers (`id2label`, `label2id`, `num_labels`) are the intents. They are computed, not stored,
    so that they always fit `intents`.
    """

    model_type = "bilstm_nlu"

    #: Converts the stored `custom_pipelines` for this process. The package sets it, see its `__init__`.
    pipelines_as: ClassVar[Callable[[dict[str, Any]], dict[str, Any]]] = dict

    def __init__(
        self,
        intents: Sequence[str] = ("none",),
        slot_types: Sequence[str] = (),
        *,
        intent_slots: Mapping[str, Iterable[str]] | None = None,
        undeclared_slot_probabilities: Mapping[str, float] | None = None,
        intents_by_slots: bool = True,
        vocabulary_size: int = 16384,
        word_dim: int = 96,
        ngram_buckets: int = 16384,
        ngram_dim: int = 96,
        ngram_min: int = 1,
        ngram_max: int = 5,
        shared_hidden: int = 128,
        shared_layers: int = 1,
        slot_hidden: int = 128,
        slot_layers: int = 1,
        intent_hidden: int = 128,
        intent_layers: int = 1,
        dropout: float = 0.4,
        variational_dropout: bool = True,
        recurrent_dropout: float = 0.0,
        word_dropout: float = 0.1,
        skip_connections: bool = True,
        wide_intent: bool = True,
        intent_pooling: str = "attention",
        use_crf: bool = True,
        slot_loss_weight: float = 1.0,
        label_smoothing: float = 0.0,
        none_class: bool = False,
        embedding_std: float = 0.5,
        gazetteers: Sequence[str] = (),
        gazetteer_rows: int = 0,
        gazetteer_max_words: int = 6,
        gazetteer_dropout: float = 0.0,
        segment_hidden: int = 0,
        decision_dims: int = 0,
        decision_words: int = 0,
        threshold: float = 0.0,
        fallback_intent: str | None = None,
        prefer_dates: str = "future",
        packed_weights: bool = False,
        format_version: int = FORMAT_VERSION,
        **kwargs: Any,
    ):
        check_kwargs(
            {**kwargs, "intent_slots": intent_slots, "undeclared_slot_probabilities": undeclared_slot_probabilities}
        )
        self.intents = list(intents)
        self.slot_types = list(slot_types)
        self.intent_slots = {intent: list(names) for intent, names in (intent_slots or {}).items()}
        self.undeclared_slot_probabilities = dict(undeclared_slot_probabilities or {})
        self.intents_by_slots = intents_by_slots
        self.vocabulary_size = vocabulary_size
        self.word_dim = word_dim
        self.ngram_buckets = ngram_buckets
        self.ngram_dim = ngram_dim
        self.ngram_min = ngram_min
        self.ngram_max = ngram_max
        self.shared_hidden = shared_hidden
        self.shared_layers = shared_layers
        self.slot_hidden = slot_hidden
        self.slot_layers = slot_layers
        self.intent_hidden = intent_hidden
        self.intent_layers = intent_layers
        self.dropout = dropout
        self.variational_dropout = variational_dropout
        self.recurrent_dropout = recurrent_dropout
        self.word_dropout = word_dropout
        self.skip_connections = skip_connections
        self.wide_intent = wide_intent
        self.intent_pooling = intent_pooling
        self.use_crf = use_crf
        self.slot_loss_weight = slot_loss_weight
        self.label_smoothing = label_smoothing
        self.none_class = none_class
        self.embedding_std = embedding_std
        self.gazetteers = list(gazetteers)
        self.gazetteer_rows = gazetteer_rows
        self.gazetteer_max_words = gazetteer_max_words
        self.gazetteer_dropout = gazetteer_dropout
        self.segment_hidden = segment_hidden
        self.decision_dims = decision_dims
        self.decision_words = decision_words
        self.threshold = threshold
        self.fallback_intent = fallback_intent
        self.prefer_dates = prefer_dates
        self.packed_weights = packed_weights
        self.format_version = format_version
        for old, new in OLD_NAMES.items():
            if old in kwargs:
                setattr(self, new, kwargs.pop(old))
        self._validate()
        kwargs.setdefault("pad_token_id", PAD_TOKEN_ID)
        super().__init__(**self._with_own_labels(kwargs))

    @property
    def slot_tags(self) -> list[str]:
        """Tags in the order of the slot logits: `O`, then `B-x` and `I-x` of every slot type."""
        return tags_for(self.slot_types)

    @property
    def num_intents(self) -> int:
        return len(self.intents)

    @property
    def num_slot_tags(self) -> int:
        return 1 + 2 * len(self.slot_types)

    @property
    def intent2id(self) -> dict[str, int]:
        return {intent: i for i, intent in enumerate(self.intents)}

    @property  # type: ignore[misc]
    def id2label(self) -> dict[int, str]:
        """Index of the logit -> intent."""
        return dict(enumerate(self.intents))

    @id2label.setter
    def id2label(self, labels: Mapping[Any, str] | None) -> None:
        if labels is not None:
            self._refuse_other_labels("id2label", {int(i): label for i, label in labels.items()}, self.id2label)

    @property  # type: ignore[misc]
    def label2id(self) -> dict[str, int]:
        """Intent -> index of the logit."""
        return self.intent2id

    @label2id.setter
    def label2id(self, ids: Mapping[str, Any] | None) -> None:
        if ids is not None:
            self._refuse_other_labels("label2id", dict(ids), self.label2id)

    @property
    def num_labels(self) -> int:
        """Number of intents."""
        return self.num_intents

    @num_labels.setter
    def num_labels(self, number: int) -> None:
        self._refuse_other_labels("num_labels", number, self.num_labels)

    @property
    def custom_pipelines(self) -> dict[str, Any]:
        """Task -> its class in the checkpoint's own code. Empty before the model is saved for the first time."""
        return type(self).pipelines_as(self.__dict__.get("custom_pipelines", {}))

    @custom_pipelines.setter
    def custom_pipelines(self, pipelines: Mapping[str, Any]) -> None:
        self.__dict__["custom_pipelines"] = {
            TASK if task == _OLD_TASK else task: entry for task, entry in pipelines.items()
        }

    def _refuse_other_labels(self, name: str, given: Any, own: Any) -> None:
        if given != own:
            raise ValueError(
                f"{name}={given!r:.80} does not fit the {self.num_intents} intents, which are the labels; "
                "set `intents` instead, or call `reset_heads` of the model"
            )

    def _with_own_labels(self, given: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments for the base class, with the intents as labels, even if a file has other labels."""
        if (number := given.pop("num_labels", None)) is not None:
            self.num_labels = number
        own = {"id2label": self.id2label, "label2id": self.label2id}
        stored = given.get("id2label")
        if stored is not None and {str(place): label for place, label in stored.items()} != {
            str(place): label for place, label in enumerate(self.intents)
        }:
            logger.warning("id2label is ignored, because its labels are not the intents; set `intents` instead")
        return {**given, **own}

    def replace_labels(
        self,
        intents: Iterable[str],
        slot_types: Iterable[str],
        *,
        intent_slots: Mapping[str, Iterable[str]] | None = None,
        undeclared_slot_probabilities: Mapping[str, float] | None = None,
        intents_by_slots: bool = True,
    ) -> None:
        """Replace the labels by those of another domain, and remove the gazetteers.

        Args:
            intents: intents of the new domain.
            slot_types: slot types of the new domain.
            intent_slots: intent -> the slot types that an utterance of the intent may have.
            undeclared_slot_probabilities: intent -> probability of slots that `intent_slots` does not list.
            intents_by_slots: whether slots count for the probability of an intent.

        Raises:
            ValueError: a label is repeated or empty, or an argument has other labels; the config does not change.
        """
        other = type(self)(
            list(intents),
            list(slot_types),
            intent_slots=intent_slots,
            undeclared_slot_probabilities=undeclared_slot_probabilities,
            intents_by_slots=intents_by_slots,
        )
        vars(self).update({name: getattr(other, name) for name in LABELS})

    def _validate_labels(self) -> None:
        """Raise ValueError unless labels are distinct, non-empty strings, and all arguments use only these labels."""
        if not self.intents:
            raise ValueError("intents is empty; give at least one intent")
        for kind in ("intents", "slot_types", "gazetteers"):
            names = getattr(self, kind)
            if any(not isinstance(name, str) or not name for name in names) or len(set(names)) != len(names):
                raise ValueError(f"{kind} must be distinct, non-empty strings, got {names}")
        for intent, names in self.intent_slots.items():
            if intent not in self.intents or not set(names) <= set(self.slot_types):
                raise ValueError(
                    f"intent_slots has labels that the model does not have: {intent!r} with {names}; use the names in "
                    "intents and slot_types"
                )
        for intent, chance in self.undeclared_slot_probabilities.items():
            if intent not in self.intent_slots or not 0 <= chance <= 1:
                raise ValueError(
                    f"undeclared_slot_probabilities: {intent!r} has {chance}; give intents that are in intent_slots, "
                    "and numbers from 0 to 1"
                )

    def _validate(self) -> None:
        self._validate_labels()
        if self.format_version > FORMAT_VERSION:
            raise ValueError(
                f"the checkpoint has format {self.format_version}, but this code reads only up to {FORMAT_VERSION}; "
                "upgrade bilstm-nlu"
            )
        for name in ("dropout", "recurrent_dropout", "word_dropout", "gazetteer_dropout", "label_smoothing"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 0 and below 1, got {getattr(self, name)}")
        for name, (least, most) in _RANGES.items():
            if not least <= getattr(self, name) <= most:
                raise ValueError(f"{name} must be from {least} to {most}, got {getattr(self, name)}")
        if self.word_dim + self.ngram_dim < 1:
            raise ValueError("word_dim and ngram_dim are both 0; set one of them above 0")
        for rows, size in (("vocabulary_size", "word_dim"), ("ngram_buckets", "ngram_dim")):
            if getattr(self, rows) * getattr(self, size) > _MAX_NUMBERS:
                raise ValueError(f"{rows} times {size} must be at most {_MAX_NUMBERS}; set one of them lower")
        if self.gazetteers and self.gazetteer_rows < _MIN_ROWS:
            raise ValueError(
                f"gazetteer_rows must be at least {_MIN_ROWS} for the gazetteers {self.gazetteers}, "
                f"got {self.gazetteer_rows}"
            )
        check_decision(self)
        if self.ngram_max < self.ngram_min:
            raise ValueError(f"ngram_max ({self.ngram_max}) must not be below ngram_min ({self.ngram_min})")
        if self.intent_pooling not in INTENT_POOLINGS:
            raise ValueError(f"intent_pooling must be one of {INTENT_POOLINGS}, got {self.intent_pooling!r}")
        if self.prefer_dates not in DATE_DIRECTIONS:
            raise ValueError(f"prefer_dates must be one of {DATE_DIRECTIONS}, got {self.prefer_dates!r:.80}")
