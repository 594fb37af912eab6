"""The command `bilstm-nlu`: train a model on a skill, parse texts, score it, read its errors."""

from typing import Annotated

import typer

from .. import __version__
from .card import card
from .check import check_data
from .compare import compare
from .convert import convert
from .doctor import doctor
from .errors import errors
from .evaluate import evaluate
from .export import export
from .fleet import fleet
from .formats import formats
from .hub import app as hub_app
from .info import info
from .parse import parse
from .pull import pull
from .push import push
from .push_data import push_data
from .serve import serve
from .suggest import suggest
from .train import train

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(train)
app.command()(fleet)
app.command()(parse)
app.command("eval")(evaluate)
app.command()(errors)
app.command()(compare)
app.command()(info)
app.command()(check_data)
app.command()(convert)
app.command()(export)
app.command()(formats)
app.command()(suggest)
app.command()(push)
app.command()(push_data)
app.command()(pull)
app.command()(card)
app.command()(serve)
app.command()(doctor)
app.add_typer(hub_app, name="hub")


def _show_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"bilstm-nlu {__version__}")
        raise typer.Exit


@app.callback()
def main(
    is_version_asked: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Find intents and slots in text, from a few hundred examples.

    Train a model on a skill, then parse texts with it: bilstm-nlu train skill.json && bilstm-nlu parse "some text"
    """
