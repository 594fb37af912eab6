"""Extra words: give a generic checkpoint vectors of frequent words that are in no corpus of the mixture.

A ridge regression on the known words learns to predict the vectors of the checkpoint from a teacher's vectors of
single words (compare Pinter et al. 2017, arXiv:1707.06961, who predict vectors from spelling). It then predicts the
vectors of other words, so that titles, names and rare words of a later domain have useful vectors from the start.
"""

import logging
import math
from collections.abc import Sequence
from itertools import islice
from typing import cast

import torch
from torch import Tensor, nn
from transformers import PreTrainedTokenizerFast

from bilstm_nlu.errors import NluError

from ...hashing_bilstm_nlu import look_up
from ...modeling_bilstm_nlu import BiLstmNluForIntentAndSlots
from ...tokenization_bilstm_nlu import phrase_word_keys
from ..transfer.vocabulary import SHARE_OF_MIXTURE
from .teacher import load_reader, vectors_of_words

__all__ = ["add_extra_words", "common_words", "match_words"]

logger = logging.getLogger(__name__)

_STRENGTH = 10.0  # of the ridge; with so many words its size hardly matters
_FEWEST_KNOWN = 500  # known words that are needed to fit the regression
_ROWS_AT_ONCE = 1024


def common_words(num_words: int, teacher: str) -> list[str]:
    """Return the first whole words in the vocabulary of a teacher, whose licence they share.

    Vocabularies of word pieces are sorted by frequency, so these are frequent words.

    Args:
        num_words: number of words; fewer are returned if the vocabulary has fewer.
        teacher: a sentence encoder, see `read_with_teacher`.

    Raises:
        NluError: the teacher's tokenizer cannot be loaded.
    """
    reader = load_reader(teacher)
    ids = [i for i in range(len(reader)) if i not in reader.all_special_ids]
    pieces = [text.strip() for text in reader.batch_decode([[i] for i in ids])]
    again = reader([f" {piece}" for piece in pieces], add_special_tokens=False)["input_ids"]
    whole = (
        piece
        for i, piece, read in zip(ids, pieces, again, strict=True)
        if read == [i] and any(map(str.isalpha, piece))
    )
    return list(islice(dict.fromkeys(whole), num_words))


def match_words(
    model: BiLstmNluForIntentAndSlots, words: Sequence[str], tokenizer: PreTrainedTokenizerFast
) -> tuple[list[str], Tensor, Tensor]:
    """Find words in the vocabulary of a model.

    Args:
        model: a generic checkpoint.
        words: words to find; texts that the tokenizer splits into several words are skipped.
        tokenizer: tokenizer of the model.

    Returns:
        The words, their keys (words,), and whether they have a vector, (words,) bool.

    Raises:
        NluError: the model has no word vectors, or knows too few of the words to fit a regression.
    """
    keys = phrase_word_keys(words, tokenizer, max_words=1)
    single = ((keys != 0).sum(1) == 1).nonzero()[:, 0]
    keys = keys[single, 0]
    embeddings = model.encoder.embeddings
    known = look_up(embeddings.table.cpu(), keys) != 0
    num_known = 0 if embeddings.words is None else int(known.sum())
    if num_known < _FEWEST_KNOWN:
        raise NluError(
            f"extra_words: the model knows {num_known} of {len(keys)} frequent words, but {_FEWEST_KNOWN} are needed; "
            "set extra_words to 0, or train on more data"
        )
    return [words[i] for i in single.tolist()], keys, known


@torch.no_grad()
def add_extra_words(
    model: BiLstmNluForIntentAndSlots, words: Sequence[str], teacher: str, tokenizer: PreTrainedTokenizerFast
) -> int:
    """Give unknown words the vectors that are predicted from the vectors of the teacher.

    The vocabulary grows if its table does not have enough free rows.

    Args:
        model: a generic checkpoint; it is changed in place.
        words: words, the most frequent first, see `match_words`.
        teacher: a sentence encoder, see `read_with_teacher`.
        tokenizer: tokenizer of the model.

    Returns:
        The number of added words.

    Raises:
        NluError: the teacher cannot be loaded, the model has no word vectors, or it knows too few of the words.
    """
    words, keys, known = match_words(model, words, tokenizer)
    encoder, embeddings = model.encoder, model.encoder.embeddings
    vectors = vectors_of_words(words, teacher, tokenizer)
    num_taken = int((embeddings.table != 0).sum()) + int((~known).sum())
    if num_taken > SHARE_OF_MIXTURE * model.config.vocabulary_size:
        encoder.resize_words(_ROWS_AT_ONCE * math.ceil(num_taken / SHARE_OF_MIXTURE / _ROWS_AT_ONCE))
    added = encoder.add_words(keys[~known].tolist())
    weight = cast(nn.Embedding, embeddings.words).weight
    rows = look_up(embeddings.table.cpu(), keys)
    learned = known & (rows != 0)  # a word may get lost when the table grows
    predicted = _predict(vectors[learned], weight[rows[learned]].float().cpu(), vectors)
    new = ~known & (rows != 0)
    weight[rows[new].to(weight.device)] = predicted[new].to(weight)
    logger.info("%d of %d extra words were new to the model and got a vector", added, len(words))
    return added


def _predict(vectors: Tensor, learned: Tensor, wanted: Tensor) -> Tensor:
    """Fit a ridge regression from (words, teacher's size) to (words, size) vectors, and apply it to `wanted`."""
    center, target = vectors.mean(0), learned.mean(0)
    inputs = vectors - center
    gram = inputs.T @ inputs + _STRENGTH * torch.eye(inputs.shape[1])
    return (wanted - center) @ torch.linalg.solve(gram, inputs.T @ (learned - target)) + target
