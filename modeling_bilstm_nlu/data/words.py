"""Find the words of a text, as the network sees them."""

from collections.abc import Iterator, Sequence
from functools import cache

from transformers import PreTrainedTokenizerFast

from ..labels_bilstm_nlu import word_offsets
from ..tokenization_bilstm_nlu import build_tokenizer

__all__ = ["words_of"]

_BATCH_SIZE = 1000
_tokenizer = cache(build_tokenizer)


def words_of(
    texts: Sequence[str], tokenizer: PreTrainedTokenizerFast | None = None
) -> Iterator[list[tuple[int, int]]]:
    """Yield the words of each text as (start, end) in characters, end exclusive; long texts are not cut.

    Args:
        texts: any number of texts.
        tokenizer: the tokenizer; ``None`` takes the standard tokenizer of all checkpoints.
    """
    tokenizer = tokenizer or _tokenizer()
    for start in range(0, len(texts), _BATCH_SIZE):
        batch = list(texts[start : start + _BATCH_SIZE])
        encoded = tokenizer(batch, return_offsets_mapping=True, return_attention_mask=False, verbose=False)
        for i in range(len(batch)):
            yield word_offsets(encoded.word_ids(i), encoded["offset_mapping"][i])
