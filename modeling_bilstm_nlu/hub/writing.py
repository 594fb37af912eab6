"""Write a repository folder: config, weights, tokenizer, code, card, metrics, curve and recipe."""

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass, replace
from pathlib import Path

import yaml
from transformers import PreTrainedTokenizerFast

from bilstm_nlu.errors import NluError
from bilstm_nlu.files import write_json
from bilstm_nlu.staging import staged

from ..modeling_bilstm_nlu import BiLstmNluForIntentAndSlots
from .card import render_card
from .card_data import CardData
from .card_data_file import CARD_DATA_FILE, write_card_data
from .integrity import sha256_of
from .picture import draw_curve
from .repository import allowed_files, check_replaceable, is_allowed

__all__ = ["RECIPE_FILE", "completed", "fill_folder", "write_repository"]

RECIPE_FILE = "recipe.yaml"
#: Keys that a loaded tokenizer would write into its config about where it was loaded from.
_LOADED_FROM = ("is_local", "local_files_only")


def write_repository(
    folder: str | Path,
    model: BiLstmNluForIntentAndSlots,
    tokenizer: PreTrainedTokenizerFast,
    card_data: CardData | None = None,
    *,
    metrics: Mapping[str, Mapping[str, float]] | None = None,
    learning_curve: Sequence[Mapping[str, float]] | None = None,
    recipe: object = None,
    extra_files: Iterable[str | Path] = (),
    packed: bool = False,
) -> Path:
    """Write one folder with a whole checkpoint: config, weights, tokenizer, code, card, metrics, curve, recipe.

    The folder appears complete or not at all. An older repository is removed only when the new one is complete.

    Args:
        folder: where to write; missing, empty, or an older repository.
        model: the model.
        tokenizer: its tokenizer.
        card_data: for the card; by default what can be read from the model, with the name of the folder.
        metrics: split -> metric -> value, for `metrics.json` and the card; by default those of `card_data`.
        learning_curve: for `learning_curve.json` and the card; by default that of `card_data`.
        recipe: for `recipe.yaml`: a mapping or a dataclass.
        extra_files: more files to copy into the folder, such as a picture of the learning curve.
        packed: save the weights in less than half the space (see `save_pretrained`); the card says so.

    Returns:
        The folder, as an absolute path.

    Raises:
        NluError: the folder has files that do not belong to a repository, or an extra file is not allowed in one.
    """
    folder = Path(folder).expanduser().resolve()
    check_replaceable(folder)
    model = model.as_saved(packed=packed)
    card_data = completed(card_data, folder, model, tokenizer, metrics, learning_curve, packed)
    with staged(folder) as build:
        build.mkdir()
        fill_folder(build, model, tokenizer, card_data, recipe=recipe, extra_files=extra_files, packed=packed)
    return folder


def completed(
    card_data: CardData | None,
    folder: Path,
    model: BiLstmNluForIntentAndSlots,
    tokenizer: PreTrainedTokenizerFast,
    metrics: Mapping[str, Mapping[str, float]] | None,
    learning_curve: Sequence[Mapping[str, float]] | None,
    packed: bool,
) -> CardData:
    """The card data with the given metrics and curve, so that the card and the JSON files never differ."""
    card_data = (card_data or CardData.from_model(folder.name, model, tokenizer, packed=packed)).as_packed(
        model, packed
    )
    if metrics is not None and metrics != card_data.metrics:
        card_data = replace(card_data, metrics=metrics, intervals={})
    return card_data if learning_curve is None else replace(card_data, learning_curve=learning_curve)


def fill_folder(
    build: Path,
    model: BiLstmNluForIntentAndSlots,
    tokenizer: PreTrainedTokenizerFast,
    card_data: CardData,
    *,
    recipe: object,
    extra_files: Iterable[str | Path],
    packed: bool,
) -> None:
    """Write all files of a repository into an empty folder.

    Raises:
        NluError: saving the model wrote a file that is not allowed, or an extra file is not allowed.
    """
    model.save_pretrained(build, packed=packed)
    shutil.copymode(build / "config.json", build / "model.safetensors")  # safetensors makes weights private
    tokenizer.backend_tokenizer.no_padding()  # otherwise the file contains the settings of the last call
    tokenizer.backend_tokenizer.no_truncation()
    for name in _LOADED_FROM:
        tokenizer.init_kwargs.pop(name, None)
    tokenizer.save_pretrained(build)
    hashes = {path.name: sha256_of(path) for path in sorted(build.glob("*.py"))}
    card_data = replace(card_data, code_hashes=hashes, has_picture=draw_curve(card_data.learning_curve, build))
    (build / "README.md").write_text(render_card(card_data), encoding="utf-8")
    write_card_data(build / CARD_DATA_FILE, card_data)
    if card_data.metrics:
        write_json(build / "metrics.json", card_data.metrics)
    if card_data.learning_curve:
        write_json(build / "learning_curve.json", list(card_data.learning_curve))
    if recipe is not None:
        values = asdict(recipe) if is_dataclass(recipe) and not isinstance(recipe, type) else recipe
        plain = json.loads(json.dumps(values, default=str))  # tuples and paths in a form that YAML has
        text = yaml.safe_dump(plain, sort_keys=False, allow_unicode=True)
        (build / RECIPE_FILE).write_text(text, encoding="utf-8")
    if foreign := sorted(path.name for path in build.iterdir() if not is_allowed(path.name)):
        raise NluError(f"saving the model wrote {', '.join(foreign)}, which is not allowed in a repository")
    _copy_extra(build, extra_files)


def _copy_extra(build: Path, extra_files: Iterable[str | Path]) -> None:
    taken = set(allowed_files(build))
    for source in map(Path, extra_files):
        if not source.is_file():
            raise NluError(f"{str(source)!r} cannot be published, because it is not a file")
        if not is_allowed(source.name) or source.name.endswith((".py", ".safetensors")):
            raise NluError(f"the file {source.name!r} is of a kind that is not allowed in a repository; leave it out")
        if source.name in taken:
            raise NluError(f"the repository writes its own {source.name!r}; rename the extra file")
        shutil.copyfile(source, build / source.name)
        taken.add(source.name)
