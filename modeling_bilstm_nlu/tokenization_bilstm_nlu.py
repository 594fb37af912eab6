"""The tokenizer: a standard fast tokenizer over bytes that marks where words start, and needs no training.

It needs only `tokenizer.json`. A word is a run of letters, a run of digits, an English clitic (`'s`), a single
ideograph or syllable of a script without spaces, or any other single character. It is lower-cased and spelled in
bytes. There are no unknown words, so the tokenizer does not change for a new domain: the network builds the vector of
a word from its character n-grams, and looks up whether it has a vector of its own (`hashing_bilstm_nlu`).
"""

from collections import Counter
from collections.abc import Iterable

import torch
from tokenizers import Regex, Tokenizer, models, normalizers
from tokenizers.pre_tokenizers import ByteLevel, Sequence, Split
from transformers import PreTrainedTokenizerFast

from .format_bilstm_nlu import MAX_BYTES, MAX_CHARACTERS
from .hashing_bilstm_nlu import lay_out_words, word_keys

__all__ = ["build_tokenizer", "count_word_keys", "phrase_word_keys"]

_WORD = (
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Khmer}\p{Lao}\p{Myanmar}]\p{M}*"
    r"|'(?:s|t|re|ve|ll|d|m)(?![\p{L}\p{N}])"
    r"|[\p{L}\p{M}]+|\p{N}+|[^\s]"
)


def build_tokenizer() -> PreTrainedTokenizerFast:
    """Build the standard tokenizer, which all checkpoints have; saving and loading it needs only transformers."""
    letters = sorted(ByteLevel.alphabet())
    vocabulary = ["[PAD]", "[UNK]", *letters, *(f"##{letter}" for letter in letters)]
    # BPE without merges spells a word in linear time. WordPiece would give the same ids, but would take half a minute
    # for a word of 10,000 characters.
    model = models.BPE(
        {token: i for i, token in enumerate(vocabulary)}, [], continuing_subword_prefix="##", unk_token="[UNK]"
    )
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace("\u2019", "'"), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = Sequence(
        [Split(Regex(_WORD), "removed", invert=True), ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        split_special_tokens=True,  # a text may contain "[PAD]"
        padding_side="right",
        truncation_side="right",
        model_max_length=MAX_BYTES,
        model_input_names=["input_ids", "attention_mask"],
    )


def _word_keys(texts: list[str], tokenizer: PreTrainedTokenizerFast) -> torch.Tensor:
    encoded = tokenizer([text[:MAX_CHARACTERS] for text in texts], padding=True, truncation=True)
    ids = torch.tensor(encoded["input_ids"], dtype=torch.long)  # faster than a tensor from the tokenizer
    return word_keys(ids, lay_out_words(ids))


def count_word_keys(texts: Iterable[str], tokenizer: PreTrainedTokenizerFast, batch_size: int = 1024) -> Counter[int]:
    """Count how often each word occurs, by its key; the most frequent keys are input of `BiLstmNluModel.add_words`."""
    texts = list(texts)
    counts: Counter[int] = Counter()
    for start in range(0, len(texts), batch_size):
        keys = _word_keys(texts[start : start + batch_size], tokenizer)
        counts.update(keys[keys != 0].tolist())
    return counts


def phrase_word_keys(
    values: Iterable[str],
    tokenizer: PreTrainedTokenizerFast,
    *,
    max_words: int | None = None,
    batch_size: int = 256,
) -> torch.Tensor:
    """Return the word keys of the values of a slot catalog: (values, words) int64, 0 after a value's last word.

    Args:
        values: values of the catalog, as people say them.
        tokenizer: tokenizer that finds the words.
        max_words: number of words in the longest value that is used. A longer value is cut after `max_words + 1`
            words, which shows that it is too long; otherwise one long value would make every row as long. `None` cuts
            no values.
        batch_size: number of values that are tokenized in one batch.
    """
    values = list(values)
    width = None if max_words is None else max_words + 1
    batches = [
        # a copy: a view would keep the whole batch in memory
        _word_keys(values[start : start + batch_size], tokenizer)[:, :width].clone()
        for start in range(0, len(values), batch_size)
    ]
    widest = max((batch.shape[1] for batch in batches), default=1)
    keys = torch.zeros(len(values), widest, dtype=torch.long)
    for place, batch in enumerate(batches):
        keys[place * batch_size : place * batch_size + len(batch), : batch.shape[1]] = batch
    return keys
