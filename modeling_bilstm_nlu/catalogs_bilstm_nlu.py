"""The slot catalogs of a checkpoint: known values with synonyms and ids, and the search for the value of a slot.

They are next to the weights, in `slot_catalogs.json`: slot type -> `type_name` (the developer's name for the type of
the values, if it differs) and `values`, canonical value -> `id` and `synonyms`, if it has them. A slot type with the
same values as another one names that slot type in `same_values_as`.
"""

import json
import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, TypedDict

from .forms_bilstm_nlu import FormIndex
from .json_file_bilstm_nlu import limited, read_limited, write_or_remove
from .resolution_bilstm_nlu import ValueIndex

#: The file of a checkpoint with its catalogs; a checkpoint without the file has no catalogs.
CATALOGS_FILE = "slot_catalogs.json"

#: Size of the largest file that is written or read. A value takes about 50 bytes.
MAX_BYTES = 16 * 2**20


class Resolved(TypedDict, total=False):
    """What a slot value means.

    Attributes:
        value: the canonical value of a slot catalog, or the result of a normaliser.
        id: the developer's identifier of the value, if it has one.
        score: how sure the match is, below 1; absent if the text is a known one.
        kind: kind of a normalised value, such as `"date"`; absent for catalog values.
        part_of_day: for a date, the part of the day in the text, if any, such as `"morning"`.
        alternative: the other meaning of a time that does not say whether it is before or after noon.
    """

    value: str | int | float
    id: str
    score: float
    kind: str
    part_of_day: str
    alternative: str


class _Catalog:
    """The values of one slot type: canonical value -> synonyms, and canonical value -> id."""

    def __init__(self, values: dict[str, tuple[str, ...]], ids: dict[str, str]):
        self.values, self.ids = values, ids

    @cached_property
    def index(self) -> ValueIndex:
        return ValueIndex(self.values)

    @cached_property
    def forms(self) -> FormIndex:
        return FormIndex([form for value, synonyms in self.values.items() for form in (value, *synonyms)])

    def to_dict(self) -> dict[str, Any]:
        entries: dict[str, dict[str, Any]] = {value: {} for value in self.values}
        for value, identifier in self.ids.items():
            entries[value]["id"] = identifier
        for value, synonyms in self.values.items():
            if synonyms:
                entries[value]["synonyms"] = list(synonyms)
        return entries


