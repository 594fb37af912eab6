"""Training arguments: those of transformers, with defaults for small recurrent networks, and our own."""

import math
import numbers
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, NamedTuple, TypeVar

from transformers import TrainingArguments
from transformers.integrations import get_available_reporting_integrations
from transformers.trainer_utils import HubStrategy

from ..modeling_bilstm_nlu import RESET_POLICIES

__all__ = [
    "NluTrainingArguments",
    "PretrainingArguments",
    "RecipeArguments",
    "TransferArguments",
    "with_defaults_of",
]

Arguments = TypeVar("Arguments", bound="NluTrainingArguments")


class _Range(NamedTuple):
    """The values that a field may have: from `least` to `most`, both included by default."""

    least: float = 0
    most: float = math.inf
    is_whole: bool = False
    is_least_out: bool = False
    is_most_out: bool = False
    is_infinity_in: bool = False

    def __str__(self) -> str:
        kind = "a whole number" if self.is_whole else "a number"
        if self.most < math.inf:
            return f"{kind}, at least {self.least} and {'less than' if self.is_most_out else 'at most'} {self.most}"
        return f"{kind}, {'above' if self.is_least_out else 'at least'} {self.least}"

    def holds(self, value: Any) -> bool:
        if isinstance(value, bool) or not isinstance(value, numbers.Integral if self.is_whole else numbers.Real):
            return False
        number = float(value)
        if number == math.inf:
            return self.is_infinity_in
        is_out = (self.is_least_out and number == self.least) or (self.is_most_out and number == self.most)
        return self.least <= number <= self.most and not is_out


_SHARE = _Range(most=1)
_COUNT = _Range(is_whole=True)
_SIZE = _Range(least=1, is_whole=True)
_BETA = _Range(most=1, is_most_out=True)

#: The fields of transformers in it would fail only during training, with a message that names no field.
_RANGES: Mapping[str, _Range] = {
    "adam_beta1": _BETA,
    "adam_beta2": _BETA,
    "adam_epsilon": _Range(),
    "background_share": _SHARE,
    "carrier_dropout": _SHARE,
    "carrier_word_deletion": _SHARE,
    "dataloader_num_workers": _COUNT,
    "early_stopping_patience": _COUNT,
    "embedding_lr_scale": _Range(),
    "encoder_lr_scale": _Range(),
    "gradient_accumulation_steps": _SIZE,
    "learning_rate": _Range(),
    "per_device_eval_batch_size": _SIZE,
    "per_device_train_batch_size": _SIZE,
    "logging_steps": _Range(),
    "max_grad_norm": _Range(),
    "max_steps": _Range(least=-1, most=10**9, is_whole=True),
    "noise": _SHARE,
    "num_train_epochs": _Range(most=10**6),
    "save_steps": _Range(),
    "warmup_steps": _Range(),
    "seed": _Range(most=2**32, is_whole=True, is_most_out=True),
    "value_substitution": _SHARE,
    "weight_decay": _Range(),
}
_TRANSFER_RANGES: Mapping[str, _Range] = {"freeze_steps": _COUNT}
_PRETRAINING_RANGES: Mapping[str, _Range] = {
    "catalog_share": _SHARE,
    "corpus_temperature": _Range(is_least_out=True, is_infinity_in=True),
    "distillation_weight": _Range(),
    "extra_words": _COUNT,
}


def _check_ranges(args: TrainingArguments, ranges: Mapping[str, _Range]) -> None:
    for name, allowed in ranges.items():
        if not allowed.holds(value := getattr(args, name)):
            raise ValueError(f"{name} must be {allowed}, got {value!r}")


