"""`bilstm-nlu card`: the model card of a checkpoint, written from its card data."""

from typing import Annotated

import typer

from .console import echo, prepare, with_one_line_errors

__all__ = ["card"]


@with_one_line_errors
def card(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="Folder or hub id of a checkpoint, or its card.json.")],
    write: Annotated[
        bool, typer.Option("--write", help="Write the card and this version's code into the folder.")
    ] = False,
) -> None:
    """Print the model card of a checkpoint, written from the data of its run.

    With --write, the folder becomes a repository that can be pushed, even if it was saved without this package.
    """
    prepare()
    from modeling_bilstm_nlu.hub.card import render_card
    from modeling_bilstm_nlu.hub.refresh import gather_card_data, refresh_repository

    if write:
        echo(f"written: {refresh_repository(model) / 'README.md'}")
    else:
        echo(render_card(gather_card_data(model)))
