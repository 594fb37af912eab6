"""Write a checkpoint's folder again: today's code, and a card from its facts."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from ..errors import DataError, NluError
from ..files import read_json, read_text
from .facts import CardFacts
from .facts_file import read_facts
from .latency import measure_latency
from .load import load_checkpoint
from .publish import write_repository
from .repository import allowed_files, is_written

__all__ = ["gather_facts", "renew_repository"]

_JSON_FACTS = {"metrics": "metrics.json", "learning_curve": "learning_curve.json"}


def gather_facts(folder: str | Path) -> CardFacts:
    """The facts of a checkpoint's card: those written beside it, or else what its files tell, with its latency here.

    Raises:
        NluError: the folder holds no checkpoint, or a damaged file.
    """
    folder = Path(folder).expanduser().resolve()
    if (facts := read_facts(folder)) is not None:
        return facts
    model, tokenizer = load_checkpoint(folder)
    try:
        more: dict[str, Any] = {
            fact: read_json(folder / name) for fact, name in _JSON_FACTS.items() if (folder / name).is_file()
        }
    except DataError as error:
        raise NluError(str(error)) from error
    facts = CardFacts.from_model(folder.name, model, tokenizer, **more)
    return replace(facts, latency=measure_latency(model, tokenizer))


def renew_repository(folder: str | Path) -> Path:
    """Write a repository folder again, with the code of this package and a card from its facts.

    What people have added (a licence, notes, pictures) and what was exported stays.

    Returns:
        The folder, as an absolute path.

    Raises:
        NluError: the folder holds no checkpoint, a damaged file, or what belongs to no repository.
    """
    folder = Path(folder).expanduser().resolve()
    facts = gather_facts(folder)
    model, tokenizer = load_checkpoint(folder)
    try:
        recipe = yaml.safe_load(read_text(folder / "recipe.yaml")) if (folder / "recipe.yaml").is_file() else None
    except (DataError, yaml.YAMLError) as error:
        raise NluError(f"{folder / 'recipe.yaml'} cannot be read: {' '.join(str(error).split())}") from error
    kept = [name for name in allowed_files(folder) if name.endswith(".onnx") or not is_written(name)]
    own = ("README.md", "config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")
    return write_repository(
        folder,
        model,
        tokenizer,
        facts,
        recipe=recipe,
        extra_files=[folder / name for name in kept if name not in own],
    )
