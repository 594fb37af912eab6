"""A pool of Ray actors that do task after task; if an actor dies, its task is given to another one."""

import queue
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import ray
from ray.exceptions import ActorUnavailableError, NodeDiedError, OutOfMemoryError, RayActorError, WorkerCrashedError

from bilstm_nlu.errors import NluError

__all__ = ["Outcome", "WorkerPool"]

Task = TypeVar("Task")

#: What Ray raises if the process of a task dies, or its node.
_LOST = (RayActorError, ActorUnavailableError, NodeDiedError, OutOfMemoryError, WorkerCrashedError)
#: Tasks below this mean duration are given out two at a time, so that a worker never waits for the next one.
_SHORT = 1.0  # seconds
_LOOK_EVERY = 10.0  # seconds, for nodes that have joined the cluster
_MAX_STARTS = 3  # of workers in a row that never got ready


@dataclass(frozen=True)
class Outcome(Generic[Task]):
    """What became of a task.

    Args:
        task: the task.
        result: what the actor's method `work` returned.
        attempts: how many workers the task was given to.
        lost: how the last worker died, if it did so every time.
    """

    task: Task
    result: Any = None
    attempts: int = 1
    lost: str | None = None


@dataclass
class _Attempt(Generic[Task]):
    task: Task
    number: int = 1


@dataclass(eq=False)
class _Worker(Generic[Task]):
    actor: Any
    tasks: list[_Attempt[Task]] = field(default_factory=list)
    is_ready: bool = False


