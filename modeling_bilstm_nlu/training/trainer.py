"""The Trainer of the joint model: encoding, length buckets, learning rates by layer, metrics, learning curve."""

from collections.abc import Sequence
from typing import Any

import torch
from datasets import Dataset
from torch import Tensor
from transformers import EarlyStoppingCallback, PreTrainedTokenizerFast, Trainer, TrainerCallback

from ..data.collator import JointNluCollator
from ..data.domains import Domain
from ..data.encoded import EncodedUtterances
from ..data.encoding import encode_dataset
from ..metrics.compute import make_compute_metrics
from ..modeling_bilstm_nlu import IGNORED, BiLstmNluForIntentAndSlots
from ..tokenization_bilstm_nlu import build_tokenizer
from .arguments import NluTrainingArguments
from .callbacks import LearningCurveCallback
from .sampler import LengthBucketSampler

__all__ = ["NluTrainer"]


class NluTrainer(Trainer):
    """Trains a `BiLstmNluForIntentAndSlots` on a domain.

    Args:
        model: the model; its labels must cover the domain's.
        args: an `NluTrainingArguments`.
        domain: the data: trains on `train`, evaluates on `validation` where there is one.
        processing_class: the tokenizer; the package's own by default.
        callbacks: more callbacks.
        kwargs: further arguments of `transformers.Trainer`. `train_dataset` and `eval_dataset`, if given, must be
            encoded (`encode`) and go before the domain's.

    Raises:
        DataError: the domain has a label that the model does not have.
    """

    def __init__(
        self,
        model: BiLstmNluForIntentAndSlots,
        args: NluTrainingArguments,
        domain: Domain | None = None,
        *,
        processing_class: PreTrainedTokenizerFast | None = None,
        callbacks: Sequence[TrainerCallback] = (),
        **kwargs: Any,
    ):
        self.domain = domain
        self.nlu_args = args
        self.labels = (tuple(model.config.intents), tuple(model.config.slot_types))
        self._tokenizer = processing_class or build_tokenizer()
        if domain is not None:
            kwargs.setdefault("train_dataset", self.encode(domain.splits["train"], f"{domain.name}/train"))
            if "validation" in domain.splits:
                validation = self.encode(domain.splits["validation"], f"{domain.name}/validation")
                kwargs.setdefault("eval_dataset", validation)
        self.learning_curve = LearningCurveCallback()
        callbacks = [self.learning_curve, *callbacks]
        if args.early_stopping_patience:
            callbacks.append(EarlyStoppingCallback(args.early_stopping_patience))
        super().__init__(
            model,
            args,
            data_collator=JointNluCollator(model.config.pad_token_id, IGNORED),
            processing_class=self._tokenizer,
            compute_metrics=make_compute_metrics(*self.labels),
            preprocess_logits_for_metrics=self._decode,  # type: ignore[arg-type]
            callbacks=callbacks,
            **kwargs,
        )

    def encode(self, dataset: Dataset, name: str = "data") -> EncodedUtterances:
        """A dataset with the columns of `FEATURES` as the trainer's own `evaluate` and `predict` take it."""
        return EncodedUtterances(encode_dataset(dataset, self._tokenizer, *self.labels, split=name))

    def _decode(self, logits: tuple[Tensor, Tensor], labels: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        """Ids instead of scores, before they are gathered: (batch,) intents and (batch, words) slot tags."""
        intent_logits, slot_logits = logits
        word_mask = labels[1] != IGNORED
        model = self.accelerator.unwrap_model(self.model)
        return intent_logits.argmax(-1), model.decode_slots(slot_logits, word_mask)

    def _get_train_sampler(self, train_dataset: Dataset | None = None) -> torch.utils.data.Sampler | None:
        if not isinstance(self.train_dataset, EncodedUtterances):
            return super()._get_train_sampler(train_dataset)
        batch_size = self.args.train_batch_size * self.args.gradient_accumulation_steps
        seed = self.args.data_seed if self.args.data_seed is not None else self.args.seed
        return LengthBucketSampler(self.train_dataset.lengths, batch_size, seed)

    def create_optimizer(self, model: Any = None) -> torch.optim.Optimizer:
        """AdamW with a learning rate a layer; embeddings, biases and transitions are not decayed."""
        if self.optimizer is not None:
            return self.optimizer
        args, model = self.nlu_args, model or self.model
        groups: dict[tuple[float, float], list[torch.nn.Parameter]] = {}
        for name, weight in model.named_parameters():
            if not weight.requires_grad:
                continue
            is_embedding = "encoder.embeddings." in name
            scale = args.embedding_lr_scale if is_embedding else args.encoder_lr_scale if "encoder." in name else 1.0
            decayed = weight.dim() > 1 and not is_embedding and "crf." not in name
            groups.setdefault((scale, args.weight_decay if decayed else 0.0), []).append(weight)
        optimizer_class, options = self.get_optimizer_cls_and_kwargs(args, model)
        options.pop("lr", None)
        self.optimizer = optimizer_class(
            [
                {"params": weights, "lr": args.learning_rate * scale, "weight_decay": decay}
                for (scale, decay), weights in groups.items()
            ],
            lr=args.learning_rate,
            **options,
        )
        return self.optimizer
