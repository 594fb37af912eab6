"""The sizes and labels of a network, read from the `config.json` of its checkpoint."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from ..errors import NluError
from ..hubfiles.format_bilstm_nlu import FORMAT_VERSION
from ..hubfiles.labels_bilstm_nlu import tags_for
from ..hubfiles.validation_bilstm_nlu import check_decision

__all__ = ["MODEL_TYPE", "OLD_NAMES", "POOLINGS", "NetSettings"]

MODEL_TYPE = "bilstm_nlu"

#: The ways to make one vector of an utterance, in the order of their numbers in the kernel.
POOLINGS = ("attention", "max", "mean", "last")

#: Name of a setting in checkpoints of format 1 -> name now.
OLD_NAMES = {
    "ngram_rows": "ngram_buckets",
    "other_slot_chances": "undeclared_slot_probabilities",
    "word_rows": "vocabulary_size",
}

_MAY_BE_NULL = ("fallback_intent", "intent_slots", "undeclared_slot_probabilities")
_FEWEST_ROWS = 8
_MOST_NUMBERS = 2**30  # in one table of embeddings
#: Name -> the smallest and the largest value.
_RANGES = {
    **dict.fromkeys(("shared_layers", "slot_layers", "intent_layers"), (1, 16)),
    **dict.fromkeys(("shared_hidden", "slot_hidden", "intent_hidden"), (1, 4096)),
    **dict.fromkeys(("word_dim", "ngram_dim"), (0, 4096)),
    **dict.fromkeys(("vocabulary_size", "ngram_buckets"), (_FEWEST_ROWS, 2**26)),
    **dict.fromkeys(("ngram_min", "ngram_max", "gazetteer_max_words"), (1, 32)),
    "gazetteer_rows": (0, 2**26),
    "decision_dims": (0, 4096),
    "decision_words": (0, 2**26),
    "segment_hidden": (0, 4096),
}


@dataclass(frozen=True, kw_only=True)
class NetSettings:
    """What the network of a checkpoint is like. `BiLstmNluConfig` explains the settings; the defaults are the same."""

    intents: list[str] = field(default_factory=lambda: ["none"])
    slot_types: list[str] = field(default_factory=list)
    intent_slots: dict[str, list[str]] = field(default_factory=dict)
    undeclared_slot_probabilities: dict[str, float] = field(default_factory=dict)
    intents_by_slots: bool = True
    vocabulary_size: int = 16384
    word_dim: int = 96
    ngram_buckets: int = 16384
    ngram_dim: int = 96
    ngram_min: int = 1
    ngram_max: int = 5
    shared_hidden: int = 128
    shared_layers: int = 1
    slot_hidden: int = 128
    slot_layers: int = 1
    intent_hidden: int = 128
    intent_layers: int = 1
    skip_connections: bool = True
    wide_intent: bool = True
    intent_pooling: str = "attention"
    use_crf: bool = True
    gazetteers: list[str] = field(default_factory=list)
    gazetteer_rows: int = 0
    gazetteer_max_words: int = 6
    segment_hidden: int = 0
    decision_dims: int = 0
    decision_words: int = 0
    threshold: float = 0.0
    fallback_intent: str | None = None
    prefer_dates: str = "future"
    format_version: int = FORMAT_VERSION

    @property
    def slot_tags(self) -> list[str]:
        """Tags in the order of the slot logits: `O`, then `B-x` and `I-x` of every slot type."""
        return tags_for(self.slot_types)

    @property
    def word_size(self) -> int:
        """Numbers in the vector of a word."""
        return self.word_dim + self.ngram_dim

    @property
    def state_size(self) -> int:
        """Numbers in the input of the two upper stacks, for every word."""
        return 2 * self.shared_hidden + (self.word_size if self.skip_connections else 0)

    @property
    def pooled_size(self) -> int:
        """Numbers in the input of the intent head."""
        return 2 * self.intent_hidden + (self.word_size if self.wide_intent else 0)

    @classmethod
    def from_config(cls, values: object, where: str) -> "NetSettings":
        """Read the settings from the content of a `config.json`; settings that only training needs are ignored.

        Args:
            values: the content of the file.
            where: name of the file in messages.

        Raises:
            NluError: the file is that of another kind of model or of a newer format, or a setting is wrong.
        """
        if not isinstance(values, dict) or values.get("model_type") != MODEL_TYPE:
            found = values.get("model_type") if isinstance(values, dict) else None
            raise NluError(
                f"{where}: model_type is {found!r:.80}, not {MODEL_TYPE!r}; use a checkpoint of this package"
            )
        given = {name: value for name, value in values.items() if name not in OLD_NAMES}
        given |= {new: values[old] for old, new in OLD_NAMES.items() if old in values}
        version = given.get("format_version", FORMAT_VERSION)
        if type(version) is int and version > FORMAT_VERSION:
            raise NluError(
                f"{where}: the checkpoint has format {version}, but this program reads only up to {FORMAT_VERSION}; "
                "upgrade bilstm-nlu"
            )
        names = {one.name for one in fields(cls)} & given.keys()
        taken: dict[str, Any] = {
            name: given[name] for name in names if given[name] is not None or name not in _MAY_BE_NULL
        }
        if wrong := cls._wrong_kind(taken):
            raise NluError(f"{where}: {wrong}; download, copy or save the checkpoint again")
        settings = cls(**taken)
        if wrong := settings._wrong_value():
            raise NluError(f"{where}: {wrong}; download, copy or save the checkpoint again")
        return settings

    @classmethod
    def _wrong_kind(cls, given: Mapping[str, Any]) -> str | None:
        """What is said about a value that is not of the type of the default; `None` if all are."""
        defaults = cls()
        kinds: dict[str, Any] = {"fallback_intent": str, "threshold": int | float}
        for name, value in given.items():
            kind = kinds.get(name) or type(getattr(defaults, name))
            if not isinstance(value, kind) or isinstance(value, bool) != (kind is bool):
                return f"{name} must be of type {getattr(kind, '__name__', kind)}, found {value!r:.80}"
        for name in ("intents", "slot_types", "gazetteers"):
            names = given.get(name, [])
            if any(not isinstance(one, str) or not one for one in names) or len(set(names)) != len(names):
                return f"{name} must be distinct, non-empty strings, found {names!r:.80}"
        for intent, names in given.get("intent_slots", {}).items():
            if not isinstance(names, list) or not all(isinstance(one, str) for one in names):
                return f"intent_slots of {intent!r:.80} must be a list of slot types, found {names!r:.80}"
        return None

    def _wrong_value(self) -> str | None:
        """What is said about a value out of its range; `None` if all are right."""
        if not self.intents:
            return "intents is empty"
        for intent, names in self.intent_slots.items():
            if intent not in self.intents or not set(names) <= set(self.slot_types):
                return f"intent_slots has labels that the model does not have: {intent!r:.80} with {names!r:.80}"
        for intent, chance in self.undeclared_slot_probabilities.items():
            is_number = isinstance(chance, int | float) and not isinstance(chance, bool)
            if intent not in self.intent_slots or not is_number or not 0 <= chance <= 1:
                return f"undeclared_slot_probabilities of {intent!r:.80} is {chance!r:.80}"
        for name, (least, most) in _RANGES.items():
            if not least <= getattr(self, name) <= most:
                return f"{name} must be from {least} to {most}, found {getattr(self, name)!r:.80}"
        if not self.word_size:
            return "word_dim and ngram_dim are both 0"
        for rows, size in (("vocabulary_size", "word_dim"), ("ngram_buckets", "ngram_dim")):
            if getattr(self, rows) * getattr(self, size) > _MOST_NUMBERS:
                return f"{rows} times {size} must be at most {_MOST_NUMBERS}"
        if self.gazetteers and self.gazetteer_rows < _FEWEST_ROWS:
            return f"gazetteer_rows must be at least {_FEWEST_ROWS}, found {self.gazetteer_rows}"
        if self.ngram_max < self.ngram_min:
            return f"ngram_max ({self.ngram_max}) must not be below ngram_min ({self.ngram_min})"
        if self.intent_pooling not in POOLINGS:
            return f"intent_pooling must be one of {', '.join(POOLINGS)}, found {self.intent_pooling!r:.80}"
        try:
            check_decision(self)
        except ValueError as error:
            return str(error)
        if self.prefer_dates not in ("future", "past"):
            return f"prefer_dates must be future or past, found {self.prefer_dates!r:.80}"
        return None
