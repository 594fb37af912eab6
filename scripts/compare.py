"""Compare ways to train on little data as a recipe says, such as configuration/studies/spine.yaml."""

from pathlib import Path
from typing import Annotated

import typer

from modeling_bilstm_nlu.cli.console import echo, prepare, print_table, with_one_line_errors
from modeling_bilstm_nlu.errors import RecipeError
from modeling_bilstm_nlu.files import write_json
from modeling_bilstm_nlu.studies import run_grid, summarise
from modeling_bilstm_nlu.studies.recipe import load_study


@with_one_line_errors
def main(
    recipe: Annotated[Path, typer.Argument(help="A study, such as configuration/studies/spine.yaml.")],
    data: Annotated[
        list[str] | None, typer.Option(metavar="NAME=PATH", help="Where a source of the recipe lies; may be repeated.")
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="SECTION.KEY=VALUE", help="One setting; may be repeated.")
    ] = None,
) -> None:
    """Run the arms on every domain, size and seed; go on where an interrupted study stopped."""
    prepare()
    study = load_study(recipe, settings or [])
    pairs = [item.partition("=") for item in data or []]
    if bad := [name for name, equals, path in pairs if not (name and equals and path)]:
        raise RecipeError(f"--data {bad[0]}: write NAME=PATH, such as massive=data/massive")
    domains = study.load_domains({name: path for name, _, path in pairs})
    output_dir = Path(study.output_dir)
    records = run_grid(study.arms, domains, study.protocol, output_dir, jobs=study.jobs)
    summaries = {
        arm.name: summarise(records, baseline=study.baseline, arm=arm.name)
        for arm in study.arms
        if arm.name != study.baseline
    }
    write_json(output_dir / "summary.json", summaries)
    for name, figures in summaries.items():
        rows = [("utterances", study.baseline, name, "lower by", "times as fast", "wins")]
        for size, cell in [*figures["by_size"].items(), ("all", figures)]:
            errors = (f"{cell[f'{arm}_combined_error']:.1%}" for arm in (study.baseline, name))
            lower, faster = cell["mean_relative_reduction"], cell["median_steps_ratio"]
            times = "-" if faster is None else f"{faster:.1f}"
            rows.append((size, *errors, f"{lower:.1%}", times, f"{cell['wins']:.0%}"))
        print_table(rows)
        echo()
    echo(f"combined error on test, mean over domains; {output_dir / 'summary.json'}")


if __name__ == "__main__":
    typer.run(main)
