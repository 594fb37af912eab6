"""Measure the documents: pages, code blocks and how many are tested, and how easy they are to read."""

import json
from pathlib import Path

import checkout  # noqa: F401
import typer

from bilstm_nlu.cli.console import echo, print_table
from bilstm_nlu.files import write_json
from research.documents import measure_documents

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "docs" / "results" / "front_door.json"


def main() -> None:
    """Write the measures of the documents to docs/results/front_door.json; other keys are kept."""
    results = json.loads(OUT.read_text("utf-8")) if OUT.exists() else {}
    found = measure_documents(ROOT)
    write_json(OUT, results | found)
    print_table([("what", "value"), *((name, f"{row['value']:g} {row['unit']}") for name, row in found.items())])
    echo(f"written to {OUT.relative_to(ROOT)}")


if __name__ == "__main__":
    typer.run(main)
