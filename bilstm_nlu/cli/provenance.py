"""What a model folder says about its training data: eval must not score what was trained on, nor train replace it."""

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
        """What the recipe in a folder says; `None` for a hub id or a folder without a recipe that can be read."""
        from modeling_bilstm_nlu.training.recipes import build_recipe, read_yaml

        folder = Path(checkpoint).expanduser().resolve()
        path = folder / "recipe.yaml"
        if not path.is_file():
            return None
        try:
            document = read_yaml(path)
            data = build_recipe({"data": document.get("data")}, str(path)).data
        except RecipeError as error:
            logger.warning("what %s was trained on is not known: %s", checkpoint, error)
            return None
        return None if data.source is None else cls(data, _root(folder, str(document.get("output_dir") or "")))

    def is_of(self, source: str) -> bool:
        """Whether a source, as a user writes it here, is the one that was trained on."""
        before = self.data.source or ""
        there = self.root / before
        here = Path(source)
        if here.exists() or there.exists():
            return here.resolve() == there.resolve()
        return source == before

    def recipe_for(self, source: str, format: str | None) -> "DataRecipe":
        """The same cut into splits of a source, as a user writes it here."""
        return replace(self.data, source=source, format=format or self.data.format)


def _root(folder: Path, output_dir: str) -> Path:
    """The folder that a run was started in, drawn from where its results lie; the present one if that cannot be."""
    parts = Path(output_dir).parts
    is_below = bool(parts) and not Path(output_dir).is_absolute() and folder.parts[-len(parts) :] == parts
    return Path(*folder.parts[: -len(parts)]) if is_below else Path.cwd()
