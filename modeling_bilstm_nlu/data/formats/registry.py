"""All formats, those of other packages too, and the one function that reads any of them.

A package adds its formats with entry points of the group ``bilstm_nlu.formats``, each of which names a ``Format``::

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

#: The group of entry points under which other packages name their formats.
ENTRY_POINTS = "bilstm_nlu.formats"

_FORMATS: dict[str, Format] = {format.name: format for format in FORMATS}


def register_format(format: Format) -> None:
    """Add a format in this process; a package that is installed names it as an entry point instead.

    Raises:
        ValueError: there is a format of this name.
    """
    if format.name in _formats():
        raise ValueError(f"a format named {format.name!r} is registered already")
    _FORMATS[format.name] = format


def all_formats() -> list[Format]:
    """Every format, in the order in which they are asked whether they know a path."""
    return sorted(_formats().values(), key=lambda format: format.priority)


def available_formats() -> dict[str, str]:
    """Every format with its one-line summary, sorted by name."""
    return {name: format.summary for name, format in sorted(_formats().items())}


def available_corpora() -> dict[str, CorpusInfo]:
    """Every public corpus that can be read, sorted by name."""
    return {name: format.info for name, format in sorted(_formats().items()) if format.info is not None}


def embedded_domains() -> list[str]:
    """The names of formats that need no path."""
    return [name for name, format in sorted(_formats().items()) if format.is_embedded]


def format_for(source: str | Path, format: str | None = None) -> Format:
    """The format of this name, or the one that recognises the source.

    Raises:
        DataError: the format or the path does not exist, or no format recognises the path.
    """
    known = _formats()
    if format is not None:
        if format not in known:
            raise DataError(f"unknown format {format!r}; known: {', '.join(available_formats())}")
        return known[format]
    if isinstance(source, str) and source in embedded_domains():  # ./name or a Path means the file
        return known[source]
    path = Path(source)
    if not exists(path):
        raise DataError(f"no file or folder {str(source)!r}; domains without a path: {', '.join(embedded_domains())}")
    return _recognised(path)


def _recognised(path: Path) -> Format:
    """The first format, by priority, that knows a path that exists."""
    formats = [format for format in all_formats() if not format.is_embedded]
    complaint: DataError | None = None
    with opened_once():
        for format in formats:
            try:
                if format.sniff is not None and format.sniff(path):
                    return format
            except DataError as error:  # a file that it would want is broken: another format may not need it
                complaint = complaint or error
    if complaint is not None:
        raise complaint
    names = sorted(format.name for format in formats if format.info is None)
    raise DataError(
        f"{path}: no reader recognises it{near_misses(path)}; mend it, or name its format, one of: {', '.join(names)}"
    )


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
        source: a path, packed with gzip or not, or the name of an embedded domain.
        format: one of ``available_formats()``; recognised from the source where it is ``None``.
        intents: keep only utterances of these intents; any format takes this and the next two options.
        domains: keep only utterances of these domains of the source (scenarios, services, ...).
        exclude_domains: leave the utterances of these domains out.
        seed: of formats whose readers draw; the others do not use it.
        options: the format's own options.

    Raises:
        DataError: unknown format, option, intent or domain, or broken data.
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
            raise DataError(f"no file or folder {str(source)!r}")
        with _without_garbage_collection():
            raw = found.read(path, **options)
    raw.info = found.info
    return keep_part(raw, intents=intents, domains=domains, exclude_domains=exclude_domains)


def _formats() -> dict[str, Format]:
    """Name -> format: those of this package and of this process, and of packages that are installed."""
    return {**_installed_formats(), **_FORMATS}


@cache
def _installed_formats() -> dict[str, Format]:
    """The formats of other packages; one that cannot be used is told in a warning and left out."""
    found: dict[str, Format] = {}
    for entry in sorted(metadata.entry_points(group=ENTRY_POINTS), key=lambda entry: (entry.name, entry.value)):
        try:
            format = entry.load()
        except Exception as error:  # code of another package: it must not stop the reading of other formats
            logger.warning("the format %s (%s) cannot be loaded: %s", entry.name, entry.value, error)
            continue
        if not isinstance(format, Format):
            logger.warning("the format %s (%s) is a %s; name a Format", entry.name, entry.value, type(format).__name__)
        elif format.name in _FORMATS or format.name in found:
            logger.warning("the format %s (%s) is left out: another has this name", format.name, entry.value)
        else:
            found[format.name] = format
    return found


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """A reader makes objects by the hundred thousand and no cycles: looking for some takes half of its time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
