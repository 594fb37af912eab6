"""Names of models and revisions, as they are written in URLs and on the command line."""

import difflib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from ...errors import NluError

__all__ = ["Canary", "NAME", "is_name", "name_of_path", "near_names", "parse_canary", "split_reference"]

_PART = "[A-Za-z0-9][A-Za-z0-9._-]*"
#: What a name looks like, for people.
NAME = "letters, digits, '.', '_' and '-', and the first a letter or a digit"
_NAME = re.compile(_PART)
_REFERENCE = re.compile(f"({_PART})(?:@({_PART}))?")
_OTHER = re.compile("[^A-Za-z0-9._-]+")
_LONGEST = 200  # characters
_SHOWN = 5  # near names


class Canary(NamedTuple):
    """A revision that gets a share of the traffic of its model.

    Attributes:
        name: of the model.
        revision: its revision.
        share: from 0 to 1.
    """

    name: str
    revision: str
    share: float


def is_name(text: str) -> bool:
    """Whether a text can be the name of a model or of a revision."""
    return len(text) <= _LONGEST and _NAME.fullmatch(text) is not None


def split_reference(text: str) -> tuple[str, str | None] | None:
    """The name and the revision of `NAME` or `NAME@REVISION`; `None` if it is neither."""
    found = _REFERENCE.fullmatch(text) if len(text) <= 2 * _LONGEST else None
    return None if found is None else (found[1], found[2])


def name_of_path(path: Path) -> str:
    """The name of a folder or file as the name of a model: without a suffix, with `-` for other characters.

    Raises:
        NluError: nothing is left of the name.
    """
    name = _OTHER.sub("-", path.stem if path.is_file() else path.name).lstrip("._-")
    if not is_name(name):
        raise NluError(f"{path}: a model cannot have this name; give it one with NAME={path}")
    return name


def parse_canary(text: str) -> Canary:
    """Read `NAME@REVISION=SHARE`, where the share is as `5%` or `0.05`.

    Raises:
        NluError: it is written in another way.
    """
    reference, _, share = text.partition("=")
    found = split_reference(reference.strip())
    number = share.strip().removesuffix("%")
    try:
        value = float(number) / (100 if share.strip().endswith("%") else 1)
    except ValueError:
        value = -1.0
    if found is None or found[1] is None or not 0 <= value <= 1:
        raise NluError(f"--canary {text!r}: write NAME@REVISION=SHARE, such as garden@v2=5%")
    return Canary(found[0], found[1], value)


def near_names(name: str, known: Iterable[str]) -> list[str]:
    """The known names that look most like a name."""
    folded: dict[str, str] = {}
    for other in known:
        folded.setdefault(other.lower(), other)
    found = difflib.get_close_matches(name.lower()[:_LONGEST], folded, n=_SHOWN, cutoff=0.6)
    return [folded[other] for other in found]
