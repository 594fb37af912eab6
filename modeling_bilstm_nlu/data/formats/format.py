"""Define what a format is: a name, and functions that recognise a path, read it, and write a domain."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from datasets import Dataset

from ..corpus_info import CorpusInfo
from ..domains import Domain
from ..raw_domains import RawDomain
from .options import options_of

__all__ = ["LAST", "Format", "Writer"]

#: The priority of a format that does not set one: it is asked after all formats of this package.
LAST = 1000


@dataclass(frozen=True)
class Writer:
    """How domains are written in a format.

    Args:
        function: writes a domain to a path that does not exist yet, and returns what the format cannot express:
            drop reason -> number.
        summary: one line for lists of formats.
        suffixes: the suffixes of the files that it writes; empty if it writes only folders.
        is_for_folders: whether it also writes folders, for a path without a suffix.
        needs_train: whether the domain must have training utterances.
        check: raises a ``DataError`` if an existing file has content that would be lost when the file is replaced.
    """

    function: Callable[[Path, Domain], dict[str, int]]
    summary: str
    suffixes: tuple[str, ...] = ()
    is_for_folders: bool = True
    needs_train: bool = False
    check: Callable[[Path], None] | None = None


@dataclass(frozen=True, kw_only=True)
class Format:
    """A file format, a public corpus, or data that is embedded in a package.

    Args:
        name: the name that users write.
        summary: one line for lists of formats.
        read: takes the path of a file or a folder, and keyword-only options of its own. It counts what it must leave
            out in ``RawDomain.dropped``. For broken data it raises a ``DataError`` that names the file and the record.
        sniff: says whether an existing path is of this format. ``None`` for data that is embedded in a package and
            has no path: then ``read`` is called without a path.
        priority: formats with a lower number are asked first whether they recognise a path; the first that does
            reads it. The formats of this package have 5 to 320, in the order of ``FORMATS``.
        write: how domains are written; ``None`` if the format is only read.
        info: what is known about a public corpus; ``load_domain`` then knows the corpus by the format's name.
        from_hub: makes the domain from the tables, split -> rows, that ``info.hub`` names.
    """

    name: str
    summary: str
    read: Callable[..., RawDomain]
    sniff: Callable[[Path], bool] | None = None
    priority: int = LAST
    write: Writer | None = None
    info: CorpusInfo | None = None
    from_hub: Callable[[Mapping[str, Dataset]], RawDomain] | None = None

    @property
    def options(self) -> list[str]:
        """The names of the options of ``read``."""
        return options_of(self.read)

    @property
    def is_embedded(self) -> bool:
        """Whether the data comes with a package and has no path."""
        return self.sniff is None
