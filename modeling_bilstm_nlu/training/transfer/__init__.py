"""The second stage of transfer: turn a generic checkpoint into a model of one domain. Each file has one step.

The trainer that runs the steps is `training.TransferTrainer`.
"""

from .exact_phrases import exact_phrases_of, take_phrases
from .gazetteers import add_gazetteers, take_catalogs
from .head_fitting import fit_heads
from .label_warm_start import LabelWarmStart, warm_start_labels
from .prepare import Preparation, prepare_for_domain
from .reset import reset_for_domain
from .vocabulary import grow_vocabulary

__all__ = [
    "LabelWarmStart",
    "Preparation",
    "add_gazetteers",
    "exact_phrases_of",
    "fit_heads",
    "grow_vocabulary",
    "prepare_for_domain",
    "reset_for_domain",
    "take_catalogs",
    "take_phrases",
    "warm_start_labels",
]
