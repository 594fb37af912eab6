"""Folders and packed files that are damaged, foreign or newer are refused, with the name of the file."""

import hashlib
import json
import shutil
import struct
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from tiny_models import TEXTS, save

from bilstm_nlu.errors import NluError
from bilstm_nlu.runtime.engines import make_net
from bilstm_nlu.runtime.kernel_net import KernelNet
from bilstm_nlu.runtime.native import Kernel
from bilstm_nlu.runtime.numpy_net import NumpyNet
from bilstm_nlu.runtime.packed_file import MAGIC, PACKED_VERSION, read_checkpoint, write_packed


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("checkpoint")
    save("packed", path)
    return path


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    """A copy of a checkpoint, to be damaged."""
    return Path(shutil.copytree(original, tmp_path / "copy"))


@pytest.fixture
def packed(original: Path, tmp_path: Path) -> Path:
    path = tmp_path / "skill.nlu"
    write_packed(read_checkpoint(original), path)
    return path


def change_config(folder: Path, **changes: Any) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | changes), "utf-8")


def change_weights(folder: Path, changes: dict[str, torch.Tensor | None]) -> None:
    path = folder / "model.safetensors"
    weights = {**load_file(path), **changes}
    save_file({name: tensor for name, tensor in weights.items() if tensor is not None}, path)


def test_a_packed_file_gives_the_numbers_of_its_folder(original: Path, packed: Path, kernel: Kernel):
    one, other = (KernelNet(read_checkpoint(path), kernel).run(TEXTS) for path in (original, packed))
    assert one == other
    assert read_checkpoint(packed).catalogs == read_checkpoint(original).catalogs
    assert read_checkpoint(packed).settings == read_checkpoint(original).settings


def test_tensors_of_a_packed_file_are_aligned(packed: Path):
    content = packed.read_bytes()
    length = struct.unpack_from("<I", content, 12)[0]
    entries = json.loads(content[48 : 48 + length])["tensors"].values()
    assert (48 + length) % 64 == 0 and all(entry["data_offsets"][0] % 64 == 0 for entry in entries)


