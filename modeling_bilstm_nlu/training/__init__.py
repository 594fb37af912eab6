"""Training and transfer: trainers, their arguments, and functions that prepare a model for a domain."""

from .arguments import NluTrainingArguments, PretrainingArguments, TransferArguments
from .build import build_model, with_overrides
from .callbacks import FreezeCallback, LearningCurveCallback
from .precision import limit_threads, prefers_bf16
from .pretraining.trainer import GenericTrainer
from .trainer import NluTrainer
from .transfer import Preparation, add_gazetteers, fit_heads, grow_vocabulary, prepare_for_domain
from .transfer.trainer import TransferTrainer

__all__ = [
    "FreezeCallback",
    "GenericTrainer",
    "LearningCurveCallback",
    "NluTrainer",
    "NluTrainingArguments",
    "Preparation",
    "PretrainingArguments",
    "TransferArguments",
    "TransferTrainer",
    "add_gazetteers",
    "with_overrides",
    "build_model",
    "fit_heads",
    "grow_vocabulary",
    "limit_threads",
    "prefers_bf16",
    "prepare_for_domain",
]
