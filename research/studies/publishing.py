"""Copy the results of a finished study into the documents of the repository."""

import re
import shutil
from pathlib import Path

from bilstm_nlu.errors import RecipeError
from bilstm_nlu.files import read_json, read_text, write_json, write_text

from .recipe import StudyRecipe
from .records import PUBLISHED, publish_records, read_records
from .reports import REPORTS
from .running import PAGE, RUNS, SUMMARY, Outcome, records_of_others

__all__ = ["check_publishable", "publish", "redraw"]


def check_publishable(study: StudyRecipe, *, so_far: bool = False) -> None:
    """Raise a RecipeError if a study cannot be published: a quick study, an unfinished one, or a plain comparison."""
    if study.quick:
        raise RecipeError("a quick study is only a trial and cannot be published; leave out --quick or --publish")
    if so_far:
        raise RecipeError("a study that is not finished cannot be published; leave out --so-far or --publish")
    if study.report == "comparison":
        raise RecipeError("the recipe has no report of its own; set report: to publish it")


def publish(study: StudyRecipe, outcome: Outcome, docs: Path) -> Path:
    """Copy the results of a study.

    Args:
        study: its recipe.
        outcome: its results.
        docs: gets `results/REPORT.json`, and `studies/REPORT/` with the page, the runs, the pictures, and the
            shortened records, which other studies can report on.

    Returns:
        The path of the page.

    Raises:
        RecipeError: see `check_publishable`.
    """
    check_publishable(study, so_far=outcome.num_missing > 0)
    folder = docs / "studies" / study.report
    folder.mkdir(parents=True, exist_ok=True)
    results = docs / "results" / f"{study.report}.json"
    write_json(results, outcome.summary)
    page = (outcome.folder / PAGE).read_text("utf-8")
    link = f"[`{study.report}.json`](../../results/{study.report}.json)"
    write_text(folder / PAGE, page.replace(f"`{SUMMARY}`", link).replace(f"`{RUNS}`", f"[`{RUNS}`]({RUNS})"))
    for name in (RUNS, *outcome.pictures):
        shutil.copyfile(outcome.folder / name, folder / name)
    if not study.records:
        publish_records(outcome.records, folder / PUBLISHED)
    return folder / PAGE


def redraw(study: StudyRecipe, docs: Path) -> list[Path]:
    """Draw the pictures of a published study again, from its records; in the page, only what they show changes.

    Args:
        study: its recipe.
        docs: has the published study, as `publish` writes it.

    Returns:
        The paths of the pictures.

    Raises:
        NluError: the study is not published there.
    """
    folder = docs / "studies" / study.report
    records = records_of_others(study) if study.records else read_records(folder)
    summary = read_json(docs / "results" / f"{study.report}.json")
    page = read_text(folder / PAGE)
    pictures = REPORTS[study.report].draw(study, summary, records, folder)
    for picture in pictures:
        link = re.compile(rf"!\[[^\]]*\]\({re.escape(picture.path.name)}\)")
        page = link.sub(picture.link.replace("\\", r"\\"), page)
    write_text(folder / PAGE, page)
    return [picture.path for picture in pictures]
