"""The first stage of transfer: a generic checkpoint from a mixture of corpora, with or without a teacher."""

from copy import copy
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle
from transformers import PreTrainedTokenizerFast

from bilstm_nlu.errors import NluError

from ...data.encoded import EncodedUtterances
from ...data.mixtures.mixture import Mixture
from ...modeling_bilstm_nlu import BiLstmNluForIntentAndSlots
from ..arguments import NluTrainingArguments, PretrainingArguments, with_defaults_of
from ..sampler import CorpusSampler
from ..trainer import NluTrainer
from .corpus_catalogs import CorpusCatalogs
from .distillation import add_maps, distance_from, remove_maps, start_words_from
from .extra_words import add_extra_words, common_words, match_words
from .mixture_rows import MixtureCollator, MixtureRows, own_tags
from .teacher import read_with_teacher

__all__ = ["GenericTrainer"]


class GenericTrainer(NluTrainer):
    """Trains on a mixture of corpora: each batch is of one corpus, and its slot loss ranges over that corpus's tags.

    What one corpus calls a slot another leaves unmarked, so tags of several corpora must not compete. With
    `args.teacher`, a sentence encoder teaches beside the labels: a linear map of what the intent head reads comes near
    the encoder's vector of the utterance, one of what the slot head reads near its vectors of the words, and words
    start from the mean of the latter. The maps are no part of the checkpoint.

    At the end `args.extra_words` common words that no corpus has get a vector, too.

    In `args.catalog_share` of the batches some slot values of the corpus are marked as a skill's catalogs would mark
    them, so that the checkpoint knows what to make of a match before it sees a skill.

    Args:
        model: the model, with the mixture's labels.
        args: a `PretrainingArguments`, or an `NluTrainingArguments`, which counts with the defaults of the former.
        domain: the mixture.
        processing_class: the tokenizer; the package's own by default.
        kwargs: as for `NluTrainer`.

    `prepare`, and so `train`, raises an NluError where the teacher cannot be loaded, or the model knows too few words
    for `args.extra_words`.
    """

    nlu_args: PretrainingArguments
    domain: Mixture

    def __init__(
        self,
        model: BiLstmNluForIntentAndSlots,
        args: NluTrainingArguments,
        domain: Mixture,
        *,
        processing_class: PreTrainedTokenizerFast | None = None,
        **kwargs: Any,
    ):
        args = copy(with_defaults_of(PretrainingArguments, args))
        args.remove_unused_columns = False  # rows say more than the model takes
        super().__init__(model, args, domain, processing_class=processing_class, **kwargs)
        self.data_collator = MixtureCollator(model.config.pad_token_id)
        self.sizes = domain.parts["train"]
        self.tags: list[Tensor] = []
        self.catalogs: CorpusCatalogs | None = None
        self._extra_words: list[str] = []
        self._maps: RemovableHandle | None = None

    def _prepare_run(self, *, is_resumed: bool) -> None:
        """The tags of each corpus, what the teacher says of the texts, the marks of catalogs, the words to add."""
        args, domain, model = self.nlu_args, self.domain, self.own_model
        if args.extra_words:
            self._extra_words = common_words(args.extra_words, domain.languages or ("en",))
            match_words(model, self._extra_words, self._tokenizer)  # better refused now than after hours
        rows = cast(EncodedUtterances, self.train_dataset)
        self.tags = [own_tags(rows, places.start, places.stop) for places in domain.ranges().values()]
        states = None
        if args.teacher is not None:
            texts = domain.splits["train"]["text"][:]
            with args.main_process_first(desc="reading with the teacher"):  # the others find what it has read
                states = read_with_teacher(texts, rows.lengths, args.teacher, self._tokenizer)
            self._maps = add_maps(model, states)
            if not is_resumed:
                start_words_from(states, model, rows)
        if args.catalog_share:
            self.catalogs = CorpusCatalogs(
                domain, self._tokenizer, args.catalog_share, model.config.gazetteer_max_words
            )
        corpora = np.repeat(np.arange(len(self.sizes)), list(self.sizes.values()))
        self.train_dataset = MixtureRows(rows, corpora, states)

    def _ensure_prepared(self) -> None:
        if not self.is_prepared:
            raise NluError("the trainer has not read its mixture yet; call train() first, or prepare()")

    def _encode_training(self) -> EncodedUtterances:
        """The training split as it is: the teacher has read these texts and no variants of them."""
        return self.encode(self.domain.splits["train"], f"{self.domain.name}/train")

    def _get_train_sampler(self, train_dataset: Any = None) -> torch.utils.data.Sampler:
        args = self.nlu_args
        batch_size = args.train_batch_size * args.gradient_accumulation_steps * args.world_size
        seed = args.data_seed if args.data_seed is not None else args.seed
        rows = cast(MixtureRows, self.train_dataset).rows
        return CorpusSampler(rows.lengths, self.sizes, batch_size, temperature=args.corpus_temperature, seed=seed)

    def compute_loss(
        self, model: nn.Module, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """The joint loss within the batch's corpus, and the distance from the teacher."""
        if "corpus" not in inputs:  # evaluation
            return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
        given = dict(inputs)
        corpus = int(given.pop("corpus"))
        tag_subset = self.tags[corpus].to(given["input_ids"].device)
        targets = [given.pop(name) for name in ("sentences", "words") if name in given]
        matches = None if self.catalogs is None else self.catalogs.draw(corpus, given["input_ids"])
        outputs = model(**given, tag_subset=tag_subset, catalog_matches=matches, output_hidden_states=True)
        loss = outputs.loss
        if targets:
            loss = loss + self.nlu_args.distillation_weight * distance_from(*targets, *outputs.hidden_states)
        return (loss, outputs) if return_outputs else loss

    def train(self, *args: Any, **kwargs: Any) -> Any:
        """Train, drop the maps to the teacher's states at the end, and add words (`args.extra_words`)."""
        result = super().train(*args, **kwargs)
        teacher = self.nlu_args.teacher
        if teacher is not None and self._maps is not None:
            remove_maps(self.bare_model, self._maps)
            self._maps = None
            if self._extra_words:
                add_extra_words(self.bare_model, self._extra_words, teacher, self._tokenizer)
        return result
