"""A server loads deltas with the weights of their base once in memory."""

from pathlib import Path

import pytest
from tiny_deltas import made
from tiny_models import TEXTS

from bilstm_nlu import load
from bilstm_nlu.runtime.native import load_kernel
from bilstm_nlu.serving.models.loading import load_model
from bilstm_nlu.serving.models.revisions import FolderSource


def test_deltas_in_a_folder_share_their_base(tmp_path: Path):
    if load_kernel() is None:
        pytest.skip("the kernel is not installed")
    made("packed", tmp_path)
    revisions = {revision.name: revision for revision in FolderSource(tmp_path).scan()}
    assert set(revisions) == {"base", "skill", "delta"}
    models = {name: load_model(revision) for name, revision in revisions.items()}
    delta = models["delta"]
    assert delta.nlu(TEXTS) == load(tmp_path / "delta", weights="shared")(TEXTS)
    assert "shared" in delta.nlu.net.engine and delta.nlu.base is load_model(revisions["delta"]).nlu.base
    assert 0 < delta.nlu.net.num_bytes < delta.num_bytes and len(delta.maps) == 1
