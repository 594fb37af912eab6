"""What the shell completes: names of models, of data and of formats. It must be quick, so nothing heavy is loaded."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from .last_model import RUNS

__all__ = ["FORMATS", "complete_data", "complete_format", "complete_model"]

#: The formats of this package; a test compares them with the registry, which needs torch.
FORMATS = (
    *"ask ask-legacy atis banking77 clinc150 clu conll dataset dialogflow dstc8_spans google-actions".split(),
    *"hassil hint3 home_assistant hwu64 jovo jsonl lex luis-json luis-lu massive multidogo nlupp ovos rasa".split(),
    *"restaurant8k seq-folder sgd slurp smart_garden snips snips-dataset snips_slotgated table tools topv2".split(),
)
_EMBEDDED_DATA = ("home_assistant", "smart_garden")
_MOST = 100


def complete_model(incomplete: str) -> list[str]:
    """The models that a word may become: those of `runs`, of the package and of the cache, then folders and files."""
    known = [*_trained(), *_in_package(), *_in_cache()]
    paths = [path for path in _paths(incomplete, (".nlu",)) if path.rstrip(os.sep) not in known]
    return _matching(incomplete, [*known, *paths])


def complete_data(incomplete: str) -> list[str]:
    """The data that a word may become: embedded domains, folders and files."""
    return _matching(incomplete, (*_EMBEDDED_DATA, *_paths(incomplete, None)))


def complete_format(incomplete: str) -> list[str]:
    """The formats that a word may become."""
    return _matching(incomplete, FORMATS)


def _matching(incomplete: str, names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(name for name in names if name.startswith(incomplete)))[:_MOST]


def _trained() -> Iterator[str]:
    """Yield the models in the default folder for results."""
    for path in sorted(RUNS.glob("*")):
        if (path / "config.json").is_file():
            yield str(path)


def _in_package() -> Iterator[str]:
    from .. import hubfiles

    for root in hubfiles.__path__:
        yield from (path.name for path in sorted(Path(root, "generic").glob("*")) if path.is_dir())


def _in_cache() -> Iterator[str]:
    """Yield the ids of the repositories that were downloaded."""
    from ..inspection.checks import cache_folder

    for path in sorted(cache_folder().glob("models--*--*")):
        yield path.name.removeprefix("models--").replace("--", "/", 1)


def _paths(incomplete: str, suffixes: tuple[str, ...] | None) -> Iterator[str]:
    """Yield the folders, and the files with a suffix (any file with `None`), that a word may become."""
    head, _ = os.path.split(incomplete)
    try:
        entries = sorted(os.scandir(Path(head).expanduser() if head else "."), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.name.startswith(".") and not os.path.basename(incomplete).startswith("."):
            continue
        path = os.path.join(head, entry.name)
        if entry.is_dir():
            yield path + os.sep
        elif suffixes is None or entry.name.endswith(suffixes):
            yield path
