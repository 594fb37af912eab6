"""`python scripts/study.py`: run a recipe, and write figures, pictures and a page."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from bilstm_nlu.cli.console import BAD_INPUT, echo, prepare, print_table, with_one_line_errors
from bilstm_nlu.cli.sources import DataDir
from bilstm_nlu.errors import RecipeError

from . import publishing
from .page import portable
from .recipe import load_study
from .running import PAGE, RUNS, run_study

__all__ = ["study"]


@with_one_line_errors
def study(
    recipe_file: Annotated[
        Path, typer.Argument(metavar="RECIPE", help="A study, such as configuration/studies/skills.yaml.")
    ],
    skills: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Folder that has one folder for each collection of skills.",
            show_default="the embedded example skill",
        ),
    ] = None,
    data_dir: DataDir = None,
    data: Annotated[
        list[str] | None, typer.Option(metavar="NAME=PATH", help="Path of a source in the recipe. Repeatable.")
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(min=1, help="Processes at a time, with one thread each.", show_default="as in the recipe"),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the results.", show_default="as in the recipe")] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="SECTION.KEY=VALUE", help="One setting. Repeatable.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Run the small variant of the recipe, in minutes.")] = False,
    so_far: Annotated[bool, typer.Option("--so-far", help="Start no runs; report on the finished ones.")] = False,
    reuse: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Reuse the runs that were published there, as in docs/studies/growth."),
    ] = None,
    publish: Annotated[
        Path | None,
        typer.Option(
            metavar="DOCS", help="Also copy summary, page and pictures into this folder of documents, such as docs."
        ),
    ] = None,
    redraw: Annotated[
        Path | None,
        typer.Option(
            metavar="DOCS", help="Start no runs; draw the pictures of the study that was published there again."
        ),
    ] = None,
) -> None:
    """Compare ways to get a model: every arm of a recipe on every domain, size and seed.

    An interrupted study continues where it stopped.
    """

    prepare()
    overrides = list(settings or [])
    overrides += [f"jobs={jobs}"] * (jobs is not None) + [f"output_dir={out}"] * (out is not None)
    plan = load_study(recipe_file, overrides, is_quick=quick)
    if redraw is not None:
        for path in publishing.redraw(plan, redraw):
            echo(f"written: {path}")
        return
    if publish is not None:
        publishing.check_publishable(plan, so_far=so_far)
    sources = _sources(data or [])
    targets = plan.targets(
        sources=sources,
        data_dir=None if data_dir is None else str(data_dir),
        skills_dir=None if skills is None else str(skills),
    )
    words = ["python scripts/study.py", recipe_file.as_posix()]
    words += ["--skills SKILLS"] * (skills is not None) + ["--data-dir DATA"] * (data_dir is not None)
    words += [f"--data {name}=PATH" for name in sources]
    words += [f"--set {_portable(setting)}" for setting in settings or []]
    command = " ".join(words + ["--quick"] * quick)
    outcome = run_study(plan, targets, command=command, so_far=so_far, published=reuse)
    print_table(outcome.table)
    echo()
    echo(f"combined error on the test split; {outcome.folder / PAGE}, {outcome.folder / RUNS}")
    if outcome.num_missing:
        echo(f"{outcome.num_missing} runs are still to be made; start the study again for them")
    if publish is not None:
        echo(f"published: {publishing.publish(plan, outcome, publish)}")
    if outcome.errors:
        counts = ", ".join(f"{count} of {arm}" for arm, count in outcome.errors.items())
        echo(f"failed runs: {counts}; the page says why, and another start tries them again")
        raise typer.Exit(BAD_INPUT)


def _portable(setting: str) -> str:

    name, _, value = setting.partition("=")
    return shlex.quote(f"{name}={portable(value)}")


def _sources(data: list[str]) -> dict[str, str]:
    pairs = [item.partition("=") for item in data]
    if bad := [name for name, equals, path in pairs if not (name and equals and path)]:
        raise RecipeError(f"--data {bad[0]}: write NAME=PATH, such as massive=data/massive")
    return {name: path for name, _, path in pairs}
