"""The metadata at the top of a README: parsed safely, checked as the client checks it, and turned into tags."""

import json
import math
import re
from functools import lru_cache
from typing import Any

from huggingface_hub import DatasetCardData, ModelCardData, SpaceCardData

from .plain_yaml import parse_plain_yaml

__all__ = ["card_problems", "card_tags", "config_summary", "metadata", "split_card"]

_MAX_README = 2_000_000  # bytes
_MAX_METADATA = 500_000  # characters
_MAX_ENTRIES = 100  # of a list or mapping in a config
_MAX_TEXT = 500  # characters of a text in it
#: That of recent clients. The time of the one in older clients grows with the square of the length.
_BLOCK = re.compile(r"\s*---(?:\r\n|\r|\n)([\S\s]*?)(?:\r\n|\r|\n)---[ \t]*(?:\r\n|\n|\Z)")
_CARD_DATA = {"model": ModelCardData, "dataset": DatasetCardData, "space": SpaceCardData}
#: Arguments of the client's classes that are not metadata.
_ARGUMENTS = ("self", "ignore_metadata_errors")


def split_card(content: bytes) -> tuple[str, str]:
    """The YAML text at the top of a README (empty if missing) and the Markdown below it."""
    text = content[:_MAX_README].decode("utf-8-sig", "replace")
    match = _BLOCK.match(text)
    return (match[1], text[match.end() :]) if match else ("", text)


def _parse(text: str, repo_type: str) -> dict[str, Any]:
    """The metadata of a YAML text.

    Raises:
        ValueError: the text is not valid metadata; the message says why in one line.
    """
    if len(text) > _MAX_METADATA:
        raise ValueError(f"the metadata is longer than {_MAX_METADATA} characters")
    try:
        found = parse_plain_yaml(text)
    except ValueError as error:
        raise ValueError(f"the metadata cannot be read: {error}") from error
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise ValueError("the metadata is not a mapping of names to values")
    plain = {key: value for key, value in _plain(found).items() if key not in _ARGUMENTS}
    try:
        _CARD_DATA[repo_type](**plain)
    except Exception as error:  # the client's classes take any value and raise errors of many kinds
        reason = " ".join(str(error).split()).partition(". Pass ")[0]  # the rest is advice for callers of the class
        raise ValueError(f"the metadata cannot be used: {reason}") from error
    return plain


@lru_cache(maxsize=512)
def _metadata(text: str, repo_type: str) -> str | None:
    try:
        return json.dumps(_parse(text, repo_type))
    except ValueError:
        return None


def metadata(content: bytes, repo_type: str) -> dict[str, Any]:
    """The metadata of a README as plain JSON values; empty if it is broken."""
    found = _metadata(split_card(content)[0], repo_type)
    return json.loads(found) if found else {}


def card_problems(text: str, repo_type: str) -> tuple[list[str], list[str]]:
    """Errors and warnings about the metadata of a README."""
    block, _ = split_card(text.encode("utf-8", "replace"))
    if not block.strip():
        return [], ["empty or missing yaml metadata in repo card"]
    try:
        _parse(block, repo_type)
    except ValueError as error:
        return [str(error)], []
    return [], []


def card_tags(card: dict[str, Any]) -> list[str]:
    """The tags that a repository can be found by: `bilstm-nlu`, `license:apache-2.0`, `dataset:owner/name` ..."""
    tags = [*_texts(card.get("library_name")), *_texts(card.get("pipeline_tag")), *_texts(card.get("tags"))]
    tags += _texts(card.get("language"))
    for key, prefix in (("license", "license"), ("datasets", "dataset"), ("base_model", "base_model")):
        tags += [f"{prefix}:{value}" for value in _texts(card.get(key))]
    for key in ("task_categories", "size_categories", "multilinguality"):
        tags += [f"{key}:{value}" for value in _texts(card.get(key))]
    return list(dict.fromkeys(tags))


def config_summary(content: bytes) -> dict[str, Any]:
    """What the client needs from a `config.json`: classes, model type, and where the code is."""
    try:
        config = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(config, dict):
        return {}
    summary = {
        "architectures": [text for text in _texts(config.get("architectures"))[:_MAX_ENTRIES] if _is_short(text)],
        "model_type": config["model_type"] if _is_short(config.get("model_type")) else "",
        "auto_map": _auto_map(config.get("auto_map")),
    }
    return {key: _plain(value) for key, value in summary.items() if value}


def _auto_map(value: Any) -> dict[str, Any]:
    """Auto class -> class of the code, or the list of a slow and a fast tokenizer."""
    if not isinstance(value, dict) or len(value) > _MAX_ENTRIES:
        return {}
    return {
        key: item
        for key, item in value.items()
        if (_is_short(item) or (isinstance(item, list) and len(item) == 2 and all(map(_is_short_or_none, item))))
    }


def _is_short(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _MAX_TEXT


def _is_short_or_none(value: Any) -> bool:
    return value is None or _is_short(value)


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [text for text in values if isinstance(text, str) and text]


def _plain(value: Any) -> Any:
    """The value in a form that JSON can store: dates and keys as text, no infinities, no half surrogate pairs."""
    if isinstance(value, dict):
        return {str(_plain(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value).encode("utf-8", "replace").decode()
