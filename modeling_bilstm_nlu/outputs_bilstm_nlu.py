"""The outputs of the encoder and of the joint model."""

from dataclasses import dataclass

from torch import Tensor
from transformers.utils import ModelOutput


@dataclass
class BiLstmNluEncoderOutput(ModelOutput):
    """The output of the shared encoder for a batch.

    `words` is the number of words of the longest text in the batch, at least 1. Ignore the values after the last word
    of a shorter row.

    Attributes:
        last_hidden_state: (batch, words, size): the states of the shared bi-LSTM, 2 * shared_hidden numbers; with
            `config.skip_connections` followed by its inputs, the word vectors, word_dim + ngram_dim numbers.
        word_keys: (batch, words) int64, equal for equal words, 0 where there is no word.
        word_mask: (batch, words) bool, true where there is a word.
        lengths: (batch,) int64, number of words in each row.
        word_vectors: (batch, words, word_dim + ngram_dim), the inputs of the shared bi-LSTM.
    """

    last_hidden_state: Tensor | None = None
    word_keys: Tensor | None = None
    word_mask: Tensor | None = None
    lengths: Tensor | None = None
    word_vectors: Tensor | None = None


@dataclass
class BiLstmNluOutput(ModelOutput):
    """The scores of a batch, and the loss if labels were given.

    Attributes:
        loss: (), intent loss + slot_loss_weight * slot loss, in nats per utterance; `None` without labels.
        intent_logits: (batch, num_intents), from the intent head alone; `decode` combines them with the slots.
        slot_logits: (batch, words, num_slot_tags), without transitions.
        hidden_states: the inputs of the heads, `None` unless asked for. For the intent head: (batch, size) with
            2 * intent_hidden numbers and, with `config.wide_intent`, word_dim + ngram_dim more. For the slot head:
            (batch, words, 2 * slot_hidden).
        word_keys: (batch, words) int64, see `BiLstmNluEncoderOutput`; `None` unless asked for, with `hidden_states`.
    """

    loss: Tensor | None = None
    intent_logits: Tensor | None = None
    slot_logits: Tensor | None = None
    hidden_states: tuple[Tensor, Tensor] | None = None
    word_keys: Tensor | None = None


@dataclass
class BiLstmNluReading(ModelOutput):
    """What the joint model reads in a batch of texts.

    Attributes:
        scores: (batch, num_intents) log-probabilities of the intents.
        tags: (batch, words) ids of the slot tags.
        decision: (batch,) the probability that the best intent is right and the text is meant for the skill; `None`
            for a model without a decision.
    """

    scores: Tensor | None = None
    tags: Tensor | None = None
    decision: Tensor | None = None
