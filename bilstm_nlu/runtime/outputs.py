"""What the network says about a text; the kernel and NumPy give the same."""

from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["NetOutput", "WordMatches"]


class WordMatches(NamedTuple):
    """Catalog matches of the words of a text that one call adds to those of the model's own catalogs.

    Attributes:
        own: (words, 2 * catalogs) bytes of 0 or 1, row by row: whether a word starts a value of a catalog of the
            model, for every catalog, and then whether it continues one. `None` without such matches.
        any: (words, 2) bytes of 0 or 1: whether a word starts a value of any catalog, and whether it continues one.
    """

    own: bytes | None = None
    any: bytes | None = None


class NetOutput(NamedTuple):
    """What the network says about a text. Without words there are no numbers.

    Attributes:
        spans: first character of every word, and the character after its last one.
        end: number of characters that were read; `None` if no word was left out.
        scores: log-probability of every intent, in the order of the intents, from the intent head and the slots.
        probabilities: probability of every intent.
        tags: slot tag of every word, for the most probable intent.
        decision: probability that the best intent is right and the text is meant for the skill; `None` if the
            checkpoint has no decision.
        pooled: the input of the intent head; `None` unless it is asked for.
        slot_states: the input of the slot head, word after word; `None` unless it is asked for.
        slot_logits: score of every slot tag, word after word; `None` unless they are asked for.
    """

    spans: list[tuple[int, int]]
    end: int | None
    scores: Sequence[float]
    probabilities: Sequence[float]
    tags: Sequence[int]
    decision: float | None = None
    pooled: Sequence[float] | None = None
    slot_states: Sequence[float] | None = None
    slot_logits: Sequence[float] | None = None
