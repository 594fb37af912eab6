"""The layers of the stacked bi-LSTM: word embeddings, length-aware bi-LSTMs, dropout, pooling."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from .hashing_bilstm_nlu import WordLayout, look_up, ngram_buckets, sum_by_word


class SequenceDropout(nn.Module):
    """Dropout on (batch, words, size); the variational kind drops the same units at all words of a row."""

    def __init__(self, fraction: float, variational: bool):
        super().__init__()
        self.fraction = fraction
        self.variational = variational

    def forward(self, states: Tensor) -> Tensor:
        if not self.training or self.fraction == 0:
            return states
        if not self.variational:
            return nn.functional.dropout(states, self.fraction)
        kept = torch.empty_like(states[:, :1]).bernoulli_(1 - self.fraction)
        return states * (kept / (1 - self.fraction))


class WordEmbeddings(nn.Module):
    """A vector for every word: its own vector, if training has seen the word, and a sum over its character n-grams.

    The n-gram sum is divided by the square root of the number of n-grams. A mean over about 25 rows would make the
    vectors five times smaller, which costs more accuracy with little data than any choice of architecture.
    """

    table: Tensor

    def __init__(self, config):
        super().__init__()
        self.ngram_min, self.ngram_max = config.ngram_min, config.ngram_max
        self.word_dropout = config.word_dropout
        self.words = nn.Embedding(config.vocabulary_size, config.word_dim) if config.word_dim else None
        self.ngrams = None
        if config.ngram_dim:
            self.ngrams = nn.EmbeddingBag(config.ngram_buckets, config.ngram_dim, mode="sum", padding_idx=0)
        self.register_buffer("table", torch.zeros(config.vocabulary_size, dtype=torch.long))  # key of each row's word

    def forward(self, input_ids: Tensor, layout: WordLayout, keys: Tensor) -> Tensor:
        """Turn (batch, bytes) ids and (batch, words) keys into (batch, words, word_dim + ngram_dim) vectors."""
        parts = []
        if self.words is not None:
            parts.append(self.words(self._rows(keys)))
        if self.ngrams is not None:
            parts.append(self._compose(self.ngrams, input_ids, layout))
        vectors = torch.cat(parts, dim=-1)
        return vectors * layout.mask[..., None].to(vectors.dtype)

    def _rows(self, keys: Tensor) -> Tensor:
        rows = look_up(self.table, keys)  # (batch, words), 0 for a word that training has not seen
        if self.training and self.word_dropout > 0:
            rows = rows.masked_fill(torch.rand(rows.shape, device=rows.device) < self.word_dropout, 0)
        return rows

    def _compose(self, ngrams: nn.EmbeddingBag, input_ids: Tensor, layout: WordLayout) -> Tensor:
        grams = ngram_buckets(input_ids, layout, self.ngram_min, self.ngram_max, ngrams.num_embeddings)
        count = sum_by_word((grams != 0).sum(-1), layout).clamp(min=1)  # (batch, words)
        composed = ngrams(grams.flatten(0, 1)).unflatten(0, input_ids.shape)  # (batch, bytes, ngram_dim)
        return sum_by_word(composed, layout) * count[..., None].to(composed.dtype).rsqrt()


def reverse_by_length(states: Tensor, lengths: Tensor) -> Tensor:
    """Reverse the first `lengths[i]` words of row i of (batch, words, size); padding stays at the end."""
    batch, words = states.shape[:2]
    place = torch.arange(words, device=states.device)[None, :]
    place = torch.where(place < lengths[:, None], lengths[:, None] - 1 - place, place)
    rows = place + words * torch.arange(batch, device=states.device)[:, None]
    # whole vectors are copied, which is ten times as fast as a gather of numbers
    return states.flatten(0, 1).index_select(0, rows.flatten()).unflatten(0, (batch, words))


def autocasts_unsupported_lstm(device: str) -> bool:
    """Whether autocast would run an LSTM in a half precision that this CPU does not support.

    oneDNN, which computes LSTMs on a CPU, has no bfloat16 kernel without AVX-512 and raises "could not create a
    primitive descriptor". It raises the same error for float16 without AVX-512-FP16.
    """
    if device != "cpu" or not torch.is_autocast_enabled("cpu"):
        return False
    if torch.get_autocast_dtype("cpu") == torch.bfloat16:
        return not torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return not torch.ops.mkldnn._is_mkldnn_fp16_supported()


class BiLstmLayer(nn.Module):
    """One bidirectional LSTM layer whose outputs do not depend on padding.

    It uses two uni-directional LSTMs and reverses by length instead of packing. This gives the same numbers, and can
    be exported to ONNX with dynamic batch and length. For a single utterance on a CPU, which has no padding, both
    directions are computed in one call.

    Attributes:
        fused: computes both directions from states, lengths and the weights of both LSTMs; `None` uses torch. Training
            sets it where there is something faster. It is used on a CPU, for weights in float32.
    """

    fused: Callable[[Tensor, Tensor, list[Tensor]], Tensor] | None = None

    def __init__(self, input_size: int, hidden_size: int, recurrent_dropout: float = 0.0):
        super().__init__()
        self.recurrent_dropout = recurrent_dropout
        self.forward_lstm = nn.LSTM(input_size, hidden_size, batch_first=True)
        self.backward_lstm = nn.LSTM(input_size, hidden_size, batch_first=True)

    def _run(self, lstm: nn.LSTM, states: Tensor) -> Tensor:
        if self.training and self.recurrent_dropout > 0:
            return torch.func.functional_call(lstm, {"weight_hh_l0": self._of_states(lstm)}, (states,))[0]
        return lstm(states)[0]

    def _of_states(self, lstm: nn.LSTM) -> Tensor:
        """The weights of the states, with dropout in training."""
        weight: Tensor = lstm.get_parameter("weight_hh_l0")
        return nn.functional.dropout(weight, self.recurrent_dropout, self.training)

    def _run_fused(
        self, run: Callable[[Tensor, Tensor, list[Tensor]], Tensor], states: Tensor, lengths: Tensor
    ) -> Tensor:
        weights: list[Tensor] = []
        for lstm in (self.forward_lstm, self.backward_lstm):
            of_inputs, _, *biases = lstm.all_weights[0]
            weights += [of_inputs, self._of_states(lstm), *biases]
        return run(states, lengths, weights)

    def _run_both_ways(self, states: Tensor) -> Tensor:
        """Compute both directions in one call, which saves a third of the time for a single utterance."""
        weights: list[Tensor] = [*self.forward_lstm.all_weights[0], *self.backward_lstm.all_weights[0]]
        start = states.new_zeros(2, len(states), self.forward_lstm.hidden_size)
        return torch.lstm(states, (start, start), weights, True, 1, 0.0, False, True, True)[0]

    def _is_eager(self) -> bool:
        """Whether plain LSTMs run: no graph is recorded for other batch sizes, and the LSTMs were not replaced."""
        is_recorded = torch.jit.is_tracing() or torch.compiler.is_compiling()
        return not is_recorded and type(self.forward_lstm) is nn.LSTM is type(self.backward_lstm)

    def _can_fuse(self) -> bool:
        """Whether the weights are float32, and autocast, if it is on, is to bfloat16."""
        weight: Tensor = self.forward_lstm.get_parameter("weight_hh_l0")
        is_half = torch.is_autocast_enabled("cpu")
        return weight.dtype == torch.float32 and (not is_half or torch.get_autocast_dtype("cpu") == torch.bfloat16)

    def forward(self, states: Tensor, lengths: Tensor) -> Tensor:
        """Turn (batch, words, input_size) into (batch, words, 2 * hidden_size).

        With autocast on a CPU that does not support its precision, the LSTMs use the precision of their weights.
        """
        if autocasts_unsupported_lstm(states.device.type):
            with torch.autocast("cpu", enabled=False):
                return self._both_ways(states.to(self.forward_lstm.get_parameter("weight_hh_l0").dtype), lengths)
        return self._both_ways(states, lengths)

    def _both_ways(self, states: Tensor, lengths: Tensor) -> Tensor:
        """Compute the states of both directions; a batch of one row has no padding and takes one call."""
        on_cpu = states.device.type == "cpu" and self._is_eager()
        if len(states) == 1 and not self.training and on_cpu:
            return self._run_both_ways(states)
        if self.fused is not None and on_cpu and self._can_fuse():
            return self._run_fused(self.fused, states, lengths)
        ahead = self._run(self.forward_lstm, states)
        back = self._run(self.backward_lstm, reverse_by_length(states, lengths))
        return torch.cat([ahead, reverse_by_length(back, lengths)], dim=-1)


class BiLstmStack(nn.Module):
    """Bi-LSTM layers with dropout between them."""

    def __init__(self, config, input_size: int, hidden_size: int, num_layers: int):
        super().__init__()
        sizes = [input_size] + [2 * hidden_size] * (num_layers - 1)
        self.layers = nn.ModuleList(BiLstmLayer(size, hidden_size, config.recurrent_dropout) for size in sizes)
        self.dropout = SequenceDropout(config.dropout, config.variational_dropout)

    def forward(self, states: Tensor, lengths: Tensor) -> Tensor:
        """Turn (batch, words, input_size) into (batch, words, 2 * hidden_size); dropout before every layer."""
        for layer in self.layers:
            states = layer(self.dropout(states), lengths)
        return states


class IntentPooling(nn.Module):
    """One vector for an utterance from the states of its words: attention, max, mean or last."""

    def __init__(self, kind: str, size: int):
        super().__init__()
        self.kind = kind
        self.attention = nn.Linear(size, 1) if kind == "attention" else None

    def forward(self, states: Tensor, word_mask: Tensor, lengths: Tensor) -> Tensor:
        """Turn (batch, words, size) into (batch, size); the vector of a row without words is finite, too."""
        mask = word_mask[..., None]  # (batch, words, 1)
        if self.attention is not None:
            scores = self.attention(states)  # (batch, words, 1), in half precision under autocast
            weights = scores.masked_fill(~mask, torch.finfo(scores.dtype).min).softmax(1)
            return (states * weights * mask.to(states.dtype)).sum(1)  # a row without words is zero
        if self.kind == "max":
            return states.masked_fill(~mask, torch.finfo(states.dtype).min).amax(1).clamp(min=-1)
        if self.kind == "mean":
            return (states * mask.to(states.dtype)).sum(1) / mask.sum(1).clamp(min=1).to(states.dtype)
        last = (lengths - 1).clamp(min=0)[:, None, None].expand(-1, 1, states.shape[-1])
        ahead = states.gather(1, last)[:, 0]  # forward half at the last word, backward half at the first
        half = states.shape[-1] // 2
        return torch.cat([ahead[:, :half], states[:, 0, half:]], dim=-1)
