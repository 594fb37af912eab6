"""Frames in the shapes of other systems: Rasa, and the intents of Home Assistant."""

from collections.abc import Mapping
from typing import Any

__all__ = ["FALLBACK", "RASA_SCHEMA", "TOP_INTENTS", "home_assistant", "rasa"]

#: The name that Rasa gives a text that fits no intent.
FALLBACK = "nlu_fallback"
#: Number of intents in the ranking of Rasa.
TOP_INTENTS = 10
_EXTRACTOR = "BiLstmNlu"

#: What the body of Rasa's `POST /model/parse` is like. Rasa itself also sends the token here.
RASA_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["text"],
    "properties": {
        "text": {"type": "string"},
        "message_id": {"type": ["string", "null"], "maxLength": 200},
        "token": {"type": ["string", "null"], "maxLength": 200},
    },
    "additionalProperties": True,
}


def rasa(frame: Mapping[str, Any], message_id: str | None = None) -> dict[str, Any]:
    """A frame as Rasa's `POST /model/parse` answers.

    A frame that is not accepted has the fallback intent, with what is missing to 1 as its confidence, and no entities.
    The network does not score single slots, so `confidence_entity` is the score of the frame.

    Args:
        frame: the frame, with `intents`.
        message_id: of the request.
    """
    score = frame["score"]
    ranking = [{"name": one["intent"], "confidence": one["score"]} for one in frame.get("intents", ())]
    if frame["accepted"]:
        best = {"name": frame["intent"], "confidence": score}
        ranking = [best, *(one for one in ranking if one["name"] != frame["intent"])]
    else:
        best = {"name": frame["intent"] or FALLBACK, "confidence": 1 - score}
        ranking = [best, *(one for one in ranking if one["name"] != best["name"])]
    found: dict[str, Any] = {
        "text": frame["text"],
        "intent": best,
        "entities": [_entity(slot, score) for slot in frame["slots"]],
        "intent_ranking": ranking,
    }
    return found if message_id is None else {**found, "message_id": message_id}


def _entity(slot: Mapping[str, Any], score: float) -> dict[str, Any]:
    resolved = slot.get("resolved")
    return {
        "entity": slot["slot_type"],
        "start": slot["start"],
        "end": slot["end"],
        "confidence_entity": score,
        "value": slot["value"] if resolved is None else resolved["value"],
        "extractor": _EXTRACTOR,
    }


def home_assistant(frame: Mapping[str, Any]) -> dict[str, Any]:
    """A frame as the body of Home Assistant's `POST /api/intent/handle`; the name is `None` if it is not accepted."""
    if not frame["accepted"]:
        return {"name": None, "data": {}}
    data: dict[str, Any] = {}
    for slot in frame["slots"]:
        resolved = slot.get("resolved")
        value = slot["value"] if resolved is None else resolved["value"]
        known = data.get(slot["slot_type"])
        several = known if isinstance(known, list) else [] if known is None else [known]
        data[slot["slot_type"]] = value if known is None else [*several, value]
    return {"name": frame["intent"], "data": data}
