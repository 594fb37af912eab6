"""Measure what a frame is worth to the program that acts on it, and write the results to a file, key by key."""

import json
from pathlib import Path
from typing import Annotated

import checkout  # noqa: F401
import typer

from bilstm_nlu.cli.console import echo, prepare
from bilstm_nlu.files import write_json
from research.frames import PARTS, Inputs

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "docs" / "results" / "frames.json"


def main(
    shared: Annotated[Path, typer.Option(envvar="BILSTM_NLU_SHARED", help="Folder with `data` and `skills`.")],
    only: Annotated[list[str] | None, typer.Option(help=f"One key: {', '.join(PARTS)}. All by default.")] = None,
    models: Annotated[Path | None, typer.Option(help="Folder of models that were trained on skills.")] = None,
    out: Annotated[Path, typer.Option(help="File of results; keys that are not measured are kept.")] = OUT,
) -> None:
    """Measure some keys of docs/results/frames.json; each is written as soon as it is measured."""
    prepare()
    for key in set(only or ()) - set(PARTS):
        raise typer.BadParameter(f"{key!r} is not a key; choose from {', '.join(PARTS)}")
    for key in only or list(PARTS):
        found = {**PARTS[key](Inputs(shared, models)), "command": f"python scripts/measure_frames.py --only {key}"}
        results = json.loads(out.read_text(encoding="utf-8")) if out.exists() else {}
        write_json(out, results | {key: found})
        echo(f"{key}: {found['value']:.4f}")
    echo(f"written to {out}")


if __name__ == "__main__":
    typer.run(main)
