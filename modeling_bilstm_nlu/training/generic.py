"""The first stage of transfer: a generic checkpoint from a mixture of corpora, with or without a teacher."""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cosine_similarity, mse_loss
from transformers import PreTrainedTokenizerFast

from ..data.collator import JointNluCollator
from ..data.domains import Domain
from ..data.encoded import EncodedUtterances
from ..data.mixtures.mixture import Mixture
from ..hashing_bilstm_nlu import lay_out_words, look_up, word_keys
from ..modeling_bilstm_nlu import BiLstmNluForIntentAndSlots
from ..outputs_bilstm_nlu import BiLstmNluOutput
from .arguments import NluTrainingArguments
from .corpus_catalogs import CorpusCatalogs
from .extra_words import add_extra_words, common_words, match_words
from .sampler import CorpusSampler
from .teacher import TeacherStates, read_with_teacher
from .trainer import NluTrainer

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
        args: an `NluTrainingArguments`.
        domain: the mixture.
        processing_class: the tokenizer; the package's own by default.
        kwargs: as for `NluTrainer`.

    Raises:
        NluError: the teacher cannot be loaded, or `args.extra_words` cannot be had.
    """

    def __init__(
        self,
        model: BiLstmNluForIntentAndSlots,
        args: NluTrainingArguments,
        domain: Mixture,
        *,
        processing_class: PreTrainedTokenizerFast | None = None,
        **kwargs: Any,
    ):
        args.remove_unused_columns = False  # rows say more than the model takes
        super().__init__(model, args, domain, processing_class=processing_class, **kwargs)
        self._extra_words: list[str] = []
        if args.extra_words:
            self._extra_words = common_words(args.extra_words, domain.languages or ("en",))
            match_words(model, self._extra_words, self._tokenizer)  # better refused now than after hours
        rows = cast(EncodedUtterances, self.train_dataset)
        self.sizes = domain.parts["train"]
        self.tags = [own_tags(rows, places.start, places.stop) for places in domain.ranges().values()]
        states = None
        if args.teacher is not None:
            texts = domain.splits["train"]["text"][:]
            with args.main_process_first(desc="reading with the teacher"):  # the others find what it has read
                states = read_with_teacher(texts, rows.lengths, args.teacher, self._tokenizer)
            model.distillation = _Distillation(model, states)
            self._maps = model.register_forward_hook(_map_states)
            start_words_from(states, model, rows)
        self.catalogs: CorpusCatalogs | None = None
        if args.catalog_share:
            self.catalogs = CorpusCatalogs(
                domain, self._tokenizer, args.catalog_share, model.config.gazetteer_max_words
            )
        self.train_dataset = _MixtureRows(
            rows, np.repeat(np.arange(len(self.sizes)), list(self.sizes.values())), states
        )
        self.data_collator = _MixtureCollator(model.config.pad_token_id)

    def _encode_training(self, domain: Domain) -> EncodedUtterances:
        """The training split as it is: the teacher has read these texts and no variants of them."""
        return self.encode(domain.splits["train"], f"{domain.name}/train")

    def _get_train_sampler(self, train_dataset: Any = None) -> torch.utils.data.Sampler:
        args = self.nlu_args
        batch_size = args.train_batch_size * args.gradient_accumulation_steps * args.world_size
        seed = args.data_seed if args.data_seed is not None else args.seed
        rows = cast("_MixtureRows", self.train_dataset).rows
        return CorpusSampler(rows.lengths, self.sizes, batch_size, temperature=args.corpus_temperature, seed=seed)

    def compute_loss(
        self, model: nn.Module, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """The joint loss within the batch's corpus, and the distance from the teacher."""
        if "corpus" not in inputs:  # evaluation
            return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
        given = dict(inputs)
        corpus = int(given.pop("corpus"))
        among = self.tags[corpus].to(given["input_ids"].device)
        targets = [given.pop(name) for name in ("sentences", "words") if name in given]
        marks = None if self.catalogs is None else self.catalogs.draw(corpus, given["input_ids"])
        outputs = model(**given, among=among, catalog_marks=marks, output_hidden_states=True)
        loss = outputs.loss
        if targets:
            loss = loss + self.nlu_args.distillation_weight * distance_from(*targets, *outputs.hidden_states)
        return (loss, outputs) if return_outputs else loss

    def train(self, *args: Any, **kwargs: Any) -> Any:
        """Train, drop the maps to the teacher's states at the end, and add words (`args.extra_words`)."""
        result = super().train(*args, **kwargs)
        teacher = self.nlu_args.teacher
        if teacher is not None:
            self._maps.remove()
            del self.bare_model.distillation
            if self._extra_words:
                add_extra_words(self.bare_model, self._extra_words, teacher, self._tokenizer)
        return result


