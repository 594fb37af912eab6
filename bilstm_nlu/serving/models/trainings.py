"""The models that visitors of the page train: each in a folder of its own, by the same commands that people type."""

import asyncio
import json
import secrets
import shutil
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...errors import NluError
from ...runtime.nlu import Nlu, load
from .commands import CommandRun
from .descriptions import examples_of
from .errors import not_found, not_valid, too_many
from .training_limits import TrainingLimits
from .uploads import write_upload

__all__ = ["EXAMPLE", "PRETRAINED", "SCRATCH", "Training", "Trainings"]

#: The data of this package that visitors may try.
EXAMPLE = "smart_garden"
PRETRAINED, SCRATCH = "pretrained", "scratch"
_CHECK_SECONDS = 120.0
_POINT = ("step", "examples", "seconds", "intent_accuracy", "slot_f1", "frame_accuracy")
_SCORES = ("num_utterances", "intent_accuracy", "slot_f1", "frame_accuracy")


@dataclass
class Training:
    """What one visitor checks, trains and tries.

    Attributes:
        key: names it in URLs; it cannot be guessed.
        folder: has its files; deleted with it.
        source: what is trained on: a path, or the name of data in the package.
        report: what the check of the data found.
        runs: `PRETRAINED` and `SCRATCH` -> the training that starts there.
        used: when someone last asked about it, in the seconds of `time.monotonic`.
    """

    key: str
    folder: Path
    source: str
    report: dict[str, Any]
    runs: dict[str, CommandRun] = field(default_factory=dict)
    used: float = field(default_factory=time.monotonic)
    _nlu: Nlu | None = None

    @property
    def is_running(self) -> bool:
        """Whether one of its trainings runs."""
        return any(run.is_running for run in self.runs.values())

    @property
    def model(self) -> Path:
        """The folder of the model that started from a pretrained one; it appears when it is complete."""
        return self.folder / PRETRAINED

    def nlu(self) -> Nlu:
        """The trained model; it takes a moment to load, so it should be called in a thread.

        Raises:
            Refusal: it is not trained yet.
            NluError: it cannot be loaded.
        """
        if self._nlu is None:
            if not (self.model / "config.json").is_file():
                raise not_valid("the model is not trained yet; wait for the end of the training")
            self._nlu = load(self.model)
        return self._nlu

    def status(self) -> dict[str, Any]:
        """How far it is. It reads files, so it should be called in a thread."""
        runs = {name: self._run_status(name, run) for name, run in self.runs.items()}
        state = runs[PRETRAINED]["state"] if runs else "checked"
        found: dict[str, Any] = {"training": self.key, "state": state, "runs": runs}
        if state == "done":
            card = _read(self.model / "card.json", {})
            metrics = card.get("metrics") or {}
            found["scores"] = {split: {name: one.get(name) for name in _SCORES} for split, one in metrics.items()}
            found["examples"] = examples_of(card.get("examples"))
            found["labels"] = self._labels(card)
            found |= {key: card.get(key) for key in ("licence", "size_in_bytes", "num_parameters")}
        return found

    def _labels(self, card: dict[str, Any]) -> dict[str, Any]:
        """What the page needs to ask the model and to show its answers."""
        config = _read(self.model / "config.json", {})
        splits = bool(config.get("segment_hidden"))
        return {"intents": card.get("intents"), "slot_types": card.get("slot_types"), "splits_texts": splits}

    def _run_status(self, name: str, run: CommandRun) -> dict[str, Any]:
        points: list[dict[str, Any]] = []
        for folder in (self.folder / name, self.folder / f".{name}.unfinished"):  # done, or on its way
            points = points or _read(folder / "learning_curve.json", [])
        return {
            "state": run.state,
            "seconds": round(run.seconds, 1),
            "points": [{key: point.get(key) for key in _POINT} for point in points],
            "told": run.told(str(self.folder)),
            "problem": run.problem(str(self.folder)),
        }


