"""`bilstm-nlu card`: the model card of a checkpoint, written from its facts."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .console import echo, prepare, with_one_line_errors
from .lazy import lazy_module

if TYPE_CHECKING:
    from ..hub import card as cards
    from ..hub import renew
else:
    cards = lazy_module("hub.card")
    renew = lazy_module("hub.renew")

__all__ = ["card"]


@with_one_line_errors
def card(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="Folder of a checkpoint.")],
    write: Annotated[
        bool, typer.Option("--write", help="Write it to the folder, with the code of this version.")
    ] = False,
) -> None:
    """Print the model card of a checkpoint, drawn from the facts of its run.

    With --write the folder becomes a repository that can be pushed, whoever saved the model there.
    """
    prepare()
    if write:
        echo(f"written: {renew.renew_repository(model) / 'README.md'}")
    else:
        echo(cards.render_card(renew.gather_facts(model)))
