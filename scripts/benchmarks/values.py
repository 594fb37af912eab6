"""Measure what a list of values for one call costs."""

from pathlib import Path
from typing import Annotated

import checkout  # noqa: F401
import typer

from bilstm_nlu.cli.console import echo
from bilstm_nlu.files import read_lines
from research.speed.call_values import measure_call_values
from research.speed.results import merge_into

OUT = Path(__file__).resolve().parents[2] / "docs" / "results" / "benchmarks.json"


def main(
    checkpoint: Annotated[Path, typer.Argument(help="Folder of a fine-tuned skill with slots.")],
    texts: Annotated[Path, typer.Argument(help="File with one utterance per line.")],
    out: Annotated[Path, typer.Option(help="File of results; other keys are kept.")] = OUT,
) -> None:
    """Write the times under the key call_values."""
    found = measure_call_values(checkpoint, read_lines(texts))
    merge_into(out, {"call_values": found})
    echo(", ".join(f"{name}: {value}" for name, value in found.items()))
    echo(f"written to {out}")


if __name__ == "__main__":
    typer.run(main)