class SlotCatalogs:
    """The slot catalogs of a checkpoint.

    Args:
        catalogs: content of the file: slot type -> `type_name` and `values` or `same_values_as`.
        where: name of the source in messages.

    Raises:
        ValueError: the catalogs do not have the layout of the file, a text is blank, or a text contains half a
            surrogate pair.
    """

    def __init__(self, catalogs: Mapping[str, Any] | None = None, *, where: str = "slot catalogs"):
        self._catalogs: dict[str, _Catalog] = {}
        self._type_names: dict[str, str] = {}
        known: dict[object, _Catalog] = {}  # slots of one type share their values and the index over them
        for slot_type, entry in _object({} if catalogs is None else catalogs, where).items():
            place = f"{where}: slot type {_text(slot_type, f'{where}: slot type')!r:.80}"
            _check_keys(_object(entry, place), ("type_name", "values", "same_values_as"), place)
            if entry.get("type_name") is not None:
                self._type_names[slot_type] = _text(entry["type_name"], f"{place}: type_name")
            same = entry.get("same_values_as")
            if same is None:
                catalog = _read_values(entry.get("values", {}), place)
                content = (tuple(catalog.values.items()), tuple(catalog.ids.items()))
                self._catalogs[slot_type] = known.setdefault(content, catalog)
            elif isinstance(same, str) and same in self._catalogs and "values" not in entry:
                self._catalogs[slot_type] = self._catalogs[same]
            else:
                raise ValueError(f"{place}: same_values_as must name a slot type above it, found {same!r:.80}")

    def __bool__(self) -> bool:
        return bool(self._catalogs)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SlotCatalogs) and self.to_dict() == other.to_dict()

    def __repr__(self) -> str:
        sizes = ", ".join(f"{slot_type}: {len(c.values)}" for slot_type, c in self._catalogs.items())
        return f"{type(self).__name__}({sizes})"

    @property
    def num_values(self) -> dict[str, int]:
        """Slot type -> number of its canonical values."""
        return {slot_type: len(catalog.values) for slot_type, catalog in self._catalogs.items()}

    def type_name(self, slot_type: str) -> str:
        """Return the developer's name for the type of a slot's values, or else the slot type."""
        return self._type_names.get(slot_type, slot_type)

    def resolve(self, slot_type: str, text: str) -> Resolved | None:
        """Find the known value that a slot's text means.

        Case, spaces, punctuation, accents, articles and plurals do not matter, and small spelling errors in long words
        are allowed (see `ValueIndex.find`). If a text is a form of two values, a canonical value wins over a synonym,
        else the value that the catalog lists first. If a text is only similar to two values, and equally similar,
        there is no match.

        Args:
            slot_type: a slot type of the model.
            text: the value of the slot, as the user said it.

        Returns:
            The canonical `value`, its `id` if it has one, and a `score` if the match is not exact; `None` without a
            match.
        """
        catalog = self._catalogs.get(slot_type)
        match = None if catalog is None else catalog.index.find(text)
        if catalog is None or match is None:
            return None
        resolved = Resolved(value=match.value)
        if match.value in catalog.ids:
            resolved["id"] = catalog.ids[match.value]
        if match.score < 1:
            resolved["score"] = match.score
        return resolved

    def forms(self, slot_type: str) -> Sequence[FormIndex]:
        """Return the forms of a slot type's values, to find them in texts; empty without a catalog."""
        catalog = self._catalogs.get(slot_type)
        return () if catalog is None else (catalog.forms,)

    def to_dict(self) -> dict[str, Any]:
        """Return the catalogs in the layout of the file."""
        first: dict[int, str] = {}
        entries: dict[str, dict[str, Any]] = {}
        for slot_type, catalog in self._catalogs.items():
            entry: dict[str, Any] = entries.setdefault(slot_type, {})
            if slot_type in self._type_names:
                entry["type_name"] = self._type_names[slot_type]
            if catalog.values and id(catalog) in first:
                entry["same_values_as"] = first[id(catalog)]
            else:
                entry["values"] = catalog.to_dict()
                first[id(catalog)] = slot_type
        return entries

    def to_json(self) -> str:
        """Return the text of the file.

        Raises:
            ValueError: the text is larger than `MAX_BYTES`.
        """
        text = json.dumps(self.to_dict(), ensure_ascii=False, indent=1) + "\n"
        return limited(text, MAX_BYTES, "slot catalogs", "remove unlikely values")

    def save(self, folder: str | os.PathLike) -> None:
        """Write the file into a checkpoint's folder; without catalogs, an old file is removed.

        Raises:
            ValueError: the text is larger than `MAX_BYTES`.
        """
        write_or_remove(Path(folder) / CATALOGS_FILE, self.to_json() if self else None)

    @classmethod
    def load(cls, path: str | os.PathLike) -> "SlotCatalogs":
        """Read a file of slot catalogs.

        Raises:
            ValueError: the file is too large, or is not a file of slot catalogs.
        """
        catalogs = read_limited(path, MAX_BYTES, "slot catalogs")
        return cls(_object(catalogs, str(path)), where=str(path))


def _read_values(values: object, place: str) -> _Catalog:
    synonyms: dict[str, tuple[str, ...]] = {}
    ids: dict[str, str] = {}
    for value, entry in _object(values, f"{place}: values").items():
        where = f"{place}, value {_text(value, f'{place}: value')!r:.80}"
        _check_keys(_object(entry, where), ("id", "synonyms"), where)
        given = entry.get("synonyms") or ()
        if not isinstance(given, list | tuple):
            raise ValueError(f"{where}: synonyms must be a list, found {given!r:.80}")
        synonyms[value] = tuple(_text(synonym, f"{where}: synonym") for synonym in given)
        if entry.get("id") is not None:
            ids[value] = _text(entry["id"], f"{where}: id")
    return _Catalog(synonyms, ids)


def _object(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{where}: expected an object, found {value!r:.80}")
    return value


def _check_keys(entry: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    if unknown := [key for key in entry if key not in known]:
        raise ValueError(f"{where}: unknown key {unknown[0]!r:.80}; known: {', '.join(known)}")


def _text(value: object, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{where} must be a text, found {value!r:.80}")
    if not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value):
        raise ValueError(f"{where} {value!r:.80} contains half a surrogate pair; write the whole character")
    return value
