"""A delta gives the frames of the whole checkpoint, from one copy of its base; damaged ones are refused by name."""

import gc
import json
import shutil
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from tiny_deltas import made, refer, write_delta
from tiny_models import TEXTS, build, save

from bilstm_nlu.errors import NluError
from bilstm_nlu.runtime.delta_file import CHANGED, DELTA_FILE, DELTA_WEIGHTS, DIFFERENCE, ROWS, SCALE, STEP
from bilstm_nlu.runtime.kernel_net import KernelNet
from bilstm_nlu.runtime.native import Kernel
from bilstm_nlu.runtime.numpy_net import NumpyNet
from bilstm_nlu.runtime.packed_file import read_checkpoint, write_packed
from modeling_bilstm_nlu.hub.delta import stored
from modeling_bilstm_nlu.hub.delta_folder import write_tensors

WORDS = "encoder.embeddings.words.weight"
NGRAMS = "encoder.embeddings.ngrams.weight"
TABLE = "encoder.embeddings.table"
CELLS = "intent_stack.layers.0.forward_lstm.weight_hh_l0"


@pytest.fixture
def skill(tmp_path: Path) -> Path:
    """A whole checkpoint, next to its base and its delta."""
    return made("packed", tmp_path)


@pytest.mark.parametrize("name", ["packed", "plain", "bfloat16", "layers", "odd sizes", "wide", "no word vectors"])
def test_numbers_are_those_of_the_whole_checkpoint(name: str, kernel: Kernel, tmp_path: Path):
    whole, delta = read_checkpoint(made(name, tmp_path)), read_checkpoint(tmp_path / "delta")
    write_packed(delta, tmp_path / "delta.nlu")
    exported = read_checkpoint(tmp_path / "delta.nlu")
    for weights, tolerance in (("float16", 0.05), ("shared", 0.05), ("int8", 0.2), ("float32", 0.05)):
        expected = KernelNet(whole, kernel, weights=weights).run(TEXTS)
        net = KernelNet(delta, kernel, weights=weights)
        found = net.run(TEXTS)
        for one, other in zip(found, expected, strict=True):
            assert one.scores == pytest.approx(other.scores, abs=tolerance, rel=tolerance), weights
        pairs = [(one.tags, other.tags) for one, other in zip(found, expected, strict=True)]
        same = [tag == wanted for tags, others in pairs for tag, wanted in zip(tags, others, strict=True)]
        assert sum(same) > 0.9 * len(same), "random weights are near ties"
        if weights != "shared":
            assert found == KernelNet(exported, kernel, weights=weights).run(TEXTS), "put together, it is the same"
    expected = KernelNet(delta, kernel, weights="float32").run(TEXTS)
    for one, other in zip(NumpyNet(delta).run(TEXTS), expected, strict=True):
        assert one.tags == other.tags and one.scores == pytest.approx(other.scores, abs=1e-3)


@pytest.mark.parametrize("instructions", ["plain", "avx2", "avx512", "neon"])
def test_all_instructions_add_differences_alike(instructions: str, kernel: Kernel, skill: Path):
    if instructions not in kernel.instructions():
        pytest.skip("this processor does not have them")
    delta = read_checkpoint(skill.with_name("delta"))
    found = KernelNet(delta, kernel, weights="shared", instructions=instructions).run(TEXTS)
    for one, other in zip(found, KernelNet(delta, kernel, weights="float16").run(TEXTS), strict=True):
        assert one.tags == other.tags and one.scores == pytest.approx(other.scores, abs=2e-3)


def test_an_exact_delta_has_the_tensors_of_the_checkpoint(skill: Path):
    exact = write_delta(skill, skill.with_name("base"), skill.with_name("exact"), is_exact=True)
    whole, delta = read_checkpoint(skill).tensors, read_checkpoint(exact).tensors
    assert {name: (t.kind, t.shape, bytes(t.content)) for name, t in whole.items()} == {
        name: (t.kind, t.shape, bytes(t.content)) for name, t in delta.items()
    }


def test_only_changed_rows_and_no_unchanged_tensor_are_stored(skill: Path):
    stored_parts = load_file(skill.with_name("delta") / DELTA_WEIGHTS)
    assert len(stored_parts[WORDS + ROWS]) == 4, "of five changed rows, no word uses one"
    assert stored_parts[CELLS + DIFFERENCE].dtype == torch.int8
    assert WORDS not in stored_parts and "crf.transitions" not in stored_parts and "intent_head.weight" in stored_parts


