"""Find and read all formats: those of this package and those of other installed packages.

A package adds its formats with entry points of the group ``bilstm_nlu.formats``. Each entry point names a ``Format``::

    [project.entry-points."bilstm_nlu.formats"]
    lines = "my_package.lines:LINES"
"""

import gc
import inspect
import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import exists, opened_once

from ..corpus_info import CorpusInfo
from ..raw_domains import RawDomain, as_names, keep_part
from .format import Format
from .known import FORMATS
from .near_misses import near_misses
from .options import ONLY_DOMAINS, check_options

__all__ = [
    "ENTRY_POINTS",
    "all_formats",
    "available_corpora",
    "available_formats",
    "embedded_domains",
    "format_for",
    "read",
    "register_format",
]

logger = logging.getLogger(__name__)

#: The group of entry points in which other packages name their formats.
ENTRY_POINTS = "bilstm_nlu.formats"

_FORMATS: dict[str, Format] = {format.name: format for format in FORMATS}


def register_format(format: Format) -> None:
    """Add a format in this process; an installed package uses an entry point instead.

    Raises:
        ValueError: a format with this name exists.
    """
    if format.name in _formats():
        raise ValueError(f"the format {format.name!r} is already registered; choose another name")
    _FORMATS[format.name] = format


def all_formats() -> list[Format]:
    """List every format, in the order in which they are asked whether they recognise a path."""
    return sorted(_formats().values(), key=lambda format: format.priority)


def available_formats() -> dict[str, str]:
    """List every format with its one-line summary, sorted by name."""
    return {name: format.summary for name, format in sorted(_formats().items())}


def available_corpora() -> dict[str, CorpusInfo]:
    """List every public corpus that can be read, sorted by name."""
    return {name: format.info for name, format in sorted(_formats().items()) if format.info is not None}


def embedded_domains() -> list[str]:
    """List the names of the formats that need no path."""
    return [name for name, format in sorted(_formats().items()) if format.is_embedded]


def format_for(source: str | Path, format: str | None = None) -> Format:
    """Find the format with this name, or the format that recognises the source.

    Raises:
        DataError: the format or the path does not exist, or no format recognises the path.
    """
    known = _formats()
    if format is not None:
        if format not in known:
            raise DataError(f"unknown format {format!r}; known formats: {', '.join(available_formats())}")
        return known[format]
    if isinstance(source, str) and source in embedded_domains():  # to read a file of this name: ./name, or a Path
        return known[source]
    path = Path(source)
    if not exists(path):
        raise DataError(
            f"there is no file or folder {str(source)!r}; domains that need no path: {', '.join(embedded_domains())}"
        )
    return _recognised(path)


def _recognised(path: Path) -> Format:
    """Find the first format, by priority, that recognises an existing path."""
    formats = [format for format in all_formats() if not format.is_embedded]
    complaint: DataError | None = None
    with opened_once():
        for format in formats:
            try:
                if format.sniff is not None and format.sniff(path):
                    return format
            except DataError as error:  # this format needs a file that is broken; another format may not need it
                complaint = complaint or error
        if complaint is not None:
            raise complaint
        hint = near_misses(path)
    names = sorted(format.name for format in formats if format.info is None)
    raise DataError(f"{path}: no reader recognises it{hint}; repair it, or name its format: {', '.join(names)}")


def read(
    source: str | Path,
    format: str | None = None,
    *,
    intents: Iterable[str] | None = None,
    domains: Iterable[str] | None = None,
    exclude_domains: Iterable[str] = (),
    seed: int = 0,
    **options: Any,
) -> RawDomain:
    """Read a file, a folder or an embedded domain.

    Args:
        source: a path, compressed with gzip or not, or the name of an embedded domain.
        format: one of ``available_formats()``; ``None`` recognises it from the source.
        intents: keep only utterances of these intents; every format takes this option.
        domains: keep only utterances of these domains of the source (scenarios, services, ...); every format takes
            this option.
        exclude_domains: leave out the utterances of these domains; every format takes this option.
        seed: the seed for readers that choose at random; other readers do not use it.
        options: the format's own options.

    Raises:
        DataError: the format, an option, an intent or a domain is unknown, or the data is broken.
    """
    found = format_for(source, format)
    given = {"intents": intents, "domains": domains, "exclude_domains": exclude_domains, **options}
    if "seed" in found.options:
        given["seed"] = seed
    options = check_options(found.read, given, f"format {found.name!r}")
    domains = None if domains is None else as_names(domains)
    if ONLY_DOMAINS in inspect.signature(found.read).parameters:
        options[ONLY_DOMAINS] = domains
    if found.is_embedded:
        raw = found.read(**options)
    else:
        path = Path(source)
        if not exists(path):
            raise DataError(f"there is no file or folder {str(source)!r}; check the path")
        with _without_garbage_collection():
            raw = found.read(path, **options)
    raw.broken.check(source, is_empty=not any(raw.splits.values()))
    raw.info = found.info
    return keep_part(raw, intents=intents, domains=domains, exclude_domains=exclude_domains)


def _formats() -> dict[str, Format]:
    """Name -> format: the formats of this package, of this process, and of other installed packages."""
    return {**_installed_formats(), **_FORMATS}


@cache
def _installed_formats() -> dict[str, Format]:
    """Load the formats of other packages; leave out those that cannot be used, with a warning."""
    found: dict[str, Format] = {}
    for entry in sorted(metadata.entry_points(group=ENTRY_POINTS), key=lambda entry: (entry.name, entry.value)):
        try:
            format = entry.load()
        except Exception as error:  # code of another package: its errors must not stop us from reading other formats
            logger.warning("cannot load the format %s (%s): %s", entry.name, entry.value, error)
            continue
        if not isinstance(format, Format):
            logger.warning("the format %s (%s) is a %s; name a Format", entry.name, entry.value, type(format).__name__)
        elif format.name in _FORMATS or format.name in found:
            logger.warning("the format %s (%s) is left out: another format has this name", format.name, entry.value)
        else:
            found[format.name] = format
    return found


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Switch garbage collection off: it takes half of the time, and readers make many objects but no cycles."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