@pytest.mark.parametrize("file", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_missing_file_is_named(folder: Path, file: str):
    (folder / file).unlink()
    with pytest.raises(NluError, match=file):
        read_checkpoint(folder)


@pytest.mark.parametrize("file", ["config.json", "tokenizer.json", "tokenizer_config.json", "slot_catalogs.json"])
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff", b'{"a": 1}'])
def test_a_broken_json_file_is_named(folder: Path, file: str, content: bytes):
    (folder / file).write_bytes(content)
    with pytest.raises(NluError, match=file):
        read_checkpoint(folder)


@pytest.mark.parametrize(
    "changes",
    [
        {"model_type": "bert"},
        {"format_version": 99},
        {"shared_hidden": 0},
        {"shared_hidden": "8"},
        {"use_crf": 1},
        {"intents": []},
        {"intents": ["a", "a"]},
        {"intent_slots": {"ask": ["no such slot"]}},
        {"undeclared_slot_probabilities": {"ask": 2}},
        {"intent_pooling": "median"},
        {"gazetteer_rows": 1},
        {"ngram_max": 0},
        {"vocabulary_size": 2**25, "word_dim": 4096},
    ],
    ids=str,
)
def test_a_wrong_setting_is_named(folder: Path, changes: dict[str, Any]):
    change_config(folder, **changes)
    with pytest.raises(NluError, match="config.json.*" + next(iter(changes)).removesuffix("_version")):
        read_checkpoint(folder)


HEAD = "slot_head.bias"


@pytest.mark.parametrize(
    "name, tensor",
    [
        (HEAD, None),
        (HEAD, torch.zeros(3)),
        (HEAD, torch.zeros(7, dtype=torch.long)),
        ("strange", torch.zeros(3)),
        ("encoder.embeddings.words.weight.scale", None),
        ("encoder.embeddings.words.weight.scale", torch.zeros(64)),
        ("encoder.embeddings.table", torch.zeros(64)),
        ("encoder.embeddings.table", None),
        ("encoder.embeddings.table", torch.zeros(64, dtype=torch.long)),
        ("encoder.embeddings.table", torch.ones(64, dtype=torch.long)),
        ("encoder.embeddings.words.weight", torch.zeros(1, 6, dtype=torch.int8)),
        ("encoder.embeddings.words.weight", torch.zeros(63, 6, dtype=torch.int8)),
        ("encoder.embeddings.words.weight", torch.zeros(0, dtype=torch.int8)),
        ("gazetteer.phrases.catalogs", None),
    ],
    ids=str,
)
def test_weights_that_do_not_fit_are_named(folder: Path, name: str, tensor: torch.Tensor | None):
    change_weights(folder, {name: tensor})
    culprit = "encoder.embeddings" if name.endswith("table") else name.removesuffix(".scale")
    with pytest.raises(NluError, match=culprit):  # keys and vectors of words do not fit each other
        read_checkpoint(folder)


@pytest.mark.parametrize("engine", ["kernel", "numpy"])
@pytest.mark.parametrize(
    "name", [HEAD, "encoder.embeddings.ngrams.weight.scale", "intent_stack.layers.0.backward_lstm.bias_hh_l0"]
)
def test_weights_that_are_not_finite_are_named(folder: Path, kernel: Kernel, engine: str, name: str):
    weights = load_file(folder / "model.safetensors")[name].clone()
    weights.view(-1)[-1] = torch.inf
    change_weights(folder, {name: weights})
    with pytest.raises(NluError, match=f"{name.removesuffix('.scale')}.*finite"):
        KernelNet(read_checkpoint(folder), kernel) if engine == "kernel" else NumpyNet(read_checkpoint(folder))


def test_weights_that_are_too_large_for_float16_are_named(folder: Path, kernel: Kernel):
    weights = load_file(folder / "model.safetensors")["slot_head.weight"].float()
    weights[0, 0] = 1e6
    change_weights(folder, {"slot_head.weight": weights})
    with pytest.raises(NluError, match="slot_head.weight.*float32"):
        KernelNet(read_checkpoint(folder), kernel)
    KernelNet(read_checkpoint(folder), kernel, weights="float32")


def test_weights_in_several_files_are_refused(folder: Path):
    (folder / "model.safetensors").rename(folder / "model-00001-of-00001.safetensors")
    (folder / "model.safetensors.index.json").write_text("{}", "utf-8")
    with pytest.raises(NluError, match="max_shard_size"):
        read_checkpoint(folder)


@given(st.data())
@settings(max_examples=60)
def test_a_cut_file_of_weights_is_refused(original: Path, data: st.DataObject):
    content = (original / "model.safetensors").read_bytes()
    end = data.draw(st.integers(0, len(content) - 1))
    path = original.parent / "cut"
    shutil.copytree(original, path, dirs_exist_ok=True)
    (path / "model.safetensors").write_bytes(content[:end])
    with pytest.raises(NluError, match="model.safetensors"):
        read_checkpoint(path)


@given(st.data())
@settings(max_examples=60)
def test_a_packed_file_with_another_byte_is_refused(original: Path, data: st.DataObject):
    path = original.parent / "changed.nlu"
    write_packed(read_checkpoint(original), path)
    content = bytearray(path.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    with pytest.raises(NluError, match="changed.nlu"):
        read_checkpoint(path)


def test_a_packed_file_that_is_cut_or_newer_is_refused(packed: Path):
    content = packed.read_bytes()
    for end in (0, 1, 47, 48, 100, len(content) - 1):
        packed.write_bytes(content[:end])
        with pytest.raises(NluError, match=r"skill\.nlu"):
            read_checkpoint(packed)
    packed.write_bytes(MAGIC + struct.pack("<I", PACKED_VERSION + 1) + content[12:])
    with pytest.raises(NluError, match="upgrade"):
        read_checkpoint(packed)


@pytest.mark.parametrize(
    "change", [{"tensors": {}}, {"max_bytes": 0}, {"config": {}}, {"catalogs": 5}, {"tensors": 5}]
)
def test_a_packed_file_with_a_wrong_header_is_refused(packed: Path, change: dict[str, Any]):
    content = packed.read_bytes()
    length = struct.unpack_from("<I", content, 12)[0]
    header = json.dumps(json.loads(content[48 : 48 + length]) | change).encode()
    rest = header + content[48 + length :]
    packed.write_bytes(content[:12] + struct.pack("<I", len(header)) + hashlib.sha256(rest).digest() + rest)
    with pytest.raises(NluError, match=r"skill\.nlu"):
        read_checkpoint(packed)


def test_engines_read_the_same_checkpoint(original: Path):
    assert make_net(read_checkpoint(original), engine="numpy").run(TEXTS)[0].tags
