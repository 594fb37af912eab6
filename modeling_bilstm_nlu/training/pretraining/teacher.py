"""The sentence encoder (the teacher) that a generic network is distilled from (Hinton et al. 2015)."""

from collections.abc import Sequence

import torch
from torch import Tensor
from tqdm import tqdm
from transformers import AutoModel, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase, PreTrainedTokenizerFast

from bilstm_nlu.errors import NluError
from bilstm_nlu.hub_errors import first_line

from ...data.encoding import word_offsets
from ..precision import prefers_bf16

__all__ = ["BATCH_SIZE", "load_reader", "load_teacher", "states_of", "vectors_of_words"]

#: Texts that the teacher reads at once.
BATCH_SIZE = 128


@torch.inference_mode()
def vectors_of_words(words: Sequence[str], teacher: str, tokenizer: PreTrainedTokenizerFast) -> Tensor:
    """Return the vectors of single words from a sentence encoder: (words, size) float32, means over word pieces.

    Args:
        words: texts that are one word for the student's tokenizer.
        teacher: a folder or a hub id, see `read_with_teacher`.
        tokenizer: tokenizer of the student.

    Raises:
        NluError: the teacher cannot be loaded.
    """
    reader, encoder = load_teacher(teacher)
    vectors = torch.zeros(len(words), encoder.config.hidden_size)
    order = sorted(range(len(words)), key=lambda i: len(words[i]))  # similar lengths in a batch: less padding
    for start in tqdm(range(0, len(words), BATCH_SIZE), desc="words", unit="batch", disable=None):
        rows = order[start : start + BATCH_SIZE]
        _, states = states_of([words[i] for i in rows], reader, encoder, tokenizer)
        vectors[rows] = torch.stack([of_word[0] for of_word in states])
    return vectors


def load_reader(teacher: str) -> PreTrainedTokenizerBase:
    """Load the tokenizer of a teacher.

    Raises:
        NluError: it cannot be loaded.
    """
    try:
        return AutoTokenizer.from_pretrained(teacher)
    except (OSError, ValueError) as error:
        raise _not_loaded(teacher, error) from error


def load_teacher(teacher: str) -> tuple[PreTrainedTokenizerBase, PreTrainedModel]:
    """Load the tokenizer and the network of a teacher, ready to read.

    Raises:
        NluError: one of them cannot be loaded.
    """
    reader = load_reader(teacher)
    try:
        encoder = AutoModel.from_pretrained(teacher, use_safetensors=True)
    except (OSError, ValueError) as error:
        raise _not_loaded(teacher, error) from error
    return reader, encoder.eval().to("cuda" if torch.cuda.is_available() else "cpu")


def _not_loaded(teacher: str, error: Exception) -> NluError:
    return NluError(
        f"the teacher {teacher!r} cannot be loaded ({first_line(error)}); set teacher to the folder or the hub "
        "id of a sentence encoder, or train without a teacher"
    )


@torch.inference_mode()
def states_of(
    texts: list[str],
    reader: PreTrainedTokenizerBase,
    encoder: PreTrainedModel,
    tokenizer: PreTrainedTokenizerFast,
) -> tuple[Tensor, list[Tensor]]:
    """Return what a teacher makes of texts.

    Args:
        texts: texts of similar lengths.
        reader: tokenizer of the teacher.
        encoder: network of the teacher.
        tokenizer: tokenizer of the student.

    Returns:
        The mean over each text as a unit vector, (texts, size), and for each text the means over the pieces of its
        words, (words, size); a word without a piece is zero.
    """
    batch = reader(texts, padding=True, truncation=True, return_tensors="pt", return_offsets_mapping=True)
    pieces = batch.pop("offset_mapping")  # (texts, pieces, 2)
    with torch.autocast(encoder.device.type, torch.bfloat16, enabled=prefers_bf16()):
        states = encoder(**batch.to(encoder.device)).last_hidden_state.float().cpu()
    mask = batch["attention_mask"].cpu()[..., None]
    sentences = torch.nn.functional.normalize((states * mask).sum(1) / mask.sum(1), dim=-1)
    encoded = tokenizer(texts, truncation=True, return_offsets_mapping=True)
    words = []
    for i in range(len(texts)):
        word = torch.tensor(word_offsets(encoded.word_ids(i), encoded["offset_mapping"][i]))  # (words, 2)
        start, end = pieces[i].unbind(-1)
        overlaps = (word[:, :1] < end) & (word[:, 1:] > start) & (end > start)  # (words, pieces)
        share = overlaps.float() / overlaps.sum(1, keepdim=True).clamp(min=1)
        words.append(share @ states[i])
    return sentences, words
