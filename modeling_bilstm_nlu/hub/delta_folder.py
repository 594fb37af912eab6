"""The folder of a delta: what it has in place of weights and code, and how a whole checkpoint is made of it."""

import json
import os
import shutil
import struct
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from bilstm_nlu.errors import NluError
from bilstm_nlu.files import read_json, read_text, write_bytes, write_json, write_text
from bilstm_nlu.runtime.delta import read_delta
from bilstm_nlu.runtime.delta_file import DELTA_FILE, DELTA_VERSION, DELTA_WEIGHTS, Reference, is_delta
from bilstm_nlu.runtime.tensors import StoredTensor
from bilstm_nlu.staging import staged

from ..modeling_bilstm_nlu import AUTO_MAP, CUSTOM_PIPELINES
from .card import render_card
from .card_data_file import CARD_DATA_FILE, read_card_data, write_card_data
from .delta_code import DELTA_CODE, STUB
from .integrity import sha256_of
from .repository import allowed_files, check_replaceable

__all__ = [
    "note_of",
    "put_together",
    "size_of",
    "with_note",
    "without_note",
    "write_card",
    "write_code",
    "write_reference",
    "write_stub",
    "write_tensors",
]

_HEADING = "\n## Stored as a difference\n"
_MAP = {"AutoConfig": "configuration_bilstm_nlu.BiLstmNluConfig", **AUTO_MAP}


def note_of(reference: Reference) -> str:
    """The section of the card that says what a delta is, and how to open it."""
    at = f", revision `{reference.revision}`" if reference.revision else ""
    return (
        f"{_HEADING}\nThis repository has only the difference from `{reference.name}`{at}, whose weights have the "
        f"SHA-256 `{reference.sha256}`. `bilstm-nlu parse`, `bilstm_nlu.load` and, with `import modeling_bilstm_nlu`, "
        "transformers open it as it is. `bilstm-nlu pull` with `--out` makes a whole checkpoint of it, which opens "
        "anywhere.\n"
    )


def with_note(card: str, reference: Reference) -> str:
    """A card with the section about the delta at its end."""
    return without_note(card) + note_of(reference)


def without_note(card: str) -> str:
    """A card without the section about the delta."""
    return card.partition(_HEADING)[0]


def write_reference(folder: Path, reference: Reference) -> None:
    """Write the `delta.json` of a folder."""
    base = {"name": reference.name, "revision": reference.revision, "sha256": reference.sha256}
    write_json(folder / DELTA_FILE, {"format_version": DELTA_VERSION, "base": base, "weights": reference.weights})


def write_stub(folder: Path, config: Mapping[str, Any]) -> None:
    """Write the code of a delta, and a config that names it."""
    write_text(folder / DELTA_CODE, STUB)
    names = {auto: f"{Path(DELTA_CODE).stem}.{name.rpartition('.')[2]}" for auto, name in _MAP.items()}
    pipelines = {
        task: {**entry, "impl": f"{Path(DELTA_CODE).stem}.{str(entry['impl']).rpartition('.')[2]}"}
        for task, entry in CUSTOM_PIPELINES.items()
    }
    write_json(folder / "config.json", {**config, "auto_map": names, "custom_pipelines": pipelines})


def put_together(folder: str | Path, out: str | Path, *, base: str | Path | None = None) -> Path:
    """Make a whole checkpoint of a delta. It appears complete or not at all.

    Args:
        folder: the folder of the delta.
        out: where to write; missing, empty, or an older repository.
        base: the base; by default, it is looked for (see `bilstm_nlu.load`).

    Returns:
        The folder, as an absolute path.

    Raises:
        NluError: the delta is damaged, its base is not found, or the folder has files that do not belong to a
            repository.
    """
    folder, out = Path(folder).expanduser().resolve(), Path(out).expanduser().resolve()
    if not is_delta(folder):
        raise NluError(f"{str(folder)!r} is not a delta: it has no {DELTA_FILE}; give the folder of a delta")
    check_replaceable(out)
    checkpoint = read_delta(folder, base=base)
    with staged(out) as build:
        build.mkdir()
        for name in allowed_files(folder):
            if name not in (DELTA_FILE, DELTA_WEIGHTS, DELTA_CODE):
                shutil.copyfile(folder / name, build / name)
        write_tensors(build / "model.safetensors", checkpoint.tensors)
        config = read_json(folder / "config.json")
        write_json(build / "config.json", {**config, "auto_map": _MAP, "custom_pipelines": CUSTOM_PIPELINES})
        write_code(build)
        write_card(build)
    return out


def write_tensors(path: Path, tensors: Mapping[str, StoredTensor]) -> None:
    """Write a safetensors file, whole or not at all. Wide numbers come first, so that all are aligned."""
    sizes = {name: len(tensor.content) for name, tensor in tensors.items()}
    found = {name: tensors[name] for name in sizes}
    order = sorted(found, key=lambda name: (-_width(found[name]), name))
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    place = 0
    for name in order:
        end = place + sizes[name]
        header[name] = {"dtype": found[name].kind, "shape": found[name].shape, "data_offsets": [place, end]}
        place = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    write_bytes(path, [struct.pack("<Q", len(text)), text, *_contents(found, order)])


def _contents(tensors: Mapping[str, StoredTensor], order: Iterable[str]) -> Iterable[memoryview]:
    return (tensors[name].content for name in order)


def _width(tensor: StoredTensor) -> int:
    count = 1
    for size in tensor.shape:
        count *= size
    return len(tensor.content) // count if count else 1


def write_code(build: Path) -> None:
    """Copy the code of this package into a folder, as `save_pretrained` does."""
    package = Path(__file__).resolve().parents[1]
    for path in sorted(package.glob("*_bilstm_nlu.py")):
        if path.stem != "tokenization_bilstm_nlu":
            shutil.copyfile(path, build / path.name)


def write_card(build: Path) -> None:
    """Write the card of a folder without the section about the delta, and with the hashes of the code.

    A card that was edited keeps its hashes.
    """
    card, path = without_note(read_text(build / "README.md")), build / CARD_DATA_FILE
    card_data = read_card_data(path)
    if card_data is not None and card == render_card(card_data):
        hashes = {file.name: sha256_of(file) for file in sorted(build.glob("*.py"))}
        card_data = replace(card_data, code_hashes=hashes)
        write_card_data(path, card_data)
        card = render_card(card_data)
    write_text(build / "README.md", card)


def size_of(folder: Path) -> int:
    """Bytes of the files of a repository folder."""
    return sum(os.path.getsize(folder / name) for name in allowed_files(folder))
