"""Run the commands of pages, and write what they print into the pages."""

import tempfile
from pathlib import Path
from typing import Annotated

import checkout  # noqa: F401
import typer

from bilstm_nlu.cli.console import echo, with_one_line_errors
from research.documents import Documents, fill_page

ROOT = Path(__file__).resolve().parents[1]


@with_one_line_errors
def main(
    pages: Annotated[list[Path], typer.Argument(help="Pages, such as docs/tutorials/csv.md.")],
    empty: Annotated[bool, typer.Option("--empty", help="Also fill commands that show no output.")] = False,
    whole: Annotated[bool, typer.Option("--whole", help="Do not shorten long trainings as the tests do.")] = False,
) -> None:
    """Run the code of pages, and replace the shown output where it differs in more than numbers."""
    with tempfile.TemporaryDirectory() as scratch:
        documents = Documents(ROOT, Path(scratch), whole=whole)
        for page in pages:
            name = page.resolve().relative_to(ROOT).as_posix()
            echo(f"{name}: {fill_page(documents, name, empty_too=empty)} outputs changed")


if __name__ == "__main__":
    typer.run(main)
