"""A generic checkpoint in a form that many processes read from the same memory."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import PreTrainedTokenizerFast

from ..companions_bilstm_nlu import COMPANIONS
from ..configuration_bilstm_nlu import BiLstmNluConfig
from ..hub.embedded import embedded_folder
from ..hub.load import load_checkpoint
from ..hub.pull import pull
from ..modeling_bilstm_nlu import BiLstmNluForIntentAndSlots
from .digests import checkpoint_digest

__all__ = ["SharedCheckpoint"]

_HUB_ID = re.compile(r"[\w-][\w.-]*/[\w.-]+", re.ASCII)


@dataclass(frozen=True)
class SharedCheckpoint:
    """A generic checkpoint. Ray keeps its arrays once on each node, and processes read them there without a copy.

    Args:
        name: its folder, or the name of a checkpoint of this package.
        commit: the commit or the hash that `load_checkpoint` gave it.
        digest: fingerprint of its files.
        config: the values of its configuration.
        weights: name -> array.
        companions: attribute of the model -> slot catalogs, phrases or words.
        tokenizer: its tokenizer.
    """

    name: str
    commit: str | None
    digest: str
    config: Mapping[str, Any]
    weights: Mapping[str, np.ndarray]
    companions: Mapping[str, Any]
    tokenizer: PreTrainedTokenizerFast

    @classmethod
    def load(cls, name: str, *, pulled: Path) -> "SharedCheckpoint":
        """Load a checkpoint.

        Args:
            name: a folder, a checkpoint of this package, or the id of a repository on a hub.
            pulled: where the files of a repository are stored, so that every process finds them there.

        Raises:
            NluError: see `load_checkpoint`.
        """
        folder = Path(name).expanduser()
        if not folder.exists() and embedded_folder(name) is None and _HUB_ID.fullmatch(name):
            folder = pull(name, out=pulled).folder
        if folder.is_dir():
            name = str(folder.resolve())
        model, tokenizer = load_checkpoint(name)
        return cls(
            name=name,
            commit=getattr(model.config, "_commit_hash", None),
            digest=checkpoint_digest(folder if folder.is_dir() else embedded_folder(name) or folder),
            config=model.config.to_dict(),
            weights={key: weight.numpy() for key, weight in model.state_dict().items()},
            companions={attribute: getattr(model, attribute) for attribute in COMPANIONS},
            tokenizer=tokenizer,
        )

    def model(self) -> BiLstmNluForIntentAndSlots:
        """Return a model of its own with these weights, which may be trained."""
        config = BiLstmNluConfig.from_dict(dict(self.config))
        model = BiLstmNluForIntentAndSlots(config)
        model.load_state_dict({key: torch.from_numpy(weight) for key, weight in self.weights.items()})
        for attribute, value in self.companions.items():
            setattr(model, attribute, value)
        config.name_or_path = model.name_or_path = self.name
        config._commit_hash = self.commit
        return model.eval()
