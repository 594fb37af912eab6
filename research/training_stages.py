"""Measure where the CPU time of `bilstm-nlu train` goes: from the start of the process to the written folder."""

import functools
import importlib
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from bilstm_nlu.errors import NluError

__all__ = ["STAGES", "measure_skills", "place_of", "train_by_stage"]

#: Stage -> the functions whose time it is, as module and name. What they call is left out if it has its own stage.
STAGES: dict[str, tuple[tuple[str, str], ...]] = {
    "load data": (("training.recipes.data", "DataRecipe.load"),),
    "load checkpoint": (("training.runs", "load_checkpoint"),),
    "label warm start": (("training.transfer.prepare", "warm_start_labels"),),
    "make variants": (("training.training_rows", "training_rows"),),
    "encode": (
        ("data.encoding", "encode_dataset"),
        ("training.training_rows", "encode_dataset"),
        ("training.training_rows", "encode_utterances"),
    ),
    "fit heads": (("training.transfer.prepare", "fit_heads"),),
    "steps": (("training.checked_trainer", "CheckedTrainer.train"),),
    "evaluate": (("training.trainer", "NluTrainer.evaluate"),),
    "checkpoints": (("training.checked_trainer", "CheckedTrainer._save_checkpoint"),),
    "fit segments": (("training.trainer", "fit_segment_heads"),),
    "fit decision": (("training.trainer", "fit_decision"),),
    "final scores": (("training.runs", "score_splits"),),
    "last fit": (("training.runs", "fit_everything"),),
    "fit decision again": (("training.final_fit", "refresh_decision"),),
    "latency": (("training.publishing_trainer", "measure_latency"),),
    "picture": (("hub.writing", "draw_curve"),),
    "write folder": (("training.publishing_trainer", "write_repository"),),
}


class _Clock:
    """Counts the CPU seconds of each stage, without those of the stages inside it."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(STAGES, 0.0)
        self._stages = ["rest"]
        self._mark = time.process_time()

    def _turn(self) -> None:
        now = time.process_time()
        self.seconds[self._stages[-1]] = self.seconds.get(self._stages[-1], 0.0) + now - self._mark
        self._mark = now

    def counted(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function with its time counted for a stage."""

        @functools.wraps(function)
        def counted(*args: Any, **kwargs: Any) -> Any:
            self._turn()
            self._stages.append(stage)
            try:
                return function(*args, **kwargs)
            finally:
                self._turn()
                self._stages.pop()

        return counted


def place_of(module: str, function: str) -> tuple[Any, str]:
    """Return the module or class that has a function of `STAGES`, and the name of the function there."""
    owner: Any = importlib.import_module(f"modeling_bilstm_nlu.{module}")
    *classes, last = function.split(".")
    for name in classes:
        owner = getattr(owner, name)
    return owner, last


def train_by_stage(source: str, arguments: Sequence[str] = ()) -> dict[str, Any]:
    """Run `bilstm-nlu train` in this process, which should be new, and count the CPU seconds of each stage.

    Args:
        source: the skill or the data.
        arguments: more arguments of the command.

    Returns:
        `cpu_s`: all of the process. `stages`: stage -> seconds; `imports` are those before the command starts, and
        `rest` is what belongs to no stage.
    """
    app = importlib.import_module("bilstm_nlu.cli.main").app
    importlib.import_module("bilstm_nlu.cli.console").prepare()  # first of all, as the command does
    for module in ("modeling_bilstm_nlu.training.runs", "transformers.trainer"):
        importlib.import_module(module)
    imports, clock = time.process_time(), _Clock()
    for stage, functions in STAGES.items():
        for name in functions:
            owner, last = place_of(*name)
            setattr(owner, last, clock.counted(stage, getattr(owner, last)))
    with TemporaryDirectory() as folder:
        run = clock.counted("rest", lambda: app(["train", source, "--out", f"{folder}/out", "--quiet", *arguments]))
        try:
            run()
        except SystemExit as end:
            if end.code:
                raise NluError(f"{source}: the training failed; run bilstm-nlu train on it to see why") from end
        total = time.process_time()
        metrics = json.loads(Path(folder, "out", "metrics.json").read_text(encoding="utf-8"))
        card = json.loads(Path(folder, "out", "card.json").read_text(encoding="utf-8"))
    return {
        "cpu_s": total,
        "stages": {"imports": imports, **clock.seconds},
        "steps": card["hyper_parameters"]["steps"],
        "frame_accuracy": metrics.get("validation", {}).get("frame_accuracy"),
    }


def measure_skills(sources: Sequence[str], *, rounds: int = 1) -> dict[str, Any]:
    """Train on several skills, each in a new process, and return the medians.

    Args:
        sources: paths for `bilstm-nlu train`.
        rounds: how often; of each skill the round with the median time counts.

    Returns:
        `median_cpu_s`, `median_stages`, `skills` with the numbers of each, and `machine` with its load.

    Raises:
        NluError: a training failed.
    """
    found: dict[str, list[dict[str, Any]]] = {source: [] for source in sources}
    load = os.getloadavg()[0]
    for _ in range(rounds):
        for source in sources:
            found[source].append(_in_a_new_process(source))
    each = {source: sorted(runs, key=lambda run: run["cpu_s"])[len(runs) // 2] for source, runs in found.items()}
    names = next(iter(each.values()))["stages"]
    return {
        "median_cpu_s": round(median(run["cpu_s"] for run in each.values()), 2),
        "median_stages": {name: round(median(run["stages"][name] for run in each.values()), 2) for name in names},
        "skills": {_name(source): run for source, run in each.items()},
        "machine": {"cores": os.cpu_count(), "processor": platform.machine(), "load": [load, os.getloadavg()[0]]},
    }


def _name(source: str) -> str:
    """The name of a skill without the folders of this machine: that of its folder, and of its file."""
    return "/".join(Path(source).parts[-2:])


def _in_a_new_process(source: str) -> dict[str, Any]:
    code = (
        "import json, sys\nfrom research.training_stages import train_by_stage\n"
        "print(json.dumps(train_by_stage(sys.argv[1])))"
    )
    root = str(Path(__file__).resolve().parents[1])
    known = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    run = subprocess.run(
        [sys.executable, "-c", code, source],
        env={**os.environ, "PYTHONPATH": known, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    if run.returncode:
        raise NluError(f"{source}: the training failed: {run.stderr.strip()[-300:]}")
    return json.loads(run.stdout.splitlines()[-1])
