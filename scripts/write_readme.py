"""Write the generated parts of README.md and docs/results/README.md: the example's output and the tables."""

from pathlib import Path
from typing import Annotated

import checkout  # noqa: F401
import typer

from bilstm_nlu.cli.console import echo, with_one_line_errors
from research.readme import write_example, write_tables

ROOT = Path(__file__).resolve().parents[1]


@with_one_line_errors
def main(
    tables: Annotated[bool, typer.Option("--tables", help="Write only the tables; train nothing.")] = False,
) -> None:
    """Run the example of the README, and write what it prints and the tables from docs/results into the pages."""
    if not tables:
        echo("running the example; this takes one or two minutes")
        write_example(ROOT)
    for page in write_tables(ROOT):
        echo(f"written: {page.relative_to(ROOT)}")


if __name__ == "__main__":
    typer.run(main)
