"""The Trainer of the joint model: encoding, batches by length, learning rates of layers, metrics, learning curve."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from torch import Tensor
from torch.utils.data import DataLoader
from transformers import (
    EvalPrediction,
    PreTrainedTokenizerFast,
    TrainerCallback,
    set_seed,
)
from transformers.trainer import TRAINING_ARGS_NAME
from transformers.trainer_utils import PredictionOutput, TrainOutput, get_last_checkpoint

from bilstm_nlu.errors import NluError

from ..data.collator import JointNluCollator
from ..data.domains import Domain
from ..data.encoded import EncodedUtterances
from ..data.encoding import encode_dataset
from ..data.mixtures.mixture import Mixture
from ..hub.latency import Latency
from ..labels_bilstm_nlu import IGNORED
from ..metrics.compute import make_compute_metrics
from ..modeling_bilstm_nlu import BiLstmNluForIntentAndSlots
from ..tokenization_bilstm_nlu import build_tokenizer
from .arguments import NluTrainingArguments
from .callbacks import EarlyStopping, LearningCurveCallback
from .checkpoint_shapes import take_checkpoint_shapes
from .decision.fitting import DecisionFit, fit_decision
from .fused_lstm import fused_lstms
from .publishing_trainer import PublishingTrainer
from .sampler import LengthBucketSampler
from .segment_fitting import fit_segment_heads
from .training_rows import encoded_training_rows, has_background
from .transfer.exact_phrases import take_phrases
from .transfer.gazetteers import take_catalogs
from .transfer.own_words import take_words
from .used_rows import UsedRows
from .weight_groups import weight_groups

__all__ = ["NluTrainer"]


class NluTrainer(PublishingTrainer):
    """Trains a `BiLstmNluForIntentAndSlots` on a domain, and gives it the domain's catalogs and phrases.

    The constructor only stores its arguments; `train()` prepares the model and the data, see `prepare`.

    Args:
        model: the model; its labels must cover the domain's.
        args: an `NluTrainingArguments`.
        domain: the data: its `train` split is for training, its `validation` split, if any, for evaluation.
        processing_class: the tokenizer; `None` takes the standard tokenizer.
        callbacks: more callbacks.
        lineage: `base_model` and `base_model_revision` for the model card, if the model is a trained checkpoint.
        kwargs: more arguments of `transformers.Trainer`. `train_dataset` and `eval_dataset`, if given, must be encoded
            (see `encode`) and replace the splits of the domain.

    Attributes:
        is_prepared: whether `prepare` has run.
        decision_fit: the decision that `train` has fitted; `None` before it, and without a decision.
    """

    def __init__(
        self,
        model: BiLstmNluForIntentAndSlots,
        args: NluTrainingArguments,
        domain: Domain | None = None,
        *,
        processing_class: PreTrainedTokenizerFast | None = None,
        callbacks: Sequence[TrainerCallback] = (),
        lineage: dict[str, str | None] | None = None,
        **kwargs: Any,
    ):
        self.domain = domain
        self.lineage = {} if lineage is None else lineage
        self.nlu_args = args
        self.is_prepared = False
        self.decision_fit: DecisionFit | None = None
        self._latency: Latency | None = None
        self._used_rows: UsedRows | None = None
        self._tokenizer = processing_class or build_tokenizer()
        self._carrier_dropout = 0.0
        # the splits of the domain are encoded later, when the labels of the model are known
        splits = {} if domain is None else domain.splits
        self._encodes_train = "train_dataset" not in kwargs and "train" in splits
        self._encodes_validation = "eval_dataset" not in kwargs and "validation" in splits
        if self._encodes_train:
            kwargs["train_dataset"] = splits["train"]
        if self._encodes_validation:
            kwargs["eval_dataset"] = splits["validation"]
        self.learning_curve = LearningCurveCallback()
        early_stopping = [EarlyStopping(args.early_stopping_patience)] if args.early_stopping_patience else []
        callbacks = [self.learning_curve, *callbacks, *early_stopping]
        super().__init__(
            model,
            args,
            data_collator=JointNluCollator(model.config.pad_token_id, IGNORED),
            processing_class=self._tokenizer,
            compute_metrics=self._score,
            preprocess_logits_for_metrics=self._decode,  # type: ignore[arg-type]
            callbacks=callbacks,
            **kwargs,
        )

    @property
    def own_model(self) -> BiLstmNluForIntentAndSlots:
        """The model without the wrapper of distributed training; mixed precision stays on. See also `bare_model`."""
        return self.accelerator.unwrap_model(self.model)

    @property
    def labels(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The intents and the slot types that the model has now."""
        config = self.own_model.config
        return tuple(config.intents), tuple(config.slot_types)

    def prepare(self, checkpoint: str | Path | None = None) -> None:
        """Give the model the domain's catalogs and phrases, and encode the data. Does nothing after the first call.

        `train()` calls this method; call it yourself to see the model before its first step.

        Args:
            checkpoint: checkpoint folder of a run to resume: the model takes its labels and layer sizes, and is not
                prepared otherwise.

        Raises:
            DataError: the domain has a label that the model does not have, or catalogs that a checkpoint cannot store.
        """
        if self.is_prepared:
            return
        if checkpoint is None:
            self._prepare_model()
        else:
            take_checkpoint_shapes(self.own_model, checkpoint)
        if self._encodes_train:
            self.train_dataset, self._encodes_train = self._encode_training(), False
        if self._encodes_validation and self.domain is not None:
            rows = self.encode(self.domain.splits["validation"], f"{self.domain.name}/validation")
            self.eval_dataset, self._encodes_validation = rows, False
        self._carrier_dropout = self.nlu_args.carrier_dropout if self.own_model.config.gazetteers else 0.0
        set_seed(self.args.seed)  # the first batches and dropout masks do not depend on the preparation
        self._prepare_run(is_resumed=checkpoint is not None)
        self.is_prepared = True

    def _prepare_model(self) -> None:
        """Change the model before its first step; not called when a run is resumed."""
        self.own_model.set_segment_heads(0)  # they belong to the weights before this training
        if (domain := self.domain) is not None:
            take_catalogs(self.own_model, domain, self._tokenizer, use_gazetteers=self.nlu_args.use_gazetteers)
            take_phrases(self.own_model, domain, keep_phrases=self.nlu_args.keep_phrases)
            take_words(self.own_model, domain, keep_words=self.nlu_args.keep_words)

    def _prepare_run(self, *, is_resumed: bool) -> None:
        """Prepare all that is not part of the model, for new runs and for resumed ones."""

    def _ensure_prepared(self) -> None:
        """Prepare the model if this needs no training; trainers whose preparation trains raise an NluError."""
        self.prepare()

    def train(self, resume_from_checkpoint: str | bool | None = None, *args: Any, **kwargs: Any) -> TrainOutput:
        """Prepare the model (see `prepare`) and train it.

        Args:
            resume_from_checkpoint: a checkpoint folder of an interrupted run, or `True` for the last checkpoint in
                `args.output_dir`. The model takes its labels and layer sizes.
            args: positional arguments of `transformers.Trainer.train`.
            kwargs: keyword arguments of `transformers.Trainer.train`.

        Raises:
            NluError: there is no checkpoint to continue from, it does not fit the model, or the loss or a weight is
                not finite.
        """
        checkpoint = resume_from_checkpoint or None
        if checkpoint is True and (checkpoint := get_last_checkpoint(self.nlu_args.output_dir or ".")) is None:
            raise NluError(
                f"{self.nlu_args.output_dir} has no checkpoint to continue from; call train() without "
                f"resume_from_checkpoint"
            )
        self.prepare(checkpoint)
        with fused_lstms(self.own_model):
            with self._rows_to_train(checkpoint):
                result = super().train(checkpoint, *args, **kwargs)
            if self.nlu_args.fit_segments and self.domain is not None:
                fit_segment_heads(self.own_model, self.domain, self._tokenizer, seed=self.args.seed)
            if self.nlu_args.fit_decision and self.domain is not None and not isinstance(self.domain, Mixture):
                self.decision_fit = fit_decision(self.bare_model, self._tokenizer, self.domain, seed=self.args.seed)
        return result

    def _rows_to_train(self, checkpoint: str | None) -> AbstractContextManager[None]:
        """Train only the rows of the embeddings that the data uses, unless an optimizer has the whole tables."""
        rows = self.train_dataset
        if self._used_rows is None:
            if self.optimizer is not None or self.args.world_size > 1 or not isinstance(rows, EncodedUtterances):
                return nullcontext()
            if checkpoint is not None:
                self._load_from_checkpoint(checkpoint)  # it says which word has which row
            self._used_rows = UsedRows(self.own_model.encoder.embeddings, rows)
        return self._used_rows.trained()

    def evaluate(self, *args: Any, **kwargs: Any) -> dict[str, float]:
        """Evaluate the model, see `transformers.Trainer.evaluate`.

        Raises:
            NluError: the model has to be prepared first; the message says how.
        """
        self._ensure_prepared()
        return super().evaluate(*args, **kwargs)

    def predict(self, *args: Any, **kwargs: Any) -> PredictionOutput:
        """Predict with the model, see `transformers.Trainer.predict`.

        Raises:
            NluError: the model has to be prepared first; the message says how.
        """
        self._ensure_prepared()
        return super().predict(*args, **kwargs)

    def get_train_dataloader(self) -> DataLoader:
        self._ensure_prepared()
        return super().get_train_dataloader()

    def encode(self, dataset: Dataset, name: str = "data", num_rows: int | None = None) -> EncodedUtterances:
        """Encode a dataset for this trainer's `evaluate` and `predict`.

        Args:
            dataset: dataset with the columns of `FEATURES`.
            name: name of the data in messages.
            num_rows: number of rows of each variant, see `EncodedUtterances`.
        """
        return EncodedUtterances(encode_dataset(dataset, self._tokenizer, *self.labels, split=name), num_rows)

    def _encode_training(self) -> EncodedUtterances:
        """Encode the train split, with utterances from label names and variants (see `NluTrainingArguments`)."""
        assert self.domain is not None
        self.own_model.config.none_class = has_background(self.domain, self.nlu_args)
        return encoded_training_rows(self.domain, self.nlu_args, self._tokenizer, *self.labels)

    def _score(self, evaluation: EvalPrediction) -> dict[str, float]:
        return make_compute_metrics(*self.labels)(evaluation)

    def _decode(self, logits: tuple[Tensor, Tensor], labels: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        """Turn scores into ids before they are gathered: (batch,) intents and (batch, words) slot tags."""
        intent_logits, slot_logits = logits
        word_mask = labels[1] != IGNORED
        scores, slot_ids = self.own_model.decode(intent_logits, slot_logits, word_mask)
        return scores.argmax(-1), slot_ids

    def compute_loss(self, model: torch.nn.Module, inputs: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Compute the joint loss; in training some words outside slots are masked (`args.carrier_dropout`)."""
        labels, chance = inputs.get("slot_labels"), self._carrier_dropout
        if model.training and chance and labels is not None:
            is_outside = labels == 0  # `O`
            masked = is_outside & (torch.rand(labels.shape, device=labels.device) < chance)
            inputs = {**inputs, "masked_words": masked}
        return super().compute_loss(model, inputs, *args, **kwargs)

    def _get_train_sampler(self, train_dataset: Any = None) -> torch.utils.data.Sampler | None:
        rows = self.train_dataset if train_dataset is None else train_dataset
        if not isinstance(rows, EncodedUtterances):
            return super()._get_train_sampler(train_dataset)
        args = self.args  # neighbouring batches go to different processes, so their lengths should be similar, too
        batch_size = args.train_batch_size * args.gradient_accumulation_steps * args.world_size
        seed = self.args.data_seed if self.args.data_seed is not None else self.args.seed
        return LengthBucketSampler(rows.all_lengths, batch_size, seed, num_variants=rows.num_variants)

    def create_optimizer(self, model: Any = None) -> torch.optim.Optimizer:
        """Create AdamW with learning rates by layer; embeddings, biases and transitions have no weight decay."""
        if self.optimizer is not None:
            return self.optimizer
        args, model = self.nlu_args, model or self.model
        optimizer_class, options = self.get_optimizer_cls_and_kwargs(args, model)
        options.pop("lr", None)
        self.optimizer = optimizer_class(weight_groups(model, args), lr=args.learning_rate, **options)
        return self.optimizer

    def _save(self, output_dir: str | None = None, state_dict: dict[str, Any] | None = None) -> None:
        super()._save(output_dir, state_dict)
        (Path(output_dir or self.nlu_args.output_dir or ".") / TRAINING_ARGS_NAME).unlink(missing_ok=True)  # a pickle
