"""Read folders of three files, an utterance per line: ``seq.in`` (tokens), ``seq.out`` (tags), ``label`` (intents).

ATIS and SNIPS are often published in this format, which comes from Goo et al. 2018 (Slot-Gated Modeling). Corpora of
intents alone come without ``seq.out``, and with several sizes of the training split: ``train_5``, ``train_10``.
"""

from collections.abc import Iterator
from pathlib import Path

from bilstm_nlu.errors import Cure, DataError
from bilstm_nlu.files import read_lines

from ..drop_reasons import DropReason
from ..raw_domains import RawDomain
from ..schema import Utterance
from ..split_names import canonical_split
from .format import Format
from .tags import spans_of_tags

__all__ = ["SEQ_FOLDER", "read_seq_folder"]


def _file(folder: Path, name: str) -> Path | None:
    return next((path for path in (folder / name, folder / f"{name}.gz") if path.is_file()), None)


def _split_folders(path: Path) -> dict[str, Path]:
    """Split -> folder with its ``seq.in``; a path that has ``seq.in`` itself is one split, by default train."""
    if _file(path, "seq.in"):
        return {canonical_split(path.name) or "train": path}
    found: dict[str, Path] = {}
    for folder in sorted(path.iterdir()):
        split = canonical_split(folder.name)
        if split is None or not folder.is_dir() or not _file(folder, "seq.in"):
            continue
        if split in found:
            raise DataError(f"{path}: {found[split].name} and {folder.name} are both the split {split}; keep one")
        found[split] = folder
    return found


def sniff(path: Path) -> bool:
    """Say whether a file or a folder looks like this format."""
    return path.is_dir() and bool(_split_folders(path))


def _train_sizes(path: Path) -> list[str]:
    """The folders with training splits of several sizes, such as ``train_5``."""
    folders = (folder for folder in sorted(path.iterdir()) if folder.is_dir() and _file(folder, "seq.in"))
    return [folder.name for folder in folders if folder.name.lower().startswith(("train_", "train-"))]


def read_seq_folder(path: Path, *, train_folder: str | None = None, on_error: str = "skip_few") -> RawDomain:
    """Read a folder of split folders; tokens are joined with single spaces.

    Without ``seq.out`` in any folder, the slots are not annotated. Other folders with such files are counted.

    Args:
        path: the folder that has the folders ``train``, ``valid`` and ``test``, or one of these three.
        train_folder: the folder of the training split, if it is not named ``train``, such as ``train_5``.
        on_error: what to do about broken lines: ``skip_few``, ``drop`` or ``raise``.

    Raises:
        DataError: a file is missing, the files of a split differ in their number of lines, a line is broken, or there
            are several training splits and none is named.
    """
    if not path.is_dir() or not (folders := _split_folders(path)):
        raise DataError(f"{path}: there is no folder train, valid or test with a file seq.in; add one")
    if train_folder is not None:
        if not _file(path / train_folder, "seq.in"):
            raise DataError(f"{path}: there is no folder {train_folder!r} with a file seq.in; check train_folder")
        folders = {"train": path / train_folder} | {s: folder for s, folder in folders.items() if s != "train"}
    elif "train" not in folders and path not in folders.values() and (sizes := _train_sizes(path)):
        if len(sizes) > 1:
            cure = Cure(f"name one of {', '.join(sizes)} with {{}}", option="train_folder", value=sizes[0])
            raise DataError(f"{path}: there is no folder train, but several sizes of it", cure=cure)
        folders = {"train": path / sizes[0], **folders}
    raw = RawDomain(path.resolve().name)
    for folder in sorted(folder for folder in path.iterdir() if folder.is_dir() and folder not in folders.values()):
        raw.drop(DropReason.NOT_IMPORTED.of(f"folder {folder.name:.60}"), next(_seq_files(folder), None) is not None)
    has_slots = any(_file(folder, "seq.out") for folder in folders.values())
    for split, folder in folders.items():
        _add_split(raw, split, folder, has_slots, on_error)
    return raw


def _seq_files(folder: Path) -> Iterator[Path]:
    return (file for pattern in ("seq.in*", "*/seq.in*") for file in folder.glob(pattern))


def _add_split(raw: RawDomain, split: str, folder: Path, has_slots: bool, on_error: str) -> None:
    names = ("seq.in", "seq.out", "label") if has_slots else ("seq.in", "label")
    columns = []
    for name in names:
        file = _file(folder, name)
        if file is None:
            raise DataError(f"{folder}: there is no file {name}; add it")
        columns.append(read_lines(file))
    lengths = [len(column) for column in columns]
    if len(set(lengths)) > 1:
        raise DataError(
            f"{folder}: {', '.join(names)} have {', '.join(map(str, lengths))} lines; "
            f"line n of each file must be utterance n"
        )
    for number, (tokens, *tags, intent) in enumerate(zip(*columns, strict=True), start=1):
        with raw.record(f"{folder}, line {number}", on_error):
            if not intent.strip():
                raise DataError("the label is empty; write the intent")
            if has_slots:
                text, spans = spans_of_tags(tokens.split(), tags[0].split())
                raw.add(split, Utterance(text, intent.strip(), spans))
            elif text := " ".join(tokens.split()):
                raw.add(split, Utterance(text, intent.strip(), None))
            else:
                raw.drop(DropReason.BLANK_EXAMPLES)


SEQ_FOLDER = Format(
    name="seq-folder",
    summary="folders train/valid/test with seq.in, label and, for slots, seq.out",
    priority=180,
    sniff=sniff,
    read=read_seq_folder,
)
