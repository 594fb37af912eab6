"""The example in the README: commands that are run, with what they print."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bilstm_nlu.errors import NluError

__all__ = ["EXAMPLE", "FOLDER", "Step", "masked", "render_example", "run_example"]

ROOT = Path(__file__).resolve().parents[2]
#: Where the example's training writes its model, seen from the folder in which it runs.
FOLDER = "runs/garden_keeper"


@dataclass(frozen=True)
class Step:
    """A command of the example.

    Attributes:
        arguments: what follows `bilstm-nlu`.
        head: number of lines shown from the start of the output; all lines where it is `None`.
        tail: number of lines shown from the end, if `head` is given.
    """

    arguments: tuple[str, ...]
    head: int | None = None
    tail: int = 0

    @property
    def command(self) -> str:
        """The command as a reader types it."""
        return "bilstm-nlu " + " ".join(f'"{word}"' if " " in word else shlex.quote(word) for word in self.arguments)


EXAMPLE = (
    Step(("train", "smart_garden", "--steps", "100")),
    Step(("parse", "water the roses for ten minutes")),
    Step(("parse", "what is the capital of france")),
)


def run_example(folder: Path, steps: Sequence[Step] = EXAMPLE) -> list[str]:
    """Run the commands one after the other in a folder.

    Args:
        folder: where they run; the trained model is written below it.
        steps: the commands.

    Returns:
        What each of them printed to standard output.

    Raises:
        NluError: a command failed.
    """
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false", "OMP_NUM_THREADS": "1"}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    outputs = []
    for step in steps:
        result = subprocess.run(
            [sys.executable, "-m", "bilstm_nlu", *step.arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
        )
        if result.returncode:
            raise NluError(f"{step.command} ended with code {result.returncode}: {result.stderr.strip()[-2000:]}")
        outputs.append(result.stdout)
    return outputs


def render_example(outputs: Sequence[str], steps: Sequence[Step] = EXAMPLE) -> str:
    """The example as Markdown: every command with its output, long outputs with a marked gap."""
    parts = [f"$ {step.command}\n{_shortened(output, step)}" for step, output in zip(steps, outputs, strict=True)]
    return "```console\n" + "\n".join(parts) + "```\n"


def _shortened(output: str, step: Step) -> str:
    lines = [line.rstrip() for line in output.strip("\n").splitlines()]
    gap = 0 if step.head is None else len(lines) - step.head - step.tail
    if step.head is not None and gap > 1:
        lines[step.head : len(lines) - step.tail] = [f"  ... ({gap} lines left out)"]
    return "".join(f"{line}\n" for line in lines)


def masked(example: str) -> str:
    """The example without what differs between machines and between versions of libraries.

    These are numbers and the width of their columns, quoted sentences of the data, which sentence is the example that
    the model understands, and whether the last step was the best one.
    """
    without_numbers = re.sub(r"\d+(?:[.,]\d+)*", "#", example)
    without_widths = re.sub(r" {2,}(?=\(?#)", "  ", without_numbers)
    without_quotes = re.sub(r"'[^'\n]+'", "'...'", without_widths)
    without_quotes = re.sub(r"(?<=, it understands '...': ).+", "...", without_quotes)
    return without_quotes.replace(", best at step #", "")
