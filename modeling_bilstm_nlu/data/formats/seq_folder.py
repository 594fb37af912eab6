"""Read folders of three files, an utterance per line: ``seq.in`` (tokens), ``seq.out`` (tags), ``label`` (intents).

ATIS and SNIPS are often published in this format, which comes from Goo et al. 2018 (Slot-Gated Modeling).
"""

from pathlib import Path

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import read_lines

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


def read_seq_folder(path: Path, *, on_error: str = "skip_few") -> RawDomain:
    """Read a folder of split folders; tokens are joined with single spaces.

    Args:
        path: the folder that has the folders ``train``, ``valid`` and ``test``, or one of these three.
        on_error: what to do about broken lines: ``skip_few``, ``drop`` or ``raise``.

    Raises:
        DataError: a file is missing, the three files differ in their number of lines, or a line is broken.
    """
    if not path.is_dir() or not (folders := _split_folders(path)):
        raise DataError(f"{path}: there is no folder train, valid or test with a file seq.in; add one")
    raw = RawDomain(path.resolve().name)
    for split, folder in folders.items():
        columns = []
        for name in ("seq.in", "seq.out", "label"):
            file = _file(folder, name)
            if file is None:
                raise DataError(f"{folder}: there is no file {name}; add it")
            columns.append(read_lines(file))
        lengths = [len(column) for column in columns]
        if len(set(lengths)) > 1:
            raise DataError(
                f"{folder}: seq.in, seq.out and label have {lengths[0]}, {lengths[1]} and {lengths[2]} lines; "
                f"line n of each file must be utterance n"
            )
        for number, (tokens, tags, intent) in enumerate(zip(*columns, strict=True), start=1):
            with raw.record(f"{folder}, line {number}", on_error):
                if not intent.strip():
                    raise DataError("the label is empty; write the intent")
                text, spans = spans_of_tags(tokens.split(), tags.split())
                raw.add(split, Utterance(text, intent.strip(), spans))
    return raw


SEQ_FOLDER = Format(
    name="seq-folder",
    summary="folders train/valid/test with seq.in, seq.out and label",
    priority=180,
    sniff=sniff,
    read=read_seq_folder,
)
