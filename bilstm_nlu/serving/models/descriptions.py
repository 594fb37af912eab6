"""What the list of models says about each: scores, licence, languages, from the card data in its checkpoint."""

import math
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from ...errors import NluError
from ...files import read_json
from .catalogue import KnownModel
from .revisions import Revision

__all__ = ["describe", "describe_labels", "examples_of"]

_SCORES = ("intent_accuracy", "slot_f1", "frame_accuracy", "combined_error", "num_utterances")
_REMEMBERED = 10_000  # cards
_MOST_EXAMPLES = 8


def describe(known: KnownModel) -> dict[str, Any]:
    """What is known of a model without loading it. It reads a file, so it should run in a thread."""
    target, serving = known.target, known.serving
    return {
        "name": known.name,
        "revision": target.label if serving is None else serving.label,
        "revisions": known.labels,
        "pinned": known.pinned,
        "canaries": {canary.revision: canary.share for canary in known.canaries},
        "loaded": serving is not None,
        **_card(target if serving is None else serving.revision),
    }


def describe_labels(known: KnownModel) -> dict[str, Any]:
    """The intents, the slot types and the settings of a model that is loaded."""
    if known.serving is None:
        return {}
    model, settings = known.serving, known.serving.nlu.settings
    return {
        "intents": settings.intents,
        "slot_types": settings.slot_types,
        "fallback_intent": settings.fallback_intent,
        "threshold": settings.threshold,
        "splits_texts": bool(settings.segment_hidden),
        "engine": model.nlu.net.engine,
        "bytes": model.num_bytes,
        "examples": _examples(model.revision),
        "loaded_at": model.loaded_at.isoformat(timespec="seconds"),
    }


@lru_cache(maxsize=_REMEMBERED)
def _card(revision: Revision) -> dict[str, Any]:
    empty: dict[str, Any] = {"scores": {}, "licence": None, "languages": []}
    path = Path(revision.place) / "card.json"
    try:
        card = read_json(path) if revision.commit is None and path.is_file() else None
    except (NluError, OSError):
        return empty  # the checkpoint may be fine all the same
    if not isinstance(card, dict):
        return empty
    language, licence = card.get("language"), card.get("licence")
    languages = [language] if isinstance(language, str) else language
    return {
        "scores": _scores(card.get("metrics")),
        "licence": licence if isinstance(licence, str) else None,
        "languages": [one for one in languages if isinstance(one, str)] if isinstance(languages, list) else [],
    }


@lru_cache(maxsize=_REMEMBERED)
def _examples(revision: Revision) -> list[str]:
    """Utterances of its card to try a model with."""
    try:
        path = revision.locate() / "card.json"
        card = read_json(path) if path.is_file() else None
    except (NluError, OSError):
        return []
    found = card.get("examples") if isinstance(card, dict) else None
    return examples_of(found)[:_MOST_EXAMPLES]


def examples_of(frames: Any) -> list[str]:
    """The texts of the examples of a card, those with slots first."""
    known = [one for one in frames if isinstance(one, dict)] if isinstance(frames, list) else []
    known.sort(key=lambda one: not one.get("slots"))
    texts = [one.get("text") for one in known]
    return [text for text in texts if isinstance(text, str) and text.strip()]


def _scores(metrics: Any) -> dict[str, dict[str, float]]:
    """Split -> its main scores."""
    found = {}
    for split, scores in metrics.items() if isinstance(metrics, Mapping) else ():
        if isinstance(scores, Mapping):
            kept = {name: scores[name] for name in _SCORES if name in scores}
            found[split] = {name: value for name, value in kept.items() if _is_number(value)}
    return found


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
