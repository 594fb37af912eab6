"""Measure how fast the runtime parses, next to MiniLM under ONNX Runtime; this needs the extras bench and train."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import checkout  # noqa: F401
import typer

from bilstm_nlu.cli.console import echo, print_table
from bilstm_nlu.files import read_lines
from modeling_bilstm_nlu import load_domain
from research.speed.fitted import fitted_rivals
from research.speed.latency import cold_starts, measure_latency
from research.speed.results import merge_into

OUT = Path(__file__).resolve().parents[2] / "docs" / "results" / "benchmarks.json"


def main(
    checkpoint: Annotated[Path, typer.Argument(help="Folder of a fine-tuned skill.")],
    texts: Annotated[Path, typer.Argument(help="File with one utterance of the skill per line.")],
    encoder: Annotated[Path, typer.Option(help="Folder of MiniLM-L6, as transformers saves it.")],
    skill: Annotated[
        str | None, typer.Option(help="The skill, to fit MaxEnt + CRF and spaCy to, and time them.")
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, help="How often every text is parsed.")] = 9,
    out: Annotated[Path, typer.Option(help="File of results; other keys are kept.")] = OUT,
) -> None:
    """Time one text, batches and new processes, and write them under latency, throughput, runtime and start."""
    lines = read_lines(texts)
    rivals = {} if skill is None else fitted_rivals(load_domain(skill))
    with TemporaryDirectory() as work:
        found = measure_latency(checkpoint, encoder, lines, Path(work), rounds=rounds, rivals=rivals)
    found |= cold_starts(checkpoint, lines[0])
    merge_into(out, found)
    rows = [("", "p50, ms", "p99, ms")]
    for name, times in found["latency"]["times"].items():
        rows.append((name, f"{times['cpu_ms_p50']:.3f}", f"{times['cpu_ms_p99']:.3f}"))
    print_table(rows)
    for key in ("latency", "throughput", "runtime", "start"):
        echo(f"{key}: " + ", ".join(f"{name} {value}" for name, value in found[key].items() if type(value) is float))
    echo(f"written to {out}")


if __name__ == "__main__":
    typer.run(main)
