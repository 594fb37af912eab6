"""What all baselines share: frames from intents and tags, scores, and the description of a saved baseline."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from datasets import Dataset

from bilstm_nlu.errors import NluError
from bilstm_nlu.files import read_json
from modeling_bilstm_nlu.data.schema import Utterance
from modeling_bilstm_nlu.frames_bilstm_nlu import Frame, Slot
from modeling_bilstm_nlu.labels_bilstm_nlu import tags_to_spans
from modeling_bilstm_nlu.metrics import GoldFrame, score_frames

__all__ = ["Baseline", "frame_of", "read_facts", "score_parser"]


class Baseline(ABC):
    """A model that is fitted to a domain and predicts frames."""

    @abstractmethod
    def predict(self, texts: Iterable[str]) -> list[Frame]:
        """Predict the frames of texts, in the form of the pipeline but without resolved values.

        A slot that the skill does not declare for the predicted intent is left out.

        Raises:
            NluError: the baseline is not fitted yet.
        """

    def score(self, utterances: Dataset) -> dict[str, float]:
        """Score the baseline on utterances with gold labels; returns the dict of ``score_parser``.

        Args:
            utterances: a dataset with the columns of ``FEATURES``, such as a split of a domain.
        """
        return score_parser(self.predict, utterances)


def read_facts(path: Path, version: int) -> dict[str, Any]:
    """Read the description of a saved baseline.

    Raises:
        NluError: it is missing, or has another format version.
    """
    facts = read_json(path)
    if facts.get("format_version") != version:
        raise NluError(
            f"{path.parent}: format {facts.get('format_version')!r} is not {version}; fit the baseline again"
        )
    return facts


def frame_of(
    text: str,
    words: Sequence[tuple[int, int]],
    intent: tuple[str, float],
    tags: Sequence[str],
    intent_slots: Mapping[str, Sequence[str]],
) -> Frame:
    """The frame of a text. A text without words has the intent ``None``, score 0 and no slots.

    Args:
        text: the text.
        words: start and end of each word, in characters, end exclusive.
        intent: the intent with its probability.
        tags: one tag per word.
        intent_slots: the slot types that the skill declares for an intent; slots of other types are left out. If an
            intent is not listed, all its slots are kept.
    """
    if not words:
        return Frame(text=text, intent=None, score=0.0, slots=[])
    name, score = intent
    slots = [
        Slot(slot_type=slot_type, value=text[start:end], start=start, end=end)
        for slot_type, start, end in tags_to_spans(words, tags)
        if name not in intent_slots or slot_type in intent_slots[name]
    ]
    return Frame(text=text, intent=name, score=score, slots=slots)


def score_parser(parse: Callable[[Iterable[str]], Sequence[Frame]], utterances: Dataset) -> dict[str, float]:
    """Every score of a parser on utterances with gold labels: the dict of ``score_frames``.

    Slots are compared by their characters with the unchanged gold slots, so a gold slot that cuts a word is missed.

    Args:
        parse: a function from texts to frames.
        utterances: a dataset with the columns of ``FEATURES``, such as a split of a domain.
    """
    gold = [Utterance.from_row(row) for row in utterances.with_format("arrow")[:].to_pylist()]
    predicted = [
        GoldFrame(frame["intent"], [(slot["slot_type"], slot["start"], slot["end"]) for slot in frame["slots"]])
        for frame in parse(utterance.text for utterance in gold)
    ]
    return score_frames(gold, predicted)
