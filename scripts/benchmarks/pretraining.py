"""Measure how many words per CPU second pretraining learns from, and which share of the machine's products that is."""

from pathlib import Path
from typing import Annotated

import checkout  # noqa: F401
import typer

from bilstm_nlu.cli.console import echo, prepare
from research.speed.pretraining import measure_pretraining
from research.speed.results import merge_into

OUT = Path(__file__).resolve().parents[2] / "docs" / "results" / "benchmarks.json"


def main(
    source: Annotated[str, typer.Argument(help="A skill or a data set; its texts make the batches.")] = "smart_garden",
    rounds: Annotated[int, typer.Option(min=1, help="Number of steps of each kind.")] = 15,
    out: Annotated[Path, typer.Option(help="File of results; other keys are kept.")] = OUT,
) -> None:
    """Train on batches of 64 texts, in turn with the LSTMs of torch and of the kernel."""
    prepare()
    from modeling_bilstm_nlu.data.domains import Domain
    from modeling_bilstm_nlu.training.recipes.data import DataRecipe

    domain: Domain = DataRecipe(source=source).load()
    found = measure_pretraining(domain.splits["train"]["text"][:], rounds=rounds)
    merge_into(out, {"pretrain": found})
    echo(", ".join(f"{name} {value}" for name, value in found.items() if not isinstance(value, dict)))
    echo(f"written to {out}")


if __name__ == "__main__":
    typer.run(main)
