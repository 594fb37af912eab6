"""Words that no corpus has: a generic checkpoint gets the vectors that it would likely have learned of them.

A teacher's vectors of single words foretell those that pretraining has learned: ridge regression on the words that it
has seen (compare Pinter et al. 2017, arXiv:1707.06961, who foretell vectors from spelling). So titles, names and rare
words of a later domain mean something from the start.
"""

import logging
import math
from collections.abc import Iterable, Sequence
from typing import cast

import torch
from torch import Tensor, nn
from transformers import PreTrainedTokenizerFast

from bilstm_nlu.errors import Cure, NluError

from ...hashing_bilstm_nlu import look_up
from ...modeling_bilstm_nlu import BiLstmNluForIntentAndSlots
from ...tokenization_bilstm_nlu import phrase_word_keys
from ..transfer.vocabulary import SHARE_OF_MIXTURE
from .teacher import vectors_of_words

try:
    import wordfreq
except ImportError:
    wordfreq = None  # type: ignore[assignment]

__all__ = ["add_extra_words", "common_words", "match_words"]

logger = logging.getLogger(__name__)

_STRENGTH = 10.0  # of the ridge; the number of words makes its size hardly matter
_FEWEST_KNOWN = 500  # words to learn the map from
_ROWS_AT_ONCE = 1024


def common_words(num_words: int, languages: Iterable[str] = ("en",)) -> list[str]:
    """The commonest words of languages (wordfreq: Speer 2022, CC BY-SA 4.0).

    Args:
        num_words: of each language.
        languages: their codes.

    Raises:
        NluError: wordfreq is not installed, or does not know a language.
    """
    if wordfreq is None:
        raise NluError("extra_words needs wordfreq", cure=Cure("run {}", install="pretrain"))
    try:
        lists = [wordfreq.top_n_list(language, num_words) for language in languages]
    except LookupError as error:
        raise NluError(f"wordfreq has no words of one of {', '.join(languages)}; set extra_words to 0") from error
    return list(dict.fromkeys(word for words in lists for word in words))


def match_words(
    model: BiLstmNluForIntentAndSlots, words: Sequence[str], tokenizer: PreTrainedTokenizerFast
) -> tuple[list[str], Tensor, Tensor]:
    """Words as the model sees them.

    Args:
        model: a generic checkpoint.
        words: what the tokenizer takes for several words is passed over.
        tokenizer: the model's.

    Returns:
        The words, their keys (words,) and which of them have a vector, (words,) bool.

    Raises:
        NluError: the model has no vectors of words, or knows too few of these to learn from.
    """
    keys = phrase_word_keys(words, tokenizer, max_words=1)
    single = ((keys != 0).sum(1) == 1).nonzero()[:, 0]
    keys = keys[single, 0]
    embeddings = model.encoder.embeddings
    known = look_up(embeddings.table.cpu(), keys) != 0
    num_known = 0 if embeddings.words is None else int(known.sum())
    if num_known < _FEWEST_KNOWN:
        raise NluError(
            f"the model knows {num_known} of {len(keys)} words, and {_FEWEST_KNOWN} are needed to learn what "
            "others would mean; set extra_words to 0 or train on more data"
        )
    return [words[i] for i in single.tolist()], keys, known


@torch.no_grad()
def add_extra_words(
    model: BiLstmNluForIntentAndSlots, words: Sequence[str], teacher: str, tokenizer: PreTrainedTokenizerFast
) -> int:
    """Give words that the model has no vector for the vector that the teacher's foretells.

    The table of words grows where it has not enough free rows.

    Args:
        model: a generic checkpoint; changed in place.
        words: commonest first, see `match_words`.
        teacher: a sentence encoder, see `read_with_teacher`.
        tokenizer: the model's.

    Returns:
        How many words were added.

    Raises:
        NluError: the teacher cannot be loaded; as `match_words`.
    """
    words, keys, known = match_words(model, words, tokenizer)
    encoder, embeddings = model.encoder, model.encoder.embeddings
    vectors = vectors_of_words(words, teacher, tokenizer)
    num_taken = int((embeddings.table != 0).sum()) + int((~known).sum())
    if num_taken > SHARE_OF_MIXTURE * model.config.word_rows:
        encoder.resize_words(_ROWS_AT_ONCE * math.ceil(num_taken / SHARE_OF_MIXTURE / _ROWS_AT_ONCE))
    added = encoder.add_words(keys[~known].tolist())
    weight = cast(nn.Embedding, embeddings.words).weight
    rows = look_up(embeddings.table.cpu(), keys)
    learned = known & (rows != 0)  # a larger table may have lost one
    foretold = _foretell(vectors[learned], weight[rows[learned]].float().cpu(), vectors)
    new = ~known & (rows != 0)
    weight[rows[new].to(weight.device)] = foretold[new].to(weight)
    logger.info("%d of %d words were new to the model and got a vector", added, len(words))
    return added


def _foretell(vectors: Tensor, learned: Tensor, wanted: Tensor) -> Tensor:
    """Ridge regression of (words, size) learned vectors on (words, teacher's size) ones, applied to others."""
    center, target = vectors.mean(0), learned.mean(0)
    inputs = vectors - center
    gram = inputs.T @ inputs + _STRENGTH * torch.eye(inputs.shape[1])
    return (wanted - center) @ torch.linalg.solve(gram, inputs.T @ (learned - target)) + target