def test_deltas_share_one_base_which_goes_with_the_last_of_them(kernel: Kernel, skill: Path):
    other = shutil.copytree(skill.with_name("delta"), skill.with_name("other"))
    nets = [
        KernelNet(read_checkpoint(folder), kernel, weights="shared") for folder in (skill.with_name("delta"), other)
    ]
    assert nets[0].base is nets[1].base and nets[0]._base_net is nets[1]._base_net
    assert nets[0].num_bytes < KernelNet(read_checkpoint(skill), kernel).num_bytes
    base = weakref.ref(nets[0].base)
    del nets
    gc.collect()
    assert base() is None


def test_a_frozen_encoder_takes_no_memory(kernel: Kernel, tmp_path: Path):
    save("packed", tmp_path / "base")
    shutil.copytree(tmp_path / "base", tmp_path / "same")
    checkpoint = read_checkpoint(write_delta(tmp_path / "same", tmp_path / "base", tmp_path / "delta"))
    net = KernelNet(checkpoint, kernel, weights="shared")
    assert net.run(TEXTS) == KernelNet(read_checkpoint(tmp_path / "base"), kernel).run(TEXTS)
    assert net.num_bytes < KernelNet(checkpoint, kernel).num_bytes


def test_changed_rows_stay_in_the_file(kernel: Kernel, skill: Path):
    folder = shutil.copytree(skill.with_name("delta"), skill.with_name("more"))
    whole, tensors = load_file(skill / "model.safetensors"), load_file(folder / DELTA_WEIGHTS)
    for end in (ROWS, CHANGED, SCALE + ROWS):
        del tensors[NGRAMS + end]
    tensors |= {name: whole[name] for name in (NGRAMS, NGRAMS + SCALE)}
    write_tensors(folder / DELTA_WEIGHTS, {name: stored(one) for name, one in tensors.items()})
    refer(folder, skill.with_name("base"))
    fewer, more = read_checkpoint(skill.with_name("delta")), read_checkpoint(folder)
    nets = [KernelNet(checkpoint, kernel, weights="shared") for checkpoint in (fewer, more)]
    assert nets[0].run(TEXTS) == nets[1].run(TEXTS)
    assert fewer.delta.num_bytes < more.delta.num_bytes
    assert nets[0].num_bytes - fewer.delta.num_bytes >= nets[1].num_bytes - more.delta.num_bytes > 0


def test_a_base_is_found_by_its_weights(skill: Path, tmp_path: Path):
    delta = skill.with_name("delta")
    (tmp_path / "elsewhere").mkdir()
    base = skill.with_name("base").rename(tmp_path / "elsewhere" / "any")
    with pytest.raises(NluError, match="base"):
        read_checkpoint(delta)
    assert read_checkpoint(delta, base=base).delta is not None
    save("packed", tmp_path / "base", seed=6)
    with pytest.raises(NluError, match="other weights") as error:
        read_checkpoint(delta)
    assert str(delta / DELTA_FILE) in str(error.value) and str(delta.parent / "base") in str(error.value)
    with pytest.raises(NluError, match="other weights"):
        read_checkpoint(delta, base=tmp_path / "base")


def test_a_delta_is_no_base(skill: Path):
    delta = skill.with_name("delta")
    with pytest.raises(NluError, match="itself a delta"):
        read_checkpoint(delta, base=delta)


def _json(change: Callable[[dict], object]) -> Callable[[Path], None]:
    def spoil(delta: Path) -> None:
        content = json.loads((delta / DELTA_FILE).read_text())
        change(content)
        (delta / DELTA_FILE).write_text(json.dumps(content))

    return spoil


def _tensors(change: Callable[[dict], object]) -> Callable[[Path], None]:
    def spoil(delta: Path) -> None:
        tensors = load_file(delta / DELTA_WEIGHTS)
        change(tensors)
        write_tensors(delta / DELTA_WEIGHTS, {name: stored(tensor) for name, tensor in tensors.items()})
        refer(delta, delta.with_name("base"))

    return spoil


