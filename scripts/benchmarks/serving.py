"""Measure the server of models with wrk and autocannon (npm install autocannon); this needs the extra server."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import checkout  # noqa: F401
import typer

from bilstm_nlu.cli.console import echo
from bilstm_nlu.files import read_json, read_lines
from research.serving.generators import generators
from research.serving.lasting import measure_growth, measure_reloads
from research.serving.many import measure_both, measure_loads
from research.serving.throughput import compare_with_constant, measure_levels
from research.speed.results import merge_into

OUT = Path(__file__).resolve().parents[2] / "docs" / "results" / "serving.json"
PARTS = ("throughput", "levels", "loads", "many", "deltas", "reloads", "growth")


def main(
    models: Annotated[Path, typer.Argument(help="Folder of checkpoints; the first two must answer differently.")],
    texts: Annotated[Path, typer.Argument(help="File with one utterance per line.")],
    autocannon: Annotated[Path, typer.Option(help="Folder of the package.")] = Path("node_modules/autocannon"),
    deltas: Annotated[Path | None, typer.Option(help="Folder of the same models as deltas, for deltas.")] = None,
    only: Annotated[list[str] | None, typer.Option(help=f"Parts to measure: {', '.join(PARTS)}.")] = None,
    seconds: Annotated[float, typer.Option(min=2, help="Seconds of each level of load.")] = 120,
    rounds: Annotated[int, typer.Option(min=1, help="Turns of the comparison with a constant.")] = 9,
    number: Annotated[int, typer.Option(min=30, help="Models in one process.")] = 1000,
    requests: Annotated[int, typer.Option(min=1000, help="Requests of the measurement of memory.")] = 1_000_000,
    out: Annotated[Path, typer.Option(help="File of results; other keys are kept.")] = OUT,
) -> None:
    """Measure the parts one after the other, and write each when it is done."""
    lines, folders = read_lines(texts), _folders_in(models)
    of_deltas = [] if deltas is None else _folders_in(deltas)
    with TemporaryDirectory(dir=models.parent) as folder:  # on the disk of the models, because files are linked
        work, first = Path(folder), folders[0]
        steps: dict[str, Any] = {
            "throughput": lambda: compare_with_constant(first, lines, work, rounds=rounds, seconds=5),
            "levels": lambda: measure_levels(first, lines, work, autocannon, seconds=seconds),
            "loads": lambda: measure_loads(folders),
            "many": lambda: measure_both(folders, lines, work, number=number, pause=0.1),
            "deltas": lambda: {"deltas": measure_both(of_deltas, lines, work / "deltas", number=number, pause=0.1)},
            "reloads": lambda: measure_reloads(first, folders[1], lines, work, seconds=seconds),
            "growth": lambda: measure_growth(first, lines, work, requests=requests),
        }
        for part in only or [part for part in PARTS if of_deltas or part != "deltas"]:
            load = round(os.getloadavg()[0], 1)  # of the machine, as others may use it, too
            found = steps[part]() | {"generators": generators(autocannon), f"load_before_{part}": load}
            known = read_json(out).get("serve", {}) if out.is_file() else {}
            merge_into(out, {"serve": known | found})
            for key, value in found.items():
                echo(f"{key}: {value}")


def _folders_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir())


if __name__ == "__main__":
    typer.run(main)
