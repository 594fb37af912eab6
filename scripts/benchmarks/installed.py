"""Measure the size of an installation that parses, in a new virtual environment; this takes minutes."""

import json
from pathlib import Path
from typing import Annotated

import checkout  # noqa: F401
import typer

from bilstm_nlu.cli.console import echo
from research.speed.installed import installed_mb
from research.speed.results import merge_into

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "docs" / "results" / "benchmarks.json"


def main(out: Annotated[Path, typer.Option(help="File of results; other keys are kept.")] = OUT) -> None:
    """Write the megabytes as installed_mb under runtime."""
    found = installed_mb(ROOT)
    runtime = json.loads(out.read_text("utf-8")).get("runtime", {}) if out.exists() else {}
    merge_into(out, {"runtime": {**runtime, "installed_mb": found}})
    echo(f"installed: {found} MB; written to {out}")


if __name__ == "__main__":
    typer.run(main)
