"""What the server counts, for Prometheus. Several workers write into files of one folder; any of them sums these."""

import os
from collections.abc import Iterable
from dataclasses import dataclass

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
    values,
)
from prometheus_client.multiprocess import MultiProcessCollector

__all__ = ["CONTENT_TYPE", "FOLDER_VARIABLE", "Counters", "Metrics"]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
#: The environment variable that names the folder of the workers; prometheus_client reads it when it counts.
FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
_ANSWERS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)  # seconds
_LOADS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0)
_OF_MODEL = ("model", "revision")


@dataclass(frozen=True)
class Counters:
    """What counts the answers of one revision."""

    texts: Counter
    rejected: Counter
    seconds: Histogram

    def count(self, accepted: Iterable[bool], seconds: float) -> None:
        """Count one request.

        Args:
            accepted: whether each of its frames was accepted.
            seconds: from the arrival of the request to its answer.
        """
        num_texts = num_rejected = 0
        for is_accepted in accepted:
            num_texts += 1
            num_rejected += not is_accepted
        self.texts.inc(num_texts)
        if num_rejected:
            self.rejected.inc(num_rejected)
        self.seconds.observe(seconds)


class Metrics:
    """All that is counted.

    Args:
        has_workers: whether other processes count, too; then the environment names the folder for their files.
    """

    def __init__(self, *, has_workers: bool = False) -> None:
        if has_workers:  # the library looks at the environment only when it is imported
            values.ValueClass = values.MultiProcessValue()
        self._has_workers = has_workers
        disable_created_metrics()  # the time when each number was first counted doubles the page
        self._registry = registry = CollectorRegistry()
        prefix = "bilstm_nlu_"
        self.requests = Counter(
            f"{prefix}requests", "Requests, by route and HTTP status.", ("route", "status"), registry=registry
        )
        self._texts = Counter(f"{prefix}frames", "Frames that were answered.", _OF_MODEL, registry=registry)
        self._rejected = Counter(
            f"{prefix}rejected_frames", "Frames that were not accepted.", _OF_MODEL, registry=registry
        )
        self._seconds = Histogram(
            f"{prefix}request_seconds",
            "Seconds from the arrival of a request to its answer.",
            _OF_MODEL,
            registry=registry,
            buckets=_ANSWERS,
        )
        self.queue = Gauge(
            f"{prefix}queue_length", "Requests that wait.", registry=registry, multiprocess_mode="livesum"
        )
        self.loads = Counter(f"{prefix}model_loads", "Loads of models.", ("model", "result"), registry=registry)
        self.load_seconds = Histogram(
            f"{prefix}model_load_seconds", "Seconds that a load took.", registry=registry, buckets=_LOADS
        )
        self.evictions = Counter(f"{prefix}model_evictions", "Models that made room for others.", registry=registry)
        self.models = Gauge(
            f"{prefix}models_loaded", "Models in memory.", registry=registry, multiprocess_mode="livesum"
        )
        self.model_bytes = Gauge(
            f"{prefix}model_bytes", "Memory that models take, about.", registry=registry, multiprocess_mode="livesum"
        )

    def of_revision(self, name: str, label: str) -> Counters:
        """What counts the answers of a revision of a model."""
        return Counters(
            self._texts.labels(name, label), self._rejected.labels(name, label), self._seconds.labels(name, label)
        )

    def page(self) -> bytes:
        """All numbers in the format of Prometheus, of all workers."""
        if not self._has_workers:
            return generate_latest(self._registry)
        registry = CollectorRegistry()
        MultiProcessCollector(registry, os.environ[FOLDER_VARIABLE])
        return generate_latest(registry)