def _use_a_free_row(tensors: dict) -> None:
    """Give a free row a key, but no vector."""
    row = int((build("packed").encoder.embeddings.table == 0).nonzero()[-1])
    bits = torch.zeros(8, dtype=torch.uint8)
    bits[row // 8] = 1 << row % 8
    tensors.update({TABLE + CHANGED: bits, TABLE + ROWS: torch.tensor([9])})


DAMAGED: dict[str, tuple[str, Callable[[Path], object]]] = {
    "no weights": (DELTA_WEIGHTS, lambda delta: (delta / DELTA_WEIGHTS).unlink()),
    "a flipped byte": (
        DELTA_WEIGHTS,
        lambda delta: (delta / DELTA_WEIGHTS).write_bytes((delta / DELTA_WEIGHTS).read_bytes()[:-1] + b"\x55"),
    ),
    "cut short": (
        DELTA_WEIGHTS,
        lambda delta: (delta / DELTA_WEIGHTS).write_bytes((delta / DELTA_WEIGHTS).read_bytes()[:-9]),
    ),
    "not JSON": (DELTA_FILE, lambda delta: (delta / DELTA_FILE).write_text("{")),
    "a list": (DELTA_FILE, lambda delta: (delta / DELTA_FILE).write_text("[]")),
    "a newer format": (DELTA_FILE, _json(lambda content: content.update(format_version=99))),
    "no format": (DELTA_FILE, _json(lambda content: content.pop("format_version"))),
    "no base": (DELTA_FILE, _json(lambda content: content.pop("base"))),
    "a path as the name": (DELTA_FILE, _json(lambda content: content["base"].update(name="../../etc"))),
    "an absolute path": (DELTA_FILE, _json(lambda content: content["base"].update(name="/etc/passwd"))),
    "dots in the name": (DELTA_FILE, _json(lambda content: content["base"].update(name="a/.."))),
    "a path as the revision": (DELTA_FILE, _json(lambda content: content["base"].update(revision="../x"))),
    "a digest that is none": (DELTA_FILE, _json(lambda content: content.update(weights="xyz"))),
    "steps missing": (CELLS, _tensors(lambda tensors: tensors.pop(CELLS + STEP))),
    "other steps": (CELLS, _tensors(lambda tensors: tensors.update({CELLS + STEP: torch.ones(3, 1).half()}))),
    "rows missing": (WORDS, _tensors(lambda tensors: tensors.pop(WORDS + ROWS))),
    "too few rows": (
        WORDS,
        _tensors(lambda tensors: tensors.update({WORDS + ROWS: tensors[WORDS + ROWS][:2].clone()})),
    ),
    "bits past the end": (
        "rows",
        _tensors(
            lambda tensors: tensors.update(
                {"encoder.embeddings.ngrams.weight.changed": torch.full((16,), 255, dtype=torch.uint8)}
            )
        ),
    ),
    "a word without a row": (TABLE, _tensors(_use_a_free_row)),
    "an unknown tensor": ("strange", _tensors(lambda tensors: tensors.update({"strange": torch.ones(2)}))),
    "differences of a head": (
        "crf.transitions",
        _tensors(
            lambda tensors: tensors.update(
                {
                    "crf.transitions" + DIFFERENCE: torch.ones(7, 7).to(torch.int8),
                    "crf.transitions" + STEP: torch.ones(7, 1).half(),
                }
            )
        ),
    ),
}


@pytest.mark.parametrize("fault", DAMAGED)
def test_damaged_deltas_are_refused_with_the_file(fault: str, skill: Path):
    culprit, spoil = DAMAGED[fault]
    delta = skill.with_name("delta")
    spoil(delta)
    with pytest.raises(NluError) as error:
        read_checkpoint(delta)
    assert culprit in str(error.value) and str(delta) in str(error.value)


@pytest.mark.parametrize("engine", ["kernel", "numpy"])
@pytest.mark.parametrize("weights", ["float16", "shared"])
def test_numbers_that_are_not_finite_are_refused(engine: str, weights: str, kernel: Kernel, skill: Path):
    delta = skill.with_name("delta")
    _tensors(lambda tensors: tensors[CELLS + STEP].fill_(torch.nan))(delta)
    with pytest.raises(NluError, match="not finite"):
        checkpoint = read_checkpoint(delta)
        KernelNet(checkpoint, kernel, weights=weights) if engine == "kernel" else NumpyNet(checkpoint)


def test_a_call_of_another_network_forgets_words(kernel: Kernel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("bilstm_nlu.runtime.kernel_net._MOST_WORKSPACES", 1)
    nets = []
    for seed in (5, 6):
        model = build("packed", seed)
        model.save_pretrained(tmp_path / str(seed), packed=True)
        for file in ("tokenizer.json", "tokenizer_config.json"):
            save("packed", tmp_path / "any")
            shutil.copyfile(tmp_path / "any" / file, tmp_path / str(seed) / file)
        nets.append(KernelNet(read_checkpoint(tmp_path / str(seed)), kernel))
    alone = [net.run(TEXTS) for net in nets]
    assert [nets[turn % 2].run(TEXTS) for turn in range(4)] == [*alone, *alone] and alone[0] != alone[1]
