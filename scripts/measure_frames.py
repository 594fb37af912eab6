"""Measure frames: what is refused, several intents in a text, noise. Write the results to a file, by key."""

import json
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import checkout  # noqa: F401
import typer

from bilstm_nlu.cli.console import echo, print_table
from bilstm_nlu.files import write_json
from research.frames.multi import measure_multi

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "docs" / "results" / "frames.json"

#: Part -> its function: from the folder of shared data, the folder of runs, and folders of trained skills.
PARTS: dict[str, Callable[[Path, Path, list[Path]], dict[str, dict[str, Any]]]] = {
    "multi": lambda shared, runs, models: measure_multi(shared / "data", runs / "multi", models),
}


def main(
    shared: Annotated[Path, typer.Option(help="Folder with the folders data and skills.")] = ROOT / "shared",
    only: Annotated[list[str] | None, typer.Option(help=f"One part: {', '.join(PARTS)}. All by default.")] = None,
    runs: Annotated[Path, typer.Option(help="Folder for trained models; those in it are used again.")] = Path(
        "runs/frames"
    ),
    models: Annotated[Path | None, typer.Option(help="Folder with a folder for each trained skill.")] = None,
    out: Annotated[Path, typer.Option(help="File of results; keys that are not measured are kept.")] = OUT,
) -> None:
    """Measure parts, one after the other; an interrupted measurement uses the models that it has trained."""
    for part in set(only or ()) - set(PARTS):
        raise typer.BadParameter(f"{part!r} is not a part; choose from {', '.join(PARTS)}")
    skills = sorted(path.parent for path in models.glob("*/config.json")) if models is not None else []
    command = shlex.join(["python", "scripts/measure_frames.py", *sys.argv[1:]])
    for part in only or PARTS:
        results = json.loads(out.read_text(encoding="utf-8")) if out.exists() else {}
        found = PARTS[part](shared, runs, skills)
        write_json(out, results | {key: {**row, "command": command} for key, row in found.items()})
        print_table([("key", "value"), *((key, f"{row['value']:.4f}") for key, row in found.items())])
    echo(f"written to {out}")


if __name__ == "__main__":
    typer.run(main)
