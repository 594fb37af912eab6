"""How much of the words of a domain a checkpoint knows."""

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
    """Which words have a row of their own in a checkpoint; it composes all others from their character n-grams.

    Args:
        words: words in all texts.
        known_words: of them, those with a row of their own.
        distinct: different words.
        known_distinct: of them, those with a row of their own.
        bytes: bytes of UTF-8 in all words.
        known_bytes: of them, those of words with a row of their own.
        unknown: the commonest words without one.
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
        """The share of words, each as often as it occurs, that have a row of their own."""
        return self.known_words / self.words if self.words else 0.0

    def __str__(self) -> str:
        by_bytes = self.known_bytes / self.bytes if self.bytes else 0.0
        return (
            f"vocabulary: the checkpoint has rows for {self.share:.1%} of {self.words:,} words ({by_bytes:.1%} of "
            f"their bytes; {self.known_distinct:,} of {self.distinct:,} different ones) and composes the others"
        )


@torch.no_grad()
def vocabulary_coverage(
    texts: Iterable[str], encoder: BiLstmNluModel, tokenizer: PreTrainedTokenizerFast | None = None
) -> VocabularyCoverage:
    """Look the words of texts up in the word table of a checkpoint.

    Args:
        texts: of the domain.
        encoder: of the checkpoint: ``model.encoder``.
        tokenizer: of the checkpoint; the one of all checkpoints where it is ``None``.
    """
    tokenizer = tokenizer or build_tokenizer()
    # No word goes across white space, and a domain has few different pieces: so each is looked at once.
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
    """(piece, word in it, key of the word) for every word of every piece; pieces of like length come together."""
    for batch in _batches(pieces):
        encoded = tokenizer(batch, padding=True, truncation=True, return_offsets_mapping=True, return_tensors="pt")
        keys = word_keys(encoded["input_ids"], lay_out_words(encoded["input_ids"])).tolist()
        offsets = encoded["offset_mapping"].tolist()
        for i, piece in enumerate(batch):
            for (left, right), key in zip(word_offsets(encoded.word_ids(i), offsets[i]), keys[i], strict=False):
                yield piece, piece[left:right], key


def _batches(pieces: list[str]) -> Iterator[list[str]]:
    """Pieces, sorted by length, in batches of a bounded size."""
    batch: list[str] = []
    for piece in pieces:
        if batch and len(piece) * (len(batch) + 1) > _BATCH_CHARACTERS:
            yield batch
            batch = []
        batch.append(piece)
    if batch:
        yield batch
