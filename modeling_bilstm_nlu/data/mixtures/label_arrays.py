"""The labels of many rows as arrays of numbers, so that label lists are made without turning rows into utterances."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from datasets import Dataset
from numpy.typing import NDArray

from ..schema import NO_INTENT, DomainSpec

__all__ = ["LabelArrays", "coded"]


@dataclass(frozen=True)
class LabelArrays:
    """The labels of rows, as numbers.

    Args:
        intents: names of the intents.
        slot_types: names of the slot types.
        intent: (rows,) index into ``intents``, -1 if the intent was not annotated.
        slot_type: (slots,) index into ``slot_types``.
        slot_row: (slots,) row of the slot.
    """

    intents: list[str]
    slot_types: list[str]
    intent: NDArray[np.int64]
    slot_type: NDArray[np.int64]
    slot_row: NDArray[np.int64]

    @classmethod
    def of(cls, tables: Iterable[Dataset]) -> "LabelArrays":
        """Read the labels of the rows of all tables, one table after another."""
        intents: list[pa.Array] = []
        slot_types: list[pa.Array] = []
        rows = [np.zeros(0, np.int64)]
        start = 0
        for table in tables:
            columns = table.with_format("arrow")[:]
            intents += columns["intent"].chunks
            for spans in columns["spans"].chunks:
                counts = spans.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
                slot_types.append(spans.flatten().field("slot_type"))
                rows.append(np.repeat(np.arange(start, start + len(spans)), counts))
                start += len(spans)
        intent_names, intent = coded(intents)
        slot_names, slot_type = coded(slot_types)
        return cls(intent_names, slot_names, intent, slot_type, np.concatenate(rows))

    def spec(self, name: str, rows: NDArray[np.intp]) -> DomainSpec:
        """Return the label lists of some rows."""
        intents, slot_types = self._used(rows)
        named = sorted(self.intents[i] for i in np.flatnonzero(intents[:-1]))
        return DomainSpec(
            name, tuple(named or [NO_INTENT]), tuple(sorted(self.slot_types[i] for i in np.flatnonzero(slot_types)))
        )

    def known(self, rows: NDArray[np.intp], training: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return those of some rows that have only labels that the training rows have, too."""
        intents, slot_types = self._used(training)
        intents[-1] = True  # a row without an intent does not have an unknown intent
        is_known = intents[self.intent]
        is_known[self.slot_row[~slot_types[self.slot_type]]] = False
        return rows[is_known[rows]]

    def _used(self, rows: NDArray[np.intp]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Say which intents (the last place means "no intent") and which slot types some rows have."""
        is_taken = np.zeros(len(self.intent), bool)
        is_taken[rows] = True
        intents = np.zeros(len(self.intents) + 1, bool)
        intents[self.intent[is_taken]] = True
        slot_types = np.zeros(len(self.slot_types), bool)
        slot_types[self.slot_type[is_taken[self.slot_row]]] = True
        return intents, slot_types


def coded(chunks: Iterable[pa.Array]) -> tuple[list[str], NDArray[np.int64]]:
    """Return the distinct texts of some arrays, and the index of the text at each place; -1 for null.

    The arrays are never joined, because one array can hold at most 2 GiB of text.
    """
    encoded = pa.chunked_array(chunks, pa.string()).dictionary_encode().unify_dictionaries()
    names = encoded.chunk(0).dictionary.to_pylist() if encoded.num_chunks else []
    codes = [chunk.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64) for chunk in encoded.chunks]
    return names, np.concatenate([np.zeros(0, np.int64), *codes])
