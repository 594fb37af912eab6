"""The trainer of the second stage of transfer: it turns a generic checkpoint into a model of a domain."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

from transformers import PreTrainedTokenizerFast, TrainerCallback

from bilstm_nlu.errors import NluError

from ...data.corpora.licences import derived_licence
from ...data.domains import Domain
from ...data.encoded import EncodedUtterances
from ...hub.card_data import CardData, source_of
from ...hub.lineage import licence_of
from ...modeling_bilstm_nlu import BiLstmNluForIntentAndSlots
from ..arguments import NluTrainingArguments, TransferArguments, with_defaults_of
from ..callbacks import FreezeCallback
from ..trainer import NluTrainer
from .prepare import Preparation, prepare_for_domain

__all__ = ["TransferTrainer"]


class TransferTrainer(NluTrainer):
    """Trains a generic checkpoint on the small data of a new domain.

    This is the second stage of section 3 of the paper. The constructor does not change the model: `train()` first
    prepares it (see `prepare_for_domain`), then trains all layers, the encoder after `args.freeze_steps`. A resumed
    run (`resume_from_checkpoint`) takes labels and layer sizes from its checkpoint, and does not prepare the model.

    Args:
        model: the generic checkpoint; `train()` changes it in place.
        args: a `TransferArguments`, or an `NluTrainingArguments`, which gets the defaults of `TransferArguments`;
            `args.seed` is also the seed of the new layers.
        domain: the target domain.
        processing_class: the tokenizer; `None` takes the standard tokenizer.
        callbacks: more callbacks.
        preparation: result of `prepare_for_domain`, if the model is prepared already.
        kwargs: more arguments of `NluTrainer`.

    Attributes:
        source_checkpoint: folder or hub id of the generic checkpoint, for the model card.
        preparation: result of the preparation; `None` before it, and in a resumed run.
    """

    nlu_args: TransferArguments
    domain: Domain

    def __init__(
        self,
        model: BiLstmNluForIntentAndSlots,
        args: NluTrainingArguments,
        domain: Domain,
        *,
        processing_class: PreTrainedTokenizerFast | None = None,
        callbacks: Sequence[TrainerCallback] = (),
        preparation: Preparation | None = None,
        **kwargs: Any,
    ):
        self.source_checkpoint = model.name_or_path or None
        self.preparation = preparation
        base_model, revision = source_of(model)
        super().__init__(
            model,
            with_defaults_of(TransferArguments, args),
            domain,
            processing_class=processing_class,
            callbacks=callbacks,
            lineage={"base_model": base_model, "base_model_revision": revision},
            **kwargs,
        )

    @property
    def num_new_words(self) -> int | None:
        """Number of words of the domain that the checkpoint had no vector for; `None` without a preparation."""
        return None if self.preparation is None else self.preparation.num_new_words

    def _prepare_model(self) -> None:
        if self.optimizer is not None and self.preparation is None:
            raise NluError(
                "the optimizer was made before the model got its new layers, so it would not train them; "
                "give optimizer_cls_and_kwargs instead of optimizers, or call prepare_for_domain first"
            )
        if self.preparation is None:
            rows = None if self._encodes_train else cast(EncodedUtterances, self.train_dataset)
            self.preparation = prepare_for_domain(
                self.own_model, self.domain, self.nlu_args, self._tokenizer, rows=rows
            )
        if self._encodes_train:
            self.train_dataset, self._encodes_train = self.preparation.rows, False
        self.learning_curve.head_start = self.preparation.seconds

    def _prepare_run(self, *, is_resumed: bool) -> None:
        args, encoder = self.nlu_args, self.own_model.encoder
        if args.freeze_steps:
            embeddings_from = args.freeze_steps * (2 if args.gradual_unfreezing else 1)
            self.add_callback(
                FreezeCallback([(encoder.shared, args.freeze_steps), (encoder.embeddings, embeddings_from)])
            )

    def _ensure_prepared(self) -> None:
        if self.preparation is not None:
            self.prepare()  # only encodes data
        elif not self.is_prepared:
            raise NluError(
                f"the model is not prepared for domain {self.domain.name!r} and does not have its labels; call "
                "train() first, or give preparation=prepare_for_domain(model, domain, args, tokenizer)"
            )

    def card_data(self, name: str, **card_data: Any) -> CardData:
        """Return the card data of `NluTrainer.card_data`, with the terms of the generic checkpoint's licence."""
        known = super().card_data(name, **card_data)
        if "licence" in card_data or self.source_checkpoint is None:
            return known
        base = licence_of(self.source_checkpoint, self.lineage["base_model_revision"])
        licence, terms = derived_licence((known.licence, known.data_terms or ""), base)
        return replace(known, licence=licence, data_terms=terms, base_licence=base)
