"""What every test shares: no network, no thread but one, no cache but a temporary one, and the public corpora."""

import logging
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

# Libraries read these while they are imported, so they are set before anything else is.
_HF_HOME = tempfile.TemporaryDirectory(prefix="bilstm-nlu-tests-")
os.environ["HF_HOME"] = _HF_HOME.name
for _name in ("HF_HUB_CACHE", "HF_DATASETS_CACHE", "HF_MODULES_CACHE", "HF_ASSETS_CACHE", "HF_METRICS_CACHE"):
    os.environ.pop(_name, None)  # they would win over HF_HOME
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_DATASETS_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["OMP_NUM_THREADS"] = "1"

import pytest  # noqa: E402
import torch  # noqa: E402
from hypothesis import HealthCheck, settings  # noqa: E402

# A busy machine makes any example slow; that says nothing about the code.
settings.register_profile(
    "house",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=bool(os.environ.get("CI")),
)
settings.load_profile("house")

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def loggers_of_the_package() -> Iterator[None]:
    """A command that ran in this process sent warnings to standard error; a test finds them in `caplog`."""
    for name in ("bilstm_nlu", "modeling_bilstm_nlu", "research"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    yield


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> Iterator[None]:
    """Two compute threads on a small shared machine are slower than one, and one gives the same sums every time."""
    torch.set_num_threads(1)
    yield
    _HF_HOME.cleanup()


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The folder with the public corpora, named by BILSTM_NLU_SHARED or else ``shared`` beside the repository."""
    path = Path(os.environ.get("BILSTM_NLU_SHARED") or ROOT.parent / "shared").resolve()
    if not (path / "data").is_dir():
        pytest.skip(f"no corpora at {path / 'data'}; point BILSTM_NLU_SHARED at the folder that holds data/")
    return path
