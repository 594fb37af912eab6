"""Measure the CPU seconds of `bilstm-nlu train` by stage, for the median of some skills and for the example skill."""

import json
from pathlib import Path
from typing import Annotated

import checkout  # noqa: F401
import typer

from bilstm_nlu.cli.console import echo, print_table
from bilstm_nlu.files import write_json
from research.training_stages import measure_skills

OUT = Path(__file__).resolve().parents[2] / "docs" / "results" / "benchmarks.json"
EXAMPLE = "smart_garden"


def main(
    skills: Annotated[list[str], typer.Argument(help="Skills of about the median size.")],
    rounds: Annotated[int, typer.Option(min=1, help="How often each skill is trained.")] = 1,
    column: Annotated[str, typer.Option(help="Key for the numbers: before or after.")] = "after",
    out: Annotated[Path, typer.Option(help="File of results; other keys are kept.")] = OUT,
) -> None:
    """Train on each skill in a new process, and write the medians under the key `train`."""
    results = json.loads(out.read_text(encoding="utf-8")) if out.exists() else {}
    median, example = measure_skills(skills, rounds=rounds), measure_skills([EXAMPLE], rounds=rounds)
    found = {
        "median_skill_cpu_s": median["median_cpu_s"],
        "example_cpu_s": example["median_cpu_s"],
        "median_skill": median,
        "example": example,
    }
    results["train"] = results.get("train", {}) | {column: found}
    if column == "after":
        results["train"] |= {name: found[name] for name in ("median_skill_cpu_s", "example_cpu_s")}
    write_json(out, results)
    rows = [("stage", "median skill, s", "example, s")]
    for stage, seconds in median["median_stages"].items():
        rows.append((stage, f"{seconds:.2f}", f"{example['median_stages'][stage]:.2f}"))
    rows.append(("all", f"{median['median_cpu_s']:.2f}", f"{example['median_cpu_s']:.2f}"))
    print_table(rows)
    echo(f"written to {out}")


if __name__ == "__main__":
    typer.run(main)
