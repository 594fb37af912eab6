"""A tiny checkpoint with odd weights, shared by the tests of the hub."""

from pathlib import Path

import pytest
from odd_checkpoints import odd_model
from transformers import PreTrainedTokenizerFast

from modeling_bilstm_nlu import BiLstmNluForIntentAndSlots, build_tokenizer


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
