"""Run a study from its recipe to its results: runs, a table of them, a summary, pictures and a page."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bilstm_nlu.errors import NluError
from bilstm_nlu.files import write_json, write_text

from .grid import run_grid
from .page import render_study
from .recipe import StudyRecipe
from .records import Record, measured, read_records, write_rows
from .reports import REPORTS
from .targets import Target

__all__ = ["Outcome", "records_of_others", "run_study"]

SUMMARY, RUNS, PAGE = "summary.json", "runs.csv", "README.md"


@dataclass(frozen=True)
class Outcome:
    """The results of a study.

    Args:
        folder: with `summary.json`, `runs.csv`, the page `README.md` and the pictures.
        summary: the content of `summary.json`.
        table: the main figures as rows of text; the first row has the names of the columns.
        pictures: names of files in the folder.
        records: of the runs that have a score.
        num_missing: number of runs that are not made yet.
        errors: arm -> number of its failed runs.
    """

    folder: Path
    summary: Mapping[str, Any]
    table: Sequence[Sequence[str]]
    pictures: Sequence[str]
    records: Sequence[Record]
    num_missing: int
    errors: Mapping[str, int]


def run_study(
    study: StudyRecipe,
    targets: Sequence[Target] = (),
    *,
    command: str = "",
    so_far: bool = False,
    published: Path | None = None,
) -> Outcome:
    """Make the runs that are missing, and report on all runs.

    Args:
        study: the recipe.
        targets: its domains, see `StudyRecipe.targets`; empty if it reports on the records of other studies.
        command: the command that starts the study, for the page.
        so_far: start no runs; report on the finished ones.
        published: a folder with a published study whose records are reused; see `run_grid`.

    Raises:
        RecipeError, NluError: an error of `run_grid`, or there is nothing to report on.
    """
    folder = Path(study.output_dir)
    num_missing = 0
    records: list[Record]
    if study.records:
        records = records_of_others(study)
    else:
        found = run_grid(
            study.arms, targets, study.protocol, folder, jobs=study.jobs, so_far=so_far, published=published
        )
        records = [record for record in found if record is not None]
        num_missing = len(found) - len(records)
    failed = [record for record in records if "error" in record]
    scored = measured(records)
    report = REPORTS[study.report]
    try:
        summary = report.summarise(study, scored)
    except ValueError as error:
        raise NluError(f"{folder}: {error}; {len(scored)} runs have a score{_most_often(records)}") from error
    summary = {
        **_rounded(summary),
        "runs": len(scored),
        "failed_runs": len(failed),
        "missing_runs": num_missing,
        "passed_over": _passed_over(records),
        "command": command,
    }
    write_json(folder / SUMMARY, summary)
    write_rows(report.rows(study, records), folder / RUNS)
    pictures = report.draw(study, summary, scored, folder)
    write_text(folder / PAGE, render_study(study, summary, records, pictures))
    names = [picture.path.name for picture in pictures]
    errors = Counter(record["arm"] for record in failed)
    return Outcome(folder, summary, report.table(study, summary), names, scored, num_missing, errors)


def records_of_others(study: StudyRecipe) -> list[Record]:
    """The records of the finished studies that a recipe reports on, each with the name of its study.

    Raises:
        NluError: there are no records, or one is broken.
    """
    return [{**run, "study": Path(path).name} for path in study.records for run in read_records(path)]


def _rounded(value: Any) -> Any:
    """Round all floats to six digits after the point: more digits are noise, and the files are kept."""
    if isinstance(value, dict):
        return {name: _rounded(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_rounded(inner) for inner in value]
    return round(value, 6) if isinstance(value, float) else value


def _most_often(records: Sequence[Record]) -> str:
    reasons = Counter(found for record in records if (found := record.get("error") or record.get("passed_over")))
    return "".join(f", and {count} have none: {reason}" for reason, count in reasons.most_common(1))


def _passed_over(records: Sequence[Record]) -> dict[str, str]:
    """Domain (and size) -> the reason why it was not measured."""
    found: dict[str, str] = {}
    for record in records:
        if "passed_over" in record:
            found.setdefault(f"{record['domain']}, {record['size']} utterances", record["passed_over"])
    return dict(sorted(found.items()))
