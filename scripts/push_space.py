"""Push the demo Space (scripts/space) for checkpoints on the hub, each pinned to its current commit."""

from pathlib import Path
from typing import Annotated

import typer

from bilstm_nlu.cli.console import echo, prepare, with_one_line_errors
from bilstm_nlu.cli.push import Branch, DryRun, Message, Private, PullRequest, push_options, show_pushed
from modeling_bilstm_nlu.hub.space import find_checkpoint, push_space, write_space

SOURCE = Path(__file__).with_name("space")


@with_one_line_errors
def main(
    models: Annotated[list[str], typer.Argument(help="Checkpoints, as owner/name or owner/name@revision.")],
    space: Annotated[str | None, typer.Option(metavar="OWNER/NAME", help="The Space to push to.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="FOLDER", help="Write the Space here instead.")] = None,
    title: Annotated[str | None, typer.Option(help="Title of the Space.", show_default="Intents and slots")] = None,
    private: Private = False,
    branch: Branch = None,
    pull_request: PullRequest = False,
    message: Message = None,
    dry_run: DryRun = False,
) -> None:
    """Push the demo Space for checkpoints on the hub; with --out, write its folder instead."""
    prepare()
    if (space is None) == (out is None):
        raise typer.BadParameter("give either --space OWNER/NAME or --out FOLDER")
    checkpoints = [find_checkpoint(name) for name in models]
    for checkpoint in checkpoints:
        echo(f"{checkpoint.model} at {checkpoint.revision}")
    if out is not None:
        echo(f"written: {write_space(out, checkpoints, source=SOURCE, title=title)}")
    elif space is not None:
        options = push_options(private, branch, None, pull_request, message, dry_run)
        show_pushed(push_space(space, checkpoints, source=SOURCE, title=title, **options), dry_run=dry_run)
    for checkpoint in checkpoints:
        if checkpoint.is_private:
            echo(f"{checkpoint.model} is private: give the Space a secret HF_TOKEN that may read it")


if __name__ == "__main__":
    typer.run(main)
