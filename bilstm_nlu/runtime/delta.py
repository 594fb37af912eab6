"""Read a delta: what a fine-tuned checkpoint has of its own in memory, and the rest in its base, which is shared."""

import mmap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ..errors import NluError
from .bases import Base, find_base
from .checkpoint import TABLE, TABLES, WORDS, Checkpoint, check_tensors, expected_tensors, fill, read_settings
from .delta_file import (
    CHANGED,
    DELTA_FILE,
    DELTA_WEIGHTS,
    DIFFERENCE,
    ROW_TABLES,
    ROWS,
    SCALE,
    STEP,
    differences_added,
    read_reference,
    sha256_of_file,
    split_names,
)
from .row_sets import RowSet, rows_of_bits, used_rows
from .settings import NetSettings
from .tensors import StoredTensor, damaged, read_tensors

__all__ = ["ChangedRows", "Delta", "DeltaTensors", "read_delta"]

_FLOATS = {"BF16", "F16", "F32", "F64"}


@dataclass(frozen=True)
class ChangedRows:
    """The rows of a table that a delta has.

    Args:
        changed: which rows these are.
        rows: the changed rows, one after the other.
        scales: their scales, if the table is packed.
    """

    changed: RowSet
    rows: StoredTensor
    scales: StoredTensor | None = None


@dataclass(frozen=True)
class Delta:
    """What a checkpoint has of its own.

    Args:
        base: the checkpoint that has the rest.
        parts: the tensors of its file.
        rows: name of a table -> its changed rows.
    """

    base: Base
    parts: Mapping[str, StoredTensor]
    rows: Mapping[str, ChangedRows]

    def difference(self, name: str) -> tuple[StoredTensor, StoredTensor] | None:
        """The differences of a tensor and their steps; `None` if it is not stored as differences."""
        found = self.parts.get(name + DIFFERENCE)
        return None if found is None else (found, self.parts[name + STEP])

    @property
    def map(self) -> mmap.mmap | None:
        """The mapped file, from which rows of tables are read; `None` if it is not mapped."""
        mapped = next((part.content.obj for part in self.parts.values()), None)
        return mapped if isinstance(mapped, mmap.mmap) else None

    def release(self) -> None:
        """Give back the memory of the file; the system reads its pages again where they are used."""
        if self.map is not None and hasattr(mmap, "MADV_DONTNEED"):
            with suppress(OSError, ValueError):
                self.map.madvise(mmap.MADV_DONTNEED)

    @property
    def num_bytes(self) -> int:
        """Bytes of the file that stay in use after the kernel has copied the rest: those of tables."""
        return sum(len(part.content) for name, part in self.parts.items() if name.startswith(TABLES))


class DeltaTensors(Mapping[str, StoredTensor]):
    """The whole tensors of a delta by their names; each is put together when it is read.

    Args:
        delta: the delta.
        names: the names of the tensors.
        where: the file, for messages.
    """

    def __init__(self, delta: Delta, names: list[str], where: str):
        self._delta, self._names, self._where = delta, dict.fromkeys(names), where

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __getitem__(self, name: str) -> StoredTensor:
        if name not in self._names:
            raise KeyError(name)
        delta = self._delta
        if (own := delta.parts.get(name)) is not None:
            return own
        base = delta.base.checkpoint.tensors[name]
        if (found := delta.difference(name)) is not None:
            try:
                return StoredTensor("F16", base.shape, _writable(differences_added(base, *found)))
            except ValueError as error:
                raise damaged(Path(self._where), f"{name}: {error}") from error
        table = name.removesuffix(SCALE)
        changed = delta.rows.get(table)
        rows = None if changed is None else changed.rows if table == name else changed.scales
        numbers = [] if changed is None or rows is None else changed.changed.numbers()
        stored = delta.base.checkpoint.stored_words
        if table == WORDS and stored is not None:
            return _with_words(base, stored.numbers(), numbers, rows, used_rows(self[TABLE]).numbers())
        return base if rows is None else _with_rows(base, numbers, rows)


