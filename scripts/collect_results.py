"""Collect the numbers of finished runs into docs/results/spine.json and the page of results."""

from pathlib import Path
from typing import Annotated

import checkout  # noqa: F401
import typer

from bilstm_nlu.cli.console import echo, with_one_line_errors
from bilstm_nlu.files import write_json
from research.readme import write_tables
from research.studies.results import repository_figures, study_figures


@with_one_line_errors
def main(
    massive: Annotated[Path, typer.Option(help="Output of configuration/train/massive.yaml.")] = Path("runs/massive"),
    snips: Annotated[Path, typer.Option(help="Output of configuration/train/snips.yaml.")] = Path("runs/snips"),
    study: Annotated[Path, typer.Option(help="Output of configuration/studies/spine.yaml.")] = Path(
        "runs/studies/spine"
    ),
    choices: Annotated[Path, typer.Option(help="Output of configuration/studies/choices.yaml.")] = Path(
        "runs/studies/choices"
    ),
    resets: Annotated[Path, typer.Option(help="Output of configuration/studies/resets.yaml.")] = Path(
        "runs/studies/resets"
    ),
) -> None:
    """Read the results of the runs, and write one file (with fractions, not percent) and the tables of the pages."""
    figures = {
        "massive": repository_figures(massive),
        "snips": repository_figures(snips),
        "transfer": study_figures(study)["transfer"],
        "choices": study_figures(choices),
        "resets": study_figures(resets),
    }
    out = Path("docs/results/spine.json")
    write_json(out, figures)
    write_tables(Path("."))
    echo(f"{out}: MASSIVE, SNIPS and {figures['transfer']['n_runs']} pairs of runs of the transfer study")


if __name__ == "__main__":
    typer.run(main)