class _Distillation(nn.Module):
    """Linear maps from the states that the heads read to those of the teacher."""

    def __init__(self, model: BiLstmNluForIntentAndSlots, states: TeacherStates):
        super().__init__()
        self.sentences = nn.Linear(model.intent_head.in_features, states.sentences.shape[1])
        self.words = nn.Linear(model.slot_head.in_features, states.words.shape[1])
        self.to(model.device, model.dtype)

    def forward(self, pooled: Tensor, slot_states: Tensor) -> tuple[Tensor, Tensor]:
        """(batch, size) and (batch, words, size) to those of the teacher, (batch, ...) and (batch, words, ...)."""
        return self.sentences(pooled), self.words(slot_states)


def _map_states(model: BiLstmNluForIntentAndSlots, inputs: Any, outputs: BiLstmNluOutput) -> None:
    """Put what the maps make of the hidden states in their place, within the model's forward pass.

    Outside of it several processes would not know of the maps' gradients.
    """
    if outputs.hidden_states is not None:
        outputs.hidden_states = cast(_Distillation, model.distillation)(*outputs.hidden_states)


def distance_from(sentences: Tensor, words: Tensor, mapped_sentences: Tensor, mapped_words: Tensor) -> Tensor:
    """4 * (1 - mean cosine of sentences) + mean squared error of words, so that both weigh about as much.

    Args:
        sentences: (batch, teacher's size), of the teacher.
        words: (batch, words, teacher's word size), of the teacher, NaN where there is no word.
        mapped_sentences: as `sentences`, of the student.
        mapped_words: as `words`, of the student.
    """
    is_word = ~words[..., 0].isnan()
    off = mse_loss(mapped_words[is_word].float(), words[is_word])
    return 4 * (1 - cosine_similarity(mapped_sentences.float(), sentences).mean()) + off


class _MixtureRows(torch.utils.data.Dataset):
    """Encoded utterances with the number of their corpus, and the teacher's states where there is a teacher."""

    def __init__(self, rows: EncodedUtterances, corpora: np.ndarray, states: TeacherStates | None):
        self.rows, self.corpora, self.states = rows, corpora, states

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, i: int) -> dict[str, Any]:
        row = {**self.rows[i], "corpus": int(self.corpora[i])}
        if self.states is not None:
            row["sentences"], row["words"] = self.states.of(i)
        return row


class _MixtureCollator(JointNluCollator):
    """`JointNluCollator` for rows of `_MixtureRows`, which are all of one corpus, and for rows without a corpus."""

    def __call__(self, rows: Sequence[dict[str, Any]]) -> dict[str, Tensor]:
        batch = super().__call__(rows)
        if "corpus" in rows[0]:
            batch["corpus"] = torch.tensor([rows[0]["corpus"]])
        if "words" in rows[0]:
            batch["sentences"] = torch.stack([row["sentences"] for row in rows])
            words = [row["words"] for row in rows]
            batch["words"] = nn.utils.rnn.pad_sequence(words, batch_first=True, padding_value=float("nan"))
        return batch


def own_tags(rows: EncodedUtterances, start: int, end: int) -> Tensor:
    """The slot tags of the slot types that a range of rows uses, in order, `O` first."""
    used = rows.tags[rows.tag_edges[start] : rows.tag_edges[end]].unique()
    types = ((used[used > 0] + 1) // 2).unique().long()  # tags 2k - 1 and 2k are those of slot type k
    return torch.cat([torch.zeros(1, dtype=torch.long), torch.stack([2 * types - 1, 2 * types], dim=1).flatten()])


@torch.no_grad()
def start_words_from(states: TeacherStates, model: BiLstmNluForIntentAndSlots, rows: EncodedUtterances) -> None:
    """Let each word's own vector start as the mean of the teacher's states of the word, at the usual scale."""
    embeddings = model.encoder.embeddings
    if embeddings.words is None:
        return
    weight = embeddings.words.weight
    size = min(weight.shape[1], states.words.shape[1])  # principal axes: the first say most
    total, count = torch.zeros(len(weight), size), torch.zeros(len(weight))
    collate = JointNluCollator(model.config.pad_token_id)
    for start in range(0, len(rows), 256):
        end = min(start + 256, len(rows))
        ids = collate([rows[i] for i in range(start, end)])["input_ids"]
        layout = lay_out_words(ids)
        places = look_up(embeddings.table.cpu(), word_keys(ids, layout))[layout.mask]  # (words,)
        words = states.words[states.edges[start] : states.edges[end], :size]
        total.index_add_(0, places, torch.from_numpy(words.astype(np.float32)))
        count.index_add_(0, places, torch.ones(len(places)))
    is_known = count > 0
    is_known[0] = False  # shared by all unknown words
    means = total[is_known] / count[is_known, None]
    means = (means - means.mean(0)) / means.std() * model.config.embedding_std
    weight[is_known.to(weight.device).nonzero()[:, 0], :size] = means.to(weight)
