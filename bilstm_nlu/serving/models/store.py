"""The models in memory: loaded on first use, replaced while they answer, and dropped when the memory is full."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from ...errors import NluError
from ..refusal import Refusal
from .catalogue import Catalogue, KnownModel
from .errors import cannot_load, unknown_revision
from .loading import LoadedModel
from .metrics import Metrics
from .revisions import Revision, Source, fingerprint_of

__all__ = ["Failure", "ModelStore"]

logger = logging.getLogger(__name__)

_LOADERS = 8  # threads; a download waits most of the time
_FIRST_WAIT, _LONGEST_WAIT = 5.0, 300.0  # seconds until a load that failed is tried again


@dataclass
class Failure:
    """A load that failed.

    Attributes:
        reason: why.
        again: when it is tried again, in the seconds of `time.monotonic`.
        wait: seconds that were waited for this.
    """

    reason: str
    again: float
    wait: float


class ModelStore:
    """The models of a server. All methods run in the thread of the event loop; loads run in threads of their own.

    Args:
        catalogue: the models and revisions that are known.
        sources: where models come from.
        load: loads a revision.
        memory: bytes that models may take; the one that was not used for longest makes room.
        metrics: counts loads.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        sources: Sequence[Source],
        load: Callable[[Revision], LoadedModel],
        *,
        memory: int,
        metrics: Metrics,
    ) -> None:
        self.catalogue, self.failures = catalogue, dict[Revision, Failure]()
        self._scanned: dict[int, list[Revision]] = {}
        self._sources, self._load_one, self._memory, self._metrics = sources, load, memory, metrics
        self._loaded: OrderedDict[Revision, LoadedModel] = OrderedDict()
        self._loading: dict[Revision, asyncio.Task[LoadedModel]] = {}
        self._threads = ThreadPoolExecutor(_LOADERS, "load")
        #: Bytes that all loaded models take, about.
        self.num_bytes = 0

    @property
    def loaded(self) -> Iterable[LoadedModel]:
        """The models in memory, the one that was used last at the end."""
        return self._loaded.values()

    def close(self) -> None:
        """End the threads, as soon as their loads have ended."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def find(self, reference: str) -> LoadedModel | None:
        """The model that answers a request, if it is in memory.

        Args:
            reference: `NAME` or `NAME@REVISION`.

        Raises:
            Refusal: the model does not exist.
        """
        known, label = self.catalogue.get(reference)
        if label is not None or known.canaries or known.serving is None:
            return None
        self._touch(known.serving.revision)
        return known.serving

    async def get(self, reference: str) -> LoadedModel:
        """The model that answers a request. It is loaded if it is not in memory.

        Args:
            reference: `NAME` or `NAME@REVISION`; with the name alone, a canary may be drawn.

        Raises:
            Refusal: the model does not exist, or it cannot be loaded.
        """
        known, label = self.catalogue.get(reference)
        if label is not None:
            found = known.find(label)
            return found if isinstance(found, LoadedModel) else await self._ready(found)
        if known.canaries and (drawn := self.catalogue.canary(known)) is not None:
            try:
                return await self.get(f"{known.name}@{drawn}")
            except Refusal as error:  # a canary that cannot answer must not cost an answer
                logger.warning("%s@%s: the canary cannot answer: %s", known.name, drawn, error)
        if known.serving is not None:
            self._touch(known.serving.revision)
            return known.serving
        target = known.target
        model = await self._ready(target)
        if known.serving is None and known.target == target and self._loaded.get(target) is model:
            known.serving = model
        return model

    def _touch(self, revision: Revision) -> None:
        """A model was used just now."""
        if (model := self._loaded.get(revision)) is not None:
            model.was_used = True
            self._loaded.move_to_end(revision)

    def rest(self) -> None:
        """Let models that were not used since the last call give the pages of their files back to the system."""
        for model in self._loaded.values():
            if model.was_used:
                model.is_resting = False
            elif not model.is_resting:
                model.rest()
            model.was_used = False

    async def _ready(self, revision: Revision) -> LoadedModel:
        """A revision in memory.

        Raises:
            Refusal: it cannot be loaded.
        """
        if (model := self._loaded.get(revision)) is not None:
            self._touch(revision)
            return model
        failure = self.failures.get(revision)
        if failure is not None and (left := failure.again - time.monotonic()) > 0:
            raise cannot_load(revision.name, failure.reason, int(left))
        return await self._start(revision)

    async def _start(self, revision: Revision) -> LoadedModel:
        """Load a revision; all that ask for it wait for the same load."""
        task = self._loading.get(revision)
        if task is None:
            task = self._loading[revision] = asyncio.ensure_future(self._loading_of(revision))
            task.add_done_callback(_retrieved)
        return await asyncio.shield(task)

    async def _loading_of(self, revision: Revision) -> LoadedModel:
        started = time.monotonic()
        try:
            loop = asyncio.get_running_loop()
            model = await loop.run_in_executor(self._threads, self._load_one, revision)
        except Exception as error:
            raise self._failed(revision, error) from error
        finally:
            self._loading.pop(revision, None)
        seconds = time.monotonic() - started
        self._metrics.loads.labels(revision.name, "loaded").inc()
        self._metrics.load_seconds.observe(seconds)
        logger.info("loaded %s, revision %s, in %.0f ms", model.name, model.label, 1000 * seconds)
        self.failures.pop(revision, None)
        model.counters = self._metrics.of_revision(model.name, model.label)
        self._keep(revision, model)
        return model

    def _failed(self, revision: Revision, error: Exception) -> Refusal:
        """Remember that a revision cannot be loaded, and for how long it is not tried again."""
        if not isinstance(error, NluError):
            logger.error("%s: cannot be loaded", revision.name, exc_info=error)
        reason = str(error) if isinstance(error, NluError) else f"an unexpected {type(error).__name__}"
        before = self.failures.get(revision)
        wait = _FIRST_WAIT if before is None else min(2 * before.wait, _LONGEST_WAIT)
        self.failures[revision] = Failure(reason, time.monotonic() + wait, wait)
        self._metrics.loads.labels(revision.name, "failed").inc()
        logger.error("cannot load %s: %s", revision, reason)
        return cannot_load(revision.name, reason, int(wait))

    def _keep(self, revision: Revision, model: LoadedModel) -> None:
        """Keep a model in memory, and drop those that were not used for longest to make room."""
        self._forget(revision)
        self._loaded[revision] = model
        self.num_bytes += model.num_bytes
        while self.num_bytes > self._memory and len(self._loaded) > 1:
            self._drop(next(iter(self._loaded)))
            self._metrics.evictions.inc()
        self._measure()

    def _forget(self, revision: Revision) -> None:
        if (model := self._loaded.pop(revision, None)) is not None:
            self.num_bytes -= model.num_bytes

    def _drop(self, revision: Revision) -> None:
        """Forget a model. Requests that it is answering keep it until they are done."""
        self._forget(revision)
        known = self.catalogue.models.get(revision.name)
        if known is not None and known.serving is not None and known.serving.revision == revision:
            known.serving = None

    def _measure(self) -> None:
        self._metrics.models.set(len(self._loaded))
        self._metrics.model_bytes.set(self.num_bytes)

    def adopt(self, models: Mapping[Revision, LoadedModel]) -> None:
        """Take over models that are in memory already; they answer at once."""
        for revision, model in models.items():
            known = self.catalogue.models.get(revision.name)
            if known is not None and known.target == revision:
                model.counters = self._metrics.of_revision(model.name, model.label)
                self._keep(revision, model)
                known.serving = model

    async def refresh(self, *, is_asked: bool = False) -> list[str]:
        """Look for new models and revisions, and replace models in memory that are not the target any more.

        Args:
            is_asked: someone asks for what is new.

        Returns:
            What was replaced, as `NAME@REVISION`.
        """
        loop = asyncio.get_running_loop()
        revisions = await loop.run_in_executor(self._threads, self._scan, is_asked)
        for gone in self.catalogue.replace(revisions):
            for revision in [one for one in self._loaded if one.name == gone.name]:
                self._drop(revision)
        there = set(revisions)
        self.failures = {revision: failure for revision, failure in self.failures.items() if revision in there}
        for revision in [one for one in self._loaded if one not in there]:
            known = self.catalogue.models.get(revision.name)
            if known is None or known.serving is not self._loaded[revision]:
                self._drop(revision)
        replaced = []
        serving = [known.serving for known in self.catalogue.models.values() if known.serving is not None]
        changed = await loop.run_in_executor(self._threads, _changed, serving)
        for known in list(self.catalogue.models.values()):
            if (before := known.serving) is None or (before.revision == known.target and before not in changed):
                continue
            if (label := await self._replace(known, is_changed=before in changed)) is not None:
                replaced.append(f"{known.name}@{label}")
        self._measure()
        return replaced

    async def _replace(self, known: KnownModel, *, is_changed: bool = False) -> str | None:
        """Load the target of a model; what answers now answers until the target is ready.

        Args:
            known: the model.
            is_changed: whether the files of the revision that answers have changed.
        """
        before, target = known.serving, known.target
        if (failure := self.failures.get(target)) and failure.again > time.monotonic():
            return None
        try:
            model = self._loaded.get(target)
            if model is None or is_changed:
                model = await self._start(target)
        except Refusal:
            return None  # it is in the log, and in `failures`
        if known.target != target or self._loaded.get(target) is not model:
            return None
        known.serving = model
        if before is not None and before.revision not in known.revisions:
            self._forget(before.revision)
        return None if before is not None and before.label == model.label else model.label

    async def reload(self, name: str, *, pinned: str | None = None) -> LoadedModel:
        """Load the newest revision of a model, or one that is chosen, and let it answer from now on.

        Args:
            name: of the model.
            pinned: label of the revision to go back to; `None` serves the newest again.

        Raises:
            Refusal: the model or revision does not exist, or it cannot be loaded. Then the old one still answers.
        """
        await self.refresh(is_asked=True)
        known, _ = self.catalogue.get(name)
        if pinned is not None:
            await self.look_up(name, pinned)
        old, known.pinned = known.pinned, pinned
        target = known.target
        self.failures.pop(target, None)
        await self._replace(known)
        if failure := self.failures.get(target):
            known.pinned = old
            raise cannot_load(name, failure.reason, int(failure.wait))
        return known.serving or await self.get(name)

    async def look_up(self, name: str, label: str) -> None:
        """Make sure that a model has a revision; a source may have one that it does not list.

        Raises:
            Refusal: the model or revision does not exist.
        """
        known, _ = self.catalogue.get(name)
        if label in known.labels:
            return
        loop = asyncio.get_running_loop()
        for source in self._sources:
            try:
                found = await loop.run_in_executor(self._threads, source.find, known.name, label)
            except NluError as error:
                raise unknown_revision(known.name, label, known.labels) from error
            if found is not None:
                known.revisions.insert(0, found)
                return
        known.find(label)

    def _scan(self, is_asked: bool) -> list[Revision]:
        """What all sources have; it runs in a thread. A source that cannot be read has what it had before.

        Raises:
            NluError: a source cannot be read for the first time.
        """
        for place, source in enumerate(self._sources):
            try:
                self._scanned[place] = source.scan(is_asked=is_asked)
            except NluError as error:
                if place not in self._scanned:
                    raise
                logger.error("cannot look for new models: %s", error)
        return [revision for place in range(len(self._sources)) for revision in self._scanned[place]]


def _changed(models: Iterable[LoadedModel]) -> set[LoadedModel]:
    """The models whose files are not those that were read any more; it runs in a thread."""
    found = set()
    for model in models:
        try:
            is_local = model.revision.commit is None
            if is_local and fingerprint_of(model.revision.locate()) != model.fingerprint:
                found.add(model)
        except OSError:
            continue  # it is being replaced; the next look will tell
    return found


def _retrieved(task: "asyncio.Task[Any]") -> None:
    """Take note of the error of a load, so that asyncio does not report it when no one waits any more."""
    if not task.cancelled():
        task.exception()
