"""What a server serves, and how."""

import importlib
from dataclasses import dataclass, field
from pathlib import Path

from .access import Token
from .limits import Limits
from .naming import Canary
from .revisions import FolderSource, GivenSource, Source
from .training_limits import TrainingLimits

__all__ = ["ServerSettings"]


@dataclass(frozen=True, kw_only=True)
class ServerSettings:
    """What a server serves, and how.

    Attributes:
        models: models by name, see `GivenSource`.
        folder: a folder of models, see `FolderSource`.
        hub: an owner on a hub whose models are served, see `HubSource`.
        hub_interval: seconds between two listings of the hub.
        canaries: revisions that get a share of the traffic.
        default: the model that answers at the root for Rasa; by default, the only one.
        memory: bytes that models may take.
        weights: how matrices are kept, see `bilstm_nlu.load`.
        interval: seconds between two looks for new models and revisions; 0 does not look.
        tokens: who may use the server; without tokens, every user of this machine may do everything.
        limits: what a request may have, and how many may wait.
        log_texts: file for what users said.
        shows_requests: log one line for each request.
        trainings: the limits of models that visitors of the page train; `None` lets no one train.
        is_public: answer everyone on every address without tokens, but let no one choose revisions; for demos.
    """

    models: tuple[str, ...] = ()
    folder: Path | None = None
    hub: str | None = None
    hub_interval: float = 60.0
    canaries: tuple[Canary, ...] = ()
    default: str | None = None
    memory: int = 2_000_000_000
    weights: str = "float16"
    interval: float = 5.0
    tokens: tuple[Token, ...] = ()
    limits: Limits = field(default_factory=Limits)
    log_texts: Path | None = None
    shows_requests: bool = False
    trainings: TrainingLimits | None = None
    is_public: bool = False

    def sources(self) -> list[Source]:
        """Where the models come from."""
        found: list[Source] = [GivenSource(self.models)] if self.models else []
        if self.folder is not None:
            found.append(FolderSource(self.folder))
        if self.hub is not None:  # the client of the hub takes time and memory, so it is loaded only for this
            module = importlib.import_module(f"{__package__}.hub_source")
            found.append(module.HubSource(self.hub, interval=self.hub_interval))
        return found
