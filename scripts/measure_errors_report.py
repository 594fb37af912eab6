"""Measure the page that `bilstm-nlu errors --html` writes for a big skill."""

from pathlib import Path
from typing import Annotated

import checkout  # noqa: F401
import typer

from bilstm_nlu.cli.console import echo, prepare, print_table, with_one_line_errors
from research.errors_report import measure_errors_report
from research.results_file import FRONT_DOOR, add_results


@with_one_line_errors
def main(data: Annotated[Path, typer.Option(help="Folder that has one folder for each public corpus.")]) -> None:
    """Write the size of the page to docs/results/front_door.json; other keys are kept."""
    prepare()
    found = measure_errors_report(data)
    add_results(found)
    print_table([("what", "value"), *((name, f"{row['value']:g} {row['unit']}") for name, row in found.items())])
    echo(f"written to {FRONT_DOOR}")


if __name__ == "__main__":
    typer.run(main)
