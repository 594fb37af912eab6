"""Resumable runs: keep the checkpoints of an interrupted run, and check that a new run may continue it."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR

from bilstm_nlu.errors import RecipeError
from bilstm_nlu.files import write_json

from ..data.domains import Domain
from .alone import alone
from .recipes.schema import Recipe

__all__ = ["ResumableRun", "domain_digest"]

#: Settings that may change when a run is resumed.
_FREE = (
    "last_fit",
    "model.packed_weights",
    "output_dir",
    "packed",
    "prefer_dates",
    "threads",
)  # the second is from recipes before 0.1.0


class ResumableRun:
    """The hidden folder next to a run's results that has the trainer's checkpoints until the run ends.

    The results are written whole at the end, so an older model in the output folder can be used until then.

    Args:
        output_dir: folder of the results.
    """

    _STATE = "run.json"
    _LOCK = "lock"

    def __init__(self, output_dir: str | Path):
        output_dir = Path(output_dir).expanduser().resolve()
        self.folder = output_dir.with_name(f".{output_dir.name}.unfinished")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other runs out of the folder until the block ends. A lock of a killed process does not count.

        Raises:
            NluError: another run is in the folder.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with alone(self.folder / self._LOCK, f"{self.folder}: another training is running with this output folder"):
            try:
                yield
            finally:
                if [path.name for path in self.folder.glob("*")] == [self._LOCK]:
                    self.discard()  # before the release: afterwards the folder may belong to another run

    def last_checkpoint(self) -> Path | None:
        """Return the newest complete checkpoint of the trainer, which writes the state file last."""
        states = self.folder.glob(f"{PREFIX_CHECKPOINT_DIR}-*/trainer_state.json")
        found = {int(path.parent.name.rpartition("-")[2]): path.parent for path in states if _is_json(path)}
        return found[max(found)] if found else None

    @property
    def step(self) -> int:
        """The step that a new run would continue from; 0 if there is no checkpoint."""
        last = self.last_checkpoint()
        return int(last.name.rpartition("-")[2]) if last else 0

    def begin(self, recipe: Recipe, domain: Domain, *, resume: bool = True) -> Path | None:
        """Prepare the folder for a run, and return the checkpoint that the run continues from.

        Args:
            recipe: recipe of the new run.
            domain: data of the new run.
            resume: continue where an interrupted run stopped; if false, the old checkpoints are deleted.

        Raises:
            RecipeError: the folder has an interrupted run of another recipe, or on other data.
        """
        last = self.last_checkpoint() if resume else None
        if last is not None:
            self.check_same(recipe, domain)
        else:
            self._empty()
        write_json(self.folder / self._STATE, _state(recipe, domain))
        return last

    def check_same(self, recipe: Recipe, domain: Domain) -> None:
        """Raise a RecipeError if the interrupted run has another recipe or other data."""
        state = _state(recipe, domain)
        path = self.folder / self._STATE
        old = json.loads(path.read_text("utf-8"), parse_constant=str) if _is_json(path) else {}
        before, now = (dict(_flat(run.get("recipe", {}))) for run in (old, state))
        names = [name for name in {**before, **now} if name not in _FREE and before.get(name) != now.get(name)]
        changes = [f"{name} ({before.get(name)} before, {now.get(name)} now)" for name in names]
        if not changes and old.get("data") != state["data"]:
            changes = ["the data"]
        if not changes and old.get("catalogs") != state["catalogs"]:
            changes = ["the slot catalogs"]
        if changes:
            shown = ", ".join(changes[:3]) + (f" and {len(changes) - 3} more" if len(changes) > 3 else "")
            raise RecipeError(
                f"{self.folder} has an interrupted run, and this run differs from it in {shown}; "
                f"use the same settings to continue it, restart to delete it, or choose another output folder"
            )

    def _empty(self) -> None:
        for path in self.folder.glob("*"):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            elif path.name != self._LOCK:
                path.unlink()

    def discard(self) -> None:
        """Delete the checkpoints of the interrupted run."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _state(recipe: Recipe, domain: Domain) -> dict[str, Any]:
    # not a part of the digest of the data: older records of studies have a digest without catalogs
    catalogs = {name: [catalog.values, catalog.ids] for name, catalog in sorted(domain.catalogs.items())}
    digest = hashlib.sha256(json.dumps(catalogs, sort_keys=True).encode()).hexdigest()
    # a setting may be infinite, which JSON does not have
    settings = json.loads(json.dumps(asdict(recipe)), parse_constant=str)
    return {"recipe": settings, "data": domain_digest(domain), "catalogs": digest}


def _is_json(path: Path) -> bool:
    try:
        return isinstance(json.loads(path.read_text("utf-8")), dict)
    except (OSError, ValueError):
        return False


def _flat(value: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the leaves of nested mappings as ("section.key", value)."""
    for key, inner in value.items():
        if isinstance(inner, dict) and inner:
            yield from _flat(inner, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", inner


def domain_digest(domain: Domain) -> str:
    """Return a fingerprint of the labels and utterances of a domain."""
    sha = hashlib.sha256(json.dumps([domain.spec.intents, domain.spec.slot_types]).encode())
    for split in domain.splits:
        for utterance in domain.utterances(split):
            sha.update(f"{split} {utterance.text!r} {utterance.intent!r} {utterance.spans!r}\n".encode())
    return sha.hexdigest()
