"""The lineage of a checkpoint: the chain of commits that it was fine-tuned from."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from huggingface_hub import ModelCard, hf_hub_download
from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError

from bilstm_nlu.errors import NluError
from bilstm_nlu.hub_errors import HUB_ERRORS, describe_hub_error, first_line

from .card_metadata import is_repository_id
from .embedded import embedded_folder
from .integrity import refuse_paths_as_hashes, sha256_of
from .origin import origin_of

__all__ = ["Ancestor", "licence_of", "lineage"]

#: How older cards, which had no key for checkpoints of the package, name their base checkpoint.
_TOLD = re.compile(r"^Fine-tuned from `([\w.-]+)`(?:, revision `(sha256:[0-9a-f]{64})`)?\.$", re.MULTILINE | re.ASCII)
_MOST = 100  # checkpoints; a longer chain means forged cards that form a circle


class Ancestor(NamedTuple):
    """A checkpoint in a chain: its repository or folder, and the commit; `None` if the card does not name one.

    A checkpoint embedded in this package has its own name. Its commit is `sha256:` and the hash of its weights.
    """

    name: str
    revision: str | None


def lineage(name_or_path: str | Path, revision: str | None = None, *, token: str | None = None) -> list[Ancestor]:
    """Follow the model cards from a checkpoint back to the one that was trained from random weights.

    Args:
        name_or_path: a folder, the name of a checkpoint in this package, or the id `owner/name` of a repository.
        revision: a branch, tag or commit of the repository.
        token: for the hub.

    Returns:
        The checkpoint itself (for a pulled folder, the commit), then the one it was fine-tuned from, and so on.

    Raises:
        NluError: a card cannot be downloaded or read, or the chain does not end.
    """
    chain: list[Ancestor] = []
    for ancestor in _follow(str(name_or_path), revision, token):
        if ancestor in chain or len(chain) == _MOST:
            raise NluError(
                f"the lineage of {str(name_or_path)!r} comes back to {ancestor.name!r}; its cards are wrong"
            )
        chain.append(ancestor)
    return chain


def licence_of(name_or_path: str, revision: str | None = None) -> str | None:
    """The licence that the card of a checkpoint states, as the hub spells it; `None` if the card is not available.

    Args:
        name_or_path: a folder, an embedded checkpoint, or the id `owner/name` of a repository.
        revision: a branch, tag or commit of the repository.

    Raises:
        NluError: the card cannot be read.
    """
    folder = embedded_folder(name_or_path) or Path(name_or_path).expanduser()
    if folder.is_dir():
        card: Path | None = folder / "README.md"
    else:
        try:
            card = _fetch_card(name_or_path, revision, None)
        except NluError:
            return None
    licence = None if card is None or not card.is_file() else _metadata(name_or_path, card).get("license")
    return licence if isinstance(licence, str) else None


def _follow(first: str, revision: str | None, token: str | None) -> Iterator[Ancestor]:
    folder = Path(first).expanduser()
    if folder.is_dir():
        ancestor = Ancestor(*(origin_of(folder) or (first, None)))
        card: Path | None = folder / "README.md"
    else:
        ancestor, card = _find(Ancestor(first, revision), token)
    while True:
        yield ancestor
        base = _base_of(ancestor.name, card) if card is not None and card.is_file() else None
        if base is None:
            return
        ancestor, card = _find(base, token)  # never a local folder: a card from outside must not name one


def _find(named: Ancestor, token: str | None) -> tuple[Ancestor, Path | None]:
    """A checkpoint of the package or of the hub, with its exact revision, and its card, if it has one."""
    if (folder := embedded_folder(named.name)) is not None:
        digest = f"sha256:{sha256_of(folder / 'model.safetensors')}"
        is_here = named.revision in (None, digest)  # another version of this package may have another checkpoint
        return Ancestor(named.name, named.revision or digest), folder / "README.md" if is_here else None
    card = _fetch_card(named.name, named.revision, token)
    return (named if card is None else Ancestor(named.name, card.parent.name)), card


def _fetch_card(repo_id: str, revision: str | None, token: str | None) -> Path | None:
    try:
        with refuse_paths_as_hashes():
            return Path(hf_hub_download(repo_id, "README.md", revision=revision, token=token))
    except HUB_ERRORS as error:
        if isinstance(error, EntryNotFoundError) and not isinstance(error, LocalEntryNotFoundError):
            return None
        raise NluError(f"the card of {repo_id!r}: {describe_hub_error(error, repo_id, revision)}") from error


def _base_of(name: str, card: Path) -> Ancestor | None:
    """The checkpoint that a card names as its base: a repository, or a checkpoint of this package."""
    data = _metadata(name, card)
    base, revision = data.get("base_model"), data.get("base_model_revision")
    if isinstance(base, list) and len(base) == 1:
        base = base[0]
    if not isinstance(base, str) or not is_repository_id(base):
        base = data.get("base_model_name")
        if base is None and (told := _TOLD.search(card.read_text(encoding="utf-8", errors="replace"))) is not None:
            base, revision = told.groups()
        if not isinstance(base, str) or embedded_folder(base) is None:
            return None
    return Ancestor(base, revision if isinstance(revision, str) else None)


def _metadata(name: str, card: Path) -> dict[str, Any]:
    try:
        return ModelCard.load(card, ignore_metadata_errors=True).data.to_dict()
    except Exception as error:  # the YAML library raises errors of its own classes
        raise NluError(f"the card of {name!r} cannot be read: {first_line(error)}") from error
