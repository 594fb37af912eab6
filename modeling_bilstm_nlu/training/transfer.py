"""Two-stage transfer: a generic checkpoint in, a domain's model out."""

import logging
import time
from dataclasses import replace
from typing import Any, cast

from transformers import PreTrainedTokenizerFast, TrainerCallback, set_seed

from ..data.corpora.licences import derived_licence
from ..data.domains import Domain
from ..data.encoded import EncodedUtterances
from ..hub.facts import CardFacts, source_of
from ..hub.lineage import licence_of
from ..modeling_bilstm_nlu import BiLstmNluForIntentAndSlots
from ..tokenization_bilstm_nlu import build_tokenizer
from .arguments import NluTrainingArguments
from .build import grow_vocabulary
from .callbacks import FreezeCallback
from .intent_slots import slots_of_intents
from .probe import fit_heads
from .recall import recall_heads
from .trainer import NluTrainer

__all__ = ["TransferTrainer"]

logger = logging.getLogger(__name__)


class TransferTrainer(NluTrainer):
    """Points a generic checkpoint at a new domain and retrains the whole net on the little data there is.

    The second stage of section 3 of the paper: the upper layers are replaced, resized and drawn anew
    (`args.reset_policy`), heads start from those of labels with like names (`args.recall_labels`), words of the domain
    get rows of their own, its slot catalogs take the place of the old ones, and all layers train, the encoder after
    `args.freeze_steps`.

    Args:
        model: the generic checkpoint; it is changed in place.
        args: an `NluTrainingArguments`; `args.seed` also draws the new layers.
        domain: the target domain.
        processing_class: the tokenizer; the package's own by default.
        callbacks: more callbacks.
        kwargs: as for `NluTrainer`.

    Attributes:
        source_checkpoint: where the generic checkpoint came from, for the model card.
        num_new_words: words of the domain that the generic checkpoint had no row for.
    """

    def __init__(
        self,
        model: BiLstmNluForIntentAndSlots,
        args: NluTrainingArguments,
        domain: Domain,
        *,
        processing_class: PreTrainedTokenizerFast | None = None,
        callbacks: tuple[TrainerCallback, ...] | list[TrainerCallback] = (),
        **kwargs: Any,
    ):
        self.source_checkpoint = model.name_or_path or None
        base_model, revision = source_of(model)
        lineage = {"base_model": base_model, "base_model_revision": revision}
        tokenizer = processing_class or build_tokenizer()
        recalled, head_start = None, 0.0
        if args.recall_labels and args.reset_policy == "heads":
            started = time.perf_counter()
            recalled = recall_heads(model, tokenizer, domain)
            head_start += time.perf_counter() - started
        set_seed(args.seed)
        model.reset_heads(domain.spec.intents, domain.spec.slot_types, args.reset_policy, **slots_of_intents(domain))
        if recalled is not None:
            recalled.copy_to(model)
            logger.info("%s: %d labels are like some that the checkpoint knows", domain.name, recalled.num_labels)
        self.num_new_words = grow_vocabulary(model, domain, tokenizer)
        logger.info("%s: %d words are new to the checkpoint", domain.name, self.num_new_words)
        if args.freeze_steps:
            embeddings_from = args.freeze_steps * (2 if args.gradual_unfreezing else 1)
            stages = [(model.encoder.shared, args.freeze_steps), (model.encoder.embeddings, embeddings_from)]
            callbacks = [*callbacks, FreezeCallback(stages)]
        super().__init__(
            model, args, domain, processing_class=tokenizer, callbacks=callbacks, lineage=lineage, **kwargs
        )
        if args.fit_heads:
            started = time.perf_counter()
            fit_heads(model, cast(EncodedUtterances, self.train_dataset), from_start=recalled is not None)
            head_start += time.perf_counter() - started
        self.learning_curve.head_start = head_start

    def card_facts(self, name: str, **facts: Any) -> CardFacts:
        """As `NluTrainer.card_facts`; what the licence of the generic checkpoint asks of the model holds for it."""
        known = super().card_facts(name, **facts)
        if "licence" in facts or self.source_checkpoint is None:
            return known
        base = licence_of(self.source_checkpoint, self.lineage["base_model_revision"])
        licence, terms = derived_licence((known.licence, known.data_terms or ""), base)
        return replace(known, licence=licence, data_terms=terms)
