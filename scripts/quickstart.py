"""The main use in two minutes: publish, pull, fine-tune on a new skill, compare with training from scratch."""

import os
import sys
from pathlib import Path

import checkout  # noqa: F401
import typer

from bilstm_nlu.cli.console import echo, prepare, print_table, with_one_line_errors
from bilstm_nlu.cli.parse import show_frame
from modeling_bilstm_nlu.training.recipes import load_recipe
from research.quickstart import quickstart

CONFIGURATION = Path(__file__).resolve().parents[1] / "configuration"
OUTPUT_DIR = Path("runs/quickstart")


@with_one_line_errors
def main() -> None:
    """Run the quickstart; everything it makes is written to runs/quickstart."""
    prepare()
    recipes = [
        load_recipe(CONFIGURATION / name) for name in ("train/quickstart_scratch.yaml", "transfer/quickstart.yaml")
    ]
    summary = quickstart(*recipes, OUTPUT_DIR, tell=echo)  # type: ignore[arg-type]
    scratch, transfer = summary["scratch"], summary["transfer"]
    echo()
    rows = [(f"{summary['train_size']} utterances, mean of {len(summary['seeds'])} draws", "scratch", "transfer")]
    for name, label in (
        ("combined_error", "combined error"),
        ("intent_accuracy", "intent accuracy"),
        ("slot_f1", "slot F1"),
        ("frame_accuracy", "frame accuracy"),
    ):
        rows.append((label, f"{scratch[name]:.1%}", f"{transfer[name]:.1%}"))
    steps = (arm["steps_to_best"] for arm in (scratch, transfer))
    rows.append(("steps to the scratch net's best", *("never" if count is None else f"{count:g}" for count in steps)))
    print_table(rows)
    echo()
    lower, faster = summary["relative_reduction"], summary["steps_ratio"]
    change = f"{abs(lower):.0%} {'lower' if lower >= 0 else 'higher'}"
    pace = f"{faster:.1f} times as fast to" if faster else "not as good at any step as"
    echo(f"transfer: combined error {change}, and {pace} the scratch net's best")
    echo()
    for frame in summary["frames"]:
        show_frame(frame)
    echo()
    echo(f"{OUTPUT_DIR / 'summary.json'}, {summary['picture']}, checkpoints in {OUTPUT_DIR / 'hub'}")
    command = os.path.relpath(Path(sys.executable).with_name("bilstm-nlu"))  # the environment may not be on the path
    echo(f"{summary['seconds']:.0f} s; next: {command} train YOUR_SKILL.json")


if __name__ == "__main__":
    typer.run(main)
