"""The one interface of all readers. A new format is one file with one function under ``register_reader``.

A reader takes the path of a file or a folder, and keyword-only options of its own, and returns a ``RawDomain``. What
it must leave out it counts in ``dropped``; what is broken it raises as a ``DataError`` that names file and record.
"""

import gc
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datasets import Dataset

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import exists

from .corpus_info import CorpusInfo
from .near_misses import near_misses
from .raw_domains import RawDomain, as_names, keep_part
from .reader_options import ONLY_DOMAINS, check_options, options_of

__all__ = [
    "RawDomain",
    "Reader",
    "available_corpora",
    "available_formats",
    "embedded_domains",
    "read",
    "reader_for",
    "register_reader",
]


@dataclass(frozen=True)
class Reader:
    """A registered format: its name, how to recognise it, the function that reads it, and the corpus it is, if any."""

    name: str
    summary: str
    function: Callable[..., RawDomain]
    recognises: Callable[[Path], bool] | None
    info: CorpusInfo | None = None
    from_hub: Callable[[Mapping[str, Dataset]], RawDomain] | None = None

    @property
    def options(self) -> list[str]:
        """The names of the reader's own options."""
        return options_of(self.function)


_READERS: dict[str, Reader] = {}


def register_reader(
    name: str,
    *,
    recognises: Callable[[Path], bool] | None,
    summary: str,
    info: CorpusInfo | None = None,
    from_hub: Callable[[Mapping[str, Dataset]], RawDomain] | None = None,
) -> Callable[[Callable[..., RawDomain]], Callable[..., RawDomain]]:
    """Register the decorated function as the reader of a format.

    Args:
        name: the name of the format, as users write it.
        recognises: whether a path that exists is of this format; ``None`` for data that is embedded in a package and
            has no path: such a reader is called without one.
        summary: one line for lists of formats.
        info: of a public corpus; ``load_domain`` then knows the corpus by the reader's name.
        from_hub: makes the domain out of the tables, split -> rows, that ``info.hub`` names.
    """

    def register(function: Callable[..., RawDomain]) -> Callable[..., RawDomain]:
        if name in _READERS:
            raise ValueError(f"a reader named {name!r} is registered already")
        _READERS[name] = Reader(name, summary, function, recognises, info, from_hub)
        return function

    return register


def available_formats() -> dict[str, str]:
    """Every registered format with its one-line summary, sorted by name."""
    return {name: _READERS[name].summary for name in sorted(_READERS)}


def available_corpora() -> dict[str, CorpusInfo]:
    """Every public corpus that has a reader, sorted by name."""
    return {name: info for name in sorted(_READERS) if (info := _READERS[name].info) is not None}


def embedded_domains() -> list[str]:
    """The names of readers that need no path."""
    return [name for name in sorted(_READERS) if _READERS[name].recognises is None]


def reader_for(source: str | Path, format: str | None = None) -> Reader:
    """The reader of a format, or the one that recognises the source.

    Raises:
        DataError: there is no such format or path, or no reader recognises the path.
    """
    if format is not None:
        if format not in _READERS:
            raise DataError(f"unknown format {format!r}; known: {', '.join(available_formats())}")
        return _READERS[format]
    if isinstance(source, str) and source in embedded_domains():  # ./name or a Path means the file
        return _READERS[source]
    path = Path(source)
    if not exists(path):
        raise DataError(f"no file or folder {str(source)!r}; domains without a path: {', '.join(embedded_domains())}")
    complaint: DataError | None = None
    for reader in _READERS.values():
        try:
            if reader.recognises is not None and reader.recognises(path):
                return reader
        except DataError as error:  # a file that it would want is broken: another reader may not need it
            complaint = complaint or error
    if complaint is not None:
        raise complaint
    formats = [name for name, reader in _READERS.items() if reader.info is None and reader.recognises is not None]
    raise DataError(
        f"{path}: no reader recognises it{near_misses(path)}; mend it, or name its format, "
        f"one of: {', '.join(sorted(formats))}"
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
        intents: keep only utterances of these intents; any reader takes this and the next two options.
        domains: keep only utterances of these domains of the source (scenarios, services, ...).
        exclude_domains: leave the utterances of these domains out.
        seed: of readers that draw; the others pass it over.
        options: the reader's own options.

    Raises:
        DataError: unknown format, option, intent or domain, or broken data.
    """
    reader = reader_for(source, format)
    given = {"intents": intents, "domains": domains, "exclude_domains": exclude_domains, **options}
    if "seed" in reader.options:
        given["seed"] = seed
    options = check_options(reader.function, given, f"format {reader.name!r}")
    domains = None if domains is None else as_names(domains)
    if ONLY_DOMAINS in inspect.signature(reader.function).parameters:
        options[ONLY_DOMAINS] = domains
    if reader.recognises is None:
        raw = reader.function(**options)
    else:
        path = Path(source)
        if not exists(path):
            raise DataError(f"no file or folder {str(source)!r}")
        with _without_garbage_collection():
            raw = reader.function(path, **options)
    raw.info = reader.info
    return keep_part(raw, intents=intents, domains=domains, exclude_domains=exclude_domains)


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
