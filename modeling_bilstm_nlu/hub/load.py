"""Load a checkpoint from a folder or a repository; errors say what is wrong and what to do."""

import inspect
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import PreTrainedTokenizerFast

from bilstm_nlu.errors import NluError
from bilstm_nlu.hub_errors import HUB_ERRORS, describe_hub_error, first_line
from bilstm_nlu.runtime.finding import refuse_replaced

from ..configuration_bilstm_nlu import BiLstmNluConfig
from ..format_bilstm_nlu import MAX_CHARACTERS
from ..modeling_bilstm_nlu import BiLstmNluForIntentAndSlots
from ..tokenization_bilstm_nlu import build_tokenizer
from .embedded import embedded_folder
from .integrity import sha256_of
from .pull import check_model_type, pull_to_load

__all__ = ["HUB_ERRORS", "describe_hub_error", "load_checkpoint"]

_FOREIGN = "is not that of this package: copy tokenizer.json and tokenizer_config.json from another checkpoint"
_DAMAGED = "is damaged: download, copy or write it again"


def load_checkpoint(
    name_or_path: str | Path, revision: str | None = None
) -> tuple[BiLstmNluForIntentAndSlots, PreTrainedTokenizerFast]:
    """Load the model (in evaluation mode) and the tokenizer of a checkpoint.

    A repository is downloaded into the local cache, and every file is compared with its hash. No file is run or
    unpickled: the code is that of this package, and the weights are safetensors.

    Args:
        name_or_path: a folder, the name of a checkpoint that is embedded in the package, or the id `owner/name` of a
            repository on the hub (or in the local cache).
        revision: a branch, tag or commit of the repository.

    Raises:
        NluError: there is no such folder, repository or revision; it cannot be reached; it is not a checkpoint of this
            kind, or has a newer format, or is damaged.
    """
    name = str(name_or_path)
    folder = Path(name).expanduser()
    if folder.is_dir():
        _check_folder(folder)
        return _load(str(folder), folder)
    if (embedded := embedded_folder(name)) is not None:
        return _named(name, *_load(name, embedded), f"sha256:{sha256_of(embedded / 'model.safetensors')}")
    refuse_replaced(name)
    if folder.exists():
        raise NluError(f"{name!r} is a file; give the folder of a checkpoint")
    if isinstance(name_or_path, Path) or name.startswith((".", "/", "~")) or name.count("/") > 1:
        raise NluError(
            f"there is no folder {name!r}; give the folder of a checkpoint, or the id owner/name of a repository"
        )
    try:
        pulled = pull_to_load(name, revision)
    except NluError as error:
        message = f"there is no folder {name!r}, and no repository could be loaded: {error.message}"
        raise NluError(message, cure=error.cures) from error
    return _named(name, *_load(name, pulled.folder), pulled.commit)


def _named(
    name: str, model: BiLstmNluForIntentAndSlots, tokenizer: PreTrainedTokenizerFast, revision: str | None
) -> tuple[BiLstmNluForIntentAndSlots, PreTrainedTokenizerFast]:
    """Set the name and commit of a loaded model, which the lineage needs, instead of the path of its files."""
    model.config.name_or_path = model.name_or_path = tokenizer.name_or_path = name
    model.config._commit_hash = revision
    return model, tokenizer


def _check_folder(folder: Path) -> None:
    missing = [f for f in ("config.json", "tokenizer.json") if not (folder / f).is_file()]
    if not any(folder.glob("*.safetensors")):
        missing.append("model.safetensors")
    if missing:
        raise NluError(f"{str(folder)!r} is not a checkpoint: it lacks {', '.join(missing)}")


def _load(name: str, folder: Path) -> tuple[BiLstmNluForIntentAndSlots, PreTrainedTokenizerFast]:
    with _explained(name):
        values, _ = BiLstmNluConfig.get_config_dict(folder)
        check_model_type(name, values)
        _check_kinds(name, values)
        config = BiLstmNluConfig.from_pretrained(folder)
        where: dict[str, Any] = {"config": config, "use_safetensors": True}
        if config.dtype == torch.float16:
            where["dtype"] = torch.float32  # half precision is only for files; it cannot be trained
        model = BiLstmNluForIntentAndSlots.from_pretrained(folder, **where)
    return model.eval(), _load_tokenizer(name, folder)


def _load_tokenizer(name: str, folder: Path) -> PreTrainedTokenizerFast:
    try:
        tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
        found, own = (_parts(one) for one in (tokenizer, build_tokenizer()))
        limit = tokenizer.model_max_length
    except Exception as error:  # the library raises no special class for a damaged file
        raise NluError(f"{name!r} cannot be loaded: its tokenizer {_DAMAGED} ({first_line(error)})") from error
    if other := [part for part in own if found.get(part) != own[part]]:
        raise NluError(f"{name!r} cannot be loaded: {other[0]} of its tokenizer {_FOREIGN}")
    if not isinstance(limit, int) or not 1 <= limit <= MAX_CHARACTERS:
        raise NluError(
            f"{name!r} cannot be loaded: model_max_length in its tokenizer_config.json must be a whole number "
            f"from 1 to {MAX_CHARACTERS}, not {limit!r:.80}"
        )
    return tokenizer


def _parts(tokenizer: PreTrainedTokenizerFast) -> dict[str, Any]:
    """What a tokenizer does, without the settings of its last call. All checkpoints have the same tokenizer."""
    parts = json.loads(tokenizer.backend_tokenizer.to_str())
    sides = {"padding_side": tokenizer.padding_side, "truncation_side": tokenizer.truncation_side}
    return {**{name: parts[name] for name in ("normalizer", "pre_tokenizer", "model", "added_tokens")}, **sides}


def _check_kinds(name: str, values: Mapping[str, Any]) -> None:
    """Make sure that the values of a `config.json` have the types of the defaults.

    Raises:
        NluError: a value has another type.
    """
    defaults = vars(BiLstmNluConfig())
    for key in inspect.signature(BiLstmNluConfig).parameters.keys() & values.keys() & defaults.keys():
        value, kind = values[key], type(defaults[key])
        kinds: Any = (int, float) if kind is float else (kind, type(None)) if kind is dict else kind
        if kind is type(None):  # a name that may be missing
            kinds, kind = (str, type(None)), str
        if not isinstance(value, kinds) or isinstance(value, bool) != (kind is bool):
            raise NluError(
                f"{name!r} is damaged: {key} in its config.json must be of type {kind.__name__}, not {value!r}"
            )
    lists = (values.get("intent_slots") or {}).items()
    if wrong := [intent for intent, names in lists if not isinstance(names, list)]:
        raise NluError(f"{name!r} is damaged: intent_slots of {wrong[0]!r} in its config.json must be a list")


@contextmanager
def _explained(name: str) -> Iterator[None]:
    """Turn errors of libraries about broken files and hubs into one NluError of one line."""
    try:
        yield
    except NluError:
        raise
    except SafetensorError as error:
        raise NluError(f"{name!r} cannot be loaded: its model.safetensors {_DAMAGED} ({first_line(error)})") from error
    except HUB_ERRORS as error:
        raise NluError(f"{name!r} cannot be loaded: {first_line(error)}") from error
