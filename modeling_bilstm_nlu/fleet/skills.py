"""One skill of a fleet, and names that are safe in paths and on a hub."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["MAX_ID", "FleetSkill", "is_safe_id", "safe_id", "safe_ids"]

#: Most characters of an id. A hub allows 96, and the folders of a running training add some.
MAX_ID = 80
_SAFE = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?", re.ASCII)
#: Windows has devices with these names, in every folder.
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)


@dataclass(frozen=True)
class FleetSkill:
    """A skill to train.

    Args:
        id: name of its model: a folder of the results, and a repository on the hub.
        source: an absolute path, or a name that `load_domain` takes.
        path: the file or folder of the data; `None` if the source is a name.
        format: format of the data; `None` recognises it.
        options: options of the reader.
        seed: seed of its training; `None` takes that of the fleet.
    """

    id: str
    source: str
    path: Path | None = None
    format: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    seed: int | None = None


def is_safe_id(name: str) -> bool:
    """Whether a name can be a folder on every system and a repository on a hub."""
    return (
        len(name) <= MAX_ID
        and _SAFE.fullmatch(name) is not None
        and not any(part in name for part in ("..", "--"))
        and not name.lower().endswith((".git", ".lock"))
        and not _DEVICES.fullmatch(name)
    )


def safe_id(name: str) -> str:
    """Return a name as a safe id. If a part of the name is lost, a hash of it is added, so that the id stays the same
    when another skill with a similar name comes.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    found = re.sub(r"[^A-Za-z0-9_.-]+", "_", plain.replace("/", "."))
    found = re.sub(r"-{2,}", "-", re.sub(r"\.{2,}", ".", found)).strip(".-")
    if found != name.replace("/", ".") or not is_safe_id(found):
        found = f"{found[: MAX_ID - 9].rstrip('.-') or 'skill'}-{_hash(name)}"
    return found


def safe_ids(names: Iterable[str]) -> dict[str, str]:
    """Return name -> safe id. Ids differ even where upper and lower case are equal."""
    ids = {name: safe_id(name) for name in names}
    seen: dict[str, list[str]] = {}
    for name, found in ids.items():
        seen.setdefault(found.lower(), []).append(name)
    for same in seen.values():
        for name in same if len(same) > 1 else ():
            ids[name] = f"{ids[name][: MAX_ID - 9].rstrip('.-')}-{_hash(name)}"
    return ids


def _hash(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
