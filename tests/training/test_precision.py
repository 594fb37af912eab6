"""Threads and half precision: who decides, and in which order."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
import torch

from modeling_bilstm_nlu.hub.threads import THREADS_VARIABLE
from modeling_bilstm_nlu.training import precision
from modeling_bilstm_nlu.training.precision import limit_threads, prefers_bf16
from modeling_bilstm_nlu.training.recipes.training import training_section


@pytest.fixture(autouse=True)
def threads_as_before() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize(
    "own, openmp, given, threads",
    [
        (None, None, None, 1),
        (None, "2", None, 2),
        (None, "3,2", None, 3),
        (None, "many", None, 1),
        (None, "0", None, 1),
        ("3", "2", None, 3),
        ("", "2", None, 2),
        ("3", "2", 4, 4),
    ],
)
def test_the_number_of_threads(
    monkeypatch: pytest.MonkeyPatch, own: str | None, openmp: str | None, given: int | None, threads: int
):
    for name, value in ((THREADS_VARIABLE, own), ("OMP_NUM_THREADS", openmp)):
        monkeypatch.delenv(name, raising=False) if value is None else monkeypatch.setenv(name, value)
    assert limit_threads(given) == threads == torch.get_num_threads()


@pytest.mark.parametrize("value", ["many", "0", "-1", "1.5", "\u00b2"])
def test_a_number_of_threads_that_is_none(monkeypatch: pytest.MonkeyPatch, value: str):
    monkeypatch.setenv(THREADS_VARIABLE, value)
    with pytest.raises(ValueError, match=THREADS_VARIABLE):
        limit_threads()
    with pytest.raises(ValueError, match="threads.* 0"):
        limit_threads(0)


def test_emulated_bf16_is_not_preferred(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: including_emulation)
    assert prefers_bf16() is False
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: True)  # as in older releases
    assert prefers_bf16() is True


@pytest.mark.parametrize(("batch_size", "is_half"), [(8, False), (16, False), (32, True), (64, True)])
def test_a_cpu_takes_bf16_only_for_large_batches(monkeypatch: pytest.MonkeyPatch, batch_size: int, is_half: bool):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: True)
    monkeypatch.setattr(precision, "_cpu_flags", lambda: "flags : avx512f avx512_bf16")
    assert prefers_bf16(batch_size) is is_half
    section = training_section({"per_device_train_batch_size": batch_size}, "here")
    assert section["bf16"] is is_half
    given = training_section({"per_device_train_batch_size": batch_size, "bf16": not is_half}, "here")
    assert given["bf16"] is not is_half


TRAIN_UNDER_AUTOCAST = """
import torch
from modeling_bilstm_nlu.layers_bilstm_nlu import BiLstmLayer, autocasts_unsupported_lstm
torch.manual_seed(0)
layer = BiLstmLayer(4, 4, recurrent_dropout=0.1)
states, lengths = torch.randn(2, 3, 4), torch.tensor([3, 2])
for dtype in (torch.bfloat16, torch.float16):
    with torch.autocast("cpu", dtype):
        layer.train()(states.to(dtype), lengths).float().sum().backward()
        out = layer.eval()(states[:1], lengths[:1])  # one row takes another call
        print(autocasts_unsupported_lstm("cpu"), out.dtype)
"""


@pytest.mark.parametrize("instructions", ["AVX2", pytest.param("DEFAULT", marks=pytest.mark.slow)])
def test_lstms_train_under_autocast_on_every_cpu(instructions: str):
    """oneDNN is told to leave newer instructions alone, as a CPU without them makes it do."""
    run = subprocess.run(
        [sys.executable, "-c", TRAIN_UNDER_AUTOCAST],
        env={**os.environ, "ONEDNN_MAX_CPU_ISA": instructions},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    if instructions == "AVX2":
        assert run.stdout.splitlines() == ["True torch.float32"] * 2
