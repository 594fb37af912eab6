"""Measure the frame that a skill acts on, and write the results by key. An interrupted run continues."""

import json
from pathlib import Path
from typing import Annotated

import checkout  # noqa: F401
import typer

from bilstm_nlu.cli.console import echo, prepare, print_table
from bilstm_nlu.files import write_json
from research.frames.settings import Settings
from research.frames.studies import STUDIES

OUT = Path(__file__).resolve().parents[1] / "docs" / "results" / "frames.json"


def main(
    data: Annotated[Path, typer.Option(help="Folder of the public corpora.")],
    skills: Annotated[Path, typer.Option(help="Folder with folders of skills.")],
    only: Annotated[list[str] | None, typer.Option(help=f"One of {', '.join(STUDIES)}. All by default.")] = None,
    checkpoint: Annotated[
        str, typer.Option(help="Generic checkpoint that skills start from. Public corpora have ones of their own.")
    ] = "bilstm-nlu-generic-en",
    work: Annotated[Path, typer.Option(help="Folder for trained models and records.")] = Path("runs/frames"),
    limit: Annotated[int | None, typer.Option(min=1, help="The most skills to measure.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of trainings and draws.")] = 0,
    out: Annotated[Path, typer.Option(help="File of results; other keys in it are kept.")] = OUT,
) -> None:
    """Measure, and print what was found."""
    prepare()
    for name in set(only or ()) - set(STUDIES):
        raise typer.BadParameter(f"{name!r} is not a measurement; choose from {', '.join(STUDIES)}")
    settings = Settings(work, checkpoint, data, skills, limit, seed)
    for name in only or STUDIES:
        found = STUDIES[name](settings)
        command = f"python scripts/measure_frames.py --only {name}"
        results = json.loads(out.read_text(encoding="utf-8")) if out.exists() else {}
        write_json(out, results | {key: {**finding, "command": command} for key, finding in found.items()})
        print_table([("what", "value"), *((key, f"{finding['value']:.4f}") for key, finding in found.items())])
    echo(f"written to {out}")


if __name__ == "__main__":
    typer.run(main)
