"""The README's figures are those of `docs/results`."""

import json
from pathlib import Path

from research.readme import render_studies
from research.studies.results import put_between, render_results

ROOT = Path(__file__).resolve().parents[1]


def test_tables_are_rendered_from_the_results():
    readme = (ROOT / "README.md").read_text("utf-8")
    figures = json.loads((ROOT / "docs" / "results" / "spine.json").read_text("utf-8"))
    assert put_between(readme, "results", render_results(figures)) == readme


def test_tables_of_studies_are_rendered_from_what_was_published():
    readme = (ROOT / "README.md").read_text("utf-8")
    assert put_between(readme, "studies", render_studies(ROOT / "docs" / "results")) == readme
