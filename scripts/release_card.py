"""Write the card of a released checkpoint: python scripts/release_card.py OWNER/NAME."""

from pathlib import Path
from typing import Annotated

import checkout  # noqa: F401
import typer

from bilstm_nlu.cli.console import echo, prepare, with_one_line_errors
from modeling_bilstm_nlu.hub.refresh import release_card


@with_one_line_errors
def main(
    model: Annotated[str, typer.Argument(help="Folder or hub id of a checkpoint, or a card data file.")],
    into: Annotated[Path, typer.Option(help="Folder of the cards.")] = Path("model_cards"),
    name: Annotated[str | None, typer.Option(metavar="OWNER/NAME", help="Id that it is released under.")] = None,
) -> None:
    """Write the card of a released checkpoint to a folder of cards, with the data that it is written from."""
    prepare()
    written = release_card(model, into, repo_id=name)
    echo(f"written: {written}, and its data in {written.with_suffix('.json')}")


if __name__ == "__main__":
    typer.run(main)
