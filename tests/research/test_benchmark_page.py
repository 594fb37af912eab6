"""The page of the benchmarks says what the file of results says."""

import json
from pathlib import Path

from research.speed.page import benchmark_page

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_page_is_current():
    results = json.loads((DOCS / "results" / "benchmarks.json").read_text("utf-8"))
    page = (DOCS / "results" / "benchmarks.md").read_text("utf-8")
    assert page == benchmark_page(results), "run python scripts/benchmarks/page.py"


def test_the_page_has_the_figures_of_the_results():
    results = json.loads((DOCS / "results" / "benchmarks.json").read_text("utf-8"))
    results["latency"]["times"]["minilm_int8"]["cpu_ms_p50"] = 1234.5
    results["runtime"]["installed_mb"] = 77.7
    results["train"]["after"]["example"]["median_stages"]["fit heads"] = 56.78
    page = benchmark_page(results)
    assert "1234.50" in page and "77.7 MB" in page and "| fit heads | " in page and "| 56.78 |" in page
    del results["train"]
    assert "## Training" not in benchmark_page(results)
