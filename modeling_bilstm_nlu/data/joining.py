"""Join utterances into texts with several intents, and make values with a conjunction, to learn where to split."""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from .schema import Utterance

__all__ = ["JoinedText", "join_utterances", "values_by_type", "with_conjunctions"]

#: What is between two utterances -> how often; the last one is nothing.
_BETWEEN = {
    " and ": 4,
    " and then ": 3,
    " then ": 2,
    ", ": 2,
    " , ": 2,
    " and also ": 1,
    " also ": 1,
    ". ": 1,
    ", and ": 1,
    ", then ": 1,
    " ": 6,
}
_CONJUNCTIONS = (" and ", " and ", " or ", ", ")
_MOST = 3  # utterances in a text


class JoinedText(NamedTuple):
    """Utterances as one text.

    Attributes:
        text: the text.
        starts: where each utterance starts, in characters.
    """

    text: str
    starts: tuple[int, ...]


def join_utterances(texts: Sequence[str], number: int, rng: random.Random) -> list[JoinedText]:
    """Join random utterances, two or three in a text, with a connective or only a space between them.

    Args:
        texts: at least two utterances.
        number: number of texts to make.
        rng: random number generator.
    """
    joined = []
    for _ in range(number):
        parts = rng.sample(texts, min(len(texts), rng.choice((2, 2, _MOST))))
        text, starts = parts[0], [0]
        for part, between in zip(
            parts[1:], rng.choices(list(_BETWEEN), list(_BETWEEN.values()), k=_MOST), strict=False
        ):
            text = text.rstrip(".") + between if between.startswith((".", ",")) else text + between
            starts.append(len(text))
            text += part
        joined.append(JoinedText(text, tuple(starts)))
    return joined


def values_by_type(utterances: Sequence[Utterance]) -> dict[str, list[str]]:
    """Return the distinct values of each slot type, in the order of the utterances."""
    values: dict[str, dict[str, None]] = defaultdict(dict)
    for row in utterances:
        for slot_type, start, end in row.spans or ():
            values[slot_type][row.text[start:end]] = None
    return {slot_type: list(found) for slot_type, found in values.items()}


def with_conjunctions(utterance: Utterance, values: Mapping[str, Sequence[str]], rng: random.Random) -> str | None:
    """Return the text with two values in one of its slots ("salt and pepper"); `None` if it has no such slot.

    Args:
        utterance: an utterance.
        values: slot type -> values, from `values_by_type`.
        rng: random number generator.
    """
    spans = [span for span in utterance.spans or () if len(values.get(span.slot_type, ())) > 1]
    if not spans:
        return None
    slot_type, _, end = rng.choice(spans)
    return utterance.text[:end] + rng.choice(_CONJUNCTIONS) + rng.choice(values[slot_type]) + utterance.text[end:]
