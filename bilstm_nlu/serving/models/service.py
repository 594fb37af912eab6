"""The parts of a running server, which all requests share."""

from dataclasses import dataclass, field

from .access import Access
from .limits import Limits
from .logs import TextLog
from .metrics import Metrics
from .queue import ParseQueue
from .store import ModelStore
from .trainings import Trainings

__all__ = ["Service"]


@dataclass
class Service:
    """The parts of a running server.

    Attributes:
        store: the models.
        metrics: what is counted.
        access: who may ask what.
        limits: what a request may have.
        queue: the requests that wait.
        texts: the file for what users said; `None` logs nothing of it.
        trainings: the models that visitors train; `None` if they may not.
        default: the model that answers at the root for Rasa; `None` if there is not one.
        shows_requests: log one line for each request.
        is_ready: whether the server takes requests.
    """

    store: ModelStore
    metrics: Metrics
    access: Access = field(default_factory=Access)
    limits: Limits = field(default_factory=Limits)
    queue: ParseQueue = field(default_factory=lambda: ParseQueue(Limits().queue))
    texts: TextLog | None = None
    trainings: Trainings | None = None
    default: str | None = None
    shows_requests: bool = False
    is_ready: bool = False
