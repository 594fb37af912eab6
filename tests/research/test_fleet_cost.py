"""The page with the arithmetic of a fleet is made from the measured numbers."""

import json
from pathlib import Path

from research.fleet_cost import cost_page

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_page_is_that_of_the_results():
    results = json.loads((DOCS / "results" / "serving.json").read_text("utf-8"))
    assert (DOCS / "results" / "fleet_cost.md").read_text("utf-8") == cost_page(results["fleet"])
