"""Fine-tune a generic checkpoint on a domain as a recipe says, such as configuration/transfer/default.yaml."""

from pathlib import Path
from typing import Annotated

import typer

from bilstm_nlu.cli.console import fail, prepare, with_one_line_errors
from bilstm_nlu.cli.running import announce, as_overrides, run_recipe
from modeling_bilstm_nlu.training.recipes import TransferRecipe, load_recipe


@with_one_line_errors
def main(
    recipe: Annotated[Path, typer.Argument(help="A recipe, such as configuration/transfer/default.yaml.")],
    base: Annotated[str | None, typer.Option(help="Folder or hub id of the generic checkpoint.")] = None,
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
    """Fine-tune a generic checkpoint on a domain as a recipe says."""
    prepare()
    given = as_overrides(base__checkpoint=base, data__source=data, output_dir=out)
    found = load_recipe(recipe, [*(settings or []), *given])
    if not isinstance(found, TransferRecipe):
        fail(f"{recipe} has no section base; run it with scripts/pretrain.py, or name a checkpoint with --base")
    domain = found.data.load()
    announce(domain, found.base.checkpoint)
    run_recipe(found, domain, restart=restart, quiet=quiet)


if __name__ == "__main__":
    typer.run(main)
