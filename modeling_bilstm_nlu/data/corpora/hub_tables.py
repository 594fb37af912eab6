"""Read the rows of a datasets repository; the ``from_hub`` functions of corpora use this module."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from datasets import ClassLabel, Dataset

from bilstm_nlu.errors import DataError

from ..drop_reasons import DropReason
from ..raw_domains import RawDomain
from ..split_names import canonical_split

__all__ = ["hub_rows"]


def hub_rows(
    raw: RawDomain, tables: Mapping[str, Dataset], columns: Sequence[str]
) -> Iterator[tuple[str, str, tuple[Any, ...]]]:
    """Read the rows of every table whose name is the name of a split.

    Args:
        raw: counts the rows of other tables.
        tables: split -> rows.
        columns: the columns to read. Numbers of a ``ClassLabel`` become names, or ``None`` if there is no name.

    Yields:
        The split, the place for messages, and the values of the columns of a row.

    Raises:
        DataError: a table has no such column.
    """
    for name, table in tables.items():
        split = canonical_split(str(name))
        if split is None:
            raw.drop(DropReason.ROWS_OF_SPLIT.of(name), len(table))
            continue
        if missing := [column for column in columns if column not in table.column_names]:
            raise DataError(f"split {name!r} has no columns {missing}; it has: {', '.join(table.column_names)}")
        values = [_values(table, column) for column in columns]
        for number, row in enumerate(zip(*values, strict=True)):
            yield split, f"split {name}, row {number}", row


def _values(table: Dataset, column: str) -> list[Any]:
    values = table[column][:]
    feature = table.features[column]
    if not isinstance(feature, ClassLabel):
        return values
    names = dict(enumerate(feature.names))  # an unknown class has the number -1
    return [names.get(value) for value in values]
