"""Train from random weights as a recipe says, such as configuration/train/massive.yaml."""

from pathlib import Path
from typing import Annotated

import typer

from bilstm_nlu.cli.console import fail, prepare, with_one_line_errors
from bilstm_nlu.cli.running import announce, as_overrides, run_recipe
from modeling_bilstm_nlu.training.recipes import TrainRecipe, load_recipe


@with_one_line_errors
def main(
    recipe: Annotated[Path, typer.Argument(help="A recipe, such as configuration/train/massive.yaml.")],
    data: Annotated[
        str | None, typer.Option(help="Path, embedded domain or hub id; goes before the recipe's.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the result; goes before the recipe's.")] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="SECTION.KEY=VALUE", help="One setting; may be repeated.")
    ] = None,
    restart: Annotated[bool, typer.Option("--restart", help="Drop what an interrupted run left.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")] = False,
) -> None:
    """Train from random weights as a recipe says."""
    prepare()
    found = load_recipe(recipe, [*(settings or []), *as_overrides(data__source=data, output_dir=out)])
    if not isinstance(found, TrainRecipe):
        fail(f"{recipe} has a section base; run it with scripts/finetune.py")
    domain = found.data.load()
    announce(domain, None)
    run_recipe(found, domain, restart=restart, quiet=quiet)


if __name__ == "__main__":
    typer.run(main)
