"""Compare the frames of the runtime with those of torch on public texts and on the test splits of skills."""

from pathlib import Path
from typing import Annotated

import checkout  # noqa: F401
import typer

from bilstm_nlu.cli.console import echo
from bilstm_nlu.files import read_lines
from research.speed.parity import compare_checkpoints
from research.speed.results import merge_into

OUT = Path(__file__).resolve().parents[2] / "docs" / "results" / "benchmarks.json"


def main(
    checkpoints: Annotated[list[Path], typer.Argument(help="Folders of fine-tuned skills.")],
    texts: Annotated[Path, typer.Option(help="File with more texts, one per line.")],
    num_texts: Annotated[int, typer.Option(min=1, help="Texts for each checkpoint.")] = 1000,
    key: Annotated[str, typer.Option(help="Key of the results: parity, or parity_scores for test splits.")] = "parity",
    out: Annotated[Path, typer.Option(help="File of results; other keys are kept.")] = OUT,
) -> None:
    """Write the shares of equal frames, and the scores on test splits."""
    found = compare_checkpoints(checkpoints, read_lines(texts), num_texts=num_texts)
    merge_into(out, {key: found})
    for name, value in found.items():
        echo(f"{name}: {value}")
    echo(f"written to {out}")


if __name__ == "__main__":
    typer.run(main)