@dataclass
class NluTrainingArguments(TrainingArguments):
    """`TrainingArguments` of an `NluTrainer`; pretraining and transfer have these arguments, too.

    Args:
        encoder_lr_scale: learning rate of the shared bi-LSTM as a multiple of `learning_rate`.
        embedding_lr_scale: learning rate of the embeddings as a multiple of `learning_rate`.
        use_gazetteers: give the network the matches of the domain's slot catalogs, if it has any, as input of the
            upper stacks (section 3 of the paper).
        keep_phrases: save the phrases of the domain with the model, so that it answers the developer's own sentences
            without the network, see `take_phrases`; not for a mixture.
        keep_words: save the words of the domain's texts with the model, so that it reads misheard and mistyped texts
            again, see `take_words`; not for a mixture.
        name_utterances: also train on the names of intents and slot types, as utterances; not for a mixture.
        value_substitution: probability, from 0 to 1, that a slot whose type has a catalog gets another value of the
            catalog each time its utterance is trained on; not for a mixture.
        carrier_dropout: fraction of the words outside slots that are masked each time their utterance is trained on,
            so that the network learns to use the words around them and catalog matches; only for models with
            gazetteers.
        carrier_word_deletion: probability, from 0 to 1, that a training utterance with slots loses some of the words
            outside the slots; it then trains only the slot tagger. For domains with slot catalogs, not for a mixture.
        noise: probability, from 0 to 1, that a training utterance gets fillers, typing errors or errors of speech
            recognition each time it is trained on, except the first time; not for a mixture.
        background_share: number of texts of the background that each epoch shows the network as texts that no intent
            fits, as a share of the training utterances, from 0 to 1; 0 shows none. Not for a mixture.
        fit_segments: after training, fit heads that split texts with several intents, see `fit_segment_heads`; not for
            a mixture.
        early_stopping_patience: training ends after this number of evaluations without a better
            `metric_for_best_model`, and after an evaluation whose error is 0; 0 never ends it early.
        fit_decision: after the training, fit the decision whether a frame is accepted, and its threshold; not for a
            mixture.

    Raises:
        ValueError: a value is out of range.
    """

    output_dir: str | None = field(default="runs/out")
    learning_rate: float = field(default=2e-3)
    per_device_train_batch_size: int = field(default=32)
    per_device_eval_batch_size: int = field(default=256)
    weight_decay: float = field(default=0.01)
    adam_beta2: float = field(default=0.98)
    max_grad_norm: float = field(default=5.0)
    warmup_steps: float = field(default=0.1)
    metric_for_best_model: str | None = field(default="frame_error")
    greater_is_better: bool | None = field(default=False)
    save_total_limit: int | None = field(default=1)
    save_strategy: str = field(default="no")
    logging_steps: float = field(default=100)
    hub_strategy: str = field(default="end")
    report_to: None | str | list[str] = field(default="none")
    encoder_lr_scale: float = field(default=1.0)
    embedding_lr_scale: float = field(default=1.0)
    use_gazetteers: bool = field(default=True)
    keep_phrases: bool = field(default=True)
    keep_words: bool = field(default=False)
    name_utterances: bool = field(default=True)
    value_substitution: float = field(default=0.5)
    carrier_dropout: float = field(default=0.2)
    carrier_word_deletion: float = field(default=0.5)
    noise: float = field(default=0.0)
    background_share: float = field(default=0.3)
    fit_segments: bool = field(default=True)
    early_stopping_patience: int = field(default=0)
    fit_decision: bool = field(default=True)

    def __post_init__(self) -> None:
        _check_ranges(self, _RANGES)  # first, because the base class computes with the values
        super().__post_init__()
        known = {*get_available_reporting_integrations(), "all", "none"}
        if unknown := [name for name in self.report_to or () if name not in known]:
            raise ValueError(
                f"report_to has {unknown[0]!r}, which transformers does not know or whose package is not installed; "
                f"use one of {', '.join(sorted(known))}"
            )
        if self.n_gpu > 1:  # nn.DataParallel cannot gather rows of unequal numbers of words
            raise ValueError(
                f"{self.n_gpu} GPUs in one process are not supported; start the program with torchrun or accelerate"
            )
        if self.push_to_hub and self.hub_strategy != HubStrategy.END:
            raise ValueError("hub_strategy must be 'end': only the finished model is pushed, not checkpoints")
        if self.early_stopping_patience and self.eval_strategy == "no":
            raise ValueError(
                "early_stopping_patience needs evaluations; set eval_strategy to steps or epoch, or the patience to 0"
            )
        if self.early_stopping_patience and not self.load_best_model_at_end:
            raise ValueError(
                "early_stopping_patience needs load_best_model_at_end=True, and eval_strategy equal to save_strategy: "
                "otherwise the last weights would be kept, not the best"
            )


@dataclass
class TransferArguments(NluTrainingArguments):
    """`NluTrainingArguments` of a `TransferTrainer`.

    Args:
        freeze_steps: number of optimisation steps during which the encoder does not change.
        gradual_unfreezing: train the shared bi-LSTM after `freeze_steps`, and the embeddings after twice as many.
        reset_policy: which layers are re-initialised, one of `RESET_POLICIES`.
        label_name_warm_start: initialise the new heads from the checkpoint's heads for labels with similar names, see
            `warm_start_labels`; only with the policy `heads`.
        fit_heads: fit the new heads to the frozen network before all layers train.

    Raises:
        ValueError: a value is out of range.
    """

    freeze_steps: int = field(default=0)
    gradual_unfreezing: bool = field(default=False)
    reset_policy: str = field(default="heads")
    label_name_warm_start: bool = field(default=True)
    fit_heads: bool = field(default=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.reset_policy not in RESET_POLICIES:
            raise ValueError(f"reset_policy must be one of {', '.join(RESET_POLICIES)}, got {self.reset_policy!r}")
        _check_ranges(self, _TRANSFER_RANGES)


@dataclass
class PretrainingArguments(NluTrainingArguments):
    """`NluTrainingArguments` of a `GenericTrainer`, which trains on a mixture of corpora.

    Args:
        corpus_temperature: above 0; how equally corpora are drawn: 1 draws each in proportion to its size, infinity
            makes all shares equal.
        teacher: a sentence encoder that the network learns from, next to the labels: a folder or a hub id, see
            `read_with_teacher`.
        distillation_weight: weight of the distance from the teacher in the loss.
        extra_words: number of frequent words of the teacher's vocabulary; those that are in no corpus get a vector at
            the end of the training, see `add_extra_words`; only with a teacher.
        catalog_share: share of batches in which some of the corpus's slot values are marked as catalog matches.

    Raises:
        ValueError: a value is out of range.
    """

    corpus_temperature: float = field(default=1.0)
    teacher: str | None = field(default=None)
    distillation_weight: float = field(default=1.0)
    extra_words: int = field(default=0)
    catalog_share: float = field(default=0.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_ranges(self, _PRETRAINING_RANGES)
        if self.extra_words and self.teacher is None:
            raise ValueError("extra_words needs a teacher; set teacher, or set extra_words to 0")


@dataclass
class RecipeArguments(TransferArguments, PretrainingArguments):
    """The arguments of pretraining and transfer: the section `training` of any recipe may have all of them."""


def with_defaults_of(kind: type[Arguments], args: NluTrainingArguments) -> Arguments:
    """Turn arguments into another kind; fields that they do not have get their default values.

    Args:
        kind: class of the result, such as `TransferArguments`.
        args: arguments; if they have this kind already, they are returned; else they are copied and not changed.
    """
    if isinstance(args, kind):
        return args
    completed = kind.__new__(kind)  # no __post_init__: it has run already, and must not run on its own results
    vars(completed).update({item.name: item.default for item in fields(kind) if item.default is not MISSING})
    vars(completed).update(vars(args))
    return completed
