"""Fuzz the runtime under the address and the undefined-behaviour sanitizer: random networks, texts, damaged files."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import checkout  # noqa: F401
import typer

from bilstm_nlu.cli.console import echo, with_one_line_errors
from bilstm_nlu.files import read_json, write_json
from research.speed.fuzzing import run_sanitized


@with_one_line_errors
def main(
    minutes: Annotated[float, typer.Option(min=0, help="How long to fuzz.")] = 1,
    seed: Annotated[int, typer.Option(help="Seed of the random numbers.")] = 0,
    out: Annotated[Path | None, typer.Option(help="JSON file to which the counts of this run are added.")] = None,
) -> None:
    """Stop at the first fault, or print what was done."""
    with TemporaryDirectory() as folder:
        counts = run_sanitized(Path(folder), seconds=60 * minutes, seed=seed)
    for name, count in counts.items():
        echo(f"{count:,} {name}")
    if out is not None:
        before = read_json(out)["runs"] if out.exists() else []
        runs = [*before, {"minutes": minutes, "seed": seed, "faults": 0, "counts": counts}]
        write_json(out, {"minutes": sum(run["minutes"] for run in runs), "runs": runs})


if __name__ == "__main__":
    typer.run(main)
