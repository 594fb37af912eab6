"""Open every page of the server and of the hub in a browser: count what axe-core finds, and take pictures."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import checkout  # noqa: F401
import typer

from bilstm_nlu.cli.console import echo
from research.results_file import FRONT_DOOR, add_results
from research.web_pages import make_small, measure

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
#: Pictures for the documents -> the height that is kept.
_SHOWN = {
    "page-desk-light": 900,
    "page-phone-dark": 1100,
    "trained-desk-light": 2600,
    "hub-models-desk-light": 500,
    "hub-try-desk-dark": 900,
    "hub-compare-phone-light": 1200,
}


def main(
    models: Annotated[list[Path], typer.Argument(help="Folders of models, the oldest revision first.")],
    text: Annotated[str, typer.Option(help="A text that the last model understands.")] = "water the roses",
    pictures: Annotated[Path | None, typer.Option(help="Folder for pictures of all pages.")] = None,
    small: Annotated[bool, typer.Option("--small", help="Write the pictures of the documents again.")] = False,
    out: Annotated[Path, typer.Option(help="File of results; its other parts are kept.")] = FRONT_DOOR,
) -> None:
    """Count serious findings on all pages, at two widths, light and dark."""
    with TemporaryDirectory(prefix="bilstm-nlu-pages-") as scratch:
        (folder := Path(scratch) / "run").mkdir()
        taken = pictures or (Path(scratch) / "pictures" if small else None)
        found = measure(models, text, folder, taken)
        if small and taken is not None:
            for path in make_small(taken, PICTURES, _SHOWN):
                echo(f"{path}: {path.stat().st_size:,} bytes")
    add_results({"axe": found}, out)
    echo(f"{found['serious']} serious findings on {found['pages']} pages in {found['views']} views")
    for line in found["findings"]:
        echo(f"  {line}")
    echo(f"written to {out}")


if __name__ == "__main__":
    typer.run(main)
