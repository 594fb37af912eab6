"""The figures of the page about serving are those that were measured."""

import json
import re
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_page_has_the_measured_figures():
    results = json.loads((DOCS / "results" / "serving.json").read_text("utf-8"))["serve"]
    measured = {
        "requests a second": results["per_second"]["float16"],
        "times what the framework": round(results["share_of_constant"]["float16"], 2),
        "ms. At twice": results["levels"]["100"]["p99_ms"],
        "MB of memory, with": results["mb_a_model"],
        "MB, and as a delta": results["many"]["int8"]["mb_a_model"],
        "MB. Its first": results["deltas"]["mb_a_model"],
        "ms.\n": results["cold_ms"]["p50"],
    }
    page = (DOCS / "how-to" / "serving.md").read_text("utf-8")
    costs = page.partition("## What it costs")[2]
    for what, figure in measured.items():
        found = re.search(rf"([\d.,]+) {re.escape(what)}", costs)
        assert found and float(found[1].replace(",", "")) == figure, what
    assert results["levels"]["200"]["share_of_429"] > 0 and results["wrong_answers"] == 0
