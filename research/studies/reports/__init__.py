"""Reports: a study's records as a summary, pictures, a page and a table for the terminal."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..pictures import Picture
from ..recipe import StudyRecipe
from ..records import Record, rows_of
from . import ablations, comparison, convergence, few_shot, growth, skills

__all__ = ["REPORTS", "Report"]


class Report(NamedTuple):
    """How a report is made; the template of its page is next to its module.

    Attributes:
        summarise: from the records of runs with a score to the summary; raises a ValueError if they are not enough.
        draw: draws the pictures into a folder, from the summary and the records, and says in words what they show.
        table: the summary's main figures as rows of text; the first row has the names of the columns.
        rows: the rows of the CSV file, from all records.
    """

    summarise: Callable[[StudyRecipe, Sequence[Record]], dict[str, Any]]
    draw: Callable[[StudyRecipe, Mapping[str, Any], Sequence[Record], Path], list[Picture]]
    table: Callable[[StudyRecipe, Mapping[str, Any]], list[tuple[str, ...]]]
    rows: Callable[[StudyRecipe, Sequence[Record]], list[dict[str, Any]]] = lambda study, records: rows_of(records)


#: Reports by name, as in `StudyRecipe.report`.
REPORTS: Mapping[str, Report] = {
    "comparison": Report(comparison.summarise, comparison.draw, comparison.table),
    "skills": Report(skills.summarise, skills.draw, skills.table),
    "growth": Report(growth.summarise, growth.draw, growth.table),
    "convergence": Report(convergence.summarise, convergence.draw, convergence.table, rows=convergence.ratios_of_runs),
    "ablations": Report(ablations.summarise, ablations.draw, ablations.table),
    "few_shot": Report(few_shot.summarise, few_shot.draw, few_shot.table),
    "fewshot_intents": Report(few_shot.summarise, few_shot.draw, few_shot.table),
}
