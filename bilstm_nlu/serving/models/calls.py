"""What a request may ask for: the description that checks it, and the arguments of the runtime that it gives."""

from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from ...errors import NluError
from ...hubfiles.calls_bilstm_nlu import MAX_LENGTH, MAX_VALUES, call_values, possible_intents
from ...hubfiles.segments_bilstm_nlu import CANNOT_SPLIT
from ...normalisation import DIRECTIONS, check_language, normalise_value
from ...runtime.nlu import Nlu
from .errors import not_valid
from .limits import Limits

__all__ = ["OPTIONS", "Call", "arguments_for", "batch_schema", "call_of", "parse_schema"]

_VALUE = {"type": "string", "minLength": 1, "maxLength": MAX_LENGTH}
_LANGUAGE = {"type": "string", "minLength": 2, "maxLength": 20, "description": "Language of numbers and dates."}

#: Name -> what it is like. All are optional.
OPTIONS: dict[str, dict[str, Any]] = {
    "top_k": {
        "type": ["integer", "null"],
        "minimum": 1,
        "description": "With more than 1, a frame also lists this number of intents; null lists all.",
        "default": 1,
    },
    "threshold": {
        "type": ["number", "null"],
        "minimum": 0,
        "maximum": 1,
        "description": "The smallest score that is accepted; null is that of the model.",
        "default": None,
    },
    "intents": {
        "anyOf": [{"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 10_000}, {"type": "null"}],
        "description": "The intents that are possible; null allows all.",
        "default": None,
    },
    "catalogs": {
        "anyOf": [
            {
                "type": "object",
                "minProperties": 1,
                "additionalProperties": {
                    "anyOf": [
                        {"type": "array", "items": _VALUE, "minItems": 1, "maxItems": MAX_VALUES},
                        {
                            "type": "object",
                            "minProperties": 1,
                            "maxProperties": MAX_VALUES,
                            "additionalProperties": {"type": "array", "items": _VALUE, "maxItems": MAX_VALUES},
                        },
                    ]
                },
            },
            {"type": "null"},
        ],
        "description": "More values for this request: slot type -> a list of values, or the synonyms of each value.",
        "default": None,
    },
    "multi": {
        "type": "boolean",
        "description": "Split texts with several intents; then each text has a list of frames.",
        "default": False,
    },
    "exact": {
        "type": "boolean",
        "description": "Whether one of the skill's own sentences gets the frame of that sentence.",
        "default": True,
    },
    "hear_again": {
        "type": "boolean",
        "description": "Whether a text that seems misheard or mistyped is read again with the words of the skill.",
        "default": True,
    },
    "normalise": {
        "type": "boolean",
        "description": "Whether numbers, dates, times and durations get their meaning, where the server can do it.",
        "default": True,
    },
    "prefer": {
        "type": ["string", "null"],
        "enum": [*DIRECTIONS, None],
        "description": "Whether a date without a year is the next or the last one; null is as trained.",
        "default": None,
    },
    "now": {
        "type": ["string", "null"],
        "maxLength": 40,
        "description": "The moment that dates count from, such as 2026-05-01T12:00; null is the time of the request.",
        "default": None,
    },
    "language": {**_LANGUAGE, "default": "en"},
}


class Call(NamedTuple):
    """What a request asks of a model.

    Attributes:
        texts: the texts.
        options: what it asks for beyond the texts, see `arguments_for`; requests without any can be computed together.
    """

    texts: list[str]
    options: dict[str, Any]


def parse_schema(limits: Limits) -> dict[str, Any]:
    """What the body of a request with one text is like."""
    text = {"type": "string", "maxLength": limits.text, "description": "What the user said."}
    return _schema({"text": text}, "text")


def batch_schema(limits: Limits) -> dict[str, Any]:
    """What the body of a request with several texts is like."""
    text = {"type": "string", "maxLength": limits.text}
    texts = {"type": "array", "items": text, "maxItems": limits.texts, "description": "What users said."}
    return _schema({"texts": texts}, "texts")


def _schema(content: dict[str, Any], required: str) -> dict[str, Any]:
    return {
        "type": "object",
        "required": [required],
        "properties": {**content, **OPTIONS},
        "additionalProperties": False,
    }


def call_of(body: dict[str, Any]) -> Call:
    """The call of a body that fits its schema.

    Raises:
        Refusal: the moment or the language cannot be read.
    """
    texts = [body["text"]] if "text" in body else body["texts"]
    if len(body) == 1:
        return Call(texts, {})
    options = {
        name: value
        for name, value in body.items()
        if name in ("top_k", "threshold", "intents", "catalogs", "multi", "exact", "hear_again")
        and value != OPTIONS[name]["default"]
    }
    now, language, prefer = body.get("now"), body.get("language", "en"), body.get("prefer")
    if not body.get("normalise", True):
        options["normalise"] = None
    elif now is not None or language != "en":
        options["dates"] = {"now": _moment(now), "language": _checked(language), "prefer": prefer}
    elif prefer is not None:
        options["prefer"] = prefer
    return Call(texts, options)


def _moment(now: str | None) -> datetime | None:
    try:
        return None if now is None else datetime.fromisoformat(now)
    except ValueError:
        raise not_valid("now must be a moment such as 2026-05-01T12:00") from None


def _checked(language: str) -> str:
    try:
        check_language(language)
    except NluError as error:
        raise not_valid(f"now and language: the server cannot read dates, because {error}") from None
    except ValueError:
        raise not_valid("language: dates in this language cannot be read") from None
    return language


def arguments_for(nlu: Nlu, options: dict[str, Any]) -> dict[str, Any]:
    """The arguments of `Nlu.__call__` for the options of a call.

    Raises:
        Refusal: it has no such intent or slot type, or it cannot split texts.
    """
    try:
        possible_intents(options.get("intents"), nlu.settings.intents)
    except ValueError as error:
        raise not_valid(str(error)) from None
    if (catalogs := options.get("catalogs")) is not None:
        known = nlu.settings.slot_types
        if unknown := [slot_type for slot_type in catalogs if slot_type not in known]:
            raise not_valid(
                f"catalogs: the model has no slot type {unknown[0]!r:.80}; known: {', '.join(known[:20]) or 'none'}"
            )
        try:
            call_values(catalogs, known)
        except ValueError:  # its message has a value, which may be a name of a person
            raise not_valid(
                f"catalogs: a value is blank or has half a character, or there are more than {MAX_VALUES:,} values"
            ) from None
    if options.get("multi") and not nlu.settings.segment_hidden:
        raise not_valid(CANNOT_SPLIT)
    if (dates := options.get("dates")) is None:
        return options
    prefer = dates["prefer"] or nlu.settings.prefer_dates
    others = {name: value for name, value in options.items() if name != "dates"}
    return {**others, "normalise": partial(normalise_value, **{**dates, "prefer": prefer})}
