"""Measure the documents: pages, code blocks and how many are tested, and how easy they are to read."""

from pathlib import Path

import checkout  # noqa: F401
import typer

from bilstm_nlu.cli.console import echo, print_table
from research.documents import measure_documents
from research.results_file import FRONT_DOOR, add_results

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    """Write the measures of the documents to docs/results/front_door.json; other keys are kept."""
    found = measure_documents(ROOT)
    add_results(found)
    print_table([("what", "value"), *((name, f"{row['value']:g} {row['unit']}") for name, row in found.items())])
    echo(f"written to {FRONT_DOOR}")


if __name__ == "__main__":
    typer.run(main)
