"""Measure how long the commands of a newcomer take, from a clone to an own skill that is served."""

from pathlib import Path

import checkout  # noqa: F401
import typer

from bilstm_nlu.cli.console import echo, with_one_line_errors
from research.documents.newcomer import measure_newcomer
from research.results_file import add_results

ROOT = Path(__file__).resolve().parents[1]


@with_one_line_errors
def main() -> None:
    """Write the minutes to docs/results/front_door.json; other keys are kept."""
    found = measure_newcomer(ROOT)
    add_results(found)
    for name, row in found.items():
        echo(f"{name}: {row['value']:g} {row['unit']}")


if __name__ == "__main__":
    typer.run(main)
