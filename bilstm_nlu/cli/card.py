"""`bilstm-nlu card`: the model card of a checkpoint, written from its facts."""

from pathlib import Path
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
    release: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write it to a folder of cards, with its facts beside it.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(metavar="OWNER/NAME", help="With --release: the id that it is released under.")
    ] = None,
) -> None:
    """Print the model card of a checkpoint, drawn from the facts of its run.

    With --write the folder becomes a repository that can be pushed, whoever saved the model there.
    """
    prepare()
    from modeling_bilstm_nlu.hub.card import render_card
    from modeling_bilstm_nlu.hub.renew import gather_facts, release_card, renew_repository

    if (write and release is not None) or (name is not None and release is None):
        raise typer.BadParameter("--write and --release do not go together, and --name goes with --release alone")
    if write:
        echo(f"written: {renew_repository(model) / 'README.md'}")
    elif release is not None:
        written = release_card(model, release, repo_id=name)
        echo(f"written: {written}, and its facts in {written.with_suffix('.json')}")
    else:
        echo(render_card(gather_facts(model)))
