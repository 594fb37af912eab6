"""Read a manifest: JSON Lines with one skill a line."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import exists, parse_json, read_lines

from .skills import MAX_ID, FleetSkill, is_safe_id, safe_id

__all__ = ["read_manifest"]

#: Key -> the type of its value, and the name of that type in messages.
_KEYS: dict[str, tuple[type, str]] = {
    "id": (str, "a text"),
    "path": (str, "a text"),
    "dataset": (str, "a text"),
    "format": (str, "a text"),
    "options": (dict, "an object"),
    "seed": (int, "a whole number"),
}


def read_manifest(path: Path) -> tuple[FleetSkill, ...]:
    """Read the skills of a manifest.

    A line is an object: `id`, one of `path` (relative to the folder of the manifest) and `dataset` (a dataset of a
    hub, a public corpus or an embedded domain), and optionally `format`, `options` (of the reader) and `seed`. Blank
    lines are skipped.

    Args:
        path: the manifest.

    Raises:
        DataError: the file cannot be read, or a line is wrong; the message names the line.
    """
    skills: list[FleetSkill] = []
    lines: list[int] = []
    for number, line in enumerate(read_lines(path), start=1):
        if line.strip():
            where = f"{path}, line {number}"
            skills.append(_skill(parse_json(line, where), where, path.resolve().parent))
            lines.append(number)
    if not skills:
        raise DataError(f"{path}: it has no skill; write one a line, such as {json.dumps(_EXAMPLE)}")
    counts = Counter(skill.id.lower() for skill in skills)
    for skill, number in zip(skills, lines, strict=True):
        if counts[skill.id.lower()] > 1:
            first = next(n for s, n in zip(skills, lines, strict=True) if s.id.lower() == skill.id.lower())
            if first != number:
                raise DataError(f"{path}, line {number}: line {first} has the id {skill.id!r}, too; choose another id")
    return tuple(skills)


_EXAMPLE = {"id": "tea_shop", "path": "tea_shop.json"}


def _skill(record: Any, where: str, folder: Path) -> FleetSkill:
    if not isinstance(record, dict):
        raise DataError(f"{where}: this is not an object; write {json.dumps(_EXAMPLE)}")
    if unknown := sorted(record.keys() - _KEYS.keys()):
        raise DataError(f"{where}: unknown key {unknown[0]!r}; known: {', '.join(_KEYS)}")
    given = {key: value for key, value in record.items() if value is not None}
    for key, value in given.items():
        kind, name = _KEYS[key]
        if not isinstance(value, kind) or isinstance(value, bool):
            raise DataError(f"{where}: {key} must be {name}, not {value!r:.80}")
    if ("path" in given) == ("dataset" in given):
        raise DataError(f"{where}: a skill needs either path or dataset; give one of the two")
    if "id" not in given:
        name = safe_id(Path(str(given.get("path") or given["dataset"])).stem)
        raise DataError(f'{where}: the skill has no id; add one, such as "id": {json.dumps(name)}')
    if not is_safe_id(given["id"]):
        raise DataError(
            f"{where}: the id {given['id']!r:.100} cannot be the name of a folder; use up to {MAX_ID} letters, "
            f"digits, _, - and ., such as {safe_id(given['id'])!r}"
        )
    if given.get("seed", 0) < 0:
        raise DataError(f"{where}: seed must not be negative, got {given['seed']}")
    options = {"format": given.get("format"), "options": given.get("options", {}), "seed": given.get("seed")}
    if "dataset" in given:
        return FleetSkill(given["id"], given["dataset"], None, **options)
    data = folder / given["path"]
    if not exists(data):
        raise DataError(
            f"{where}: there is no file or folder {str(data)!r}; paths begin at the folder of the manifest"
        )
    data = data.resolve()
    return FleetSkill(given["id"], str(data), data, **options)
