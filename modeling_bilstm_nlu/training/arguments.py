"""Training arguments: those of transformers, with defaults for small recurrent networks, and those of transfer."""

from dataclasses import dataclass, field

from transformers import TrainingArguments
from transformers.trainer_utils import HubStrategy

from ..modeling_bilstm_nlu import RESET_POLICIES

__all__ = ["NluTrainingArguments"]


@dataclass
class NluTrainingArguments(TrainingArguments):
    """`TrainingArguments` of an `NluTrainer`.

    Args:
        freeze_steps: optimisation steps during which the encoder stays as it is; transfer only.
        gradual_unfreezing: after `freeze_steps` release the shared bi-LSTM, after twice as many the embeddings.
        encoder_lr_scale: learning rate of the shared bi-LSTM as a multiple of `learning_rate`.
        embedding_lr_scale: learning rate of the embeddings as a multiple of `learning_rate`.
        reset_policy: which layers `TransferTrainer` draws anew, one of `RESET_POLICIES`.
        recall_labels: let the new heads start from what the checkpoint's say of labels with like names, see
            `recall_heads`; transfer under the policy `heads` only.
        fit_heads: fit the new heads to the frozen network before all layers train; transfer only.
        corpus_temperature: how far a mixture's corpora are drawn alike: 1 keeps their sizes as shares, infinity makes
            all equal; pretraining on a mixture only.
        teacher: a sentence encoder that teaches beside the labels: a folder or a hub id, see `read_with_teacher`;
            pretraining on a mixture only.
        distillation_weight: weight of the distance from the teacher.
        extra_words: of the commonest words of the mixture's languages, how many get a vector at the end although no
            corpus has them, see `add_extra_words`; pretraining on a mixture with a teacher only.
        catalog_share: share of batches in which some of the corpus's slot values are marked as slot catalogs mark
            theirs; pretraining on a mixture only.
        use_gazetteers: feed the domain's slot catalogs, if it has any, to the upper stacks (section 3 of the paper).
        name_utterances: also train on what the names of intents and slot types say, as utterances; not for a mixture.
        value_substitution: chance of each slot whose type has a catalog to hold another value of it whenever its
            utterance is trained on; not for a mixture.
        carrier_dropout: fraction of the words outside slots that are masked whenever their utterance is trained on, so
            that the words around them and matches in slot catalogs must serve; for models with gazetteers only.
        carrier_thinning: chance of each utterance with slots, when it is trained on, to lose some of the words outside
            them and to teach slots only; for domains with slot catalogs, not for a mixture.
        early_stopping_patience: evaluations without a better `metric_for_best_model` after which training ends;
            0 never ends it early.

    Raises:
        ValueError: a value out of range.
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
    freeze_steps: int = field(default=0)
    gradual_unfreezing: bool = field(default=False)
    encoder_lr_scale: float = field(default=1.0)
    embedding_lr_scale: float = field(default=1.0)
    reset_policy: str = field(default="heads")
    recall_labels: bool = field(default=True)
    fit_heads: bool = field(default=True)
    use_gazetteers: bool = field(default=True)
    name_utterances: bool = field(default=True)
    value_substitution: float = field(default=0.5)
    carrier_dropout: float = field(default=0.2)
    carrier_thinning: float = field(default=0.5)
    corpus_temperature: float = field(default=1.0)
    teacher: str | None = field(default=None)
    distillation_weight: float = field(default=1.0)
    extra_words: int = field(default=0)
    catalog_share: float = field(default=0.0)
    early_stopping_patience: int = field(default=0)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.n_gpu > 1:  # nn.DataParallel cannot gather rows of unequal numbers of words
            raise ValueError(
                f"{self.n_gpu} GPUs in one process are not supported; start it with torchrun or accelerate"
            )
        if self.push_to_hub and self.hub_strategy != HubStrategy.END:
            raise ValueError("hub_strategy must be 'end': a push takes the finished model, not checkpoints")
        if self.reset_policy not in RESET_POLICIES:
            raise ValueError(f"reset_policy must be one of {RESET_POLICIES}, got {self.reset_policy!r}")
        if self.early_stopping_patience and not self.load_best_model_at_end:
            raise ValueError(
                "early_stopping_patience needs load_best_model_at_end=True, and eval_strategy like save_strategy: "
                "without it the weights of the last evaluation would be kept, not the best"
            )
        for name in ("carrier_dropout", "carrier_thinning", "catalog_share", "value_substitution"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must lie in [0, 1], got {getattr(self, name)}")
        if self.extra_words and self.teacher is None:
            raise ValueError("extra_words needs a teacher that knows the words")
        if not self.corpus_temperature > 0:
            raise ValueError(f"corpus_temperature must be above 0, got {self.corpus_temperature}")
        not_negative = ("freeze_steps", "encoder_lr_scale", "embedding_lr_scale", "early_stopping_patience")
        for name in (*not_negative, "distillation_weight", "extra_words"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must not be negative, got {getattr(self, name)}")
