"""Which kind of value a type has, on any platform."""

import re

__all__ = ["value_kind"]

#: Kind -> the names of its types on the platforms (Alexa, Dialogflow, LUIS, Rasa with Duckling) and in public corpora,
#: without prefix, version and separators.
_NAMES = {
    "number": "number cardinal integer numberinteger numbersequence num count quantity",
    "ordinal": "ordinal ordinalnumber",
    "digits": "fourdigitnumber",
    "date": "date dateperiod calendardate day",
    "time": "time timeofday timeperiod clocktime",
    "datetime": "datetime dateandtime datetimeperiod datetimealt timerange when",
    "duration": "duration",
}
_KINDS = {name: kind for kind, names in _NAMES.items() for name in names.split()}

_PREFIX = re.compile(r"^(?:amazon|@?sys|builtin|prebuilt|duckling|sl)[.:_]", re.IGNORECASE)
_VERSION = re.compile(r"V\d+$")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def value_kind(type_name: str) -> str | None:
    """The kind of value of a type: `number`, `ordinal`, `digits`, `date`, `time`, `datetime` or `duration`.

    In addition to the platforms' own types, types whose name ends with such a word count as dates, times and durations
    (`departure_date`), and types whose name begins with such words count as numbers (`number_of_seats`).
    """
    words = [word.lower() for word in _WORD.findall(_VERSION.sub("", _PREFIX.sub("", type_name)))]
    if not words:
        return None
    if kind := _KINDS.get("".join(words)):
        return kind
    if words[:2] in (["number", "of"], ["num", "of"]):
        return "number"
    if words[-2:] == ["date", "time"]:
        return "datetime"
    return words[-1] if words[-1] in ("date", "time", "duration") else None
