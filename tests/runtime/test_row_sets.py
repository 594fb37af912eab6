"""Files without the free rows of the word table give the numbers of files with all rows, with every engine."""

import gc
import random
from array import array
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from tiny_deltas import fine_tuned, made, write_delta
from tiny_models import TEXTS, WORDS, computed, in_older_form, save

from bilstm_nlu.runtime.kernel_net import KernelNet
from bilstm_nlu.runtime.native import Kernel
from bilstm_nlu.runtime.numpy_net import NumpyNet
from bilstm_nlu.runtime.packed_file import read_checkpoint, write_packed
from bilstm_nlu.runtime.row_sets import rows_of_bits, used_rows
from bilstm_nlu.runtime.tensors import StoredTensor
from modeling_bilstm_nlu import BiLstmNluForIntentAndSlots

KEPT = ("float16", "float32", "int8")
OPTIONS = {"with_states": True, "with_slot_logits": True}


def tensors_of(folder: Path) -> dict:
    return {name: (t.kind, t.shape, bytes(t.content)) for name, t in read_checkpoint(folder).tensors.items()}


@pytest.mark.parametrize("size", [0, 1, 63, 64, 65, 1000])
def test_used_rows_are_row_0_and_those_with_a_key(size: int):
    chance = random.Random(size)
    keys = array("q", (chance.choice((0, 0, 1, -1, 2**62, 256)) for _ in range(size)))
    rows = used_rows(StoredTensor("I64", (size,), memoryview(keys.tobytes())))
    expected = [row for row in range(max(size, 1)) if row == 0 or keys[row]]
    assert rows.numbers() == expected and rows.size == len(expected)
    assert [row for row in range(size) if row in rows] == expected[:size]
    assert rows.before[-1] == sum(row < 64 * (len(rows.bits) - 1) for row in expected)
    assert rows == rows_of_bits(rows.bits.tobytes()) and rows.num_bytes == 12 * len(rows.bits)


@pytest.mark.parametrize("name", ["packed", "layers", "decision with a fallback intent"])
def test_answers_are_those_of_the_older_form(name: str, kernel: Kernel, tmp_path: Path):
    model = save(name, tmp_path / "new")
    older = in_older_form(tmp_path / "new", tmp_path / "older")
    write_packed(read_checkpoint(tmp_path / "new"), tmp_path / "new.nlu")
    whole, found = read_checkpoint(older), [read_checkpoint(tmp_path / one) for one in ("new", "new.nlu")]
    assert whole.stored_words is None and len(load_file(older / "model.safetensors")[WORDS]) == 64
    for checkpoint in found:
        assert checkpoint.stored_words is not None
        assert checkpoint.tensors[WORDS].shape[0] == checkpoint.stored_words.size < 50
        assert NumpyNet(checkpoint).run(TEXTS, **OPTIONS) == NumpyNet(whole).run(TEXTS, **OPTIONS)
        for weights in KEPT:
            for instructions in kernel.instructions():
                nets = [
                    KernelNet(one, kernel, weights=weights, instructions=instructions) for one in (checkpoint, whole)
                ]
                assert nets[0].run(TEXTS, **OPTIONS) == nets[1].run(TEXTS, **OPTIONS)
                assert nets[0].num_bytes < nets[1].num_bytes
    of_older = BiLstmNluForIntentAndSlots.from_pretrained(older).eval()
    for text in TEXTS:
        one, other = computed(model, text), computed(of_older, text)
        for field, value in one.items():
            assert torch.equal(value, other[field]) if isinstance(value, torch.Tensor) else value == other[field]
    of_older.save_pretrained(tmp_path / "again", packed=True)
    assert (tmp_path / "again/model.safetensors").read_bytes() == (tmp_path / "new/model.safetensors").read_bytes()


def test_a_delta_takes_the_same_memory_from_a_base_of_either_form(kernel: Kernel, tmp_path: Path):
    skill = made("packed", tmp_path)
    older = in_older_form(tmp_path / "base", tmp_path / "older")
    write_delta(in_older_form(skill, tmp_path / "older-skill"), older, tmp_path / "older-delta")
    write_delta(skill, older, tmp_path / "mixed-delta")
    deltas = [read_checkpoint(tmp_path / one) for one in ("delta", "older-delta", "mixed-delta")]
    sizes = [load_file(tmp_path / one / "delta.safetensors") for one in ("delta", "older-delta", "mixed-delta")]
    assert [len(one) for one in sizes] == [len(sizes[0])] * 3
    assert all(torch.equal(sizes[0][name], one[name]) for one in sizes for name in one), (
        "a base has no free rows to store"
    )
    for weights in (*KEPT, "shared"):
        nets = [KernelNet(one, kernel, weights=weights) for one in deltas]
        expected = nets[0].run(TEXTS, **OPTIONS)
        assert all(net.run(TEXTS, **OPTIONS) == expected for net in nets[1:])
        assert len({net.num_bytes for net in nets}) == 1
    expected = NumpyNet(deltas[0]).run(TEXTS, **OPTIONS)
    assert all(NumpyNet(one).run(TEXTS, **OPTIONS) == expected for one in deltas[1:])
    base = deltas[0].delta.base.checkpoint
    assert base.stored_words is not None and deltas[0].stored_words is None
    del nets, deltas
    gc.collect()


def test_new_words_and_a_whole_table_of_a_skill_are_put_together(kernel: Kernel, tmp_path: Path):
    save("packed", tmp_path / "base")
    for name, share in (("few", 5), ("all", 64)):
        fine_tuned("packed", tmp_path / name)
        model = BiLstmNluForIntentAndSlots.from_pretrained(tmp_path / name)
        torch.manual_seed(1)
        model.encoder.add_words(range(10**9, 10**9 + share))
        if name == "all":
            with torch.no_grad():
                model.encoder.embeddings.words.weight += 1
        model.save_pretrained(tmp_path / name, packed=True)
        for base in (tmp_path / "base", in_older_form(tmp_path / "base", tmp_path / f"older-{name}")):
            delta = write_delta(tmp_path / name, base, tmp_path / f"{name}-of-{base.name}", is_exact=True)
            assert (WORDS in load_file(delta / "delta.safetensors")) == (name == "all")
            found = read_checkpoint(delta)
            if base.name == "base" or name == "all":
                assert tensors_of(delta) == tensors_of(tmp_path / name)
            whole = KernelNet(read_checkpoint(tmp_path / name), kernel, weights="float32").run(TEXTS, **OPTIONS)
            assert KernelNet(found, kernel, weights="float32").run(TEXTS, **OPTIONS) == whole
            assert NumpyNet(found).run(TEXTS) == NumpyNet(read_checkpoint(tmp_path / name)).run(TEXTS)
            loaded = BiLstmNluForIntentAndSlots.from_pretrained(delta).state_dict()
            expected = BiLstmNluForIntentAndSlots.from_pretrained(tmp_path / name).state_dict()
            used = expected["encoder.embeddings.table"] != 0
            assert all(torch.equal(loaded[one], expected[one]) for one in expected if one != WORDS)
            assert torch.equal(loaded[WORDS][used], expected[WORDS][used])
