"""Frames: what an utterance means. A network reads a text (`Reading`), and a `FrameMaker` makes a frame of that.

This file loads no torch, so every engine makes its frames with it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple, TypedDict

from .calls_bilstm_nlu import CatalogsOfCall
from .catalogs_bilstm_nlu import Resolved, SlotCatalogs
from .labels_bilstm_nlu import tags_to_spans
from .phrases_bilstm_nlu import ExactAnswer
from .validation_bilstm_nlu import check_threshold

#: Function from the type name of a slot (or the slot type) and its text to the meaning of the text, or `None`.
Normaliser = Callable[[str, str], Any]


class _SlotSpan(TypedDict):
    slot_type: str
    value: str
    start: int
    end: int


class Slot(_SlotSpan, total=False):
    """One slot of a frame; `value` is `text[start:end]`, offsets are in characters, end exclusive.

    `resolved` is the meaning of the value, if it is known: see `Resolved`.
    """

    resolved: Resolved


class Frame(TypedDict, total=False):
    """The meaning of an utterance.

    Attributes:
        text: the utterance; if a text was split into several, the whole text.
        start: where the utterance starts in the text, in characters; only if several intents were asked for.
        end: where it ends, exclusive.
        accepted: whether the skill should act on the frame. A text without words is not accepted.
        intent: the best intent. If the frame is not accepted: the fallback intent of the skill, or else `None`.
        score: calibrated probability that the best intent is right and the text is meant for the skill; 0 for a text
            without words, 1 for one of the skill's own sentences. The best intent is the most probable one that is
            not the fallback intent.
        slots: the slots in the order of the text; none if the frame is not accepted.
        intents: the best intents with their probabilities, if more than one was asked for.
        truncated_at: number of characters that were read, if the text was too long to be read whole.
        heard: what the text seems to have been, if it is misheard or mistyped, and the frame is of that. Values and
            offsets are those of `text` all the same.
    """

    text: str
    start: int
    end: int
    accepted: bool
    intent: str | None
    score: float
    slots: list[Slot]
    intents: list[dict[str, Any]]
    truncated_at: int
    heard: str


def frame_in_text(frame: Frame, text: str, start: int, end: int) -> Frame:
    """Return the frame of a part of a text as a frame of the text: its offsets count from the start of the text.

    Args:
        frame: the frame of `text[start:end]`.
        text: the whole text.
        start: where the part starts, in characters.
        end: where it ends, exclusive.
    """
    slots = [Slot(**{**slot, "start": slot["start"] + start, "end": slot["end"] + start}) for slot in frame["slots"]]
    moved = Frame(**{**frame, "text": text, "slots": slots})
    if "truncated_at" in frame:
        moved["truncated_at"] = frame["truncated_at"] + start
    # first the place, so that it is easy to see in a list of frames
    return Frame(**{"text": text, "start": start, "end": end, **moved})


class Reading(NamedTuple):
    """What a network reads in a text.

    Attributes:
        text: the text.
        words: character offsets of the words; empty for a text without words.
        probabilities: the probability of every intent, in the order of the intents.
        tags: id of the slot tag of every word.
        score: probability that the best intent is right and the text is meant for the skill; `None` if the
            checkpoint does not know it, so the probability of the intent is the score.
        truncated_at: number of characters that were read; `None` if the whole text was read.
        heard: the text that was read instead, because the text itself seems to be misheard or mistyped; or `None`.
    """

    text: str
    words: Sequence[tuple[int, int]]
    probabilities: Sequence[float] = ()
    tags: Sequence[int] = ()
    score: float | None = None
    truncated_at: int | None = None
    heard: str | None = None


class FrameMaker:
    """Makes frames of readings.

    A frame is accepted if its score is at least the threshold and its best intent is not the fallback intent.

    Args:
        intents: the intents, in the order of their ids.
        slot_tags: the slot tags, in the order of their ids.
        catalogs: the slot catalogs, which resolve slots; with the values of the call, if it has some.
        threshold: the smallest score that is accepted, from 0 to 1.
        fallback_intent: the intent of a frame that is not accepted; it may be one of the intents.

    Raises:
        ValueError: the threshold is not a number from 0 to 1.
    """

    def __init__(
        self,
        intents: Sequence[str],
        slot_tags: Sequence[str],
        catalogs: SlotCatalogs | CatalogsOfCall,
        *,
        threshold: float = 0.0,
        fallback_intent: str | None = None,
    ):
        self.intents = intents
        self.slot_tags = slot_tags
        self.catalogs = catalogs
        self.threshold = check_threshold(threshold)
        self.fallback_intent = fallback_intent

    def frame(
        self,
        reading: Reading,
        *,
        top_k: int | None = 1,
        normalise: Normaliser | None = None,
        intents: Collection[str] | None = None,
    ) -> Frame:
        """Make the frame of a reading.

        Args:
            reading: what a network read.
            top_k: number of `intents` to list; `None` lists all of them, 1 none.
            normalise: resolves the values that are not in the catalogs.
            intents: the intents that are possible; `None` allows all. The probabilities of the others are not used.

        Raises:
            ValueError: a probability is not a number.
        """
        ranked, frame = [], Frame(text=reading.text, accepted=False, intent=None, score=0.0, slots=[])
        if reading.words:
            ranked = self._ranked(reading, intents)
            best = ranked[0]["intent"]
            frame["score"] = self._probability(ranked) if reading.score is None else reading.score
            frame["accepted"] = best != self.fallback_intent and frame["score"] >= self.threshold
            frame["intent"] = best if frame["accepted"] else self.fallback_intent
            if frame["accepted"]:
                frame["slots"] = self._slots(reading, normalise)
        if top_k != 1:
            frame["intents"] = ranked[:top_k]
        if reading.truncated_at is not None:
            frame["truncated_at"] = reading.truncated_at
        if reading.heard is not None:
            frame["heard"] = reading.heard
        return frame

    def exact_frame(
        self,
        text: str,
        answer: ExactAnswer,
        *,
        top_k: int | None = 1,
        normalise: Normaliser | None = None,
        intents: Collection[str] | None = None,
    ) -> Frame:
        """Make the frame of a text that the exact layer answers.

        Args:
            text: the text.
            answer: its meaning.
            top_k: as in `frame`; the other intents have the score 0.
            normalise: as in `frame`.
            intents: as in `frame`.
        """
        intent, spans = answer
        is_meant = intent != self.fallback_intent
        frame = Frame(text=text, accepted=is_meant, intent=intent, score=float(is_meant), slots=[])
        if is_meant:
            frame["slots"] = [self._slot(name, text[start:end], start, normalise) for name, start, end in spans]
        if top_k != 1:
            others = [name for name in self.intents if name != intent and (intents is None or name in intents)]
            ranked = [{"intent": intent, "score": 1.0}, *({"intent": name, "score": 0.0} for name in others)]
            frame["intents"] = ranked[:top_k]
        return frame

    def _ranked(self, reading: Reading, intents: Collection[str] | None) -> list[dict[str, Any]]:
        """The possible intents with their probabilities, the most probable one first."""
        scores = reading.probabilities
        if any(score != score for score in scores):
            raise ValueError(
                f"{reading.text!r:.80}: the scores are not finite; the weights are too large, train again"
            )
        possible = [i for i in range(len(scores)) if intents is None or self.intents[i] in intents]
        order = sorted(possible, key=lambda i: -scores[i])
        return [{"intent": self.intents[i], "score": scores[i]} for i in order]

    def _probability(self, ranked: list[dict[str, Any]]) -> float:
        """The probability of the best intent that is not the fallback intent."""
        return next((choice["score"] for choice in ranked if choice["intent"] != self.fallback_intent), 0.0)

    def _slots(self, reading: Reading, normalise: Normaliser | None) -> list[Slot]:
        tags = [self.slot_tags[i] for i in reading.tags[: len(reading.words)]]
        return [
            self._slot(slot_type, reading.text[start:end], start, normalise)
            for slot_type, start, end in tags_to_spans(reading.words, tags)
        ]

    def _slot(self, slot_type: str, value: str, start: int, normalise: Normaliser | None) -> Slot:
        slot = Slot(slot_type=slot_type, value=value, start=start, end=start + len(value))
        resolved: Mapping[str, Any] | None = self.catalogs.resolve(slot_type, value)
        if resolved is None and normalise is not None:
            resolved = normalise(self.catalogs.type_name(slot_type), value)
        if resolved is not None:
            slot["resolved"] = resolved  # type: ignore[typeddict-item]
        return slot
