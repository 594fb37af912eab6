"""Render the page of a study as Markdown."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2

from .figures import FEW_DOMAINS
from .pictures import Picture
from .recipe import StudyRecipe
from .records import Record

__all__ = ["portable", "render_study"]


def portable(value: Any) -> Any:
    """A setting as the page shows it: absolute paths become FOLDER, because they differ between machines."""
    return "FOLDER" if isinstance(value, str) and Path(value).is_absolute() else value


def _percent(value: float | None, digits: int = 1) -> str:
    return "-" if value is None else f"{100 * value:.{digits}f} %"


def _interval(row: Mapping[str, Any]) -> str:
    """The interval of figures over domains, from `ci_low` to `ci_high`, if there are enough domains."""
    if row["n_domains"] < FEW_DOMAINS:
        return "-"
    return f"{_percent(row['ci_low'])} to {_percent(row['ci_high'])}"


_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).with_name("reports")),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_ENVIRONMENT.filters |= {
    "interval": _interval,
    "percent": _percent,
    "signed": lambda value: f"{100 * value:+.1f} %",
    "number": "{:,}".format,
    "portable": portable,
    "cell": lambda text: str(text).replace("|", "\\|").replace("\n", " "),
}


def render_study(
    study: StudyRecipe, summary: Mapping[str, Any], records: Sequence[Record], pictures: Sequence[Picture]
) -> str:
    """The page of a study, rendered with the template of its report.

    Args:
        study: the recipe.
        summary: the content of `summary.json`.
        records: all records, including those of failed runs.
        pictures: the pictures next to the page.
    """
    failed = Counter(f"{record['arm']}: {record['error']}" for record in records if "error" in record)
    bases: dict[str, set[str]] = {}
    for record in records:
        if record.get("base"):
            bases.setdefault(record["arm"], set()).add(record["base"])
    tests = [record["test"]["num_utterances"] for record in records if "test" in record]
    return _ENVIRONMENT.get_template(f"{study.report}.md").render(
        study=study, summary=summary, pictures=pictures, failed=failed, tests=sorted(tests), bases=bases
    )
