"""Read and write ``corpora.json``: the public corpora that the utterances of a folder come from.

A person who trains on the folder needs it to know which licences apply, what to cite, and which tests would not be
fair.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import read_json, write_text

from ..corpus_info import CorpusInfo, HubSource

__all__ = ["CORPORA_FILE", "read_corpora", "write_corpora"]

CORPORA_FILE = "corpora.json"
_KNOWN = {field.name for field in fields(CorpusInfo)}


def write_corpora(folder: Path, corpora: Iterable[CorpusInfo]) -> None:
    """Write what is known about corpora into a folder, completely or not at all; without corpora, write no file."""
    listed = [{name: value for name, value in asdict(corpus).items() if value} for corpus in corpora]
    if listed:
        write_text(folder / CORPORA_FILE, json.dumps(listed, indent=1) + "\n")


def read_corpora(folder: Path) -> tuple[CorpusInfo, ...]:
    """Read the corpora that a folder names; the result is empty if the folder has no ``corpora.json``.

    Raises:
        DataError: the file is broken.
    """
    path = folder / CORPORA_FILE
    if not path.is_file():
        return ()
    document = read_json(path)
    if not isinstance(document, list):
        raise DataError(f"{path}: expected a JSON list of corpora, found {type(document).__name__}")
    return tuple(_corpus(f"{path}, corpus {number}", item) for number, item in enumerate(document))


def _corpus(where: str, item: Any) -> CorpusInfo:
    if not isinstance(item, dict) or not set(item) <= _KNOWN:
        raise DataError(f"{where}: expected a JSON object with some of the keys {', '.join(sorted(_KNOWN))}")
    given = dict(item)
    for name in ("title", "licence", "citation", "url"):
        if not isinstance(given.setdefault(name, ""), str):
            raise DataError(f"{where}: {name} is {str(given[name])[:100]!r}; write a text")
    if not all(isinstance(given.get(name), str | None) for name in ("family", "language")) or not isinstance(
        given.get("is_for_evaluation_only", False), bool
    ):
        raise DataError(f"{where}: family and language must be texts, and is_for_evaluation_only true or false")
    domains, hub = given.pop("domains", []), given.pop("hub", None)
    if not isinstance(domains, list) or not all(isinstance(domain, str) for domain in domains):
        raise DataError(f"{where}: domains is not a list of texts; write a list")
    if hub is not None and not _is_hub_source(hub):
        raise DataError(f"{where}: hub is {str(hub)[:100]!r}; write an object with the path of a repository")
    return CorpusInfo(**given, domains=tuple(domains), hub=None if hub is None else HubSource(**hub))


def _is_hub_source(value: Any) -> bool:
    names = {field.name for field in fields(HubSource)}
    return (
        isinstance(value, dict)
        and isinstance(value.get("path"), str)
        and set(value) <= names
        and all(isinstance(entry, str | None) for entry in value.values())
    )
