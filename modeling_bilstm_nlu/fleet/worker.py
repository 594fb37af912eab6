"""What a worker does: it trains one skill after the other, from a generic checkpoint that it shares with others."""

import errno
import gc
import logging
import os
import platform
import shutil
import time
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path

from datasets import disable_progress_bars
from transformers.utils import logging as transformers_logging

from bilstm_nlu import __version__
from bilstm_nlu.errors import NluError
from bilstm_nlu.files import noted_files, regular_files

from ..data.domains import Domain
from ..hub.card_data_file import CARD_DATA_FILE, read_card_data
from ..hub.delta import save_delta
from ..hub.embedded import embedded_folder
from ..hub.origin import origin_of
from ..training.recipes import TransferRecipe
from ..training.runs import run
from .digests import data_digest, digest_of, files_digest, files_nearby, sizes_of, weights_digest
from .records import FleetRecord
from .settings import FleetSettings
from .shared_checkpoint import SharedCheckpoint
from .skills import FleetSkill

__all__ = ["SkillTrainer", "TrainingTask"]

_FULL = {errno.ENOSPC, errno.EDQUOT}
#: Objects that may be made before Python looks for garbage.
_ALLOCATIONS = 100_000
#: Exit status of a worker that has no memory left; the skill is then trained by another one.
_OUT_OF_MEMORY = 137


@dataclass(frozen=True)
class TrainingTask:
    """The training of one skill.

    Args:
        skill: the skill.
        folder: where its model is written; the folder does not exist yet.
        recipe: fingerprint of everything but the data.
        names: fingerprint of the names of files near the skill, see `names_nearby`.
        before: what is known of its last training, if that has a model that may be kept.
    """

    skill: FleetSkill
    folder: Path
    recipe: str
    names: str = ""
    before: FleetRecord | None = None

    def failed(self, error: str) -> FleetRecord:
        """Return the line of a skill that cannot be trained."""
        return FleetRecord(self.skill.id, self.skill.source, error=error)


class SkillTrainer:
    """Trains skills in one process.

    Args:
        checkpoint: the generic checkpoint.
        settings: the settings of the fleet.
        tell: gives the words for the error of a skill.
    """

    def __init__(self, checkpoint: SharedCheckpoint, settings: FleetSettings, tell: Callable[[NluError], str] = str):
        self.checkpoint = checkpoint
        self.settings = settings
        self.tell = tell
        _set_up()

    def ready(self, version: str) -> None:
        """Check that the worker has the same version of this package as the fleet.

        Raises:
            NluError: it has another one.
        """
        if version != __version__:
            raise NluError(
                f"node {platform.node()!r} has bilstm-nlu {__version__}, but this command has {version}; "
                "install the same version everywhere"
            )

    def work(self, task: TrainingTask) -> FleetRecord:
        """Train a skill, and return its line of the results. A skill that cannot be trained is a line, too.

        If the data is that of the last training, nothing is trained, and the line of the last training is returned
        with the fingerprint of the files as they are now.

        Raises:
            NluError: there is no space left for the results.
        """
        started, computed = time.perf_counter(), time.process_time()
        try:
            record = self._record(task)
        except NluError as error:
            record = task.failed(" ".join(self.tell(error).split()))
        except MemoryError:
            os._exit(_OUT_OF_MEMORY)  # what is left of this process may be broken
        except Exception as error:
            if isinstance(error, OSError) and error.errno in _FULL:
                raise NluError(f"{task.folder}: there is no space left; free some, and run it again") from error
            record = task.failed(_unexpected(error))
        if record.error is None and task.before is not None and record.finished == task.before.finished:
            return record
        now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - computed
        return replace(record, finished=now, seconds=round(seconds, 3), cpu_seconds=round(cpu_seconds, 3))

    def _record(self, task: TrainingTask) -> FleetRecord:
        files, nearby, domain = self._read(task)
        digest = digest_of(task.recipe, data_digest(domain))
        if task.before is not None and task.before.digest == digest:
            return replace(task.before, files=files, nearby=nearby, recipe=task.recipe, error=None)
        recipe = self.settings.recipe(task.skill, domain, task.folder, self.checkpoint.name)
        is_transfer = isinstance(recipe, TransferRecipe)
        base = (self.checkpoint.model(), self.checkpoint.tokenizer) if is_transfer else None
        result = run(recipe, domain=domain, resume=False, base=base)
        notes = list(result.score_notes)
        if is_transfer and self.stores_deltas:
            notes += _store_as_delta(result.folder, self.checkpoint.name)
        _sync(result.folder)
        card_data = read_card_data(result.folder / CARD_DATA_FILE)
        return FleetRecord(
            task.skill.id,
            task.skill.source,
            digest=digest,
            files=files,
            nearby=nearby,
            recipe=task.recipe,
            split=result.split,
            scores={name: round(float(value), 6) for name, value in result.scores.items()},
            utterances=result.num_utterances,
            dropped=domain.dropped,
            notes=tuple(notes),
            steps=result.steps,
            licence=None if card_data is None else card_data.licence,
            num_parameters=result.num_parameters,
            num_bytes=sum(file.stat().st_size for file in result.folder.iterdir()),
            sizes=sizes_of(result.folder),
            weights=weights_digest(result.folder),
        )

    @property
    def stores_deltas(self) -> bool:
        """Whether models are stored as their difference from the checkpoint."""
        if self.settings.delta is not None:
            return self.settings.delta
        name = self.checkpoint.name
        return embedded_folder(name) is not None or origin_of(Path(name)) is not None

    def _read(self, task: TrainingTask) -> tuple[str | None, tuple[str, ...], Domain]:
        """Return the fingerprint of the files of a skill, those outside of its path, and its data."""
        path = task.skill.path
        if path is None:
            return None, (), self.settings.load(task.skill)
        nearby = () if task.before is None else task.before.nearby
        # before they are read: if a file changes meanwhile, the next run finds another fingerprint, and reads again
        files = files_digest(path, nearby=nearby, names=task.names)
        with noted_files() as opened, regular_files():
            domain = self.settings.load(task.skill)
        if (found := files_nearby(path, opened)) != nearby:
            nearby, files = found, files_digest(path, nearby=found, names=task.names)
        return files, nearby, domain


def _store_as_delta(folder: Path, base: str) -> list[str]:
    """Replace a checkpoint by its difference from a base. Return a note if it must stay whole."""
    place = folder.with_name(f"{folder.name}.delta")
    try:
        save_delta(folder, place, base=base)
    except NluError as error:
        return [f"stored whole: {error}"]
    shutil.rmtree(folder)
    place.rename(folder)
    return []


def _sync(folder: Path) -> None:
    """Make sure that a model is on the disk before its line is."""
    for path in (*folder.iterdir(), folder):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _unexpected(error: Exception) -> str:
    """Describe an error that no one expected, with the place in the code."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    message = " ".join(str(error).split()) or "no message"
    return f"{type(error).__name__}{place}: {message}; this is a fault of the program, so report it with this line"


def _set_up() -> None:
    """Show no warnings and progress bars of libraries, and do not look for garbage in what they have made."""
    disable_progress_bars()
    warnings.simplefilter("ignore")
    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
    for name in ("datasets", "accelerate", "huggingface_hub", "torch", "bilstm_nlu", "modeling_bilstm_nlu"):
        logging.getLogger(name).setLevel(logging.ERROR)
    gc.collect()
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS)
