"""Parquet files as streams, and the columns that frames have in them. Needs pyarrow, the extra `parquet`."""

import itertools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..errors import Cure, DataError, NluError
from ..staging import staged

__all__ = ["frame_columns", "frame_row", "read_parquet", "write_parquet"]

_ROWS_AT_ONCE = 1024


def _arrow() -> Any:
    """The library.

    Raises:
        NluError: it is not installed.
    """
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise NluError(
            "Parquet files need pyarrow, which is not installed", cure=Cure("run {}", install="parquet")
        ) from error
    return pyarrow


def read_parquet(path: Path, column: str) -> Iterator[tuple[str, dict[str, Any], float]]:
    """Yield the place, the fields, and the share of the file that was read, for each row.

    Raises:
        DataError: the file cannot be read, or it has no such column.
        NluError: pyarrow is not installed.
    """
    arrow = _arrow()
    try:
        with arrow.parquet.ParquetFile(path) as file:
            names = file.schema_arrow.names
            if column not in names:
                listed = ", ".join(f"{name!r:.60}" for name in names[:10])
                raise DataError(
                    f"{path}: there is no column {column!r}, only {listed}; name the column of texts with --column"
                )
            num_rows = file.metadata.num_rows
            rows = (row for batch in file.iter_batches(_ROWS_AT_ONCE) for row in batch.to_pylist())
            for number, row in enumerate(rows, 1):
                yield f"row {number}", row, number / num_rows
    except (arrow.ArrowException, OSError) as error:
        raise DataError(f"{path}: not a Parquet file that can be read ({error})") from error


def frame_columns(*, multi: bool = False) -> dict[str, Any]:
    """The columns that parsing adds to a table, with their Arrow types: `frame`, or a list of `frames`.

    What a slot was resolved to is JSON, because its value may be a text or a number.

    Args:
        multi: whether texts were split.
    """
    arrow = _arrow()
    text, number = arrow.string(), arrow.int64()
    slot = {"slot_type": text, "value": text, "start": number, "end": number, "resolved": text}
    frame = {"accepted": arrow.bool_(), "intent": text, "score": arrow.float64(), "slots": arrow.list_(_struct(slot))}
    frame["intents"] = arrow.list_(_struct({"intent": text, "score": arrow.float64()}))
    frame |= {"truncated_at": number, "heard": text}
    if not multi:
        return {"frame": _struct(frame)}
    return {"frames": arrow.list_(_struct({"start": number, "end": number, **frame}))}


def _struct(fields: Mapping[str, Any]) -> Any:
    return _arrow().struct(list(fields.items()))


def frame_row(frame: Mapping[str, Any]) -> dict[str, Any]:
    """A frame as the value of such a column: without its text, which is a column of its own."""
    slots = [
        {**slot, "resolved": json.dumps(slot["resolved"], ensure_ascii=False)} if "resolved" in slot else slot
        for slot in frame["slots"]
    ]
    return {**{name: value for name, value in frame.items() if name != "text"}, "slots": slots}


def write_parquet(path: Path, rows: Iterator[dict[str, Any]], *, multi: bool = False) -> None:
    """Write rows with frames as a Parquet file, whole or not at all.

    The types of the other columns are those of the first rows.

    Raises:
        DataError: a value does not fit the type of its column.
        NluError: pyarrow is not installed.
    """
    arrow = _arrow()
    added = frame_columns(multi=multi)
    batches = iter(lambda: list(itertools.islice(rows, _ROWS_AT_ONCE)), [])
    first = next(batches, [])
    with staged(path) as build:
        try:
            others = arrow.Table.from_pylist([_without(row, added) for row in first])
            fields = [*others.schema, *(arrow.field(name, kind) for name, kind in added.items())]
            schema = arrow.schema(fields)
            with arrow.parquet.ParquetWriter(build, schema) as writer:
                for batch in itertools.chain([first], batches):
                    writer.write_table(arrow.Table.from_pylist([_as_row(row, multi) for row in batch], schema=schema))
        except arrow.ArrowException as error:
            raise DataError(
                f"{path}: a value does not fit the type of its column ({error}); write JSON Lines with a name that "
                "ends with .jsonl"
            ) from error


def _without(row: dict[str, Any], names: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


def _as_row(row: dict[str, Any], multi: bool) -> dict[str, Any]:
    if multi:
        return {**row, "frames": [frame_row(frame) for frame in row["frames"]]}
    return {**row, "frame": frame_row(row["frame"])}
