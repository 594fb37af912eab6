"""Where the models of a running fleet are written, until their line is in the results."""

import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ..training.alone import alone
from .digests import sizes_of, weights_digest
from .records import FleetRecord

__all__ = ["MODELS", "StagingArea"]

#: The folder of the models, each under its id.
MODELS = "models"
_HIDDEN = ".fleet"


class StagingArea:
    """Moves a model to its place only when its line is in the results, so that the two never differ.

    Whenever the process is killed, either the model is not in its place and its line is not there, or the line is
    there, and the model is moved when the next run begins.

    Args:
        folder: the folder of the results.
    """

    def __init__(self, folder: Path):
        self.models = folder / MODELS
        self._hidden = folder / _HIDDEN
        self._staged = self._hidden / "staged"
        self._trash = self._hidden / "trash"
        self._run = uuid.uuid4().hex[:12]

    @property
    def pulled(self) -> Path:
        """The folder for a generic checkpoint that comes from a hub."""
        return self._hidden / "base"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other runs out until the block ends. A lock of a killed process does not count.

        Raises:
            NluError: another run has the folder.
        """
        self._hidden.mkdir(parents=True, exist_ok=True)
        with alone(self._hidden / "lock", f"{self._hidden.parent}: another fleet is being trained into this folder"):
            yield

    def path(self, skill: str) -> Path:
        """Where a worker writes the model of a skill; the workers of a killed run may still write to other paths."""
        return self._staged / self._run / skill

    def has_model(self, record: FleetRecord) -> bool:
        """Whether the model of a line is in its place, and the files that open it have the sizes of the line.

        Lines of earlier versions have no sizes; then the files need only exist.
        """
        folder = self.models / record.id
        if not (folder / "config.json").is_file() or not any(folder.glob("*.safetensors")):
            return False
        found = sizes_of(folder) if record.sizes else {}
        return all(found.get(name) == size for name, size in record.sizes.items())

    def place(self, skill: str, staged: Path) -> None:
        """Move a finished model to its place; an older one is removed."""
        self.models.mkdir(parents=True, exist_ok=True)
        target = self.models / skill
        if target.exists():
            self._trash.mkdir(parents=True, exist_ok=True)
            target.rename(self._trash / f"{self._run}-{skill}")
        staged.rename(target)
        shutil.rmtree(self._trash, ignore_errors=True)

    def recover(self, records: Mapping[str, FleetRecord]) -> None:
        """Move the models of an interrupted run whose lines are in the results, and remove the others."""
        for staged in self._staged.glob("*/*") if self._staged.is_dir() else ():
            record = records.get(staged.name)
            weights = weights_digest(staged)
            if record is not None and weights is not None and record.weights == weights:
                self.place(staged.name, staged)
        self.clear()

    def clear(self) -> None:
        """Remove what was not finished."""
        for folder in (self._staged, self._trash):
            shutil.rmtree(folder, ignore_errors=True)
