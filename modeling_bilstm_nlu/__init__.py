"""Fast, small, accurate intent and slot understanding: a multitask stacked bi-LSTM with two-stage transfer.

Importing the package registers its classes, so that `AutoConfig`, `AutoModel`, `AutoTokenizer` and
`pipeline("intent-and-slots", model=...)` open a checkpoint without `trust_remote_code`.
"""

import importlib
from typing import TYPE_CHECKING, Any

from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    PreTrainedTokenizerFast,
)
from transformers.pipelines import PIPELINE_REGISTRY

from bilstm_nlu import __version__
from bilstm_nlu.errors import DataError, NluError, RecipeError
from bilstm_nlu.normalisation import is_installed, normalise_value
from bilstm_nlu.runtime.delta import read_delta

from .configuration_bilstm_nlu import TASK, BiLstmNluConfig
from .encoder_bilstm_nlu import BiLstmNluPreTrainedModel
from .frames_bilstm_nlu import Frame
from .modeling_bilstm_nlu import BiLstmNluForIntentAndSlots, BiLstmNluForSequenceClassification, BiLstmNluModel
from .pipeline_bilstm_nlu import BiLstmNluPipeline
from .tokenization_bilstm_nlu import build_tokenizer

if TYPE_CHECKING:
    from .data import Domain, SlotSpan, Utterance, load_domain, load_skill, mature
    from .training import (
        NluTrainer,
        NluTrainingArguments,
        PretrainingArguments,
        TransferArguments,
        TransferTrainer,
        build_model,
        prepare_for_domain,
    )

__all__ = [
    "TASK",
    "BiLstmNluConfig",
    "BiLstmNluForIntentAndSlots",
    "BiLstmNluForSequenceClassification",
    "BiLstmNluModel",
    "BiLstmNluPipeline",
    "DataError",
    "Domain",
    "Frame",
    "NluError",
    "NluTrainer",
    "NluTrainingArguments",
    "PretrainingArguments",
    "RecipeError",
    "SlotSpan",
    "TransferArguments",
    "TransferTrainer",
    "Utterance",
    "__version__",
    "build_model",
    "build_tokenizer",
    "load_domain",
    "load_skill",
    "mature",
    "prepare_for_domain",
]

_LAZY = {
    "data": ("Domain", "SlotSpan", "Utterance", "load_domain", "load_skill", "mature"),
    "training": (
        "NluTrainer",
        "NluTrainingArguments",
        "PretrainingArguments",
        "TransferArguments",
        "TransferTrainer",
        "build_model",
        "prepare_for_domain",
    ),
}


class _RegisteredPipelines(dict[str, Any]):
    """The pipelines of a checkpoint. They do not need the checkpoint's own code: `PIPELINE_REGISTRY` has them.

    `pipeline()` without a task takes the task from this dict, and then checks whether the task is in the dict. If it
    were, the code in the checkpoint would have to run, with an error without `trust_remote_code=True`.
    """

    def __contains__(self, task: object) -> bool:
        return False


AutoConfig.register(BiLstmNluConfig.model_type, BiLstmNluConfig, exist_ok=True)
AutoModel.register(BiLstmNluConfig, BiLstmNluForIntentAndSlots, exist_ok=True)
AutoModelForSequenceClassification.register(BiLstmNluConfig, BiLstmNluForSequenceClassification, exist_ok=True)
AutoTokenizer.register(BiLstmNluConfig, fast_tokenizer_class=PreTrainedTokenizerFast, exist_ok=True)
BiLstmNluConfig.register_for_auto_class()
BiLstmNluForIntentAndSlots.register_for_auto_class("AutoModel")
BiLstmNluForSequenceClassification.register_for_auto_class("AutoModelForSequenceClassification")
BiLstmNluConfig.pipelines_as = _RegisteredPipelines
BiLstmNluPreTrainedModel.read_delta = staticmethod(read_delta)
BiLstmNluPipeline.default_normalise = normalise_value if is_installed() else None
PIPELINE_REGISTRY.register_pipeline(TASK, pipeline_class=BiLstmNluPipeline, pt_model=AutoModel)


def __getattr__(name: str) -> Any:
    """Load training and data modules on first use: inference does not need datasets or seqeval."""
    for module, names in _LAZY.items():
        if name in names:
            return getattr(importlib.import_module(f".{module}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
