"""Cases for the tests of reports: a text with `[value](slot)`, its intent, and what a model answers."""

from modeling_bilstm_nlu.data.formats.annotations import parse_annotations
from modeling_bilstm_nlu.data.schema import Utterance
from modeling_bilstm_nlu.reports.answers import Answer, Case

INTENTS = ("play", "stop", "none")
FALLBACK = "none"


def utterance(marked: str, intent: str | None = "play", group: str | None = None) -> Utterance:
    text, spans = parse_annotations(marked)
    return Utterance(text, intent, spans, group)


def case(
    marked: str,
    intent: str | None = "play",
    answer: str | None = None,
    slots: str | None = None,
    *,
    score: float = 0.8,
    accepted: bool = True,
    group: str | None = None,
) -> Case:
    """A case; by default, the model answers with the gold frame.

    Args:
        marked: the text with its gold slots.
        intent: the gold intent.
        answer: the intent that the model gives.
        slots: the text with the slots that the model finds.
        score: the score of the answer.
        accepted: whether the model accepts it.
        group: the group of the utterance.
    """
    text, spans = parse_annotations(marked)
    found = spans if slots is None else parse_annotations(slots)[1]
    given = answer or intent
    best = given if given != FALLBACK else "play"
    reply = Answer(given, best, found, score, accepted)
    return Case(text, intent, spans, group or text, reply, intent in INTENTS and intent != FALLBACK)
