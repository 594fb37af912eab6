"""The folder of the Space, and a checkpoint that has learnt something."""

import sys
from pathlib import Path

import pytest
from tiny_models import save

SPACE = Path(__file__).resolve().parents[2] / "scripts" / "space"
sys.path.insert(0, str(SPACE))  # as for a script, which finds the modules beside it


@pytest.fixture(scope="session")
def space() -> Path:
    """The folder of the Space."""
    return SPACE


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint."""
    folder = tmp_path_factory.mktemp("tiny") / "tiny"
    save("decision", folder)
    return folder