def _writable(content: bytes) -> memoryview:
    """A copy that the kernel can take the address of."""
    return memoryview(bytearray(content))


def _with_rows(base: StoredTensor, numbers: list[int], rows: StoredTensor) -> StoredTensor:
    content, size = bytearray(base.content), len(base.content) // base.shape[0]
    for place, row in enumerate(numbers):
        content[row * size : (row + 1) * size] = rows.content[place * size : (place + 1) * size]
    return StoredTensor(base.kind, base.shape, memoryview(content))


def _with_words(
    base: StoredTensor, stored: list[int], numbers: list[int], rows: StoredTensor | None, used: list[int]
) -> StoredTensor:
    """The rows in use of a word table: those of a base that has only the rows `stored`, and the changed rows."""
    own = memoryview(b"") if rows is None else rows.content
    size = len(base.content) // base.shape[0]
    found = {row: base.content[place * size : (place + 1) * size] for place, row in enumerate(stored)}
    found |= {row: own[place * size : (place + 1) * size] for place, row in enumerate(numbers)}
    content = bytearray().join(found[row] for row in used)
    return StoredTensor(base.kind, (len(used), *base.shape[1:]), memoryview(content))


def read_delta(folder: Path, name: str | None = None, base: str | Path | None = None) -> Checkpoint:
    """Read the folder of a delta.

    Args:
        folder: the folder.
        name: what the user called it; the folder by default.
        base: where its base is; by default, it is looked for, see `find_base`.

    Raises:
        NluError: a file is missing, damaged or newer than this program, or the base is not found.
    """
    settings = read_settings(folder)
    reference, path = read_reference(folder), folder / DELTA_WEIGHTS
    if not path.is_file():
        raise NluError(f"{folder}: the delta lacks {DELTA_WEIGHTS}; download or copy it again")
    if sha256_of_file(path) != reference.weights:
        raise damaged(path, f"its content does not have the digest that {DELTA_FILE} names")
    parts = read_tensors(path)
    found = find_base(reference, folder, base)
    of_base = _by_row(found.checkpoint)
    try:
        rows = dict(_read_rows(parts, of_base))
        shapes = dict(_described(parts, of_base, rows))
    except ValueError as error:
        raise damaged(path, str(error)) from error
    names = _names(settings, shapes, of_base)
    delta = Delta(found, parts, rows)
    tensors = DeltaTensors(delta, names, str(path))
    described = {one: shapes.get(one) or of_base[one] for one in names}
    if WORDS in parts and TABLE in rows:
        described[TABLE] = tensors[TABLE]  # its keys say how many rows the words have
    stored_words = check_tensors(settings, described, str(path))
    if WORDS in described and WORDS not in parts and not _has_all_words(delta):
        raise damaged(path, f"a word of {TABLE} has no row in {WORDS}")
    return fill(folder, name, settings, tensors, delta, stored_words)


def _by_row(base: Checkpoint) -> Mapping[str, StoredTensor]:
    """The tensors of a base. Those that lack the free rows of the word table have all rows here, without content."""
    if base.stored_words is None:
        return base.tensors
    num_rows, nothing = base.tensors[TABLE].shape[0], memoryview(b"")
    whole = {
        name: StoredTensor(one.kind, (num_rows, *one.shape[1:]), nothing)
        for name, one in base.tensors.items()
        if name.removesuffix(SCALE) == WORDS
    }
    return {**base.tensors, **whole}


