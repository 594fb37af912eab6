"""Measure how long the commands of a newcomer take, from a clone to an own skill that is served."""

import json
from pathlib import Path

import checkout  # noqa: F401
import typer

from bilstm_nlu.cli.console import echo, with_one_line_errors
from bilstm_nlu.files import write_json
from research.documents.newcomer import measure_newcomer

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "docs" / "results" / "front_door.json"


@with_one_line_errors
def main() -> None:
    """Write the minutes to docs/results/front_door.json; other keys are kept."""
    results = json.loads(OUT.read_text("utf-8")) if OUT.exists() else {}
    found = measure_newcomer(ROOT)
    write_json(OUT, results | found)
    for name, row in found.items():
        echo(f"{name}: {row['value']:g} {row['unit']}")


if __name__ == "__main__":
    typer.run(main)
