"""What the encoder and the joint model return."""

from dataclasses import dataclass

from torch import Tensor
from transformers.utils import ModelOutput


@dataclass
class BiLstmNluEncoderOutput(ModelOutput):
    """What the shared encoder knows of a batch.

    Attributes:
        last_hidden_state: (batch, words, 2 * shared_hidden).
        word_keys: (batch, words) int64, equal for equal words, 0 where there is no word.
        word_mask: (batch, words) bool.
        lengths: (batch,) words in each row.
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
        loss: scalar, intent loss + slot_loss_weight * slot loss, in nats an utterance.
        intent_logits: (batch, num_intents).
        slot_logits: (batch, words, num_slot_tags), before transitions.
        hidden_states: what the intent head and the slot head read, (batch, size) and (batch, words, size).
    """

    loss: Tensor | None = None
    intent_logits: Tensor | None = None
    slot_logits: Tensor | None = None
    hidden_states: tuple[Tensor, Tensor] | None = None
