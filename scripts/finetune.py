"""Fine-tune a generic checkpoint on a domain with a recipe, such as configuration/transfer/default.yaml."""

from pathlib import Path
from typing import Annotated

import typer

from bilstm_nlu.cli.console import fail, with_one_line_errors
from bilstm_nlu.cli.train import train
from modeling_bilstm_nlu.training.recipes import read_yaml


@with_one_line_errors
def main(
    recipe: Annotated[Path, typer.Argument(help="A recipe, such as configuration/transfer/default.yaml.")],
    base: Annotated[str | None, typer.Option(help="Folder or hub id of the generic checkpoint.")] = None,
    data: Annotated[
        str | None, typer.Option(help="Path, embedded domain or hub id; overrides that of the recipe.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the result; overrides that of the recipe.")] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="SECTION.KEY=VALUE", help="One setting. Repeatable.")
    ] = None,
    restart: Annotated[bool, typer.Option("--restart", help="Delete what an interrupted run left.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress bar.")] = False,
) -> None:
    """Fine-tune a generic checkpoint on a domain with a recipe."""
    if base is None and "base" not in read_yaml(recipe):
        fail(f"{recipe} has no section base; run it with scripts/pretrain.py, or name a checkpoint with --base")
    train(data, base=base, out=out, recipe=recipe, settings=settings, restart=restart, quiet=quiet)


if __name__ == "__main__":
    typer.run(main)
