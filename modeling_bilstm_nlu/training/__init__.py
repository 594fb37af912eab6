"""Training and transfer."""

from .arguments import NluTrainingArguments
from .build import add_gazetteers, adjusted, build_model, grow_vocabulary
from .callbacks import FreezeCallback, LearningCurveCallback
from .generic import GenericTrainer
from .precision import limit_threads, prefers_bf16
from .probe import fit_heads
from .trainer import NluTrainer
from .transfer import TransferTrainer

__all__ = [
    "FreezeCallback",
    "GenericTrainer",
    "LearningCurveCallback",
    "NluTrainer",
    "NluTrainingArguments",
    "TransferTrainer",
    "add_gazetteers",
    "adjusted",
    "build_model",
    "fit_heads",
    "grow_vocabulary",
    "limit_threads",
    "prefers_bf16",
]
