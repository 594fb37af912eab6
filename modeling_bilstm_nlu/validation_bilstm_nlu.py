"""Checks of settings: of arguments of the config, and of the threshold of a call."""

from collections.abc import Mapping
from typing import Any

from .format_bilstm_nlu import PAD_TOKEN_ID

#: Kinds of numbers that weights may have.
_DTYPES = ("auto", "bfloat16", "float16", "float32", "float64")
#: Rows of the smallest table of words.
_MIN_WORDS = 8


def check_threshold(threshold: Any) -> float:
    """Return a threshold of scores.

    Raises:
        ValueError: it is not a number from 0 to 1.
    """
    if isinstance(threshold, bool) or not isinstance(threshold, int | float) or not 0 <= threshold <= 1:
        raise ValueError(f"threshold must be a number from 0 to 1, got {threshold!r:.80}")
    return float(threshold)


def check_decision(config: Any) -> None:
    """Raise ValueError unless the arguments of a config about its decision fit each other.

    Args:
        config: a `BiLstmNluConfig`.
    """
    dims, words = config.decision_dims, config.decision_words
    if bool(dims) != bool(words) or 0 < words < _MIN_WORDS:
        raise ValueError(
            f"decision_dims and decision_words are {dims} and {words}; set both to 0, or both above 0 and "
            f"decision_words to at least {_MIN_WORDS}"
        )
    check_threshold(config.threshold)
    fallback = config.fallback_intent
    if not isinstance(fallback, str | None) or fallback == "":
        raise ValueError(f"fallback_intent must be a name or None, got {fallback!r:.80}")


def check_kwargs(given: Mapping[str, Any]) -> None:
    """Raise ValueError if an argument that the base class reads is of another kind."""
    for name in ("custom_pipelines", "id2label", "intent_slots", "label2id", "undeclared_slot_probabilities"):
        if not isinstance(given.get(name), Mapping | None):
            raise ValueError(f"{name} must be a mapping, got {given[name]!r:.80}")
    if given.get("pad_token_id", PAD_TOKEN_ID) != PAD_TOKEN_ID:
        raise ValueError(f"pad_token_id must be {PAD_TOKEN_ID}, got {given['pad_token_id']!r:.80}")
    for name in ("dtype", "torch_dtype"):
        if (dtype := given.get(name)) is not None and str(dtype).removeprefix("torch.") not in _DTYPES:
            raise ValueError(f"{name} must be one of {', '.join(_DTYPES)}, got {dtype!r:.80}")
