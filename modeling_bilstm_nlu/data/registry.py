"""The one interface of all readers. A new format is one file with one function under ``register_reader``.

A reader takes the path of a file or a folder, and keyword-only options of its own, and returns a ``RawDomain``. What
it must leave out it counts in ``dropped``; what is broken it raises as a ``DataError`` that names file and record.
"""

import gc
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from datasets import Dataset

from ..errors import DataError
from .corpus_info import CorpusInfo
from .schema import SlotCatalog, Utterance
from .skills.spec import SkillSpec

__all__ = [
    "RawDomain",
    "Reader",
    "available_corpora",
    "available_formats",
    "embedded_domains",
    "keep_domains",
    "keep_intents",
    "read",
    "reader_for",
    "register_reader",
]


@dataclass
class RawDomain:
    """What a reader returns.

    Args:
        name: a short name for the data.
        splits: ``train``, ``validation``, ``test`` (those that the source has) -> utterances.
        catalogs: slot type (as in the spans) -> known values.
        dropped: reason -> number of records, samples or slots that were left out or changed for that reason.
        skill: the skill as its developer wrote it, where the utterances were filled from carrier phrases.
        info: what is known about the public corpus that it is, if it is one; ``read`` puts it in.
        corpora: what is known about the public corpora that it was made out of, where its files say so.
    """

    name: str
    splits: dict[str, list[Utterance]] = field(default_factory=dict)
    catalogs: dict[str, SlotCatalog] = field(default_factory=dict)
    dropped: dict[str, int] = field(default_factory=dict)
    skill: SkillSpec | None = None
    info: CorpusInfo | None = None
    corpora: tuple[CorpusInfo, ...] = ()

    @property
    def sources(self) -> tuple[CorpusInfo, ...]:
        """The public corpora behind it: itself, or those that it was made out of."""
        return self.corpora if self.info is None else (self.info,)

    def add(self, split: str, utterance: Utterance) -> None:
        """Append an utterance to a split."""
        self.splits.setdefault(split, []).append(utterance)

    def drop(self, reason: str, count: int = 1) -> None:
        """Count something left out; a count of nothing is not recorded."""
        if count:
            self.dropped[reason] = self.dropped.get(reason, 0) + count

    @contextmanager
    def record(self, where: str, on_error: str = "raise") -> Iterator[None]:
        """Around the handling of one record: give its errors the place, or count the record as broken.

        Args:
            where: file and line or record, for the message.
            on_error: ``raise``, or ``drop`` to leave broken records out.
        """
        try:
            yield
        except DataError as error:
            if on_error != "drop":
                raise DataError(f"{where}: {error} (on_error='drop' leaves broken records out)") from error
            self.drop("broken records")


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
        """The names of the reader's options: the keyword-only arguments of its function."""
        parameters = inspect.signature(self.function).parameters.values()
        return [parameter.name for parameter in parameters if parameter.kind is parameter.KEYWORD_ONLY]


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
    known = ", ".join(available_formats())
    if format is not None:
        if format not in _READERS:
            raise DataError(f"unknown format {format!r}; known: {known}")
        return _READERS[format]
    if isinstance(source, str) and source in embedded_domains():  # ./name or a Path means the file
        return _READERS[source]
    path = Path(source)
    if not path.exists():
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
    raise DataError(f"{path}: no reader recognises it; name its format, one of: {known}")


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
    domains = None if domains is None else _names(domains)
    if options.get("on_error", "raise") not in ("raise", "drop"):
        raise DataError(f"unknown on_error {options['on_error']!r}; known: raise, drop")
    if "on_error" not in reader.options:  # data that has nothing broken to leave out
        options.pop("on_error", None)
    if unknown := sorted(set(options) - set(reader.options)):
        known = ", ".join(["intents", "domains", "exclude_domains", *reader.options])
        raise DataError(f"format {reader.name!r} has no option {', '.join(unknown)}; known: {known}")
    if "seed" in reader.options:
        options["seed"] = seed
    if "only_domains" in reader.options:  # a reader that can spare itself the files of other domains
        options["only_domains"] = domains
    if reader.recognises is None:
        raw = reader.function(**options)
    else:
        path = Path(source)
        if not path.exists():
            raise DataError(f"no file or folder {str(source)!r}")
        with _without_garbage_collection():
            raw = reader.function(path, **options)
    raw.info = reader.info
    raw = keep_domains(raw, domains, exclude=_names(exclude_domains))
    return raw if intents is None else keep_intents(raw, intents)


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


def _names(given: Iterable[str]) -> list[str]:
    return [given] if isinstance(given, str) else list(given)


def keep_domains(raw: RawDomain, domains: Iterable[str] | None, *, exclude: Iterable[str] = ()) -> RawDomain:
    """Leave out the utterances of other domains, counted, and the catalogs that only they use.

    Args:
        raw: what a reader gave.
        domains: which to keep; all where ``None``.
        exclude: which to leave out.

    Raises:
        DataError: the source has no such domain.
    """
    wanted = None if domains is None else set(_names(domains))
    excluded = set(_names(exclude))
    if wanted is None and not excluded:
        return raw
    found = {utterance.domain for rows in raw.splits.values() for utterance in rows if utterance.domain is not None}
    found |= set(raw.info.domains if raw.info is not None and wanted is None else ())
    if missing := sorted(((wanted or set()) | excluded) - found):
        raise DataError(f"{raw.name!r} has no domains {missing}; it has: {', '.join(sorted(found)) or 'none'}")
    return _keep(
        raw, "domains not asked for", lambda u: u.domain not in excluded and (wanted is None or u.domain in wanted)
    )


def keep_intents(raw: RawDomain, intents: Iterable[str]) -> RawDomain:
    """Leave out the utterances of other intents, counted, and the catalogs that only they use.

    Raises:
        DataError: the domain has no such intent.
    """
    wanted = _names(intents)
    found = {utterance.intent for utterances in raw.splits.values() for utterance in utterances}
    if missing := sorted(set(wanted) - found, key=str):
        known = ", ".join(sorted(str(intent) for intent in found if intent is not None))
        raise DataError(f"domain {raw.name!r} has no intents {missing}; it has: {known}")
    if raw.skill is not None:
        raw.skill = raw.skill.of_intents(wanted)
    return _keep(raw, "intents not asked for", lambda utterance: utterance.intent in wanted)


def _keep(raw: RawDomain, reason: str, is_kept: Callable[[Utterance], bool]) -> RawDomain:
    for split, utterances in raw.splits.items():
        kept = [utterance for utterance in utterances if is_kept(utterance)]
        raw.drop(reason, len(utterances) - len(kept))
        raw.splits[split] = kept
    used = {span.slot_type for rows in raw.splits.values() for row in rows for span in row.spans or ()}
    raw.catalogs = {slot_type: catalog for slot_type, catalog in raw.catalogs.items() if slot_type in used}
    return raw
