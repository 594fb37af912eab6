"""The heads that split texts with several intents, and the splitter that uses them."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from .format_bilstm_nlu import PAD_TOKEN_ID
from .segments_bilstm_nlu import Segment, SpacedText, split_texts

_BATCH_SIZE = 64


class SegmentHeads(nn.Module):
    """Two heads: whether a segment starts at a word, and whether a text is one whole utterance.

    Args:
        hidden: cells of the hidden layer of the first head.
        state_size: size of the state that the encoder gives each word.
        intent_size: size of the input of the intent head.
    """

    def __init__(self, hidden: int, state_size: int, intent_size: int):
        super().__init__()
        self.hidden = nn.Linear(2 * state_size, hidden)
        self.start = nn.Linear(hidden, 1)
        self.whole = nn.Linear(intent_size, 1)

    def starts(self, states: Tensor) -> Tensor:
        """Return the log-odds that a segment starts at each word; that of the first word has no meaning.

        Args:
            states: (batch, words, size) states of the encoder.

        Returns:
            (batch, words) log-odds.
        """
        return self.start(torch.tanh(self.hidden(pairs(states))))[..., 0]

    def wholes(self, pooled: Tensor) -> Tensor:
        """Return the log-odds that each text is one whole utterance: (batch,), from (batch, size) intent features."""
        return self.whole(pooled)[..., 0]


class TextSegmentation:
    """The part of the joint model that has the heads that split texts.

    Attributes:
        config: the config; `segment_hidden` is the size of the heads.
        segment_heads: the heads; `None` without them.
    """

    config: Any
    encoder: Any
    intent_head: nn.Linear
    segment_heads: SegmentHeads | None
    register_module: Callable[[str, nn.Module | None], None]
    _draw: Callable[[nn.Module | None], None]

    def build_segment_heads(self) -> None:
        """Replace the heads by new ones of the size in the config, or by none."""
        hidden = self.config.segment_hidden
        self.register_module("segment_heads", None)  # keeps its place, so that equal models have equal files
        if hidden:
            self.segment_heads = SegmentHeads(hidden, self.encoder.output_size, self.intent_head.in_features)

    def set_segment_heads(self, hidden: int) -> None:
        """Give the model new heads that split texts with several intents, or none. They have to be fitted.

        Args:
            hidden: cells in the hidden layer; 0 removes the heads.
        """
        self.config.segment_hidden = hidden
        self.build_segment_heads()
        self._draw(self.segment_heads)


def pairs(states: Tensor) -> Tensor:
    """Put the state of the word before next to the state of each word: (batch, words, 2 * size), zeros before."""
    before = nn.functional.pad(states[:, :-1], (0, 0, 1, 0))
    return torch.cat([before, states], dim=-1)


class TextSplitter:
    """Splits texts with several intents.

    Args:
        model: the joint model, with segment heads.
        encode: function from a text to its `input_ids` (1, bytes) and `words` (character offsets), for the network.
    """

    def __init__(self, model: Any, encode: Callable[[str], dict[str, Any]]):
        self.model = model
        self.encode = encode

    def split(self, texts: Sequence[str]) -> list[list[Segment]]:
        """Return the segments of each text, in order; a text with one intent is one segment.

        Args:
            texts: the texts; one without words is one segment.
        """
        encoded = [self.encode(text) for text in texts]
        given = [
            SpacedText(text, row["words"], starts.tolist()[: len(row["words"])])
            for text, row, starts in zip(texts, encoded, self._starts(encoded), strict=True)
        ]
        return split_texts(given, lambda parts: self._wholes([self.encode(part) for part in parts]))

    def _starts(self, encoded: Sequence[dict[str, Any]]) -> list[Tensor]:
        found: list[Any] = [None] * len(encoded)
        for places, ids in self._batches(encoded):
            for place, row in zip(places, self._heads.starts(self.model.encoder(ids).last_hidden_state), strict=True):
                found[place] = row
        return found

    def _wholes(self, encoded: Sequence[dict[str, Any]]) -> list[float]:
        found = [0.0] * len(encoded)
        for places, ids in self._batches(encoded):
            for place, value in zip(places, self._heads.wholes(self.model.features(ids)[0]).tolist(), strict=True):
                found[place] = value
        return found

    @property
    def _heads(self) -> SegmentHeads:
        return self.model.segment_heads

    def _batches(self, encoded: Sequence[dict[str, Any]]) -> Iterator[tuple[list[int], Tensor]]:
        """Yield the places of the rows of a batch, and their padded ids; rows of similar lengths are in one batch."""
        order = sorted(range(len(encoded)), key=lambda place: encoded[place]["input_ids"].shape[1])
        for start in range(0, len(order), _BATCH_SIZE):
            places = order[start : start + _BATCH_SIZE]
            rows = [encoded[place]["input_ids"][0] for place in places]
            ids = nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=PAD_TOKEN_ID)
            yield places, ids.to(self.model.device)
