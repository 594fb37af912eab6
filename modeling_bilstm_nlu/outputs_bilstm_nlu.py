"""What the encoder and the joint model return."""

from dataclasses import dataclass

from torch import Tensor
from transformers.utils import ModelOutput


@dataclass
class BiLstmNluEncoderOutput(ModelOutput):
    """What the shared encoder knows of a batch.

    `words` is the number of words of the longest text in the batch, at least 1. What is behind the words of a shorter
    row says nothing.

    Attributes:
        last_hidden_state: (batch, words, size): the states of the shared bi-LSTM, 2 * shared_hidden numbers, and after
            them, with `config.skip_connections`, the word vectors that it read, word_dim + ngram_dim numbers.
        word_keys: (batch, words) int64, equal for equal words, 0 where there is no word.
        word_mask: (batch, words) bool.
        lengths: (batch,) int64, words in each row.
        word_vectors: (batch, words, word_dim + ngram_dim), what the shared bi-LSTM read.
    """

    last_hidden_state: Tensor | None = None
    word_keys: Tensor | None = None
    word_mask: Tensor | None = None
    lengths: Tensor | None = None
    word_vectors: Tensor | None = None


@dataclass
class BiLstmNluOutput(ModelOutput):
    """Scores of a batch, and their loss where labels were given.

    Attributes:
        loss: (), intent loss + slot_loss_weight * slot loss, in nats an utterance; `None` without labels.
        intent_logits: (batch, num_intents), of the intent head alone: `decode` weighs them against the slots.
        slot_logits: (batch, words, num_slot_tags), before transitions.
        hidden_states: what the heads read, `None` unless asked for. The intent head: (batch, size) with
            2 * intent_hidden numbers and, with `config.wide_intent`, word_dim + ngram_dim more. The slot head:
            (batch, words, 2 * slot_hidden).
    """

    loss: Tensor | None = None
    intent_logits: Tensor | None = None
    slot_logits: Tensor | None = None
    hidden_states: tuple[Tensor, Tensor] | None = None
