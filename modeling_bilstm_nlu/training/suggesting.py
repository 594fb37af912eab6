"""Choose texts that are worth annotating, from what users said: those that a model rejects or is not sure about.

Similar texts are put together (average linkage of the cosine distances between what the intent head reads), so that
one look tells what users wanted.
"""

import logging
import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from sklearn.cluster import AgglomerativeClustering
from transformers import PreTrainedTokenizerFast

from ..data.formats.annotations import write_annotations
from ..data.more_utterances import SUGGESTED_COLUMNS
from ..data.schema import SlotSpan
from ..data.text import loose_key
from ..modeling_bilstm_nlu import BiLstmNluForIntentAndSlots

__all__ = ["Cluster", "Suggestion", "cluster", "worth_annotating"]

logger = logging.getLogger(__name__)

#: Cosine distance of centred vectors up to which clusters are joined. On 40 intents of CLINC150's validation split,
#: with three models, the adjusted mutual information is highest between 0.6 and 0.7.
_DISTANCE = 0.65
_NAME_WORDS = 3
_BATCH_SIZE = 256


@dataclass(frozen=True)
class Suggestion:
    """A text that is worth annotating.

    Args:
        text: the text, in the spelling that is most frequent.
        times: how often it was said.
        accepted: whether the model accepted it.
        score: the model's score.
        guess: the intent that the model takes for the best; `None` without words.
        spans: the slots that the model found, if it accepted the text.
    """

    text: str
    times: int
    accepted: bool
    score: float
    guess: str | None
    spans: tuple[SlotSpan, ...] = ()

    def as_row(self, name: str) -> dict[str, Any]:
        """A row of the table, in a cluster with a name. The text is written so that `train` reads it back."""
        guess = "" if self.guess is None else f"{self.guess}: {write_annotations(self.text, self.spans)}"
        text = write_annotations(self.text, ())
        if text[:1] in "=+-@":  # a spreadsheet would take it for a formula; training removes the space
            text = f" {text}"
        why = "unsure" if self.accepted else "rejected"
        helps = (self.times, name, why, f"{self.score:.2f}", guess)
        return {"marked_text": text, "intent": "", **dict(zip(SUGGESTED_COLUMNS, helps, strict=True))}


@dataclass
class Cluster:
    """Similar texts.

    Args:
        name: the words that are frequent in it and not elsewhere.
        suggestions: its texts, the most frequent first.
    """

    name: str = ""
    suggestions: list[Suggestion] = field(default_factory=list)

    @property
    def times(self) -> int:
        """How often its texts were said."""
        return sum(one.times for one in self.suggestions)


def worth_annotating(
    texts: Iterable[str], frames_of: Callable[[list[str]], Sequence[Any]], *, unsure: float = 0.8
) -> tuple[list[Suggestion], int, int]:
    """Find the texts that a model rejects, or accepts with a low score. Texts with equal words are counted as one.

    Args:
        texts: what users said.
        frames_of: gives the frames of texts, with the best `intents`.
        unsure: the score below which an accepted text is worth a look.

    Returns:
        The texts, the most frequent first; the number of all texts; and the number of different ones.
    """
    spellings: dict[str, Counter[str]] = {}
    for text in texts:
        if shown := " ".join(text.split()):
            spellings.setdefault(loose_key(shown), Counter())[shown] += 1
    usual = [(counts.most_common(1)[0][0], counts.total()) for counts in spellings.values()]
    found = []
    for (text, times), frame in zip(usual, frames_of([text for text, _ in usual]), strict=True):
        if frame["accepted"] and frame["score"] >= unsure:
            continue
        guesses = frame.get("intents") or [{"intent": frame["intent"]}]
        spans = tuple(SlotSpan(slot["slot_type"], slot["start"], slot["end"]) for slot in frame["slots"])
        found.append(Suggestion(text, times, frame["accepted"], frame["score"], guesses[0]["intent"], spans))
    found.sort(key=lambda one: (-one.times, one.score, one.text))
    return found, sum(times for _, times in usual), len(usual)


def cluster(
    suggestions: Sequence[Suggestion], model: BiLstmNluForIntentAndSlots, tokenizer: PreTrainedTokenizerFast
) -> list[Cluster]:
    """Put similar texts together. Memory grows with the square of their number: 5,000 texts take 400 MB.

    Args:
        suggestions: texts that are worth annotating, the most frequent first.
        model: the model whose states say what is similar; it is set to evaluation mode.
        tokenizer: tokenizer of the model.

    Returns:
        The clusters, the most frequent first.
    """
    clusters: dict[int, Cluster] = {}
    places = _places(_vectors([one.text for one in suggestions], model, tokenizer))
    for place, one in zip(places, suggestions, strict=True):
        clusters.setdefault(place, Cluster()).suggestions.append(one)
    found = sorted(clusters.values(), key=lambda one: -one.times)
    _name(found)
    return found


@torch.inference_mode()
def _vectors(
    texts: Sequence[str], model: BiLstmNluForIntentAndSlots, tokenizer: PreTrainedTokenizerFast
) -> torch.Tensor:
    """What the intent head reads, (texts, size), centred."""
    model.eval()
    parts = []
    for start in range(0, len(texts), _BATCH_SIZE):
        batch = tokenizer(
            list(texts[start : start + _BATCH_SIZE]), padding=True, truncation=True, return_tensors="pt"
        ).to(model.device)
        parts.append(model.features(batch["input_ids"], batch["attention_mask"])[0].float().cpu())
    vectors = torch.cat(parts)
    return vectors - vectors.mean(0)


def _places(vectors: torch.Tensor) -> list[int]:
    """The number of the cluster of each vector."""
    if len(vectors) < 2:
        return [0] * len(vectors)
    normed = torch.nn.functional.normalize(vectors, eps=1e-6)
    distances = (1 - normed @ normed.T).clamp(min=0)
    links = AgglomerativeClustering(
        n_clusters=None, distance_threshold=_DISTANCE, metric="precomputed", linkage="average"
    )
    return links.fit_predict(distances.numpy()).tolist()


def _name(clusters: Sequence[Cluster]) -> None:
    """Name clusters by the words that are frequent in them and rare in others (tf-idf), in the order of speech."""
    counts = [Counter(_words(one)) for one in clusters]
    containing = Counter(word for words in counts for word in words)
    for one, words in zip(clusters, counts, strict=True):
        weights = {word: n * math.log((1 + len(clusters)) / containing[word]) for word, n in words.items()}
        best = sorted(weights, key=lambda word: (-weights[word], word))[:_NAME_WORDS]
        spoken = one.suggestions[0].text.casefold()
        best.sort(key=lambda word: (spoken.find(word) < 0, spoken.find(word)))
        one.name = " ".join(best)


def _words(one: Cluster) -> Iterable[str]:
    for suggestion in one.suggestions:
        for word in suggestion.text.casefold().split():
            if bare := word.strip(".,;:!?\"'()"):
                yield from [bare] * suggestion.times
