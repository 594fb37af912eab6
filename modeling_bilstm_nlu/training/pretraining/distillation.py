"""Distillation: train a network so that its states become similar to those of a sentence encoder."""

from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn.functional import cosine_similarity, mse_loss
from torch.utils.hooks import RemovableHandle

from ...data.collator import JointNluCollator
from ...data.encoded import EncodedUtterances
from ...hashing_bilstm_nlu import lay_out_words, look_up, word_keys
from ...modeling_bilstm_nlu import BiLstmNluForIntentAndSlots
from ...outputs_bilstm_nlu import BiLstmNluOutput
from .teacher_states import TeacherStates

__all__ = ["add_maps", "distance_from", "remove_maps", "start_words_from"]


class _Distillation(nn.Module):
    """Linear maps from the inputs of the heads to the states of the teacher."""

    def __init__(self, model: BiLstmNluForIntentAndSlots, states: TeacherStates):
        super().__init__()
        self.sentences = nn.Linear(model.intent_head.in_features, states.sentence_size)
        self.words = nn.Linear(model.slot_head.in_features, states.word_size)
        self.to(model.device, model.dtype)

    def forward(self, pooled: Tensor, slot_states: Tensor) -> tuple[Tensor, Tensor]:
        """Map states of (batch, size) and (batch, words, size) to the teacher's sizes."""
        return self.sentences(pooled), self.words(slot_states)


def _map_states(model: BiLstmNluForIntentAndSlots, inputs: Any, outputs: BiLstmNluOutput) -> None:
    """Replace the hidden states by their maps, in the forward pass of the model.

    Outside of the forward pass, distributed training would not synchronise the gradients of the maps.
    """
    if outputs.hidden_states is not None:
        outputs.hidden_states = cast(_Distillation, model.distillation)(*outputs.hidden_states)


def add_maps(model: BiLstmNluForIntentAndSlots, states: TeacherStates) -> RemovableHandle:
    """Give a model random linear maps from the inputs of its heads to the states of a teacher.

    The maps are the model's `distillation` until `remove_maps` removes them. Until then, the model returns mapped
    hidden states.
    """
    model.distillation = _Distillation(model, states)
    return model.register_forward_hook(_map_states)


def remove_maps(model: BiLstmNluForIntentAndSlots, maps: RemovableHandle) -> None:
    """Remove the maps of `add_maps`, which are not part of a checkpoint."""
    maps.remove()
    del model.distillation


def distance_from(sentences: Tensor, words: Tensor, mapped_sentences: Tensor, mapped_words: Tensor) -> Tensor:
    """Return 4 * (1 - mean cosine of sentences) + mean squared error of words; both have a similar weight.

    Args:
        sentences: (batch, teacher's size) vectors of the teacher.
        words: (batch, words, teacher's word size) vectors of the teacher, NaN where there is no word.
        mapped_sentences: (batch, teacher's size) mapped states of the student.
        mapped_words: (batch, words, teacher's word size) mapped states of the student.
    """
    is_word = ~words[..., 0].isnan()
    off = mse_loss(mapped_words[is_word].float(), words[is_word])
    return 4 * (1 - cosine_similarity(mapped_sentences.float(), sentences).mean()) + off


@torch.no_grad()
def start_words_from(states: TeacherStates, model: BiLstmNluForIntentAndSlots, rows: EncodedUtterances) -> None:
    """Initialise the vector of each word with the mean of the teacher's states of the word, at the usual scale."""
    embeddings = model.encoder.embeddings
    if embeddings.words is None:
        return
    weight = embeddings.words.weight
    size = min(weight.shape[1], states.word_size)  # the first principal axes have most of the information
    total, count = torch.zeros(len(weight), size), torch.zeros(len(weight))
    collate = JointNluCollator(model.config.pad_token_id)
    for start in range(0, len(rows), 256):
        end = min(start + 256, len(rows))
        ids = collate([rows[i] for i in range(start, end)])["input_ids"]
        layout = lay_out_words(ids)
        places = look_up(embeddings.table.cpu(), word_keys(ids, layout))[layout.mask]  # (words,)
        total.index_add_(0, places, torch.cat([states.of(i)[1][:, :size] for i in range(start, end)]))
        count.index_add_(0, places, torch.ones(len(places)))
    is_known = count > 0
    is_known[0] = False  # row 0 is shared by all unknown words
    means = total[is_known] / count[is_known, None]
    means = (means - means.mean(0)) / means.std() * model.config.embedding_std
    weight[is_known.to(weight.device).nonzero()[:, 0], :size] = means.to(weight)
