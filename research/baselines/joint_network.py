"""The network of the fine-tuned encoder: from word pieces to states, and from states to intents and slot tags."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pad_sequence
from transformers import AutoModel, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from bilstm_nlu.errors import NluError
from bilstm_nlu.hub_errors import first_line
from modeling_bilstm_nlu.crf_bilstm_nlu import CrfLayer, viterbi
from modeling_bilstm_nlu.labels_bilstm_nlu import IGNORED

__all__ = ["JointNetwork", "LabelledWords", "load_encoder"]

_DROPOUT = 0.1
_MAX_PIECES = 512


class LabelledWords(NamedTuple):
    """An utterance to learn from; ``tags`` has one id per word; labels that are not annotated are ``IGNORED``."""

    words: list[str]
    intent: int
    tags: Tensor


class JointNetwork(nn.Module):
    """An encoder with a head for intents, a head for slot tags, and a CRF on top of the slot tags.

    Args:
        tokenizer: the encoder's tokenizer; it must be a fast one.
        encoder: gives a state for every piece of a text.
        num_intents: number of logits of the intent head.
        num_tags: number of logits of the slot head, in the order of ``tags_for``.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, encoder: PreTrainedModel, num_intents: int, num_tags: int):
        super().__init__()
        size = encoder.config.hidden_size
        self.tokenizer, self.encoder = tokenizer, encoder
        self.dropout = nn.Dropout(_DROPOUT)
        self.intent_head, self.slot_head = nn.Linear(size, num_intents), nn.Linear(size, num_tags)
        self.crf = CrfLayer(num_tags)

    @property
    def heads(self) -> tuple[nn.Module, ...]:
        """All parts except the encoder."""
        return self.intent_head, self.slot_head, self.crf

    @property
    def device(self) -> torch.device:
        return self.intent_head.weight.device

    def forward(self, texts: Sequence[Sequence[str]]) -> tuple[Tensor, Tensor]:
        """The logits (batch, intents) and (batch, words, tags) of texts that are split into words."""
        return self.logits(*self.states(texts))

    def logits(self, sentences: Tensor, words: Tensor) -> tuple[Tensor, Tensor]:
        """The logits (batch, intents) and (batch, words, tags) of what `states` returns."""
        return self.intent_head(self.dropout(sentences)), self.slot_head(self.dropout(words))

    def states(self, texts: Sequence[Sequence[str]]) -> tuple[Tensor, Tensor]:
        """The encoder's states of texts, (batch, size), and of their words, (batch, words, size)."""
        pieces = self.tokenizer(
            [list(words) for words in texts],
            is_split_into_words=True,
            padding=True,
            truncation=True,
            max_length=min(self.tokenizer.model_max_length, _MAX_PIECES),
            return_tensors="pt",
        )
        # A word without pieces (a control character, or a word after the maximum length) uses the first special token.
        first = torch.zeros(len(texts), max(map(len, texts)), dtype=torch.long)
        for row in range(len(texts)):
            for piece, word in reversed([*enumerate(pieces.word_ids(row))]):
                if word is not None:
                    first[row, word] = piece
        pieces = pieces.to(self.device)
        states = self.encoder(**pieces).last_hidden_state  # (batch, pieces, size)
        mask = pieces["attention_mask"][..., None]
        sentences = (states * mask).sum(1) / mask.sum(1)
        words = states.gather(1, first[..., None].expand(-1, -1, states.shape[-1]).to(self.device))
        return sentences, words

    def decode(self, slot_logits: Tensor, mask: Tensor) -> Tensor:
        """The best valid tags (batch, words) of rows; the mask is true for words."""
        return viterbi(slot_logits, mask, self.crf.transitions, self.crf.start, self.crf.end)

    def loss(self, intent_logits: Tensor, slot_logits: Tensor, batch: Sequence[LabelledWords]) -> Tensor:
        """Loss in nats per intent plus nats per word; a part is 0 if nothing of it is annotated."""
        intents = torch.tensor([row.intent for row in batch], device=self.device)
        total = cross_entropy(intent_logits.float(), intents, ignore_index=IGNORED, reduction="sum")
        loss = total / (intents != IGNORED).sum().clamp(min=1)
        tags = pad_sequence([row.tags for row in batch], batch_first=True, padding_value=IGNORED).to(self.device)
        rows = tags[:, 0] != IGNORED
        if rows.any():
            mask = tags[rows] != IGNORED
            nats = self.crf.negative_log_likelihood(slot_logits[rows], mask, tags[rows].clamp(min=0))
            loss = loss + nats.sum() / mask.sum()
        return loss


def load_encoder(encoder: str) -> tuple[PreTrainedTokenizerBase, PreTrainedModel]:
    """Load the tokenizer and the network from a folder or a hub id.

    Raises:
        NluError: it cannot be loaded, or has no fast tokenizer.
    """
    try:
        tokenizer = AutoTokenizer.from_pretrained(encoder, add_prefix_space=True)  # for encoders that work on bytes
        model = AutoModel.from_pretrained(encoder, use_safetensors=True)
    except (OSError, ValueError) as error:
        raise NluError(
            f"the sentence encoder {encoder!r} cannot be loaded ({first_line(error)}); give a folder or a hub id"
        ) from error
    if not tokenizer.is_fast:
        raise NluError(f"the sentence encoder {encoder!r} has no fast tokenizer; use another one")
    return tokenizer, model
