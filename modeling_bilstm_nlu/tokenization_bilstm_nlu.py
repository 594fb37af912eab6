"""The tokenizer: a stock fast tokenizer over bytes that knows where words start, and needs no training.

`tokenizer.json` is all it takes. A word is a run of letters, a run of digits, an English clitic (`'s`), a single
ideograph or syllable of a script without spaces, or any other single character; it is lower-cased and spelled out in
bytes. There is no unknown word, so nothing has to be added for a new domain: the network composes a word from its
character n-grams and looks up whether it has a row of its own (`hashing_bilstm_nlu`).
"""

from collections import Counter
from collections.abc import Iterable

import torch
from tokenizers import Regex, Tokenizer, models, normalizers
from tokenizers.pre_tokenizers import ByteLevel, Sequence, Split
from transformers import PreTrainedTokenizerFast

from .hashing_bilstm_nlu import lay_out_words, word_keys

__all__ = ["MAX_BYTES", "build_tokenizer", "count_word_keys", "phrase_word_keys"]

#: Longer texts are cut here; an utterance of a voice assistant has some 50 bytes.
MAX_BYTES = 4096

_WORD = (
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Khmer}\p{Lao}\p{Myanmar}]\p{M}*"
    r"|'(?:s|t|re|ve|ll|d|m)(?![\p{L}\p{N}])"
    r"|[\p{L}\p{M}]+|\p{N}+|[^\s]"
)


def build_tokenizer() -> PreTrainedTokenizerFast:
    """The one tokenizer of all checkpoints; saving and loading it needs transformers alone."""
    letters = sorted(ByteLevel.alphabet())
    vocabulary = ["[PAD]", "[UNK]", *letters, *(f"##{letter}" for letter in letters)]
    # BPE without merges spells a word out in linear time. WordPiece would give the same ids, but take half a minute
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
        split_special_tokens=True,  # somebody may say "[PAD]"
        padding_side="right",
        truncation_side="right",
        model_max_length=MAX_BYTES,
        model_input_names=["input_ids", "attention_mask"],
    )


def _word_keys(texts: list[str], tokenizer: PreTrainedTokenizerFast) -> torch.Tensor:
    encoded = tokenizer(texts, padding=True, truncation=True, return_tensors="pt")
    return word_keys(encoded["input_ids"], lay_out_words(encoded["input_ids"]))


def count_word_keys(texts: Iterable[str], tokenizer: PreTrainedTokenizerFast, batch_size: int = 1024) -> Counter[int]:
    """How often each word occurs, by its key: what `BiLstmNluModel.add_words` takes, commonest first."""
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
    """Word keys of the values of a slot catalog: (values, words) int64, 0 after a value's last word.

    Args:
        values: of the catalog, as people say them.
        tokenizer: finds their words.
        max_words: words in the longest value of interest. A longer one is cut after `max_words + 1` words, enough to
            tell that it is longer: a single long value would else make every row as wide. `None` cuts none.
        batch_size: values that are padded to one length at a time.
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
