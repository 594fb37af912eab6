"""`bilstm-nlu card`: the model card of a checkpoint, written from its facts."""

from typing import Annotated

import typer

from .console import echo, prepare, with_one_line_errors

__all__ = ["card"]


@with_one_line_errors
def card(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="Folder or hub id of a checkpoint, or a file of facts.")
    ],
    write: Annotated[
        bool, typer.Option("--write", help="Write it to the folder, with the code of this version.")
    ] = False,
) -> None:
    """Print the model card of a checkpoint, drawn from the facts of its run.

    With --write the folder becomes a repository that can be pushed, whoever saved the model there.
    """
    prepare()
    from modeling_bilstm_nlu.hub.card import render_card
    from modeling_bilstm_nlu.hub.renew import gather_facts, renew_repository

    if write:
        echo(f"written: {renew_repository(model) / 'README.md'}")
    else:
        echo(render_card(gather_facts(model)))
