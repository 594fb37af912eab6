"""Cards from their facts: a checkpoint's folder written again with today's code, and the card of a release."""

import re
import shutil
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from bilstm_nlu.errors import DataError, NluError
from bilstm_nlu.files import read_json, read_text, write_text
from bilstm_nlu.staging import staged

from .card import is_repository_id, render_card
from .embedded import EMBEDDED, embedded_folder
from .facts import CardFacts
from .facts_file import FACTS_FILE, read_facts, write_facts
from .latency import measure_latency
from .load import load_checkpoint
from .origin import origin_of, write_origin
from .publish import write_repository
from .pull import pull_to_load
from .repository import allowed_files, is_written

__all__ = ["embed_checkpoint", "gather_facts", "release_card", "renew_repository"]

_JSON_FACTS = {"metrics": "metrics.json", "learning_curve": "learning_curve.json"}
#: What an embedded checkpoint has of a repository, beside its card.
_EMBEDDED = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")
_FILE_NAME = re.compile(r"\w[\w.-]*", re.ASCII)


def gather_facts(name_or_path: str | Path) -> CardFacts:
    """The facts of a checkpoint's card: those written beside it, or else what its files tell, with its latency here.

    Args:
        name_or_path: the folder of a checkpoint, the name of an embedded one, the id `owner/name` of a repository, or
            a file of facts.

    Raises:
        NluError: there is no such checkpoint, or a file of it is damaged.
    """
    folder = embedded_folder(str(name_or_path)) or Path(name_or_path).expanduser().resolve()
    if folder.is_file() and (facts := read_facts(folder)) is not None:
        return facts
    if not folder.exists() and is_repository_id(str(name_or_path)):
        folder = pull_to_load(str(name_or_path)).folder
    if (facts := read_facts(folder / FACTS_FILE)) is not None:
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
    facts, origin = gather_facts(folder), origin_of(folder)
    model, tokenizer = load_checkpoint(folder)
    try:
        recipe = yaml.safe_load(read_text(folder / "recipe.yaml")) if (folder / "recipe.yaml").is_file() else None
    except (DataError, yaml.YAMLError) as error:
        raise NluError(f"{folder / 'recipe.yaml'} cannot be read: {' '.join(str(error).split())}") from error
    kept = [name for name in allowed_files(folder) if name.endswith(".onnx") or not is_written(name)]
    own = ("README.md", "config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")
    write_repository(
        folder,
        model,
        tokenizer,
        facts,
        recipe=recipe,
        packed=model.config.packed_weights,
        extra_files=[folder / name for name in kept if name not in own],
    )
    if origin is not None:
        write_origin(folder, origin)  # the weights are the same
    return folder


def release_card(name_or_path: str | Path, folder: str | Path, *, repo_id: str | None = None) -> Path:
    """Write the card of a released checkpoint into a folder of cards, and beside it the facts that it is drawn from.

    Args:
        name_or_path: as for `gather_facts`.
        folder: of the cards; `name.md` and `name.json` are written there, `name` being the repository's without owner.
        repo_id: the id that it is released under; by default the name in its card.

    Returns:
        The card.

    Raises:
        NluError: as `gather_facts`, or the name is none for a file.
    """
    facts = gather_facts(name_or_path)
    if repo_id is not None:
        facts = replace(facts, model_name=repo_id)
    name = facts.model_name.rpartition("/")[2]
    if not _FILE_NAME.fullmatch(name) or name.lower() == "readme":
        raise NluError(f"{name!r} is no name for a card; give the id owner/name that it is released under")
    card = Path(folder).expanduser() / f"{name}.md"
    _write_card(facts, card, card.with_name(f"{name}.json"))
    return card


def embed_checkpoint(name_or_path: str | Path, name: str, folder: Path | None = None) -> Path:
    """Put a checkpoint into the package, with packed weights and without code; `load_checkpoint` opens it by name.

    Args:
        name_or_path: as for `gather_facts`.
        name: to open it by.
        folder: holds it in place of the package.

    Returns:
        The folder.

    Raises:
        NluError: as `gather_facts`.
    """
    target = (folder or EMBEDDED) / name
    facts = replace(gather_facts(name_or_path), model_name=name if folder is None else target.as_posix())
    model, tokenizer = load_checkpoint(name_or_path)
    with TemporaryDirectory() as desk, staged(target) as build:
        build.mkdir()
        sizes = CardFacts.from_model(name, model, packed=True)
        facts = replace(facts, size_in_bytes=sizes.size_in_bytes, config=sizes.config)
        whole = write_repository(Path(desk) / name, model, tokenizer, facts, packed=True)
        for file in _EMBEDDED:
            shutil.copyfile(whole / file, build / file)
        told = replace(gather_facts(whole), code_hashes={})  # its code is the package's, whatever that becomes
        _write_card(told, build / "README.md", build / FACTS_FILE)
    return target


def _write_card(facts: CardFacts, card: Path, facts_file: Path) -> None:
    """A card away from its repository, where the picture lies, and the facts that it is rendered from."""
    facts = replace(facts, has_picture=False)
    write_facts(facts_file, facts)
    write_text(card, render_card(facts))
