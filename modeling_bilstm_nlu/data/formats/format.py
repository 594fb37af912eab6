"""What a format is: a name, how to recognise a path, how to read it, and how to write a domain."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from datasets import Dataset

from ..corpus_info import CorpusInfo
from ..domains import Domain
from ..raw_domains import RawDomain
from .options import options_of

__all__ = ["LAST", "Format", "Writer"]

#: The priority of a format that names none: it is asked after all those of this package.
LAST = 1000


@dataclass(frozen=True)
class Writer:
    """How domains are written in a format.

    Args:
        function: writes a domain to a path that does not exist yet, and returns what it could not express:
            reason -> number.
        summary: one line for lists of formats.
        suffixes: of the files that it writes; none where it writes folders only.
        is_for_folders: whether it writes folders as well, for a path without a suffix.
        needs_train: whether there must be training utterances.
        check: raises a ``DataError`` where a file that exists holds what replacing it would lose for good.
    """

    function: Callable[[Path, Domain], dict[str, int]]
    summary: str
    suffixes: tuple[str, ...] = ()
    is_for_folders: bool = True
    needs_train: bool = False
    check: Callable[[Path], None] | None = None


@dataclass(frozen=True, kw_only=True)
class Format:
    """A format of files, a public corpus, or data that is embedded in a package.

    Args:
        name: as users write it.
        summary: one line for lists of formats.
        read: takes the path of a file or a folder, and keyword-only options of its own. What it must leave out it
            counts in ``RawDomain.dropped``; what is broken it raises as a ``DataError`` that names file and record.
        sniff: whether a path that exists is of this format; ``None`` for data that is embedded in a package and has
            no path: ``read`` is called without one then.
        priority: formats with a lower number are asked first whether they know a path, and the first that does reads
            it. Those of this package have 10 to 270, in steps of 10.
        write: how domains are written; ``None`` where the format is only read.
        info: of a public corpus; ``load_domain`` then knows the corpus by the format's name.
        from_hub: makes the domain out of the tables, split -> rows, that ``info.hub`` names.
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