class WorkerPool(Generic[Task]):
    """Gives tasks to actors, and yields their results as they come.

    Only as many tasks as there are workers, or twice as many, are with Ray at any time, so a long list of tasks costs
    no memory. Workers are added when nodes join the cluster.

    Args:
        start: starts an actor that has the methods `ready(version)` and `work(task)`.
        version: version of this package; an actor with another one raises an error.
        num_workers: most actors; `None` takes one for each core of the cluster.
        attempts: how many workers a task is given to, if they die.
    """

    def __init__(self, start: Callable[[], Any], *, version: str, num_workers: int | None = None, attempts: int = 3):
        self.start = start
        self.version = version
        self.num_workers = num_workers
        self.attempts = attempts
        self._workers: list[_Worker[Task]] = []
        self._events: queue.SimpleQueue[tuple[_Worker[Task], _Attempt[Task] | None, Any]] = queue.SimpleQueue()
        self._again: deque[_Attempt[Task]] = deque()
        self._num_given = self._num_done = self._failed_starts = 0
        self._began = time.monotonic()  # when the first worker got ready
        self._looked = -_LOOK_EVERY

    def results(self, tasks: Iterable[Task]) -> Iterator[Outcome[Task]]:
        """Yield the outcome of every task, in the order in which they end.

        Raises:
            NluError: no worker can be started.
            Exception: a worker's method raised it.
        """
        waiting = iter(tasks)
        is_more = True
        try:
            while True:
                self._grow()
                while is_more or self._again:
                    worker = self._idlest()
                    if worker is None:
                        break
                    attempt = self._again.popleft() if self._again else _next(waiting)
                    if attempt is None:
                        is_more = False
                    else:
                        self._give(worker, attempt)
                if not (is_more or self._again or self._num_given):
                    return
                for outcome in self._wait():
                    self._num_done += 1
                    yield outcome
        finally:
            self.close()

    def close(self) -> None:
        """End all workers at once, also those that are at work."""
        for worker in self._workers:
            with suppress(Exception):  # the cluster may be gone
                ray.kill(worker.actor)
        self._workers.clear()

    @property
    def _depth(self) -> int:
        """How many tasks a worker may have."""
        if not self._num_done:
            return 1
        mean = (time.monotonic() - self._began) * max(1, len(self._workers)) / self._num_done
        return 2 if mean < _SHORT else 1

    def _grow(self) -> None:
        """Start the workers that are missing."""
        if time.monotonic() - self._looked < _LOOK_EVERY and self._workers:
            return
        self._looked = time.monotonic()
        cores = int(ray.cluster_resources().get("CPU", 0))
        wanted = max(1, cores if self.num_workers is None else min(cores, self.num_workers))
        for _ in range(wanted - len(self._workers)):
            worker: _Worker[Task] = _Worker(self.start())
            self._workers.append(worker)
            self._listen(worker, None, worker.actor.ready.remote(self.version))

    def _idlest(self) -> _Worker[Task] | None:
        """The worker with the fewest tasks, if it may have one more."""
        ready = [worker for worker in self._workers if worker.is_ready]
        worker = min(ready, key=lambda worker: len(worker.tasks), default=None)
        return worker if worker is not None and len(worker.tasks) < self._depth else None

    def _give(self, worker: _Worker[Task], attempt: _Attempt[Task]) -> None:
        self._num_given += 1
        worker.tasks.append(attempt)
        self._listen(worker, attempt, worker.actor.work.remote(attempt.task))

    def _listen(self, worker: _Worker[Task], attempt: _Attempt[Task] | None, reference: Any) -> None:
        future = reference.future()
        future.add_done_callback(lambda done: self._events.put((worker, attempt, done)))

    def _wait(self) -> Iterator[Outcome[Task]]:
        """Wait for something to happen, and yield the outcomes that come of it."""
        try:
            worker, attempt, future = self._events.get(timeout=1.0)
        except queue.Empty:
            return
        error = future.exception()
        if attempt is None:
            self._started(worker, error)
        elif isinstance(error, _LOST):
            yield from self._lost(worker, attempt, error)
        elif error is not None:
            raise getattr(error, "cause", None) or error
        else:
            self._take(worker, attempt)
            yield Outcome(attempt.task, future.result(), attempt.number)

    def _started(self, worker: _Worker[Task], error: BaseException | None) -> None:
        if error is None:
            self._began = time.monotonic() if not self._num_done else self._began
            worker.is_ready = True
            self._failed_starts = 0
            return
        self._remove(worker)
        self._failed_starts += 1
        if not isinstance(error, _LOST) or self._failed_starts >= _MAX_STARTS:
            cause = getattr(error, "cause", None)
            if isinstance(cause, NluError):
                raise cause
            reason = str(cause or error).strip().splitlines()[-1]
            raise NluError(f"no worker can be started: {reason}; check that every node has this package") from error

    def _take(self, worker: _Worker[Task], attempt: _Attempt[Task]) -> None:
        self._num_given -= 1
        worker.tasks.remove(attempt)

    def _lost(self, worker: _Worker[Task], attempt: _Attempt[Task], error: BaseException) -> Iterator[Outcome[Task]]:
        """A worker died: its first task may be the cause, and the others just waited."""
        is_cause = worker in self._workers and worker.tasks[0] is attempt
        self._take(worker, attempt)
        if not is_cause:
            self._again.append(attempt)
            return
        self._remove(worker)
        if attempt.number < self.attempts:
            self._again.append(_Attempt(attempt.task, attempt.number + 1))
        else:
            yield Outcome(attempt.task, None, attempt.number, _reason(error))

    def _remove(self, worker: _Worker[Task]) -> None:
        self._workers.remove(worker)
        self._looked = -_LOOK_EVERY  # start another one now


def _next(waiting: Iterator[Task]) -> _Attempt[Task] | None:
    for task in waiting:
        return _Attempt(task)
    return None


def _reason(error: BaseException) -> str:
    """How a worker died, in a few words."""
    if isinstance(error, OutOfMemoryError) or "OOM" in str(error) or "out of memory" in str(error).lower():
        return "its worker had no memory left"
    if isinstance(error, NodeDiedError) or "node died" in str(error).lower():
        return "its node died"
    return "its worker died"
