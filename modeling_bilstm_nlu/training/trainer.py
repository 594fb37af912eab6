"""The Trainer of the joint model: encoding, length buckets, learning rates by layer, metrics, learning curve."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from datasets import Dataset
from torch import Tensor
from torch.utils.data import DataLoader
from transformers import (
    EarlyStoppingCallback,
    EvalPrediction,
    PreTrainedTokenizerFast,
    Trainer,
    TrainerCallback,
    set_seed,
)
from transformers.trainer import TRAINING_ARGS_NAME
from transformers.trainer_utils import PredictionOutput, TrainOutput, get_last_checkpoint

from bilstm_nlu.errors import NluError
from bilstm_nlu.files import write_text

from ..data.collator import JointNluCollator
from ..data.domains import Domain
from ..data.encoded import EncodedUtterances
from ..data.encoding import encode_dataset
from ..hub.card import render_card
from ..hub.facts import CardFacts
from ..hub.latency import Latency, measure_latency
from ..hub.publish import publish, write_repository
from ..metrics.compute import make_compute_metrics
from ..modeling_bilstm_nlu import IGNORED, BiLstmNluForIntentAndSlots
from ..tokenization_bilstm_nlu import build_tokenizer
from .arguments import NluTrainingArguments
from .callbacks import LearningCurveCallback
from .checkpoint_shapes import take_checkpoint_shapes
from .domain_facts import domain_facts, example_texts
from .sampler import LengthBucketSampler
from .scoring import score_facts
from .training_rows import encoded_training_rows
from .transfer.gazetteers import take_catalogs

__all__ = ["NluTrainer"]


class NluTrainer(Trainer):
    """Trains a `BiLstmNluForIntentAndSlots` on a domain, and gives it the slot catalogs of the domain, if it has any.

    The constructor keeps what it is given; model and data are made ready in `train()`, see `prepare`.

    Args:
        model: the model; its labels must cover the domain's.
        args: an `NluTrainingArguments`.
        domain: the data: trains on `train`, evaluates on `validation` where there is one.
        processing_class: the tokenizer; the package's own by default.
        callbacks: more callbacks.
        lineage: `base_model` and `base_model_revision` for the model card, where the model was not random at first.
        kwargs: further arguments of `transformers.Trainer`. `train_dataset` and `eval_dataset`, if given, must be
            encoded (`encode`) and go before the domain's.

    Attributes:
        is_prepared: whether `prepare` has run.
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
        self._latency: Latency | None = None
        self._tokenizer = processing_class or build_tokenizer()
        self._carrier_dropout = 0.0
        # the splits of the domain are encoded later, once the labels of the model are known
        splits = {} if domain is None else domain.splits
        self._encodes_train = "train_dataset" not in kwargs and "train" in splits
        self._encodes_validation = "eval_dataset" not in kwargs and "validation" in splits
        if self._encodes_train:
            kwargs["train_dataset"] = splits["train"]
        if self._encodes_validation:
            kwargs["eval_dataset"] = splits["validation"]
        self.learning_curve = LearningCurveCallback()
        callbacks = [self.learning_curve, *callbacks]
        if args.early_stopping_patience:
            callbacks.append(EarlyStoppingCallback(args.early_stopping_patience))
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
        """The model without the wrapper of several processes; mixed precision stays on. See also `bare_model`."""
        return self.accelerator.unwrap_model(self.model)

    @property
    def labels(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The intents and the slot types of the model as it is now."""
        config = self.own_model.config
        return tuple(config.intents), tuple(config.slot_types)

    def prepare(self, checkpoint: str | Path | None = None) -> None:
        """Do what comes before the first step, once: give the model what the domain has for it, and encode the data.

        `train()` calls it; call it yourself to look at the model as it will start.

        Args:
            checkpoint: of a run that goes on: the model takes labels and shapes from it, and nothing else is done to
                the model.

        Raises:
            DataError: the domain has a label that the model does not have, or catalogs that no checkpoint can hold.
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
        set_seed(self.args.seed)  # the first batches and dropout masks do not depend on what came before
        self._prepare_run(is_resumed=checkpoint is not None)
        self.is_prepared = True

    def _prepare_model(self) -> None:
        """Change the model before its first step; not called in a run that goes on."""
        if self.domain is not None:
            take_catalogs(self.own_model, self.domain, self._tokenizer, use_gazetteers=self.nlu_args.use_gazetteers)

    def _prepare_run(self, *, is_resumed: bool) -> None:
        """Get ready what is no part of the model, for a run from the start as for one that goes on."""

    def _ensure_prepared(self) -> None:
        """Prepare the model where that trains nothing; trainers whose preparation does raise an NluError instead."""
        self.prepare()

    def train(self, resume_from_checkpoint: str | bool | None = None, *args: Any, **kwargs: Any) -> TrainOutput:
        """Prepare the model (`prepare`) and train it.

        Args:
            resume_from_checkpoint: a checkpoint folder of an interrupted run, or `True` for the last one in
                `args.output_dir`. Labels and shapes come from it.
            args: of `transformers.Trainer.train`, like `kwargs`.
        """
        checkpoint = resume_from_checkpoint or None
        if checkpoint is True and (checkpoint := get_last_checkpoint(self.nlu_args.output_dir or ".")) is None:
            raise NluError(f"no checkpoint to go on from in {self.nlu_args.output_dir}; call train() without it")
        self.prepare(checkpoint)
        return super().train(checkpoint, *args, **kwargs)

    def evaluate(self, *args: Any, **kwargs: Any) -> dict[str, float]:
        """As `transformers.Trainer.evaluate`.

        Raises:
            NluError: the model has to be prepared first; the message says how.
        """
        self._ensure_prepared()
        return super().evaluate(*args, **kwargs)

    def predict(self, *args: Any, **kwargs: Any) -> PredictionOutput:
        """As `transformers.Trainer.predict`.

        Raises:
            NluError: the model has to be prepared first; the message says how.
        """
        self._ensure_prepared()
        return super().predict(*args, **kwargs)

    def get_train_dataloader(self) -> DataLoader:
        self._ensure_prepared()
        return super().get_train_dataloader()

    def encode(self, dataset: Dataset, name: str = "data", num_rows: int | None = None) -> EncodedUtterances:
        """A dataset with the columns of `FEATURES` as the trainer's own `evaluate` and `predict` take it.

        Args:
            dataset: what to encode.
            name: to call it by in messages.
            num_rows: see `EncodedUtterances`.
        """
        return EncodedUtterances(encode_dataset(dataset, self._tokenizer, *self.labels, split=name), num_rows)

    def _encode_training(self) -> EncodedUtterances:
        """The training split with utterances out of label names, and variants (see `NluTrainingArguments`)."""
        assert self.domain is not None
        return encoded_training_rows(self.domain, self.nlu_args, self._tokenizer, *self.labels)

    def _score(self, evaluation: EvalPrediction) -> dict[str, float]:
        return make_compute_metrics(*self.labels)(evaluation)

    def _decode(self, logits: tuple[Tensor, Tensor], labels: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        """Ids instead of scores, before they are gathered: (batch,) intents and (batch, words) slot tags."""
        intent_logits, slot_logits = logits
        word_mask = labels[1] != IGNORED
        scores, slot_ids = self.own_model.decode(intent_logits, slot_logits, word_mask)
        return scores.argmax(-1), slot_ids

    def compute_loss(self, model: torch.nn.Module, inputs: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """The joint loss; in training some words outside slots are masked (`args.carrier_dropout`)."""
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
        args = self.args  # neighbouring batches go to different processes: they should be alike as well
        batch_size = args.train_batch_size * args.gradient_accumulation_steps * args.world_size
        seed = self.args.data_seed if self.args.data_seed is not None else self.args.seed
        return LengthBucketSampler(rows.lengths, batch_size, seed, num_variants=rows.num_variants)

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

    def _save(self, output_dir: str | None = None, state_dict: dict[str, Any] | None = None) -> None:
        super()._save(output_dir, state_dict)
        (Path(output_dir or self.nlu_args.output_dir or ".") / TRAINING_ARGS_NAME).unlink(missing_ok=True)  # a pickle

    def card_facts(self, name: str, *, packed: bool = False, **facts: Any) -> CardFacts:
        """What a model card says of this run.

        Args:
            name: of the model.
            packed: whether the weights are saved packed, see `save_pretrained`.
            facts: arguments of `CardFacts` that go before what the trainer knows. Without `metrics`, the weights as
                they would be saved now are scored on the validation split, where there is one.
        """
        self._ensure_prepared()
        model, domain = self.bare_model.as_saved(packed=packed), self.domain
        known: dict[str, Any] = {"learning_curve": self.learning_curve.points, **self.lineage}
        texts: list[str] = []
        if domain is not None:
            split = "validation" if "validation" in domain.splits else "train"
            texts = example_texts(domain, split)
            known |= domain_facts(domain)
            if self._latency is None:  # once: an equal push stays equal
                self._latency = measure_latency(model, self._tokenizer, example_texts(domain, split, 20))
            known["latency"] = self._latency
            if "metrics" not in facts and split == "validation":
                known |= score_facts(model, self._tokenizer, domain, [split])
        given = {"texts": texts, **known, **facts}
        return CardFacts.from_model(name, model, self._tokenizer, packed=packed, **given)

    @property
    def bare_model(self) -> BiLstmNluForIntentAndSlots:
        """The model without the wrappers of mixed precision and of several processes: as others will load it.

        The first look ends mixed precision: not for use within a training step.
        """
        return self.accelerator.unwrap_model(self.model, keep_fp32_wrapper=False)

    def write_repository(
        self, folder: str | Path, *, recipe: object = None, packed: bool = False, **facts: Any
    ) -> Path:
        """Write weights, tokenizer, code and the model card of this run as one repository folder.

        Args:
            folder: where to; missing, empty, or an older repository.
            recipe: for `recipe.yaml`.
            packed: save the weights in less than half the space, see `save_pretrained`; the card tells.
            facts: as for `card_facts`.

        Raises:
            NluError: the folder holds something else, or the model has to be prepared first.
        """
        card = self.card_facts(Path(folder).expanduser().resolve().name, packed=packed, **facts)
        return write_repository(folder, self.bare_model, self._tokenizer, card, recipe=recipe, packed=packed)

    def create_model_card(self, *args: Any, **kwargs: Any) -> None:
        """Write this package's card instead of the stock draft; the arguments of the stock method are passed over."""
        if self.is_world_process_zero():
            card = render_card(self.card_facts(self.repository_name))
            write_text(Path(self.nlu_args.output_dir or ".") / "README.md", card)

    @property
    def repository_name(self) -> str:
        """The name of the repository without its owner: of `args.hub_model_id`, else of the output folder."""
        wanted = self.nlu_args.hub_model_id or Path(self.nlu_args.output_dir or ".").resolve().name
        return wanted.rpartition("/")[2]

    def push_to_hub(  # type: ignore[override]
        self,
        commit_message: str | None = None,
        *,
        token: str | None = None,
        revision: str | None = None,
        tag: str | None = None,
        create_pr: bool = False,
        private: bool | None = None,
    ) -> str | None:
        """Push the model as one commit, once a process that lacks this package has run it with the same result.

        The weights are those that the model has now; none of the trainer's own files is pushed. The repository is
        `args.hub_model_id`, by default one of your own under the name of the output folder. Arguments of the stock
        method that say something else of the push or of the stock card are refused.

        Args:
            commit_message: first line of the commit.
            token: of the hub; `args.hub_token` by default.
            revision: branch to push to.
            tag: for the commit.
            create_pr: open a pull request instead.
            private: whether a new repository is private; `args.hub_private_repo` by default.

        Returns:
            The address of the commit; `None` in all processes but the first.

        Raises:
            NluError: the hub refuses or cannot be reached.
            TypeError: an unknown argument.
        """
        if not self.is_world_process_zero():
            return None
        with TemporaryDirectory() as folder:
            return publish(
                Path(folder) / self.repository_name,
                self.bare_model,
                self._tokenizer,
                self.card_facts(self.repository_name),
                repo_id=self.nlu_args.hub_model_id or self.repository_name,
                private=self.nlu_args.hub_private_repo if private is None else private,
                commit_message=commit_message or "End of training",
                token=token or self.nlu_args.hub_token,
                revision=revision,
                tag=tag,
                create_pr=create_pr,
            ).url
