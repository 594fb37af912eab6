"""A tiny checkpoint with odd weights, and a real hub to push it to, shared by the tests of the hub."""

from collections.abc import Callable
from pathlib import Path

import pytest
from huggingface_hub import constants
from odd_checkpoints import odd_model
from running_hub import RunningHub, hub, secret_of
from transformers import PreTrainedTokenizerFast

from modeling_bilstm_nlu import BiLstmNluForIntentAndSlots, build_tokenizer

__all__ = ["hub"]  # a fixture


@pytest.fixture(scope="session")
def tokenizer() -> PreTrainedTokenizerFast:
    return build_tokenizer()


@pytest.fixture(scope="session")
def model() -> BiLstmNluForIntentAndSlots:
    """Read it, do not change it."""
    return odd_model()


@pytest.fixture(scope="session")
def checkpoint(
    model: BiLstmNluForIntentAndSlots, tokenizer: PreTrainedTokenizerFast, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The model saved with plain `save_pretrained`. Read it, do not change it."""
    folder = tmp_path_factory.mktemp("checkpoint")
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture
def as_client(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Path]:
    """Makes this process a client of a hub, with an empty cache and a token; returns the cache."""

    def become(url: str, token: str | None = "ann", *, cache: Path | None = None) -> Path:
        cache = cache or tmp_path / "cache"
        monkeypatch.setattr(constants, "ENDPOINT", url)
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", url + "/{repo_id}/resolve/{revision}/{filename}")
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
        if token is None:
            monkeypatch.delenv("HF_TOKEN", raising=False)
        else:
            monkeypatch.setenv("HF_TOKEN", secret_of(token) or "")
        return cache

    return become


@pytest.fixture
def at_hub(hub: RunningHub, as_client: Callable[..., Path]) -> RunningHub:
    """The hub, with this process as its client ann."""
    as_client(hub.url)
    return hub
