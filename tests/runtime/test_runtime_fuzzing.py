"""The kernel reads and writes no byte too far, whatever the network, the text or the file."""

from pathlib import Path

import pytest

from bilstm_nlu.errors import NluError
from bilstm_nlu.runtime.native import Kernel
from research.speed.fuzzing import fuzz, run_sanitized


def test_random_networks_and_damaged_files(kernel: Kernel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("bilstm_nlu.runtime.tensors.map_file", None)  # `fuzz` replaces it; this puts it back
    monkeypatch.setattr("bilstm_nlu.runtime.packed_file.map_file", None)
    counts = fuzz(kernel, seconds=2, seed=1, folder=tmp_path)
    assert counts["networks"] and counts["texts"] and counts["damaged files refused"]


@pytest.mark.slow
def test_under_the_sanitizers(tmp_path: Path):
    try:
        counts = run_sanitized(tmp_path, seconds=10, seed=2)
    except NluError as error:
        if "cannot compile" in str(error) or "no C compiler" in str(error):
            pytest.skip(str(error))
        raise
    assert counts["networks"] and counts["texts"]
