"""A pool of Ray actors that do task after task; if an actor dies, its task is given to another one."""

import math
import queue
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Generic, TypeVar

import ray
from ray.exceptions import ActorUnavailableError, NodeDiedError, OutOfMemoryError, RayActorError, WorkerCrashedError

from bilstm_nlu.errors import NluError

__all__ = ["Outcome", "WorkerPool"]

Task = TypeVar("Task")

#: What Ray raises if the process of a task dies, or its node.
_LOST = (RayActorError, ActorUnavailableError, NodeDiedError, OutOfMemoryError, WorkerCrashedError)
#: A call of a worker should take about this long. Shorter tasks are given several in a call, and each worker has a
#: second call that waits, so that Ray's own work for a call does not count.
_CALL = 1.0  # seconds
_MOST_IN_A_CALL = 50
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
        is_overdue: whether the task took longer than the limit, so that its worker was ended.
    """

    task: Task
    result: Any = None
    attempts: int = 1
    lost: str | None = None
    is_overdue: bool = False


@dataclass
class _Attempt(Generic[Task]):
    task: Task
    number: int = 1


@dataclass(eq=False)
class _Worker(Generic[Task]):
    actor: Any
    calls: list[list[_Attempt[Task]]] = field(default_factory=list)
    is_ready: bool = False
    began: float = 0.0  # when it began with the first of its calls
    overdue: list[_Attempt[Task]] | None = None  # the call for which it was ended


class _Host:
    """The actor: it makes the object that does the work, in a process of its own."""

    def __init__(self, kind: Callable[..., Any], *arguments: Any):
        self.worker = kind(*arguments)

    def ready(self, version: str) -> None:
        self.worker.ready(version)

    def work(self, tasks: list[Any]) -> list[Any]:
        return [self.worker.work(task) for task in tasks]


class WorkerPool(Generic[Task]):
    """Gives tasks to actors, and yields their results as they come.

    Only as many calls as there are workers, or twice as many, are with Ray at any time, so a long list of tasks costs
    no memory. Workers are added when nodes join the cluster.

    Args:
        kind: class of the object that works, with the methods `ready(version)` and `work(task)`; each worker has one.
        arguments: the arguments of the class; one that is in Ray's object store is read there.
        version: version of this package; `ready` raises an error if the worker has another one.
        num_workers: most workers; `None` takes one for each core of the cluster.
        attempts: how many workers a task is given to, if they die.
        limit: seconds that a task may take; then its worker is ended, and no other one tries it.
    """

    def __init__(
        self,
        kind: Callable[..., Any],
        arguments: Sequence[Any] = (),
        *,
        version: str,
        num_workers: int | None = None,
        attempts: int = 3,
        limit: float = math.inf,
    ):
        self.kind = kind
        self.arguments = tuple(arguments)
        self.version = version
        self.num_workers = num_workers
        self.attempts = attempts
        self.limit = limit
        self._actor = ray.remote(num_cpus=1, max_restarts=0, max_task_retries=0)(_Host)
        self._workers: list[_Worker[Task]] = []
        self._events: queue.SimpleQueue[tuple[_Worker[Task], list[_Attempt[Task]] | None, Any]] = queue.SimpleQueue()
        self._again: deque[_Attempt[Task]] = deque()
        self._num_calls = self._num_done = self._failed_starts = 0
        self._began = time.monotonic()  # when the first worker got ready
        self._looked = -_LOOK_EVERY

    def results(self, tasks: Sequence[Task]) -> Iterator[Outcome[Task]]:
        """Yield the outcome of every task, in the order in which they end.

        Raises:
            NluError: no worker can be started.
            Exception: a worker's method raised it.
        """
        waiting, num_waiting = iter(tasks), len(tasks)
        try:
            while num_waiting or self._again or self._num_calls:
                self._grow()
                while (num_waiting or self._again) and (worker := self._idlest()) is not None:
                    if self._again:
                        self._give(worker, [self._again.popleft()])
                    else:
                        call = [_Attempt(task) for task in islice(waiting, self._size(num_waiting))]
                        num_waiting -= len(call)
                        self._give(worker, call)
                self._end_overdue()
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
    def _mean(self) -> float:
        """Mean duration of a task, in seconds; infinite before the first one ends."""
        if not self._num_done:
            return math.inf
        return (time.monotonic() - self._began) * max(1, len(self._workers)) / self._num_done

    def _size(self, num_waiting: int) -> int:
        """How many tasks the next call has; fewer near the end, so that all workers end at the same time."""
        fair = num_waiting // (4 * max(1, len(self._workers)))
        return max(1, min(int(_CALL / max(self._mean, 1e-6)), fair, _MOST_IN_A_CALL))

    def _grow(self) -> None:
        """Start the workers that are missing."""
        if time.monotonic() - self._looked < _LOOK_EVERY and self._workers:
            return
        self._looked = time.monotonic()
        cores = int(ray.cluster_resources().get("CPU", 0))
        wanted = max(1, cores if self.num_workers is None else min(cores, self.num_workers))
        for _ in range(wanted - len(self._workers)):
            worker: _Worker[Task] = _Worker(self._actor.remote(self.kind, *self.arguments))
            self._workers.append(worker)
            self._listen(worker, None, worker.actor.ready.remote(self.version))

    def _idlest(self) -> _Worker[Task] | None:
        """The worker with the fewest calls, if it may have one more."""
        ready = [worker for worker in self._workers if worker.is_ready]
        worker = min(ready, key=lambda worker: len(worker.calls), default=None)
        most = 2 if self._mean < _CALL else 1
        return worker if worker is not None and len(worker.calls) < most else None

    def _end_overdue(self) -> None:
        """End the workers whose first call takes too long. Ray cannot cancel a method of an actor that has begun.

        A call of several tasks is ended, too; then each gets a call of its own, with the whole limit.
        """
        for worker in self._workers:
            if worker.calls and worker.overdue is None and time.monotonic() - worker.began > self.limit:
                worker.overdue = worker.calls[0]
                ray.kill(worker.actor)

    def _give(self, worker: _Worker[Task], call: list[_Attempt[Task]]) -> None:
        self._num_calls += 1
        if not worker.calls:
            worker.began = time.monotonic()
        worker.calls.append(call)
        self._listen(worker, call, worker.actor.work.remote([attempt.task for attempt in call]))

    def _listen(self, worker: _Worker[Task], call: list[_Attempt[Task]] | None, reference: Any) -> None:
        future = reference.future()
        future.add_done_callback(lambda done: self._events.put((worker, call, done)))

    def _wait(self) -> Iterator[Outcome[Task]]:
        """Wait for something to happen, and yield the outcomes that come of it."""
        try:
            worker, call, future = self._events.get(timeout=1.0)
        except queue.Empty:
            return
        error = future.exception()
        if call is None:
            self._started(worker, error)
        elif isinstance(error, _LOST):
            yield from self._lost(worker, call, error)
        elif error is not None:
            raise getattr(error, "cause", None) or error
        else:
            self._take(worker, call)
            for attempt, result in zip(call, future.result(), strict=True):
                yield Outcome(attempt.task, result, attempt.number)

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

    def _take(self, worker: _Worker[Task], call: list[_Attempt[Task]]) -> None:
        self._num_calls -= 1
        worker.calls.remove(call)
        worker.began = time.monotonic()

    def _lost(
        self, worker: _Worker[Task], call: list[_Attempt[Task]], error: BaseException
    ) -> Iterator[Outcome[Task]]:
        """A worker died: a task of its first call may be the cause, and the others just waited."""
        is_cause = worker in self._workers and worker.calls[0] is call
        self._take(worker, call)
        if is_cause:
            self._remove(worker)
        if not is_cause or len(call) > 1:
            self._again.extend(call)  # each in a call of its own, so that the one who kills workers is found
        elif worker.overdue is call:
            yield Outcome(call[0].task, None, call[0].number, is_overdue=True)
        elif call[0].number < self.attempts:
            self._again.append(_Attempt(call[0].task, call[0].number + 1))
        else:
            yield Outcome(call[0].task, None, call[0].number, _reason(error))

    def _remove(self, worker: _Worker[Task]) -> None:
        self._workers.remove(worker)
        self._looked = -_LOOK_EVERY  # start another one now


def _reason(error: BaseException) -> str:
    """How a worker died, in a few words."""
    if isinstance(error, OutOfMemoryError) or "OOM" in str(error) or "out of memory" in str(error).lower():
        return "its worker had no memory left"
    if isinstance(error, NodeDiedError) or "node died" in str(error).lower():
        return "its node died"
    return "its worker died"
