"""Put the main numbers of the published studies into the README."""

from pathlib import Path
from typing import Annotated

import checkout  # noqa: F401
import typer

from bilstm_nlu.cli.console import echo, with_one_line_errors
from bilstm_nlu.files import write_text
from research.readme import render_studies
from research.studies.results import put_between

README = Path("README.md")


@with_one_line_errors
def main(
    results: Annotated[Path, typer.Argument(help="Folder that `python scripts/study.py --publish` wrote.")] = Path(
        "docs/results"
    ),
) -> None:
    """Read the results of the studies and write the README's tables."""
    write_text(README, put_between(README.read_text("utf-8"), "studies", render_studies(results)))
    echo(f"{README}: tables of the studies in {results}")


if __name__ == "__main__":
    typer.run(main)
