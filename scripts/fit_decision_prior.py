"""Fit the prior of decisions on checkpoints of skills, and write it into the package.

Each checkpoint is a folder with a `recipe.yaml` that names its data. Only train and validation splits are used.
"""

from pathlib import Path
from typing import Annotated

import checkout  # noqa: F401
import typer

from modeling_bilstm_nlu.training.decision.fitting import PRIOR_FILE
from research.decision_prior import write_prior


def main(
    models: Annotated[Path, typer.Argument(help="Folder with a folder for each checkpoint.")],
    out: Annotated[Path, typer.Option(help="The file to write.")] = PRIOR_FILE,
) -> None:
    """Fit and write the prior."""
    folders = sorted(folder for folder in models.iterdir() if (folder / "config.json").exists())
    print(f"{out}: fitted on {write_prior(folders, out)} skills")


if __name__ == "__main__":
    typer.run(main)