def _has_all_words(delta: Delta) -> bool:
    """Whether each word has a row: in the delta, or in its base."""
    stored, changed = delta.base.checkpoint.stored_words, delta.rows.get(WORDS)
    if stored is None:
        return True
    rows: Sequence[int]
    if TABLE in delta.parts:
        rows, keys = range(delta.parts[TABLE].shape[0]), delta.parts[TABLE]
    elif TABLE in delta.rows:
        rows, keys = delta.rows[TABLE].changed.numbers(), delta.rows[TABLE].rows
    else:
        return True
    return all(
        not key or row in stored or (changed is not None and row in changed.changed)
        for row, key in zip(rows, keys.content.cast("q"), strict=True)
    )


def _names(
    settings: NetSettings, shapes: Mapping[str, StoredTensor], of_base: Mapping[str, StoredTensor]
) -> list[str]:
    """The tensors of the checkpoint: what its network needs, as far as it is there, and what else the file has."""
    needed = [name for name in expected_tensors(settings) if name in shapes or name in of_base]
    scales = [
        name + SCALE
        for name in needed
        if (shapes.get(name) or of_base[name]).kind == "I8" and (name + SCALE in shapes or name + SCALE in of_base)
    ]
    return list(dict.fromkeys([*needed, *scales, *shapes]))


def _read_rows(
    parts: Mapping[str, StoredTensor], of_base: Mapping[str, StoredTensor]
) -> Iterator[tuple[str, ChangedRows]]:
    """The changed rows of each table that has some.

    Raises:
        ValueError: the rows do not fit the table.
    """
    for name in ROW_TABLES:
        bits, rows, scales = (parts.get(name + end) for end in (CHANGED, ROWS, SCALE + ROWS))
        if bits is None and rows is None and scales is None:
            continue
        table, scale = of_base.get(name), of_base.get(name + SCALE)
        if bits is None or rows is None or table is None or (scales is None) != (scale is None):
            raise ValueError(f"a part of the changed rows of {name} is missing")
        num_words = -(-table.shape[0] // 64)
        if bits.kind != "U8" or bits.shape != (8 * num_words,):
            raise ValueError(f"{name + CHANGED} does not fit the table of the base")
        changed = rows_of_bits(bytes(bits.content))
        count = changed.size
        if table.shape[0] % 64 and changed.bits[-1] >> table.shape[0] % 64:
            raise ValueError(f"{name + CHANGED} has rows that the base does not have")
        if rows.kind != table.kind or rows.shape != (count, *table.shape[1:]):
            raise ValueError(f"{name + ROWS} does not have the {count} rows that are changed")
        if scales is not None and scale is not None:
            if scales.kind != scale.kind or scales.shape != (count, *scale.shape[1:]):
                raise ValueError(f"{name + SCALE + ROWS} does not have the {count} rows that are changed")
        yield name, ChangedRows(changed, rows, scales)


def _described(
    parts: Mapping[str, StoredTensor], of_base: Mapping[str, StoredTensor], rows: Mapping[str, ChangedRows]
) -> Iterator[tuple[str, StoredTensor]]:
    """The kind and shape of each tensor that the file has something of, without its content.

    Raises:
        ValueError: a part does not fit the base.
    """
    nothing = memoryview(b"")
    for name, ends in split_names(parts).items():
        if ends == {""}:
            yield name, parts[name]
            continue
        base = of_base.get(name)
        if name in rows and not ends & {"", DIFFERENCE, STEP} and base is not None:
            yield name, StoredTensor(base.kind, base.shape, nothing)
        elif ends == {DIFFERENCE, STEP} and base is not None and "_lstm.weight_" in name:
            difference, step = parts[name + DIFFERENCE], parts[name + STEP]
            if base.kind not in _FLOATS or difference.kind != "I8" or difference.shape != base.shape:
                raise ValueError(f"{name + DIFFERENCE} does not fit the base")
            if step.kind != "F16" or step.shape != (base.shape[0], 1):
                raise ValueError(f"{name + STEP} does not fit the base")
            yield name, StoredTensor("F16", base.shape, nothing)
        else:
            raise ValueError(f"the parts of {name} do not fit each other or the base")
