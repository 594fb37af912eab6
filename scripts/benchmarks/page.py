"""Write the page of the benchmarks from the file of results."""

import json
from pathlib import Path

import checkout  # noqa: F401
import typer

from bilstm_nlu.files import write_text
from research.speed.page import benchmark_page

DOCS = Path(__file__).resolve().parents[2] / "docs"


def main() -> None:
    """Write docs/results/benchmarks.md."""
    results = json.loads((DOCS / "results" / "benchmarks.json").read_text("utf-8"))
    write_text(DOCS / "results" / "benchmarks.md", benchmark_page(results))


if __name__ == "__main__":
    typer.run(main)
