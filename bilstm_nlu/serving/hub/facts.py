"""What the pages show of a model: scores, size, licence, base, labels. It is read from the files once."""

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from .blobs import BlobStore
from .cards import metadata
from .errors import HubError
from .history import File

__all__ = ["SCORES", "ModelFacts", "facts_of"]

#: The scores that the pages show: the key in a card -> words.
SCORES = {"intent_accuracy": "intent accuracy", "slot_f1": "slot F1", "frame_accuracy": "frame accuracy"}
_SPLITS = ("test", "validation")
_REMEMBERED = 1_000  # cards
_LONGEST = 2_000_000  # bytes of a file that is read
_MOST_LABELS = 10_000
_MOST_EXAMPLES = 6
_READ = ("card.json", "config.json", "README.md")


@dataclass(frozen=True)
class ModelFacts:
    """What the pages show of a model.

    Attributes:
        size: of all files, in bytes.
        is_model: whether it is a checkpoint of this package.
        scores: split -> score -> value; the best split first.
        num_utterances: split -> number of utterances of the scores.
        licence: of the model.
        base: what it was trained from.
        labels: `intents` and `slot types` -> the names.
        examples: utterances to try.
    """

    size: int = 0
    is_model: bool = False
    scores: dict[str, dict[str, float]] = field(default_factory=dict)
    num_utterances: dict[str, int] = field(default_factory=dict)
    licence: str | None = None
    base: str | None = None
    labels: dict[str, tuple[str, ...]] = field(default_factory=dict)
    examples: tuple[str, ...] = ()

    @property
    def best(self) -> tuple[str, float, int | None] | None:
        """The split that says most, its frame accuracy, and the number of its utterances."""
        for split, scores in self.scores.items():
            if "frame_accuracy" in scores:
                return split, scores["frame_accuracy"], self.num_utterances.get(split)
        return None


def facts_of(blobs: BlobStore, files: dict[str, File]) -> ModelFacts:
    """What the files of a commit say about a model. What is damaged or has another layout is left out.

    Args:
        blobs: the contents.
        files: path -> file.
    """
    hashes = tuple((files[name].sha256, files[name].size) if name in files else None for name in _READ)
    return _facts(blobs, hashes, sum(file.size for file in files.values()))


@lru_cache(maxsize=_REMEMBERED)
def _facts(blobs: BlobStore, hashes: tuple[tuple[str, int] | None, ...], size: int) -> ModelFacts:
    card_json, config_json, readme = (_content(blobs, one) for one in hashes)
    card, config, told = _object(card_json), _object(config_json), metadata(readme, "model")
    scores, counts = {}, {}
    metrics = card.get("metrics")
    by_split = metrics if isinstance(metrics, dict) else {}
    for split in sorted(by_split, key=_place):
        found = by_split[split] if isinstance(by_split[split], dict) else {}
        scores[split] = {name: found[name] for name in SCORES if _is_share(found.get(name))}
        if isinstance(number := found.get("num_utterances"), int):
            counts[split] = number
    return ModelFacts(
        size=size,
        is_model=config.get("model_type") == "bilstm_nlu",
        scores={split: found for split, found in scores.items() if found},
        num_utterances=counts,
        licence=_text(card.get("licence"), told.get("license")),
        base=_text(card.get("base_model"), told.get("base_model_name"), told.get("base_model")),
        labels={
            "intents": _texts(config.get("intents"), _MOST_LABELS),
            "slot types": _texts(config.get("slot_types"), _MOST_LABELS),
        },
        examples=_texts(_example_texts(card.get("examples")), _MOST_EXAMPLES),
    )


def _place(split: str) -> int:
    return _SPLITS.index(split) if split in _SPLITS else len(_SPLITS)


def _content(blobs: BlobStore, one: tuple[str, int] | None) -> bytes:
    if one is None or one[1] > _LONGEST:
        return b""
    try:
        return blobs.read(*one)
    except (HubError, OSError):
        return b""


def _object(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content or b"{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _is_share(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and 0 <= value <= 1


def _text(*values: Any) -> str | None:
    return next((value[:200] for value in values if isinstance(value, str) and value), None)


def _texts(values: Any, most: int) -> tuple[str, ...]:
    return tuple(value for value in values if isinstance(value, str))[:most] if isinstance(values, Iterable) else ()


def _example_texts(frames: Any) -> list[Any]:
    """The texts of the examples of a card, those with slots first."""
    known = [one for one in frames if isinstance(one, dict)] if isinstance(frames, list) else []
    return [one.get("text") for one in sorted(known, key=lambda one: not one.get("slots"))]
