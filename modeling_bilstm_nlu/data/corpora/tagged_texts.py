"""Read tokens, tags and labels (``seq.in``, ``seq.out``, ``label``); several readers of corpora use this module."""

from collections.abc import Collection
from pathlib import Path

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import read_lines

from ..formats.tags import spans_of_tags
from ..schema import Utterance
from ..split_names import canonical_split

__all__ = ["labels_of_folder", "tagged_utterance"]

_LABEL_FILES = ("label", "label.gz")


def labels_of_folder(path: Path) -> Collection[str]:
    """Read the intents of one split of a folder with ``label`` files; the result is empty if it has no such file."""
    if not path.is_dir():
        return ()
    folders = [path, *(folder for folder in sorted(path.iterdir()) if canonical_split(folder.name) is not None)]
    files = [folder / name for folder in folders for name in _LABEL_FILES if (folder / name).is_file()]
    return {line.strip() for line in read_lines(files[0])} if files else ()


def tagged_utterance(tokens: object, tags: object, intent: object) -> Utterance:
    """Make an utterance from tokens and tags that are separated by spaces.

    Raises:
        DataError: a value is not a text, the intent is blank, or tokens and tags do not agree.
    """
    if not isinstance(tokens, str) or not isinstance(tags, str) or not isinstance(intent, str) or not intent.strip():
        raise DataError(f"expected tokens, tags and an intent, found {tokens!r}, {tags!r} and {intent!r}")
    text, spans = spans_of_tags(tokens.split(), tags.split())
    return Utterance(text, intent.strip(), spans)