class Trainings:
    """All that visitors train. Everything is deleted when the server stops.

    Args:
        limits: what they may train.
    """

    def __init__(self, limits: TrainingLimits) -> None:
        self.limits = limits
        self._known: dict[str, Training] = {}
        self._root: Path | None = None
        self._checks: set[CommandRun] = set()

    async def check(self, files: list[dict[str, str]] | None) -> Training:
        """Take over data, and check it.

        Args:
            files: see `write_upload`; `None` takes the data of the package.

        Raises:
            Refusal: the files cannot be taken, or cannot be read as data.
        """
        self._make_room()
        if len(self._checks) >= self.limits.at_once:
            raise too_many("other data is being checked; try again in a moment")
        if self._root is None:
            self._root = Path(tempfile.mkdtemp(prefix="bilstm-nlu-trainings-"))
        key = secrets.token_urlsafe(16)
        folder = self._root / key
        run: CommandRun | None = None
        try:
            (folder / "run").mkdir(parents=True)
            data = folder / "data"
            source = EXAMPLE if files is None else str(await asyncio.to_thread(write_upload, files, data, self.limits))
            run = CommandRun(["check-data", source, "--json"], folder / "run", _CHECK_SECONDS)
            self._checks.add(run)
            await run.finished()
            if problem := run.problem(str(data)):
                raise not_valid(problem)
            report = json.loads(run.output())
            num_train = sum(counts["utterances"] for counts in report["counts"].values())
            if num_train > self.limits.utterances:
                raise not_valid(
                    f"the data has {num_train:,} utterances; this page trains on at most "
                    f"{self.limits.utterances:,}, so use `bilstm-nlu train` on your own machine"
                )
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        finally:
            if run is not None:
                self._checks.discard(run)
        self._known[key] = Training(key, folder, source, report)
        return self._known[key]

    def get(self, key: str) -> Training:
        """A training.

        Raises:
            Refusal: it does not exist, or was deleted.
        """
        found = self._known.get(key)
        if found is None:
            raise not_found("this training does not exist any more; check the data again")
        found.used = time.monotonic()
        return found

    async def start(self, training: Training) -> None:
        """Train from the pretrained model of this package, and from random weights next to it.

        Raises:
            Refusal: it was started before, or others train.
        """
        if training.runs:
            raise not_valid("this training was started before; check the data again to train once more")
        if sum(one.is_running for one in self._known.values()) >= self.limits.at_once:
            raise too_many("someone else is training a model here; try again in a few minutes")
        common = ["train", training.source, "--quiet"]
        for name, options in ((PRETRAINED, []), (SCRATCH, ["--scratch", "--no-last-fit"])):
            place = training.folder / f"run-{name}"
            place.mkdir()
            command = [*common, *options, "--out", str(training.folder / name)]
            training.runs[name] = CommandRun(command, place, self.limits.seconds)

    async def remove(self, key: str) -> None:
        """Stop a training, and delete all of it."""
        training = self._known.pop(key, None)
        if training is not None:
            for run in training.runs.values():
                await run.stop()
            await asyncio.to_thread(shutil.rmtree, training.folder, ignore_errors=True)

    def close(self) -> None:
        """Stop everything that runs, and delete all files. It waits for nothing, so it works while the server ends."""
        for run in self._checks:
            run.kill()
        for training in self._known.values():
            for run in training.runs.values():
                run.kill()
        self._known.clear()
        if self._root is not None:
            shutil.rmtree(self._root, ignore_errors=True)

    def _make_room(self) -> None:
        """Delete what no one asked about for a long time, and then what was used least recently.

        Raises:
            Refusal: all that is kept is in use.
        """
        now = time.monotonic()
        resting = sorted((one for one in self._known.values() if not one.is_running), key=lambda one: one.used)
        for place, one in enumerate(resting):
            if one.used + self.limits.idle < now or len(self._known) - place >= self.limits.kept:
                del self._known[one.key]
                shutil.rmtree(one.folder, ignore_errors=True)
        if len(self._known) >= self.limits.kept:
            raise too_many("too many people train here; try again in a few minutes")


def _read(path: Path, default: Any) -> Any:
    """A JSON file of a training that may not be there yet."""
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return default


def describe_error(error: NluError, folder: str) -> str:
    """A message without the folder of the training."""
    return str(error).replace(f"{folder}/", "").replace(folder, "the model")
