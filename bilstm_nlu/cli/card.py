"""`bilstm-nlu card`: the model card of a checkpoint, written from its card data."""

from dataclasses import asdict
from typing import Annotated

import typer

from .completion import complete_model
from .console import AsJson, echo, prepare, print_json, with_one_line_errors

__all__ = ["card"]


@with_one_line_errors
def card(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL", help="Folder or hub id of a checkpoint, or its card.json.", autocompletion=complete_model
        ),
    ],
    write: Annotated[
        bool, typer.Option("--write", help="Write the card and this version's code into the folder.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Print the model card of a checkpoint, written from the data of its run.

    With --write, the folder becomes a repository that can be pushed, even if it was saved without this package.
    """
    prepare(as_json=as_json)
    from modeling_bilstm_nlu.hub.card import render_card
    from modeling_bilstm_nlu.hub.refresh import gather_card_data, refresh_repository

    if write:
        written = refresh_repository(model) / "README.md"
        echo(f"written: {written}")
        if as_json:
            print_json({"written": str(written)})
        return
    card_data = gather_card_data(model)
    if as_json:
        print_json(asdict(card_data))
    else:
        echo(render_card(card_data))
