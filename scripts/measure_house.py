"""Measure what the package costs to install, to start and to read, and write the results to a file."""

import json
from pathlib import Path
from typing import Annotated

import checkout  # noqa: F401
import typer

from bilstm_nlu.cli.console import echo, print_table
from bilstm_nlu.files import write_json
from research.house import PARTS, measure

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "docs" / "results" / "house.json"


def main(
    only: Annotated[list[str] | None, typer.Option(help=f"One part: {', '.join(PARTS)}. All by default.")] = None,
    root: Annotated[Path, typer.Option(help="The checkout to measure.")] = ROOT,
    column: Annotated[str, typer.Option(help="Column for the numbers: before or after.")] = "after",
    out: Annotated[Path, typer.Option(help="File of results; parts that are not measured are kept.")] = OUT,
) -> None:
    """Measure parts of the package; the part `install` makes two virtual environments and takes minutes."""
    for part in set(only or ()) - set(PARTS):
        raise typer.BadParameter(f"{part!r} is not a part; choose from {', '.join(PARTS)}")
    results = json.loads(out.read_text(encoding="utf-8")) if out.exists() else {}
    found = measure(only or list(PARTS), root.resolve())
    results[column] = results.get(column, {}) | found
    write_json(out, results)
    print_table([("what", "value"), *((name, f"{row['value']:g} {row['unit']}") for name, row in found.items())])
    echo(f"written to {out}")


if __name__ == "__main__":
    typer.run(main)
