"""The network in NumPy, for an installation without the kernel: the same frames, slower. It computes text by text."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..errors import NluError
from ..hubfiles.call_phrases_bilstm_nlu import CallPhrases
from ..hubfiles.format_bilstm_nlu import FIRST_INNER_ID
from .checkpoint import SCALE, TABLE, WORDS, Checkpoint
from .numpy_decision import Decision
from .numpy_decoding import FrameDecoding
from .numpy_hashing import PhraseMatching, PhraseTable, look_up, ngram_rows, word_keys
from .outputs import NetOutput
from .tensors import StoredTensor
from .words import split_words

__all__ = ["NumpyNet"]

_DTYPES = {"BOOL": "?", "F16": "<f2", "F32": "<f4", "F64": "<f8", "I64": "<i8", "I8": "i1"}

_STATES = ("pooled", "slot_states")
_OF_STARTS = ("hidden.weight", "hidden.bias", "start.weight", "start.bias")

Lstm = tuple[Any, Any, Any]  # weights of the inputs (transposed), of the states (transposed), sum of the biases


def as_array(tensor: StoredTensor) -> Any:
    """The numbers of a stored tensor, without a copy where NumPy has the kind."""
    if tensor.kind == "BF16":
        return (np.frombuffer(tensor.content, "<u2").astype("<u4") << 16).view("<f4").reshape(tensor.shape)
    return np.frombuffer(tensor.content, _DTYPES[tensor.kind]).reshape(tensor.shape)


class NumpyNet:
    """The network of a checkpoint.

    Args:
        checkpoint: the checkpoint.

    Raises:
        NluError: a weight is not finite.
    """

    engine = "numpy"
    base = None

    def __init__(self, checkpoint: Checkpoint):
        self._settings, self._max_bytes = checkpoint.settings, checkpoint.max_bytes
        arrays = {name: as_array(tensor) for name, tensor in checkpoint.tensors.items()}
        _check_finite(arrays, checkpoint.name)
        s = self._settings
        self._table = arrays[TABLE]
        self._words = _Rows(arrays, WORDS, self._table) if s.word_dim else None
        self._ngrams = _Rows(arrays, "encoder.embeddings.ngrams.weight") if s.ngram_dim else None
        floats = {name: array.astype(np.float32) for name, array in arrays.items() if "embeddings" not in name}
        self._shared, self._intent_stack, self._slot_stack = (
            _stack(floats, name, layers)
            for name, layers in (
                ("encoder.shared", s.shared_layers),
                ("intent_stack", s.intent_layers),
                ("slot_stack", s.slot_layers),
            )
        )
        self._weights = floats
        self.num_bytes = sum(array.nbytes for name, array in arrays.items() if "embeddings" in name)
        self.num_bytes += sum(array.nbytes for array in floats.values())
        self.num_bytes += 0 if self._words is None else self._words.index_bytes
        table = None
        if s.gazetteers:
            table = PhraseTable(arrays["gazetteer.phrases.table"], arrays["gazetteer.phrases.catalogs"])
        self._phrases = PhraseMatching(s.gazetteer_max_words, table)
        self._decoding = FrameDecoding(s, floats)
        self._decision = Decision(s, floats, arrays["decision.word_keys"]) if s.decision_dims else None

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
        """Compute the network for texts, one after the other; see `Net.run`."""
        outputs = (self._run(text, allowed, phrases, with_starts) for text in texts)
        hidden: dict[str, Any] = {name: None for name in _STATES if not with_states}
        hidden |= {} if with_slot_logits else {"slot_logits": None}
        return [output._replace(**hidden) for output in outputs]

    def wholes(self, texts: Sequence[str]) -> list[float]:
        """Return the log-odds that each text is one whole utterance; see `Net.wholes`."""
        found = []
        for text in texts:
            ids = np.array(split_words(text, self._max_bytes).ids)
            firsts = np.flatnonzero(ids < FIRST_INNER_ID)
            keys = word_keys(ids, firsts)
            encoded = self._encode(ids, firsts, keys)
            pooled = self._intent_features(encoded, self._matches(keys, None))
            head = self._weights["segment_heads.whole.weight"], self._weights["segment_heads.whole.bias"]
            found.append(float((head[0] @ pooled + head[1])[0]))
        return found

    def _starts(self, states: Any) -> Any:
        """The log-odds that a segment starts at each word, from (words, size) states."""
        w = {name: self._weights[f"segment_heads.{name}"] for name in _OF_STARTS}
        pairs = np.concatenate([np.concatenate([np.zeros_like(states[:1]), states[:-1]]), states], axis=1)
        hidden = np.tanh(pairs @ w["hidden.weight"].T + w["hidden.bias"])
        return hidden @ w["start.weight"][0] + w["start.bias"]

    def _run(
        self, text: str, allowed: Sequence[int] | None, given: CallPhrases | None, with_starts: bool
    ) -> NetOutput:
        words = split_words(text, self._max_bytes)
        if not words.spans:
            return NetOutput([], words.end, (), (), (), None, (), (), (), () if with_starts else None)
        ids = np.array(words.ids)
        firsts = np.flatnonzero(ids < FIRST_INNER_ID)
        keys = word_keys(ids, firsts)
        encoded, matches = self._encode(ids, firsts, keys), self._matches(keys, given)
        pooled, slot_states = self._intent_features(encoded, matches), self._slot_features(encoded, matches)
        w = self._weights
        intent_logits = w["intent_head.weight"] @ pooled + w["intent_head.bias"]
        slot_logits = slot_states @ w["slot_head.weight"].T + w["slot_head.bias"]
        if allowed is not None:
            intent_logits[[place for place in range(len(intent_logits)) if place not in allowed]] = -np.inf
        scores, tags = self._decoding.decode(intent_logits, slot_logits)
        decision = None
        if self._decision is not None:
            cost = self._decoding.tag_cost(slot_logits, tags)
            decision = float(self._decision.decide(pooled, intent_logits, scores, keys, tags, cost))
        return NetOutput(
            words.spans,
            words.end,
            scores.tolist(),
            np.exp(scores).tolist(),
            tags.tolist(),
            decision,
            pooled.tolist(),
            slot_states.ravel().tolist(),
            slot_logits.ravel().tolist(),
            self._starts(encoded.states).tolist() if with_starts else None,
        )

    def _encode(self, ids: Any, firsts: Any, keys: Any) -> "_Encoded":
        vectors = self._vectors(ids, firsts, keys)
        states = _run_stack(self._shared, vectors)
        return _Encoded(
            vectors, np.concatenate([states, vectors], axis=1) if self._settings.skip_connections else states
        )

    def _intent_features(self, encoded: "_Encoded", matches: Sequence[tuple[str, Any]]) -> Any:
        """Return the (size,) input of the intent head."""
        pooled = self._pool(_run_stack(self._intent_stack, self._marked(encoded.states, matches, "intent_weight")))
        if not self._settings.wide_intent:
            return pooled
        vectors = encoded.vectors
        return np.concatenate([pooled, vectors.sum(0) / np.sqrt(np.float32(len(vectors)))])

    def _slot_features(self, encoded: "_Encoded", matches: Sequence[tuple[str, Any]]) -> Any:
        """Return the (words, size) inputs of the slot head."""
        return _run_stack(self._slot_stack, self._marked(encoded.states, matches, "slot_weight"))

    def _marked(self, states: Any, matches: Sequence[tuple[str, Any]], weight: str) -> Any:
        for kind, found in matches:
            states = states + found @ self._weights[f"{kind}.{weight}"].T
        return states

    def _vectors(self, ids: Any, firsts: Any, keys: Any) -> Any:
        """The vectors of the words: (words, word_dim + ngram_dim)."""
        s = self._settings
        parts = []
        if self._words is not None:
            parts.append(self._words[look_up(self._table, keys)])
        if self._ngrams is not None:
            rows, num_rows = ngram_rows(ids, firsts, s.ngram_min, s.ngram_max, s.ngram_buckets)
            # a word without n-grams has no row to add; its sum must be zero
            sums = np.zeros((len(firsts), s.ngram_dim), np.float32)
            np.add.at(sums, np.repeat(np.arange(len(firsts)), num_rows), self._ngrams[rows])
            parts.append(sums / np.sqrt(np.maximum(num_rows, 1).astype(np.float32))[:, None])
        return np.concatenate(parts, axis=1)

    def _matches(self, keys: Any, given: CallPhrases | None) -> list[tuple[str, Any]]:
        """The names of the weights of catalog matches, with the matches of the words."""
        found = self._phrases.match(keys, given)
        parts = found.reshape(len(keys), 2, -1)  # starts, continuations
        if not parts.shape[2]:
            return []
        marks = [("any_catalog", parts.any(-1).astype(np.float32))]
        if num_own := len(self._settings.gazetteers):
            own = parts[:, :, :num_own].reshape(len(keys), -1)
            marks.insert(0, ("gazetteer.marks", own.astype(np.float32)))
        return marks

    def _pool(self, states: Any) -> Any:
        kind = self._settings.intent_pooling
        if kind == "attention":
            scores = states @ self._weights["intent_pooling.attention.weight"][0]
            shares = np.exp(scores - scores.max())  # the bias changes no share
            return (shares / shares.sum()) @ states
        if kind == "max":
            return states.max(0)
        if kind == "mean":
            return states.mean(0)
        half = states.shape[1] // 2
        return np.concatenate([states[-1, :half], states[0, half:]])


class _Encoded(NamedTuple):
    """What the shared encoder gives: (words, size) vectors and states."""

    vectors: Any
    states: Any


class _Rows:
    """A table of embeddings; its rows become floats when they are read.

    Args:
        arrays: the weights.
        name: name of the table.
        keys: the key of each row; a table with fewer rows has only row 0 and those with a key.
    """

    def __init__(self, arrays: Mapping[str, Any], name: str, keys: Any = ()):
        self._table, self._scale = arrays[name], arrays.get(name + SCALE)
        self._places, self.index_bytes = None, 0
        if len(self._table) < len(keys):
            is_stored = keys != 0
            is_stored[0] = True
            self._places = np.cumsum(is_stored, dtype=np.int32) - np.int32(1)
            self.index_bytes = self._places.nbytes

    def __getitem__(self, rows: Any) -> Any:
        rows = rows if self._places is None else self._places[rows]
        found = self._table[rows].astype(np.float32)
        return found if self._scale is None else found * self._scale[rows].astype(np.float32)


def _stack(floats: Mapping[str, Any], name: str, num_layers: int) -> list[tuple[Lstm, Lstm]]:
    return [
        (_lstm(floats, f"{name}.layers.{layer}.forward_lstm"), _lstm(floats, f"{name}.layers.{layer}.backward_lstm"))
        for layer in range(num_layers)
    ]


def _lstm(floats: Mapping[str, Any], name: str) -> Lstm:
    bias = floats[f"{name}.bias_ih_l0"] + floats[f"{name}.bias_hh_l0"]
    return floats[f"{name}.weight_ih_l0"].T, np.ascontiguousarray(floats[f"{name}.weight_hh_l0"].T), bias


def _run_stack(stack: list[tuple[Lstm, Lstm]], states: Any) -> Any:
    for ahead, back in stack:
        states = np.concatenate([_run_lstm(ahead, states), _run_lstm(back, states[::-1])[::-1]], axis=1)
    return states


def _run_lstm(lstm: Lstm, inputs: Any) -> Any:
    of_inputs, of_states, bias = lstm
    size = len(of_states)
    gates = inputs @ of_inputs + bias
    state = cell = np.zeros(size, np.float32)
    states = np.empty((len(inputs), size), np.float32)
    for word, gate in enumerate(gates):
        gate = gate + state @ of_states
        kept, new, forget = _sigmoid(gate[:size]), np.tanh(gate[2 * size : 3 * size]), _sigmoid(gate[size : 2 * size])
        cell = forget * cell + kept * new
        state = states[word] = _sigmoid(gate[3 * size :]) * np.tanh(cell)
    return states


def _sigmoid(values: Any) -> Any:
    return 0.5 * (1 + np.tanh(0.5 * values))  # no overflow


def _check_finite(arrays: Mapping[str, Any], name: str) -> None:
    for tensor, array in arrays.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise NluError(f"{name}: the weights {tensor} are not finite; train again, or copy the checkpoint again")
