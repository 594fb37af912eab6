"""Read Rasa NLU projects: training data in YAML, Markdown or JSON, and the text files of lookup tables.

A slot is labelled with its entity, or with entity and role: ``city#from``. Rasa writes such pairs the same way.
"""

import os
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import has_suffix, read_head, read_lines, read_text, stem

from ....drop_reasons import DropReason
from ....raw_domains import RawDomain
from ....split_names import canonical_split
from .content import RasaContent
from .json_file import looks_like_rasa_json, parse_rasa_json
from .markdown_file import looks_like_rasa_markdown, parse_rasa_markdown
from .yaml_file import looks_like_rasa_yaml, parse_rasa_yaml

__all__ = ["read_rasa", "sniff"]


class _Notation(NamedTuple):
    """How to recognise a notation in the first bytes of a file, and how to parse it."""

    looks: Callable[[str], bool]
    num_bytes: int
    parse: Callable[[str, str, str, RasaContent, str], list[tuple[str, str]]]


_YAML = _Notation(looks_like_rasa_yaml, 4_000_000, parse_rasa_yaml)
_NOTATIONS = {
    ".yml": _YAML,
    ".yaml": _YAML,
    ".md": _Notation(looks_like_rasa_markdown, 100_000, parse_rasa_markdown),
    ".json": _Notation(looks_like_rasa_json, 100_000, parse_rasa_json),
}
#: Folders of a project that have no data of the project.
_FOREIGN = {"node_modules", "venv", "env", "site-packages", "__pycache__"}
#: Folders in which Rasa writes copies of the data, the last one its own split into train and test. They are read only
#: if there is no other data.
_WRITTEN = ("models", "results", "train_test_split")
_MAX_DEPTH = 20
_MAX_FILES = 20_000
#: How many files of a folder are read to find out whether it is a project.
_MAX_RECOGNISED = 500


def _notation(path: Path) -> _Notation | None:
    """Find the notation that the suffix of a file names."""
    return next((notation for suffix, notation in _NOTATIONS.items() if has_suffix(path, (suffix,))), None)


def _is_nlu(path: Path) -> bool:
    """Say whether a file looks like NLU data; a file that cannot be read does not, and a readme does not."""
    notation = _notation(path)
    if notation is None or path.name.lower().startswith(("readme", "changelog")):
        return False
    try:
        return notation.looks(read_head(path, notation.num_bytes))
    except DataError:
        return False


def _walk(folder: Path) -> Iterator[Path]:
    """List the files below a folder that may contain data, in order.

    Raises:
        DataError: there are too many files.
    """
    num_files = 0
    for parent, folders, names in os.walk(folder):
        here = Path(parent)
        is_deep = len(here.relative_to(folder).parts) >= _MAX_DEPTH
        kept = sorted(name for name in folders if name not in _FOREIGN and not name.startswith("."))
        folders[:] = [] if is_deep else sorted(kept, key=_WRITTEN.__contains__)
        for name in sorted(names):
            num_files += 1
            if num_files > _MAX_FILES:
                raise DataError(f"{folder}: more than {_MAX_FILES:,} files; give the folder with the NLU data")
            if _notation(here / name) is not None:
                yield here / name


def sniff(path: Path) -> bool:
    """Say whether a file or a folder looks like this format."""
    if not path.is_dir():
        return _is_nlu(path)
    try:
        return any(_is_nlu(file) for file in islice(_walk(path), _MAX_RECOGNISED))
    except DataError:
        return False


def read_rasa(path: Path, *, roles: bool = True, response_keys: bool = False, on_error: str = "skip_few") -> RawDomain:
    """Read the NLU data of a Rasa project; stories, rules, responses, domain and configuration are ignored.

    All files become the train split, unless a folder has files with names of splits (``train.yml`` and ``test.yml``,
    or ``training_data.yml`` and ``test_data.yml``, as Rasa itself names them). Intents with the same name are joined.
    Repeated examples are left out, as in Rasa. Lookup tables become slot catalogs. Synonyms are added to the catalogs
    of the slots that use their values.

    Args:
        path: a file, or a folder with any number of files, up to 20 folders deep.
        roles: whether an entity with a role is labelled with both (``city#from``) or with the entity only.
        response_keys: whether the full name of a retrieval intent (``faq/price``) is kept, or only the part before
            the slash.
        on_error: what to do about broken examples: ``skip_few``, ``drop`` or ``raise``.

    Raises:
        DataError: there is no such file, a file is broken, or a folder has several projects.
    """
    files = [file for file in _walk(path) if _is_nlu(file)] if path.is_dir() else [path]
    if not files:
        raise DataError(
            f"{path}: there is no file with NLU data of Rasa (a list under 'nlu', or headings '## intent:name'); "
            f"give the folder that has one"
        )
    raw = RawDomain(path.resolve().name if path.is_dir() else stem(path))
    for name in _WRITTEN:
        originals = [file for file in files if path == file or name not in file.relative_to(path).parts]
        if originals:
            raw.drop(DropReason.FILES_THAT_REPEAT_OTHERS.of(name), len(files) - len(originals))
            files = originals
    roots = sorted({_project(file, path) for file in files})
    if len(roots) > 1:
        raise DataError(f"{path}: several Rasa projects ({', '.join(map(str, roots))}); give one of them")
    content = RasaContent(raw, roles=roles, response_keys=response_keys)
    for file, split in _splits(files).items():
        text = read_text(file).replace("\r\n", "\n")
        parse = (_notation(file) or _YAML).parse
        for entity, reference in parse(text, str(file), split, content, on_error):
            _add_table(entity, reference, file, roots[0], content)
    if not raw.splits:
        raise DataError(f"{path}: no intent has an example; check that this is the NLU data of the project")
    return content.finish()


def _project(file: Path, path: Path) -> Path:
    """Find the folder of the project that a file belongs to: the folder above ``data``, or else the given path."""
    inside = [parent for parent in file.parents if parent.name == "data" and path in parent.parents]
    if inside:
        return inside[-1].parent
    folder = (path if path.is_dir() else path.parent).resolve()
    if folder.name == "nlu" and folder.parent.name == "data":
        folder = folder.parent
    return folder.parent if folder.name == "data" else folder


def _splits(files: list[Path]) -> dict[Path, str]:
    """Find the split of each file: by its name if its folder has a file named after train, otherwise train."""
    named = {file: canonical_split(stem(file).removesuffix("_data")) for file in files}
    folders = {file.parent for file, split in named.items() if split == "train"}
    return {file: split if split and file.parent in folders else "train" for file, split in named.items()}


def _add_table(entity: str, reference: str, file: Path, root: Path, content: RasaContent) -> None:
    """Add the lines of a text file with a lookup table, if the file is inside the project."""
    for folder in (file.parent, root):
        try:
            table = (folder / reference).resolve()
            is_there = table.is_relative_to(root.resolve()) and table.is_file()
        except (OSError, ValueError):  # a file cannot have this name
            is_there = False
        if is_there:
            for line in read_lines(table):
                if line.strip():
                    content.add_lookup(entity, line)
            return
    content.raw.drop(DropReason.MISSING_LOOKUP_FILES)
