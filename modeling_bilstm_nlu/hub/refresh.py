"""Render cards again from card data: refresh a checkpoint's folder with the current code, and release a card."""

import re
import shutil
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from bilstm_nlu.errors import Cure, DataError, NluError
from bilstm_nlu.files import read_json, read_text, write_text
from bilstm_nlu.runtime.delta_file import is_delta
from bilstm_nlu.staging import staged

from .card import render_card
from .card_data import CardData
from .card_data_file import CARD_DATA_FILE, read_card_data, write_card_data
from .card_metadata import is_repository_id
from .embedded import EMBEDDED, embedded_folder
from .latency import measure_latency
from .load import load_checkpoint
from .origin import origin_of, write_origin
from .pull import pull_to_load
from .repository import allowed_files, is_written
from .writing import write_repository

__all__ = ["embed_checkpoint", "gather_card_data", "release_card", "refresh_repository"]

_JSON_FACTS = {"metrics": "metrics.json", "learning_curve": "learning_curve.json"}
#: The files of an embedded checkpoint, in addition to its card.
_EMBEDDED = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")
_FILE_NAME = re.compile(r"\w[\w.-]*", re.ASCII)


def gather_card_data(name_or_path: str | Path) -> CardData:
    """The card data of a checkpoint: from its card data file, or else from its other files and a measured latency.

    Args:
        name_or_path: the folder of a checkpoint, the name of an embedded one, the id `owner/name` of a repository, or
            a card data file.

    Raises:
        NluError: there is no such checkpoint, or one of its files is damaged.
    """
    folder = embedded_folder(str(name_or_path)) or Path(name_or_path).expanduser().resolve()
    if folder.is_file() and (card_data := read_card_data(folder)) is not None:
        return card_data
    if not folder.exists() and is_repository_id(str(name_or_path)):
        folder = pull_to_load(str(name_or_path)).folder
    if (card_data := read_card_data(folder / CARD_DATA_FILE)) is not None:
        return card_data
    model, tokenizer = load_checkpoint(folder)
    try:
        more: dict[str, Any] = {
            fact: read_json(folder / name) for fact, name in _JSON_FACTS.items() if (folder / name).is_file()
        }
    except DataError as error:
        raise NluError(str(error)) from error
    card_data = CardData.from_model(folder.name, model, tokenizer, **more)
    return replace(card_data, latency=measure_latency(model, tokenizer))


def refresh_repository(folder: str | Path) -> Path:
    """Write a repository folder again, with the code of this package and a card rendered from its card data.

    Files that people have added (a licence, notes, pictures) and exported models are kept.

    Returns:
        The folder, as an absolute path.

    Raises:
        NluError: the folder has no checkpoint, or a damaged file, or a file that does not belong to a repository.
    """
    folder = Path(folder).expanduser().resolve()
    if is_delta(folder):
        cure = Cure("make a whole checkpoint of it with {}", call="put_together", command="export --format checkpoint")
        raise NluError(f"{str(folder)!r} is a delta, which has no code to write", cure=cure)
    card_data, origin = gather_card_data(folder), origin_of(folder)
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
        card_data,
        recipe=recipe,
        packed=model.config.packed_weights,
        extra_files=[folder / name for name in kept if name not in own],
    )
    if origin is not None:
        write_origin(folder, origin)  # the weights are the same
    return folder


def release_card(name_or_path: str | Path, folder: str | Path, *, repo_id: str | None = None) -> Path:
    """Write the card of a released checkpoint into a folder of cards, and its card data next to it.

    Args:
        name_or_path: a checkpoint or card data file, as `gather_card_data` takes it.
        folder: the folder of cards; `name.md` and `name.json` are written there, with the repository's name.
        repo_id: the id that it is released under; by default the name in its card.

    Returns:
        The path of the card.

    Raises:
        NluError: there is no such checkpoint, one of its files is damaged, or the name cannot be a file name.
    """
    card_data = gather_card_data(name_or_path)
    if repo_id is not None:
        card_data = replace(card_data, model_name=repo_id)
    name = card_data.model_name.rpartition("/")[2]
    if not _FILE_NAME.fullmatch(name) or name.lower() == "readme":
        raise NluError(f"{name!r} is not a name for a card; give the id owner/name that it is released under")
    card = Path(folder).expanduser() / f"{name}.md"
    _write_card(card_data, card, card.with_name(f"{name}.json"))
    return card


def embed_checkpoint(name_or_path: str | Path, name: str, folder: Path | None = None) -> Path:
    """Put a checkpoint into the package, with packed weights and without code; `load_checkpoint` opens it by name.

    Args:
        name_or_path: a checkpoint, as `gather_card_data` takes it.
        name: the name to open it by.
        folder: the folder to put it into, instead of the package.

    Returns:
        The folder.

    Raises:
        NluError: there is no such checkpoint, or one of its files is damaged.
    """
    target = (folder or EMBEDDED) / name
    card_data = replace(gather_card_data(name_or_path), model_name=name if folder is None else target.as_posix())
    model, tokenizer = load_checkpoint(name_or_path)
    with TemporaryDirectory() as desk, staged(target) as build:
        build.mkdir()
        sizes = CardData.from_model(name, model, packed=True)
        card_data = replace(card_data, size_in_bytes=sizes.size_in_bytes, config=sizes.config)
        whole = write_repository(Path(desk) / name, model, tokenizer, card_data, packed=True)
        for file in _EMBEDDED:
            shutil.copyfile(whole / file, build / file)
        told = replace(gather_card_data(whole), code_hashes={})  # its code is that of the package, in any version
        _write_card(told, build / "README.md", build / CARD_DATA_FILE)
    return target


def _write_card(card_data: CardData, card: Path, card_data_file: Path) -> None:
    """Write a card without its picture, which is in the repository, and the card data that it is rendered from."""
    card_data = replace(card_data, has_picture=False)
    write_card_data(card_data_file, card_data)
    write_text(card, render_card(card_data))
