"""How many words of a domain a checkpoint knows."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import torch
from transformers import PreTrainedTokenizerFast

from ...hashing_bilstm_nlu import lay_out_words, look_up, word_keys
from ...labels_bilstm_nlu import word_offsets
from ...modeling_bilstm_nlu import BiLstmNluModel
from ...tokenization_bilstm_nlu import build_tokenizer

__all__ = ["VocabularyCoverage", "vocabulary_coverage"]

_BATCH_CHARACTERS = 20_000  # with padding
_NUM_EXAMPLES = 20


@dataclass(frozen=True)
class VocabularyCoverage:
    """Counts of the words that have a vector of their own in a checkpoint.

    The checkpoint builds the vectors of all other words from character n-grams.

    Args:
        words: number of words in all texts.
        known_words: number of words in all texts that have a vector of their own.
        distinct: number of different words.
        known_distinct: number of different words that have a vector of their own.
        bytes: bytes of UTF-8 in all words.
        known_bytes: bytes of UTF-8 in the words that have a vector of their own.
        unknown: the most frequent words without a vector of their own.
    """

    words: int
    known_words: int
    distinct: int
    known_distinct: int
    bytes: int
    known_bytes: int
    unknown: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """The share of the words in all texts that have a vector of their own."""
        return self.known_words / self.words if self.words else 0.0

    def __str__(self) -> str:
        by_bytes = self.known_bytes / self.bytes if self.bytes else 0.0
        return (
            f"vocabulary: the checkpoint knows {self.share:.1%} of {self.words:,} words ({by_bytes:.1%} of "
            f"their bytes; {self.known_distinct:,} of {self.distinct:,} different words); it reads the others by "
            f"their letters"
        )


@torch.no_grad()
def vocabulary_coverage(
    texts: Iterable[str], encoder: BiLstmNluModel, tokenizer: PreTrainedTokenizerFast | None = None
) -> VocabularyCoverage:
    """Count the words of texts that the vocabulary of a checkpoint has.

    Args:
        texts: texts of the domain.
        encoder: the encoder of the checkpoint: ``model.encoder``.
        tokenizer: the tokenizer of the checkpoint; ``None`` takes the standard tokenizer of all checkpoints.
    """
    tokenizer = tokenizer or build_tokenizer()
    # No word contains white space, and a domain has few different pieces: so each piece is tokenized once.
    pieces: Counter[str] = Counter()
    for text in texts:
        pieces.update(text.lower().split())
    table = encoder.embeddings.table.cpu()
    counts: Counter[int] = Counter()
    spellings: dict[int, str] = {}
    for piece, word, key in _words(sorted(pieces, key=len), tokenizer):
        counts[key] += pieces[piece]
        spellings.setdefault(key, word)
    keys = torch.tensor(list(counts), dtype=torch.long)
    rows = look_up(table, keys).tolist() if counts else []
    known = {key for key, row in zip(counts, rows, strict=True) if row}
    sizes = {key: len(spelling.encode()) for key, spelling in spellings.items()}
    return VocabularyCoverage(
        words=counts.total(),
        known_words=sum(counts[key] for key in known),
        distinct=len(counts),
        known_distinct=len(known),
        bytes=sum(count * sizes[key] for key, count in counts.items()),
        known_bytes=sum(counts[key] * sizes[key] for key in known),
        unknown=tuple(spellings[key] for key, _ in counts.most_common() if key not in known)[:_NUM_EXAMPLES],
    )


def _words(pieces: list[str], tokenizer: PreTrainedTokenizerFast) -> Iterator[tuple[str, str, int]]:
    """Yield (piece, word in it, key of the word) for every word; pieces of similar length are in one batch."""
    for batch in _batches(pieces):
        encoded = tokenizer(batch, padding=True, truncation=True, return_offsets_mapping=True, return_tensors="pt")
        keys = word_keys(encoded["input_ids"], lay_out_words(encoded["input_ids"])).tolist()
        offsets = encoded["offset_mapping"].tolist()
        for i, piece in enumerate(batch):
            for (left, right), key in zip(word_offsets(encoded.word_ids(i), offsets[i]), keys[i], strict=False):
                yield piece, piece[left:right], key


def _batches(pieces: list[str]) -> Iterator[list[str]]:
    """Yield pieces, which must be sorted by length, in batches of a bounded size."""
    batch: list[str] = []
    for piece in pieces:
        if batch and len(piece) * (len(batch) + 1) > _BATCH_CHARACTERS:
            yield batch
            batch = []
        batch.append(piece)
    if batch:
        yield batch
