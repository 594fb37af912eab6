"""The training data of a model folder: eval must not score it, and train must not replace a model of other data."""

import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import RecipeError

if TYPE_CHECKING:
    from modeling_bilstm_nlu.training.recipes.data import DataRecipe

__all__ = ["Provenance"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Provenance:
    """Where the training data of a checkpoint came from.

    Args:
        data: the data section of its recipe.
        root: the folder that paths in the recipe are relative to.
    """

    data: "DataRecipe"
    root: Path

    @classmethod
    def of(cls, checkpoint: str | Path) -> "Provenance | None":
        """What the recipe in a folder says; `None` for a hub id, or if the folder has no readable recipe."""
        from modeling_bilstm_nlu.training.recipes import build_recipe, read_yaml

        folder = Path(checkpoint).expanduser().resolve()
        path = folder / "recipe.yaml"
        if not path.is_file():
            return None
        try:
            document = read_yaml(path)
            data = build_recipe({"data": document.get("data")}, str(path)).data
        except RecipeError as error:
            logger.warning("the training data of %s is not known: %s", checkpoint, error)
            return None
        return None if data.source is None else cls(data, _root(folder, str(document.get("output_dir") or "")))

    def is_of(self, source: str) -> bool:
        """Whether a source, as the user writes it here, is the data that the model was trained on."""
        before = self.data.source or ""
        there = self.root / before
        here = Path(source)
        if here.exists() or there.exists():
            return here.resolve() == there.resolve()
        return source == before

    def recipe_for(self, source: str, format: str | None) -> "DataRecipe":
        """The data section with the source as the user writes it here, and the same cut into splits."""
        return replace(self.data, source=source, format=format or self.data.format)


def _root(folder: Path, output_dir: str) -> Path:
    """The folder that a run was started in, found from the path of its results; else the current folder."""
    parts = Path(output_dir).parts
    is_below = bool(parts) and not Path(output_dir).is_absolute() and folder.parts[-len(parts) :] == parts
    return Path(*folder.parts[: -len(parts)]) if is_below else Path.cwd()
