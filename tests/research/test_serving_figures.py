"""The figures of the pages about serving and deltas are those that were measured."""

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


def test_the_page_of_hubs_has_the_measured_memory_of_deltas():
    results = json.loads((DOCS / "results" / "serving.json").read_text("utf-8"))
    page = (DOCS / "how-to" / "hub.md").read_text("utf-8")
    found = re.search(
        r"takes ([\d.]+) MB instead of ([\d.]+) MB \(the mean of (\d+) skills\).*?skill takes ([\d.]+) MB",
        page,
        re.DOTALL,
    )
    delta, serve = results["delta"], results["serve"]
    memory = [delta["memory_shared"]["mb_a_model"], delta["memory_whole"]["mb_a_model"]]
    measured = [*memory, delta["models"], serve["deltas"]["mb_a_model"]]
    assert found and [float(figure) for figure in found.groups()] == [round(figure, 1) for figure in measured]
    assert round(delta["memory_shared"]["ms_a_text"] / delta["memory_whole"]["ms_a_text"], 1) == 1.5, (
        "half as long again"
    )
    assert delta["share"] < 0.35 and delta["frames"]["unequal_as_called_shared"] == 0
