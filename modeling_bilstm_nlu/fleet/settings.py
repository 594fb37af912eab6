"""What all skills of a fleet have in common: the recipe, and the generic checkpoint."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bilstm_nlu import __version__

from ..data.domains import Domain
from ..hub.embedded import DEFAULT_BASE
from ..training.recipes import Recipe, build_recipe
from ..training.skill_settings import choose_base, choose_packing, complete_settings
from .digests import digest_of
from .skills import FleetSkill

__all__ = ["FleetSettings"]


@dataclass(frozen=True)
class FleetSettings:
    """The settings of a fleet; each skill is trained as `bilstm-nlu train` does it with the same settings.

    Args:
        document: sections of a recipe; the data section has no source.
        base: the generic checkpoint: a folder, a checkpoint of the package, or the id of a repository. `None` takes
            the checkpoint of the package for skills in English, and random weights for those in other languages.
        steps: number of training steps; `None` chooses it by the size of the data.
        epochs: number of epochs, instead of steps.
        phrases: whether the models keep the phrases and words of their data.
        pack: whether to save the weights in less than half the space; `None` does so for the checkpoint of the
            package.
        is_complete: the training section is that of a recipe file, which is used unchanged.
    """

    document: Mapping[str, Any] = field(default_factory=dict)
    base: str | None = None
    steps: int | None = None
    epochs: float | None = None
    phrases: bool = True
    pack: bool | None = None
    is_complete: bool = False

    @property
    def checkpoint(self) -> str:
        """The name of the generic checkpoint."""
        return self.base or DEFAULT_BASE

    def digest(self, skill: FleetSkill, checkpoint: str) -> str:
        """Return a fingerprint of everything but the data that the model of a skill depends on.

        Args:
            skill: the skill.
            checkpoint: fingerprint of the generic checkpoint.
        """
        own = [self.document_for(skill), self.steps, self.epochs, self.phrases, self.pack, self.is_complete]
        return digest_of(__version__, checkpoint, self.base is None, *own)

    def document_for(self, skill: FleetSkill) -> dict[str, Any]:
        """Return the recipe of a skill, before its data is known."""
        data = dict(self.document.get("data") or {})
        data |= {"source": skill.source, "options": {**(data.get("options") or {}), **skill.options}}
        if skill.format is not None:
            data["format"] = skill.format
        document = {"threads": 1, **self.document, "data": data}
        if skill.seed is not None:
            document["seed"] = skill.seed
        return document

    def check(self) -> None:
        """Check the settings before any skill is read.

        Raises:
            RecipeError: see `build_recipe`.
        """
        build_recipe(self.document, "settings")

    def load(self, skill: FleetSkill) -> Domain:
        """Load the data of a skill.

        Raises:
            DataError: the data cannot be used.
            RecipeError: an option that the reader does not have.
        """
        return build_recipe(self.document_for(skill), skill.id).data.load()

    def recipe(self, skill: FleetSkill, domain: Domain, folder: Path, checkpoint: str) -> Recipe:
        """Return the whole recipe of a skill.

        Args:
            skill: the skill.
            domain: its data.
            folder: the folder of its model.
            checkpoint: name of the generic checkpoint.
        """
        document = {**self.document_for(skill), "output_dir": str(folder)}
        if self.base is not None:
            document["base"] = {"checkpoint": checkpoint}
        else:
            choose_base(document, domain)
        choose_packing(document, self.pack)
        options = {"phrases": self.phrases, "is_complete": self.is_complete}
        complete_settings(document, domain, steps=self.steps, epochs=self.epochs, **options)
        return build_recipe(document, skill.id)
