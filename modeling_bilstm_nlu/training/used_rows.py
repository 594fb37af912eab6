"""Train only the rows of the word and n-gram tables that the training data uses.

A skill uses a few hundred words and a few thousand n-grams of tables with 50,000 rows. Rows without a gradient do not
change, so leaving them out gives the same weights. It saves a third of the time of a step, because the optimizer and
the norm of the gradients read all rows.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from ..data.encoded import EncodedUtterances
from ..hashing_bilstm_nlu import lay_out_words, look_up, ngram_buckets, word_keys
from ..layers_bilstm_nlu import WordEmbeddings

__all__ = ["UsedRows", "rows_in_use"]

_NUM_UTTERANCES = 4096  # that are looked at together
_MOST = 0.5  # share of the rows in use from which on a smaller table saves nothing


class _Table(nn.Module):
    """A trainable copy of some rows of a table, in its place while the network is trained.

    In evaluation, in state dicts and in checkpoints it is the whole table.

    Args:
        table: the whole table.
        rows: (rows,) numbers of the rows to train, in order.
    """

    places: Tensor

    def __init__(self, table: nn.Embedding | nn.EmbeddingBag, rows: Tensor):
        super().__init__()
        self._whole = (table,)  # not a submodule: its weights are not those to train
        self.num_embeddings, self.rows = table.num_embeddings, rows
        self.weight = nn.Parameter(table.weight.detach()[rows].clone(), requires_grad=table.weight.requires_grad)
        places = torch.full((table.num_embeddings,), -1, device=rows.device)  # -1 is an index error in training
        places[rows] = torch.arange(len(rows), device=rows.device)
        self.register_buffer("places", places, persistent=False)

    @property
    def whole(self) -> nn.Embedding | nn.EmbeddingBag:
        """The whole table, with the trained rows."""
        table = self._whole[0]
        with torch.no_grad():
            table.weight[self.rows] = self.weight
        return table

    @torch.no_grad()
    def refresh(self) -> None:
        """Take the values of the whole table, which may have changed."""
        self.weight.copy_(self._whole[0].weight[self.rows])

    def forward(self, rows: Tensor) -> Tensor:
        if not self.training:
            return self.whole(rows)
        if isinstance(self._whole[0], nn.Embedding):
            return nn.functional.embedding(self.places[rows], self.weight)
        return nn.functional.embedding_bag(self.places[rows], self.weight, mode="sum", padding_idx=0)

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        self.whole._save_to_state_dict(destination, prefix, keep_vars)

    def _load_from_state_dict(self, *args: Any) -> None:
        self._whole[0]._load_from_state_dict(*args)
        self.refresh()


class UsedRows:
    """The rows of a network's embeddings that the training data uses.

    Args:
        embeddings: the embeddings of the network.
        dataset: all rows of the training data.
    """

    def __init__(self, embeddings: WordEmbeddings, dataset: EncodedUtterances):
        self._embeddings = embeddings
        self._tables = {
            name: _Table(getattr(embeddings, name), rows)
            for name, rows in rows_in_use(embeddings, dataset).items()
            if len(rows) < _MOST * getattr(embeddings, name).num_embeddings
        }

    @contextmanager
    def trained(self) -> Iterator[None]:
        """Train only these rows until the block ends; afterwards the whole tables have the trained rows."""
        before = {name: getattr(self._embeddings, name) for name in self._tables}
        for name, table in self._tables.items():
            table.refresh()
            table.train(self._embeddings.training)
            setattr(self._embeddings, name, table)
        try:
            yield
        finally:
            for name, table in self._tables.items():
                assert table.whole is before[name]  # and takes the trained rows
                setattr(self._embeddings, name, before[name])


def rows_in_use(embeddings: WordEmbeddings, dataset: EncodedUtterances) -> dict[str, Tensor]:
    """Return the rows of each table that a dataset uses, in order, by the name of the table; row 0 is one of them."""
    tables = {"words": embeddings.words, "ngrams": embeddings.ngrams}
    used = {name: torch.zeros(table.num_embeddings) for name, table in tables.items() if table is not None}
    keys_of_rows, edges = embeddings.table.cpu(), dataset.id_edges
    for start in range(0, len(edges) - 1, _NUM_UTTERANCES):
        # one long row: every word has its own first byte, so words of two utterances do not mix
        end = min(start + _NUM_UTTERANCES, len(edges) - 1)
        ids = dataset.ids[None, edges[start] : edges[end]].long()
        layout = lay_out_words(ids)
        if "words" in used:
            used["words"][look_up(keys_of_rows, word_keys(ids, layout))] = 1
        if "ngrams" in used:
            sizes = embeddings.ngram_min, embeddings.ngram_max
            used["ngrams"][ngram_buckets(ids, layout, *sizes, len(used["ngrams"]))] = 1
    for rows in used.values():
        rows[0] = 1
    return {name: rows.nonzero()[:, 0].to(embeddings.table.device) for name, rows in used.items()}
