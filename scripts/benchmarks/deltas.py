"""Measure deltas of fine-tuned skills: size, frames, memory. It needs the extra train and Linux."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import checkout  # noqa: F401
import typer

from bilstm_nlu.cli.console import echo, print_table
from bilstm_nlu.files import read_json, read_lines
from research.deltas import measure_deltas
from research.speed.results import merge_into

OUT = Path(__file__).resolve().parents[2] / "docs" / "results" / "serving.json"


def main(
    checkpoints: Annotated[Path, typer.Argument(help="Folder with a folder for each fine-tuned skill.")],
    texts: Annotated[Path, typer.Argument(help="File with one text of any skill per line.")],
    own: Annotated[
        Path | None, typer.Option(help="JSON file: name of a skill's folder -> list of texts of its own.")
    ] = None,
    skills: Annotated[int, typer.Option(min=1, help="Number of skills whose frames are compared.")] = 20,
    num_texts: Annotated[int, typer.Option(min=1, help="Number of texts for each of them.")] = 1000,
    models: Annotated[int, typer.Option(min=1, help="Number of models in one process.")] = 1000,
    out: Annotated[Path, typer.Option(help="File of results; other keys are kept.")] = OUT,
) -> None:
    """Save all skills as deltas, compare frames and memory, and write the figures under delta."""
    folders = sorted(path.parent for path in checkpoints.glob("*/model.safetensors"))
    with TemporaryDirectory() as work:
        found = measure_deltas(
            folders,
            {} if own is None else read_json(own),
            read_lines(texts),
            Path(work),
            num_skills=skills,
            num_texts=num_texts,
            num_models=models,
        )
    merge_into(out, {"delta": found})
    rows = [(name, f"{value:.4g}") for name, value in found.items() if not isinstance(value, dict)]
    for group in ("frames", "memory_shared", "memory_whole"):
        rows += [(f"{group}.{name}", f"{value:.4g}") for name, value in found[group].items()]
    print_table(rows)
    echo(f"written to {out}")


if __name__ == "__main__":
    typer.run(main)
