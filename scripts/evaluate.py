"""Score a checkpoint on the data of a recipe."""

from pathlib import Path
from typing import Annotated

import typer

from bilstm_nlu.cli.console import echo, prepare, print_scores, to_json, with_one_line_errors
from bilstm_nlu.cli.running import as_overrides
from modeling_bilstm_nlu.training.recipes import load_recipe
from modeling_bilstm_nlu.training.runs import evaluate_checkpoint


@with_one_line_errors
def main(
    recipe: Annotated[Path, typer.Argument(help="The recipe, for its section data.")],
    checkpoint: Annotated[
        str | None, typer.Option(help="Folder or hub id.", show_default="the recipe's output_dir")
    ] = None,
    data: Annotated[
        str | None, typer.Option(help="Path, embedded domain or hub id; goes before the recipe's.")
    ] = None,
    split: Annotated[str | None, typer.Option(help="Goes before the recipe's.")] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="SECTION.KEY=VALUE", help="One setting; may be repeated.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object with every score.")] = False,
) -> None:
    """Score a checkpoint on the data of a recipe."""
    prepare()
    found = load_recipe(recipe, [*(settings or []), *as_overrides(data__source=data, data__split=split)])
    checkpoint = checkpoint or found.output_dir
    domain = found.data.load()
    scores = evaluate_checkpoint(checkpoint, domain, found.data.split)
    if as_json:
        echo(to_json({"model": checkpoint, "domain": domain.name, "split": found.data.split, **scores}))
        return
    echo(f"{checkpoint} on {domain.name}, {found.data.split}: {scores['num_utterances']:,} utterances")
    print_scores(scores)


if __name__ == "__main__":
    typer.run(main)
