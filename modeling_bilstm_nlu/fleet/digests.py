"""Fingerprints that say whether a skill must be trained again."""

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bilstm_nlu.errors import DataError

from ..companions_bilstm_nlu import COMPANIONS
from ..data.domains import Domain
from ..hub.integrity import sha256_of
from ..training.resumable import domain_digest

__all__ = [
    "checkpoint_digest",
    "data_digest",
    "digest_of",
    "files_digest",
    "files_nearby",
    "names_nearby",
    "sizes_of",
    "weights_digest",
]


#: What is known about a run; a checkpoint opens without it, and people may write it again.
_REPORT = ("card.json", "learning_curve.json", "metrics.json")


def digest_of(*parts: Any) -> str:
    """Return a fingerprint of values that JSON can hold."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def checkpoint_digest(folder: Path) -> str:
    """Return a fingerprint of what a training takes from a checkpoint: its settings, weights and companions.

    Args:
        folder: the folder of the checkpoint.
    """
    companions = (file for file, _ in COMPANIONS.values())
    files = [folder / "config.json", *sorted(folder.glob("*.safetensors")), *(folder / name for name in companions)]
    return digest_of([(file.name, sha256_of(file)) for file in files if file.is_file()])


def weights_digest(folder: Path) -> str | None:
    """Return a fingerprint of the weights of a checkpoint; `None` if the folder has none."""
    files = sorted(folder.glob("*.safetensors"))
    return digest_of([(file.name, sha256_of(file)) for file in files]) if files else None


def sizes_of(folder: Path) -> dict[str, int]:
    """Return the size of each file that a checkpoint is opened with: its weights, and its JSON without the report."""
    files = [*folder.glob("*.safetensors"), *folder.glob("*.json")]
    return {file.name: file.stat().st_size for file in sorted(files) if file.name not in _REPORT and file.is_file()}


def data_digest(domain: Domain) -> str:
    """Return a fingerprint of what a training takes from a domain."""
    catalogs = {name: [catalog.values, catalog.ids] for name, catalog in domain.catalogs.items()}
    corpora = [corpus.title for corpus in domain.corpora]
    # the order of intents, carrier phrases and values is a part of the data: readers draw in it
    return digest_of(
        domain_digest(domain), domain.name, list(catalogs.items()), repr(domain.skill), corpora, domain.languages
    )


def files_digest(path: Path, *, nearby: Iterable[str] = (), names: str = "") -> str:
    """Return a fingerprint of the files of a skill: a file, or everything in a folder, with the names.

    Args:
        path: the file or folder.
        nearby: further files, relative to the folder of `path`; see `files_nearby`.
        names: result of `names_nearby`.

    Raises:
        DataError: a file cannot be read.
    """
    files = [Path(folder) / name for folder, _, found in os.walk(path) for name in found] if path.is_dir() else [path]
    files += [path.parent / name for name in nearby]
    try:
        found = [(os.path.relpath(file, path.parent), sha256_of(file) if file.is_file() else "") for file in files]
    except OSError as error:
        raise DataError(f"{error.filename or path}: cannot be read ({error.strerror or error})") from error
    return digest_of(sorted(found), names)


def files_nearby(path: Path, opened: Iterable[Path]) -> tuple[str, ...]:
    """Return the opened files that are not in `path`, relative to its folder."""
    root = path.resolve()
    others = {file.resolve() for file in opened} - {root}
    return tuple(sorted(os.path.relpath(file, root.parent) for file in others if root not in file.parents))


def names_nearby(folder: Path, skills: Iterable[Path]) -> str:
    """Return a fingerprint of the names of the files in a folder that are not skills: a reader may look for them.

    Args:
        folder: the folder.
        skills: the paths of all skills.
    """
    known = set(skills)
    try:
        entries = [path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")]
    except OSError:
        entries = []
    return digest_of(sorted(path.name for path in entries if path not in known))
