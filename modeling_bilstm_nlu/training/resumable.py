"""What an interrupted run leaves behind, and whether a new run may go on from it."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR

from bilstm_nlu.errors import RecipeError
from bilstm_nlu.files import write_json

from ..data.domains import Domain
from .recipes.schema import Recipe

__all__ = ["ResumableRun", "domain_digest"]

#: What may differ between two starts of one run.
_FREE = ("model.packed_weights", "output_dir", "packed", "threads")  # the first: recipes before 0.1.0


class ResumableRun:
    """The hidden folder beside a run's results that holds the trainer's checkpoints until the run ends.

    The results themselves appear whole at the end, so an older checkpoint stays in use until then.

    Args:
        output_dir: where the results will be.
    """

    _STATE = "run.json"

    def __init__(self, output_dir: str | Path):
        output_dir = Path(output_dir).expanduser().resolve()
        self.folder = output_dir.with_name(f".{output_dir.name}.unfinished")

    def last_checkpoint(self) -> Path | None:
        """The newest complete checkpoint of the trainer; its state file is what it writes last."""
        states = self.folder.glob(f"{PREFIX_CHECKPOINT_DIR}-*/trainer_state.json")
        found = {int(path.parent.name.rpartition("-")[2]): path.parent for path in states if _is_json(path)}
        return found[max(found)] if found else None

    @property
    def step(self) -> int:
        """The step that a new run would go on from; 0 where there is no checkpoint."""
        last = self.last_checkpoint()
        return int(last.name.rpartition("-")[2]) if last else 0

    def begin(self, recipe: Recipe, domain: Domain, *, resume: bool = True) -> Path | None:
        """Prepare the folder for a run, and say which checkpoint it goes on from.

        Args:
            recipe: of the new run.
            domain: its data.
            resume: go on where an interrupted run stopped; without it the old checkpoints are deleted.

        Raises:
            RecipeError: an interrupted run of another recipe, or on other data, stands here.
        """
        last = self.last_checkpoint() if resume else None
        if last is not None:
            self.check_same(recipe, domain)
        else:
            self.discard()
        write_json(self.folder / self._STATE, _state(recipe, domain))
        return last

    def check_same(self, recipe: Recipe, domain: Domain) -> None:
        """Raise a RecipeError unless the interrupted run is one of this recipe on this data."""
        state = _state(recipe, domain)
        path = self.folder / self._STATE
        old = json.loads(path.read_text("utf-8")) if _is_json(path) else {}
        before, now = (dict(_flat(run.get("recipe", {}))) for run in (old, state))
        names = [name for name in {**before, **now} if name not in _FREE and before.get(name) != now.get(name)]
        changes = [f"{name} ({before.get(name)} then, {now.get(name)} now)" for name in names]
        if not changes and old.get("data") != state["data"]:
            changes = ["the data"]
        if not changes and old.get("catalogs") != state["catalogs"]:
            changes = ["the slot catalogs"]
        if changes:
            shown = ", ".join(changes[:3]) + (f" and {len(changes) - 3} more" if len(changes) > 3 else "")
            raise RecipeError(
                f"an interrupted run stands in {self.folder}, and this one differs in {shown}; "
                f"choose another output folder, repeat its settings to go on with it, or restart to drop it"
            )

    def discard(self) -> None:
        """Delete all that the interrupted run left."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _state(recipe: Recipe, domain: Domain) -> dict[str, Any]:
    # beside the digest of the data, by which records of studies are known that were made before catalogs counted
    catalogs = {name: [catalog.values, catalog.ids] for name, catalog in sorted(domain.catalogs.items())}
    digest = hashlib.sha256(json.dumps(catalogs, sort_keys=True).encode()).hexdigest()
    return {"recipe": json.loads(json.dumps(asdict(recipe))), "data": domain_digest(domain), "catalogs": digest}


def _is_json(path: Path) -> bool:
    try:
        return isinstance(json.loads(path.read_text("utf-8")), dict)
    except (OSError, ValueError):
        return False


def _flat(value: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The leaves of nested mappings as ("section.key", value)."""
    for key, inner in value.items():
        if isinstance(inner, dict) and inner:
            yield from _flat(inner, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", inner


def domain_digest(domain: Domain) -> str:
    """A fingerprint of what is trained and tested on."""
    sha = hashlib.sha256(json.dumps([domain.spec.intents, domain.spec.slot_types]).encode())
    for split in domain.splits:
        for utterance in domain.utterances(split):
            sha.update(f"{split} {utterance.text!r} {utterance.intent!r} {utterance.spans!r}\n".encode())
    return sha.hexdigest()
