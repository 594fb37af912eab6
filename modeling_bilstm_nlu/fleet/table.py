"""The results of a fleet as a table, in Markdown and as CSV."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from bilstm_nlu.files import write_text

from .records import FleetRecord

__all__ = ["CSV_FILE", "MARKDOWN_FILE", "markdown_table", "write_tables"]

CSV_FILE = "fleet.csv"
MARKDOWN_FILE = "fleet.md"
_SCORES = ("intent_accuracy", "slot_f1", "frame_accuracy")
_COLUMNS = (
    *(
        "id",
        "scored",
        *_SCORES,
        "train_utterances",
        "seconds",
        "num_bytes",
        "licence",
        "published",
        "refused",
        "error",
    ),
    *("source", "digest"),
)


def write_tables(folder: Path, records: Sequence[FleetRecord]) -> None:
    """Write `fleet.csv` and `fleet.md` into a folder.

    Args:
        folder: the folder of the results.
        records: the lines of the results.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows(map(_row, records))
    write_text(folder / CSV_FILE, text.getvalue().encode("utf-8", "backslashreplace").decode())
    write_text(folder / MARKDOWN_FILE, markdown_table(records).encode("utf-8", "backslashreplace").decode())


def _row(record: FleetRecord) -> list[object]:
    pushed = record.published
    return [
        record.id,
        record.num_scored or "",
        *(record.scores.get(name, "") for name in _SCORES),
        record.utterances.get("train", ""),
        record.seconds or "",
        record.num_bytes or "",
        record.licence or "",
        "" if pushed is None else f"{pushed.repo_id}@{pushed.commit}",
        record.refused or "",
        record.error or "",
        record.source,
        record.digest or "",
    ]


def markdown_table(records: Sequence[FleetRecord]) -> str:
    """Return a page with the scores of all skills, and the errors of those that failed."""
    trained = [record for record in records if record.has_model]
    failed = [record for record in records if record.error is not None]
    lines = [
        f"{len(trained):,} skills have a model, {len(failed):,} could not be trained.",
        "",
        "| skill | scored on | intent accuracy | slot F1 | frame accuracy | seconds | MB | licence |",
        "|---|--:|--:|--:|--:|--:|--:|---|",
    ]
    for record in trained:
        scores = (_percent(record.scores.get(name)) for name in _SCORES)
        size = f"{record.num_bytes / 1e6:.1f}"
        cells = (f"{record.num_scored:,}", *scores, f"{record.seconds:.1f}", size, record.licence or "")
        lines.append(f"| {record.id} | {' | '.join(cells)} |")
    if failed:
        lines += ["", "| skill | why it could not be trained |", "|---|---|"]
        lines += [f"| {record.id} | {(record.error or '').replace('|', chr(92) + '|')} |" for record in failed]
    return "\n".join(lines) + "\n"


def _percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.1f} %"
