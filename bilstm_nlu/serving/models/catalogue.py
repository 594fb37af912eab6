"""The models and revisions that are known, and which revision answers."""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from .errors import not_valid, unknown_model, unknown_revision
from .loading import LoadedModel
from .naming import Canary, near_names, split_reference
from .revisions import Revision

__all__ = ["Catalogue", "KnownModel"]


@dataclass
class KnownModel:
    """A model, loaded or not.

    Attributes:
        name: of the model.
        revisions: the revisions that are there, the newest last.
        pinned: label of the revision that someone chose; `None` serves the newest.
        serving: the revision that answers now; `None` if it is not in memory.
        canaries: revisions that get a share of the traffic.
    """

    name: str
    revisions: list[Revision] = field(default_factory=list)
    pinned: str | None = None
    serving: LoadedModel | None = None
    canaries: list[Canary] = field(default_factory=list)

    @property
    def target(self) -> Revision:
        """The revision that should answer: the pinned one, or else the newest."""
        if self.pinned is not None:
            for revision in self.revisions:
                if revision.label == self.pinned:
                    return revision
        return self.revisions[-1]

    @property
    def labels(self) -> list[str]:
        """The labels of the revisions, the newest last."""
        return [revision.label for revision in self.revisions if revision.label is not None]

    def find(self, label: str) -> Revision | LoadedModel:
        """The revision with a label, or the loaded model if the label was known only by loading it.

        Raises:
            Refusal: it does not exist.
        """
        for revision in self.revisions:
            if revision.label == label:
                return revision
        if self.serving is not None and self.serving.label == label:
            return self.serving
        raise unknown_revision(self.name, label, self.labels)

    def revision_before(self) -> str:
        """The label of the revision before the one that answers.

        Raises:
            Refusal: it does not exist.
        """
        labels = self.labels
        now = self.target.label
        place = labels.index(now) if now in labels else len(labels)
        if not place:
            raise not_valid(f"the model {self.name!r} has no revision before the one that answers")
        return labels[place - 1]


class Catalogue:
    """All models by their names.

    Args:
        canaries: revisions that get a share of the traffic.
        draw: gives numbers from 0 to 1, below 1.
    """

    def __init__(self, canaries: Iterable[Canary] = (), draw: Callable[[], float] = random.random) -> None:
        self.models: dict[str, KnownModel] = {}
        self._canaries, self._draw = list(canaries), draw

    def replace(self, revisions: Iterable[Revision]) -> list[KnownModel]:
        """Take over what a scan found, and return the models that are gone."""
        found: dict[str, list[Revision]] = {}
        for revision in revisions:
            found.setdefault(revision.name, []).append(revision)
        gone = [self.models.pop(name) for name in self.models.keys() - found.keys()]
        for name, those in found.items():
            known = self.models.get(name)
            if known is None:
                canaries = [canary for canary in self._canaries if canary.name == name]
                known = self.models[name] = KnownModel(name, canaries=canaries)
            known.revisions = sorted(those, key=lambda one: (one.changed, one.label or ""))
        return gone

    def get(self, reference: str) -> tuple[KnownModel, str | None]:
        """The model of `NAME` or `NAME@REVISION`, and the label of the revision.

        Raises:
            Refusal: the model does not exist.
        """
        known = self.models.get(reference)
        if known is not None:
            return known, None
        name, label = split_reference(reference) or (reference, None)
        known = self.models.get(name)
        if known is None:
            raise unknown_model(name, near_names(name, self.models))
        return known, label

    def canary(self, known: KnownModel) -> str | None:
        """The label of the revision that gets this request, if it is a canary."""
        place = self._draw()
        for canary in known.canaries:
            if place < canary.share:
                return canary.revision
            place -= canary.share
        return None
