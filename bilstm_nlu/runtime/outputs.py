"""What the network says about a text; the kernel and NumPy give the same."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from ..hubfiles.call_phrases_bilstm_nlu import CallPhrases

__all__ = ["Net", "NetOutput"]


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
        starts: the log-odds that a segment starts at each word; `None` unless they are asked for.
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
    starts: Sequence[float] | None = None


class Net(Protocol):
    """What computes the network: the kernel, or NumPy."""

    #: What it is called in messages.
    engine: str
    #: Bytes that the network alone has in memory.
    num_bytes: int
    #: The `Base` that it shares with networks of other deltas; `None` without one.
    base: Any

    def run(
        self,
        texts: Sequence[str],
        *,
        allowed: Sequence[int] | None = None,
        phrases: CallPhrases | None = None,
        with_states: bool = False,
        with_slot_logits: bool = False,
        with_starts: bool = False,
    ) -> list[NetOutput]:
        """Compute the network for texts.

        Args:
            texts: the texts.
            allowed: numbers of the intents that are allowed; all by default. The slots are those of the best of them.
            phrases: the values of this call.
            with_states: also return the inputs of the heads.
            with_slot_logits: also return the scores of the slot tags.
            with_starts: also return where segments may start; the checkpoint must have the heads for it.
        """
        ...

    def wholes(self, texts: Sequence[str]) -> list[float]:
        """Return the log-odds that each text is one whole utterance; the checkpoint must have the heads for it.

        Args:
            texts: the texts, each with words.
        """
        ...
