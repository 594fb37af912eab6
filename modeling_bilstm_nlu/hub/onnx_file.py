"""Write the network of a checkpoint as ONNX, for programs that are not in Python.

The file has the network without hashing: ONNX has no nodes for it that are both exact and fast. So its inputs are rows
of tables, and `onnx_inputs` finds them for a text. `bilstm_nlu.load` is faster, and does all the rest, too.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from bilstm_nlu.errors import Cure, NluError
from bilstm_nlu.runtime.numpy_hashing import PhraseMatching, PhraseTable, look_up, ngram_rows, word_keys
from bilstm_nlu.runtime.words import split_words

from ..format_bilstm_nlu import FIRST_INNER_ID
from ..layers_bilstm_nlu import BiLstmStack
from ..modeling_bilstm_nlu import BiLstmNluForIntentAndSlots
from .load import load_checkpoint

__all__ = ["export_onnx", "onnx_inputs"]

_OPSET = 17
_INPUTS = ("word_rows", "ngram_rows", "matches")
#: The axes that have another size in every text.
_AXES = {
    "word_rows": {0: "words"},
    "ngram_rows": {0: "words", 1: "ngrams"},
    "matches": {0: "words"},
    "slot_scores": {0: "words"},
}


def export_onnx(checkpoint: str | Path, path: Path, *, revision: str | None = None) -> None:
    """Write the network of a checkpoint as an ONNX file, which reads one text at a time.

    Its inputs are those of `onnx_inputs`. Its outputs are what the heads give: `intent_scores`, (intents), and
    `slot_scores`, (words, tags). The intents and the slot tags are JSON lists in the metadata of the file.

    Args:
        checkpoint: a folder or a hub id.
        path: the file to write.
        revision: branch, tag or commit of a hub id.

    Raises:
        NluError: the checkpoint cannot be loaded, or the library onnx is not installed.
    """
    try:
        import onnx
    except ModuleNotFoundError as error:
        raise NluError("the library onnx is not installed", cure=Cure("run {}", install="onnx")) from error
    model, tokenizer = load_checkpoint(checkpoint, revision)
    inputs = onnx_inputs(model, "play some jazz", tokenizer.model_max_length)
    torch.onnx.export(
        _Network(model).eval(),
        tuple(torch.from_numpy(inputs[name]) for name in _INPUTS),
        path,
        input_names=list(_INPUTS),
        output_names=["intent_scores", "slot_scores"],
        dynamic_axes=_AXES,
        opset_version=_OPSET,
        dynamo=False,
    )
    content = onnx.load(path)
    config = model.config
    names = {"intents": json.dumps(config.intents), "slot_tags": json.dumps(config.slot_tags)}
    onnx.helper.set_model_props(content, names)
    onnx.checker.check_model(content)
    onnx.save(content, path)


def onnx_inputs(model: BiLstmNluForIntentAndSlots, text: str, max_bytes: int = 4096) -> dict[str, Any]:
    """Return the inputs of the ONNX file for a text with words.

    They are arrays: `word_rows`, (words), the row of each word in its table, or 0; `ngram_rows`, (words, n-grams), the
    rows of its n-grams, and 0 after them; `matches`, (words, 2 * catalogs + 2), 1 where a word starts a value of a
    catalog, for every catalog, then where it continues one, and both again for any catalog.

    Args:
        model: the model.
        text: the text.
        max_bytes: number of bytes in words that are read.

    Raises:
        ValueError: the text has no words.
    """
    config = model.config
    ids = np.array(split_words(text, max_bytes).ids)
    if not len(ids):
        raise ValueError(f"the text {text!r} has no words; the network needs at least one")
    firsts = np.flatnonzero(ids < FIRST_INNER_ID)
    keys = word_keys(ids, firsts)
    rows, counts = ngram_rows(ids, firsts, config.ngram_min, config.ngram_max, config.ngram_buckets)
    grams = np.zeros((len(keys), max(counts.max(), 1)), np.int64)
    grams[np.arange(grams.shape[1]) < counts[:, None]] = rows
    table = None
    if model.gazetteer is not None:
        phrases = model.gazetteer.phrases
        table = PhraseTable(phrases.table.numpy(), phrases.catalogs.numpy())
    matches = PhraseMatching(config.gazetteer_max_words, table).match(keys, None)
    of_any = matches.reshape(len(keys), 2, -1).any(-1)
    return {
        "word_rows": look_up(model.encoder.embeddings.table.numpy(), keys),
        "ngram_rows": grams,
        "matches": np.concatenate([matches, of_any], axis=1).astype(np.float32),
    }


class _Network(nn.Module):
    """The network behind the hashing, for one text.

    Args:
        model: the model.
    """

    def __init__(self, model: BiLstmNluForIntentAndSlots):
        super().__init__()
        self.model = model

    def forward(self, word_rows: Tensor, ngram_rows: Tensor, matches: Tensor) -> tuple[Tensor, Tensor]:
        model = self.model
        vectors = self._vectors(word_rows, ngram_rows)[None]
        states = _run(model.encoder.shared, vectors)
        if model.config.skip_connections:
            states = torch.cat([states, vectors], dim=-1)
        for_intent, for_slots = self._marks(matches)
        ones = torch.ones_like(word_rows)[None]
        length = ones.sum(1)
        pooled = model.intent_pooling(_run(model.intent_stack, states + for_intent), ones != 0, length)
        if model.config.wide_intent:
            pooled = torch.cat([pooled, vectors.sum(1) * length[:, None].to(vectors.dtype).rsqrt()], dim=-1)
        slot_states = _run(model.slot_stack, states + for_slots)
        return model.intent_head(pooled)[0], model.slot_head(slot_states)[0]

    def _vectors(self, word_rows: Tensor, ngram_rows: Tensor) -> Tensor:
        """Return the vectors of the words: (words, size)."""
        embeddings: Any = self.model.encoder.embeddings
        parts = []
        if embeddings.words is not None:
            parts.append(nn.functional.embedding(word_rows, embeddings.words.weight))
        if embeddings.ngrams is not None:
            is_ngram = (ngram_rows != 0).to(embeddings.ngrams.weight.dtype)
            rows = nn.functional.embedding(ngram_rows, embeddings.ngrams.weight) * is_ngram[..., None]
            parts.append(rows.sum(1) * is_ngram.sum(1, keepdim=True).clamp(min=1).rsqrt())
        return torch.cat(parts, dim=-1)

    def _marks(self, matches: Tensor) -> tuple[Tensor, Tensor]:
        """Return what catalog matches add to the inputs of both stacks."""
        model, num_own = self.model, 2 * len(self.model.config.gazetteers)
        for_intent, for_slots = model.any_catalog(matches[:, num_own:])
        if model.gazetteer is not None:
            own = model.gazetteer.marks(matches[:, :num_own])
            for_intent, for_slots = for_intent + own[0], for_slots + own[1]
        return for_intent, for_slots


def _run(stack: BiLstmStack, states: Tensor) -> Tensor:
    for layer in stack.layers:
        ahead, back = layer.forward_lstm(states)[0], layer.backward_lstm(states.flip(1))[0].flip(1)  # type: ignore
        states = torch.cat([ahead, back], dim=-1)
    return states
