"""Write the pages of the reference that are made from the code: commands, keys of recipes, error messages."""

from pathlib import Path

import checkout  # noqa: F401
import typer

from bilstm_nlu.cli.console import echo
from bilstm_nlu.files import write_text
from research.documents import reference_pages

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    """Write docs/reference/command_line.md, recipe_keys.md and errors.md."""
    for path, text in reference_pages(ROOT).items():
        write_text(path, text)
        echo(f"written: {path.relative_to(ROOT)}")


if __name__ == "__main__":
    typer.run(main)
