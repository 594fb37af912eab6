"""Collect the figures of finished runs into docs/results/spine.json: full-data scores and the transfer study."""

from pathlib import Path
from typing import Annotated

import typer

from modeling_bilstm_nlu.cli.console import echo, with_one_line_errors
from modeling_bilstm_nlu.studies.results import repository_figures, study_figures
from modeling_bilstm_nlu.training.callbacks import write_json

ARMS = ("transfer", "transfer-stacks", "transfer-matching", "transfer-random-heads")


@with_one_line_errors
def main(
    massive: Annotated[Path, typer.Option(help="What configuration/train/massive.yaml wrote.")] = Path("runs/massive"),
    snips: Annotated[Path, typer.Option(help="What configuration/train/snips.yaml wrote.")] = Path("runs/snips"),
    study: Annotated[Path, typer.Option(help="What configuration/studies/spine.yaml wrote.")] = Path(
        "runs/studies/spine"
    ),
    out: Annotated[Path, typer.Option(help="Where to write.")] = Path("docs/results/spine.json"),
) -> None:
    """Read the results of the three runs and write one file; fractions, not per cent."""
    arms = {arm: study_figures(study, arm) for arm in ARMS}
    figures = {
        "massive": repository_figures(massive),
        "snips": repository_figures(snips),
        "transfer": arms["transfer"],
        "ablations": {arm: arms[arm] for arm in ARMS[1:]},
    }
    write_json(out, figures)
    echo(f"{out}: MASSIVE, SNIPS and {arms['transfer']['n_runs']} pairs of runs of the transfer study")


if __name__ == "__main__":
    typer.run(main)
