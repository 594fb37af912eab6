"""Sets of rows of a table, one bit for each row. They say where a row is, if only the rows of the set are stored."""

import sys
from array import array
from itertools import accumulate
from typing import NamedTuple

from .tensors import StoredTensor

__all__ = ["RowSet", "rows_of_bits", "used_rows"]

_DIGITS = bytes.maketrans(b"\0\1", b"01")


class RowSet(NamedTuple):
    """Some rows of a table. If only these are stored, a row comes after all rows of the set that are before it.

    Attributes:
        bits: one bit for each row of the table, 64 rows in a number.
        before: for each of these numbers, how many rows of the set are before it.
        size: the number of rows in the set.
    """

    bits: array
    before: array
    size: int

    def numbers(self) -> list[int]:
        """The numbers of the rows, in order."""
        return [
            64 * place + bit for place, bits in enumerate(self.bits) if bits for bit in range(64) if bits >> bit & 1
        ]

    def __contains__(self, row: object) -> bool:
        return isinstance(row, int) and bool(self.bits[row // 64] >> row % 64 & 1)

    @property
    def num_bytes(self) -> int:
        """Bytes in memory."""
        return sum(len(part) * part.itemsize for part in (self.bits, self.before))


def rows_of_bits(content: bytes) -> RowSet:
    """Return the rows whose bit is set.

    Args:
        content: the bits, the first row in the lowest bit of the first byte; a multiple of 8 bytes.
    """
    bits = array("Q", content)
    if sys.byteorder == "big":
        bits.byteswap()
    counts = [number.bit_count() for number in bits]
    return RowSet(bits, array("I", [0, *accumulate(counts[:-1])]), sum(counts))


def used_rows(table: StoredTensor) -> RowSet:
    """Return the rows of a word table that are in use: row 0, which unknown words use, and those that have a key.

    Args:
        table: the key of each row, 0 for a free row.
    """
    has_key = bytes(map(bool, table.content.cast("q")))
    bits = int(has_key[::-1].translate(_DIGITS) or b"0", 2) | 1
    return rows_of_bits(bits.to_bytes(8 * max(1, -(-len(has_key) // 64)), "little"))
