"""Options that the commands for one skill and for many skills have in common."""

from pathlib import Path
from typing import Annotated

import typer

from .completion import complete_model

__all__ = ["Base", "Epochs", "Pack", "Phrases", "RecipeFile", "Seed", "Settings", "Steps"]

Base = Annotated[
    str | None,
    typer.Option(
        help="Folder or hub id of a pretrained checkpoint to start from.",
        show_default="the package's own checkpoint for English, else random weights",
        autocompletion=complete_model,
    ),
]
Pack = Annotated[
    bool | None,
    typer.Option(
        "--pack/--no-pack",
        help="Save the weights in less than half the space: embeddings in 8 bits, all others in half precision.",
        show_default="--pack if training starts from the package's own checkpoint, else --no-pack",
    ),
]
Phrases = Annotated[
    bool,
    typer.Option(
        "--phrases/--no-phrases",
        help="Save the phrases of the data with the model, so that it always gets them right. "
        "Whoever gets the model can read them.",
    ),
]

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
