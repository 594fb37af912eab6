"""Measure the page that `bilstm-nlu errors --html` writes for a big skill."""

import json
from pathlib import Path
from typing import Annotated

import checkout  # noqa: F401
import typer

from bilstm_nlu.cli.console import echo, prepare, print_table, with_one_line_errors
from bilstm_nlu.files import write_json
from research.errors_report import measure_errors_report

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "docs" / "results" / "front_door.json"


@with_one_line_errors
def main(data: Annotated[Path, typer.Option(help="Folder that has one folder for each public corpus.")]) -> None:
    """Write the size of the page to docs/results/front_door.json; other keys are kept."""
    prepare()
    results = json.loads(OUT.read_text("utf-8")) if OUT.exists() else {}
    found = measure_errors_report(data)
    write_json(OUT, results | found)
    print_table([("what", "value"), *((name, f"{row['value']:g} {row['unit']}") for name, row in found.items())])
    echo(f"written to {OUT.relative_to(ROOT)}")


if __name__ == "__main__":
    typer.run(main)
