"""Options that the commands for one skill and for many skills have in common."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["Epochs", "RecipeFile", "Seed", "Settings", "Steps"]

Steps = Annotated[
    int | None, typer.Option(min=1, help="Number of training steps.", show_default="by the size of the data")
]
Epochs = Annotated[
    float | None, typer.Option(min=0.0, max=1e6, help="Number of times to train on all data, instead of --steps.")
]
Seed = Annotated[int | None, typer.Option(min=0, help="Random seed.", show_default="0")]
RecipeFile = Annotated[Path | None, typer.Option("--recipe", help="YAML file with more settings.")]
Settings = Annotated[
    list[str] | None, typer.Option("--set", metavar="SECTION.KEY=VALUE", help="One setting. Repeatable.")
]
