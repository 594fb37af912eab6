"""Which format every sample, every mixed folder and every public skill is recognised as."""

import importlib.util
import json
import os
import shutil
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest
from pinned import SAMPLES, available_formats, committed, embedded_domains, format_of, pinned, read_counts

COLLECTIONS = ("skills", "skills_multilingual", "skills_other_formats")

#: Of the public skills, every how many is read for its counts: to read all takes 20 seconds.
COUNTED = 6


def test_every_sample_and_every_file_of_one_keeps_its_format():
    found = {path.relative_to(SAMPLES).as_posix(): format_of(path) for path in sorted(SAMPLES.rglob("*"))}
    expected = pinned("sample_formats.json", found)
    assert {name: found.get(name, "no such sample") for name in expected} == expected
    assert {path.name for path in SAMPLES.iterdir()} <= set(expected), "a new sample has its line in the table"


def test_every_format_is_in_the_table():
    recognised = {format for format in committed("sample_formats.json").values() if format is not None}
    assert recognised | set(embedded_domains()) == set(available_formats())


def test_embedded_domains_are_recognised_by_name():
    assert {name: format_of(name) for name in embedded_domains()} == {
        "home_assistant": "home_assistant",
        "smart_garden": "smart_garden",
    }


def test_a_folder_with_two_formats_keeps_its_reader(tmp_path: Path):
    """The order in which readers are asked decides; here every two samples lie in one folder."""
    found = {}
    for first, second in combinations(sorted(SAMPLES.iterdir()), 2):
        folder = tmp_path / f"{first.name}+{second.name}"
        if _put(first, folder) and _put(second, folder):
            found[folder.name] = format_of(folder)
    expected = pinned("mixed_formats.json", found)
    assert {name: found.get(name, "no such folder") for name in expected} == expected


def _put(sample: Path, folder: Path) -> bool:
    """Copy a sample into a folder; False where a file of that name is in the way."""
    files = {path: folder / (path.relative_to(sample) if sample.is_dir() else path.name) for path in _files(sample)}
    if any(target.exists() for target in files.values()):
        return False
    for path, target in files.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    return True


def _files(sample: Path) -> list[Path]:
    return [path for path in sample.rglob("*") if path.is_file()] if sample.is_dir() else [sample]


def test_every_public_skill_keeps_its_format_and_its_counts(shared_dir: Path):
    if not all((shared_dir / name).is_dir() for name in COLLECTIONS):
        pytest.skip(f"no skills at {shared_dir}")
    has_hassil = importlib.util.find_spec("hassil") is not None
    found = {}
    for number, path in enumerate(sorted(_skills(shared_dir))):
        entry = {"format": format_of(path)}
        if entry["format"] is not None and number % COUNTED == 0:
            entry["counts"] = read_counts(path)
        found[path.relative_to(shared_dir).as_posix()] = entry
    expected = pinned("skill_formats.json", found)
    if not has_hassil:
        found, expected = ({k: v for k, v in table.items() if v["format"] != "hassil"} for table in (found, expected))
    assert found == expected


def _skills(shared_dir: Path) -> Iterator[Path]:
    """The file or folder of every skill, as the manifests of the collections name them."""
    for folder in (inner for name in COLLECTIONS for inner in (shared_dir / name).iterdir() if inner.is_dir()):
        if not (folder / "manifest.jsonl").is_file():
            yield from folder.glob("*.json")
            continue
        for line in (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            files = [folder / file for file in entry["files"]]
            if entry["format"].startswith("ask-"):
                yield files[0]
            else:
                yield folder / entry["dir"] if "dir" in entry else Path(os.path.commonpath(files))
