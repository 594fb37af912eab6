"""Read the records of runs, and write them as a table."""

import csv
import gzip
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bilstm_nlu.errors import NluError
from bilstm_nlu.files import exists, read_lines, write_text

__all__ = [
    "METRICS",
    "PUBLISHED",
    "RECORDS",
    "Record",
    "measured",
    "publish_records",
    "read_records",
    "rows_of",
    "write_rows",
]

Record = Mapping[str, Any]

#: File with the names of the records of a finished study; other records belong to older recipes.
RECORDS = "records.json"

#: File with the shortened records of a published study.
PUBLISHED = "records.jsonl.gz"

#: Scores of the test split that studies report; all except slot F1 are errors.
METRICS = ("combined_error", "frame_error", "intent_error", "slot_f1", "semantic_error_rate")

_FACTS = ("arm", "domain", "group", "format", "size", "seed", "train_utterances")
_COSTS = ("seconds", "latency_ms", "size_bytes")
_OUTCOMES = ("passed_over", "error")
_CURVE = ("step", "seconds", "combined_error")


def measured(records: Iterable[Record]) -> list[Record]:
    """The records of runs that have a score."""
    return [record for record in records if "test" in record]


def read_records(folder: str | Path) -> list[Record]:
    """The records of a study that `run_grid` has finished in a folder, or that was published there.

    Raises:
        NluError: there are no records, or one is broken.
    """
    folder = Path(folder)
    try:
        if exists(folder / PUBLISHED):
            return [json.loads(line) for line in read_lines(folder / PUBLISHED)]
        names = json.loads((folder / RECORDS).read_text("utf-8"))
        return [json.loads((folder / "records" / name).read_text("utf-8")) for name in names]
    except (OSError, ValueError) as error:
        raise NluError(f"{folder}: there is no finished study ({error}); run it first") from error


def publish_records(records: Iterable[Record], path: Path) -> None:
    """Write the records that have a score, without what no report needs: JSON lines, gzip, no date."""
    lines, sketched = [], set()
    for record in measured(records):
        brief = _brief(record)
        if record["domain"] in sketched:  # one sketch of a domain is enough
            brief.pop("sketch", None)
        sketched.add(record["domain"])
        lines.append(json.dumps(brief, allow_nan=False) + "\n")
    path.write_bytes(gzip.compress("".join(lines).encode(), mtime=0))


def _brief(record: Record) -> dict[str, Any]:
    return {
        **record,
        **{split: _chosen(record[split], (*METRICS, "num_utterances")) for split in ("validation", "test")},
        "curve": [_chosen(point, _CURVE) for point in record["curve"]],
    }


def _chosen(values: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: values[name] for name in names if name in values}


def rows_of(records: Iterable[Record]) -> list[dict[str, Any]]:
    """Every run as a row: its settings, test scores, validation error and costs, or the reason why it has none."""
    return [_row(record) for record in records]


def _row(record: Record) -> dict[str, Any]:
    test = record.get("test", {})
    return {
        **{name: record.get(name) for name in _FACTS},
        "test_utterances": test.get("num_utterances"),
        **{name: test.get(name) for name in METRICS},
        "validation_combined_error": record.get("validation", {}).get("combined_error"),
        **{name: record.get(name) for name in (*_COSTS, *_OUTCOMES)},
    }


def write_rows(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Write rows with equal columns as a CSV file, without columns that are empty in all rows."""
    used = [column for column in rows[0] if any(row[column] not in (None, "") for row in rows)]
    table = io.StringIO()
    writer = csv.DictWriter(table, used, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: f"{v:.4g}" if isinstance(v, float) else v for name, v in row.items()})
    write_text(path, table.getvalue())
