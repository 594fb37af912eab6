"""Slot catalogs as features: catalog matches of words are one more input of the two task stacks."""

import logging
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from .hashing_bilstm_nlu import claim_rows, look_up, phrase_keys
from .more_phrases_bilstm_nlu import MorePhrases

logger = logging.getLogger(__name__)


class PhraseTable(nn.Module):
    """The values of slot catalogs, stored as keys of phrases; finds them in texts.

    Args:
        num_catalogs: number of catalogs; each has its own matches.
        num_rows: number of rows of the table; several times the number of phrases, so that each finds a row.
        max_words: words in the longest phrase that is matched.
    """

    table: Tensor
    catalogs: Tensor

    def __init__(self, num_catalogs: int, num_rows: int, max_words: int):
        super().__init__()
        self.max_words = max_words
        self.register_buffer("table", torch.zeros(num_rows, dtype=torch.long))  # key of each row's phrase
        self.register_buffer("catalogs", torch.zeros(num_rows, num_catalogs, dtype=torch.bool))

    def match(self, keys: Tensor, known: Tensor | None = None, more: MorePhrases | None = None) -> Tensor:
        """Find catalog matches: for each word and catalog, whether it starts a value, and whether it continues one.

        A value inside a longer value of the same catalog is ignored: in "new york", "york" is not a match.

        Args:
            keys: (batch, words) word keys.
            known: (rows,) bool, the phrases that are matched; `None` matches all.
            more: more values of the catalogs, and of one more catalog.

        Returns:
            (batch, words, 2 * catalogs) bool; one more catalog with `more`.
        """
        catalogs = self.catalogs if known is None else self.catalogs & known[:, None]
        phrases = phrase_keys(keys, self.max_words)
        hits = catalogs[look_up(self.table, phrases)]  # (batch, words, lengths, catalogs)
        if more is not None:
            hits = nn.functional.pad(hits, (0, 1)) | more.hits(phrases)
        return _longest(hits)

    @torch.no_grad()
    def fill(self, phrases: Mapping[str, list[int]]) -> int:
        """Add the phrase keys of every catalog, in their order; return how many found no row."""
        distinct = list(dict.fromkeys(key for keys in phrases.values() for key in keys))
        rows = dict(zip(distinct, claim_rows(self.table, distinct), strict=True))
        for column, keys in enumerate(phrases.values()):
            self.catalogs[[rows[key] for key in keys if rows[key]], column] = True
        return sum(rows[key] == 0 for keys in phrases.values() for key in keys)


def match_more(more: MorePhrases, keys: Tensor, max_words: int) -> Tensor:
    """Find matches as `PhraseTable.match` does, for a network without gazetteers: (batch, words, 2) bool."""
    return _longest(more.hits(phrase_keys(keys, max_words)))


def _longest(hits: Tensor) -> Tensor:
    """Find the longest matches in `hits`, (batch, words, lengths, catalogs): (batch, words, 2 * catalogs) bool."""
    max_words = hits.shape[2]
    lengths = torch.arange(1, max_words + 1, dtype=torch.int16, device=hits.device)
    longest = (hits * lengths[:, None]).amax(2)  # words in the longest value that starts at each word
    steps = lengths[:-1].flip(0)  # back to the words before
    starts = (longest > 0) & (_before(longest, max_words) < longest[..., None] + steps).all(-1)
    inside = (_before(longest * starts, max_words) > steps).any(-1)
    return torch.cat([starts, inside], dim=-1)


def _before(values: Tensor, max_words: int) -> Tensor:
    """Return the values (batch, words, size) at the words before each word: (..., max_words - 1), nearest last."""
    back = max_words - 1
    return nn.functional.pad(values, (0, 0, back, 0))[:, : values.shape[1] + back - 1].unfold(1, back, 1)


class MatchProjection(nn.Module):
    """Maps catalog matches to vectors that are added to the inputs of both task stacks; zero before training."""

    def __init__(self, num_matches: int, size: int):
        super().__init__()
        self.intent_weight = nn.Parameter(torch.zeros(size, num_matches))
        self.slot_weight = nn.Parameter(torch.zeros(size, num_matches))

    def forward(self, matches: Tensor) -> tuple[Tensor, Tensor]:
        """Map (batch, words, matches) to two tensors of (batch, words, size)."""
        matches = matches.to(self.slot_weight.dtype)
        return nn.functional.linear(matches, self.intent_weight), nn.functional.linear(matches, self.slot_weight)


class Gazetteer(nn.Module):
    """The slot catalogs of a domain as a part of the network; the matches of each catalog have their own weights."""

    def __init__(self, config, size: int):
        super().__init__()
        self.phrases = PhraseTable(len(config.gazetteers), config.gazetteer_rows, config.gazetteer_max_words)
        self.marks = MatchProjection(2 * len(config.gazetteers), size)


def matches_of_any(matches: Tensor) -> Tensor:
    """Join the matches of several catalogs, (batch, words, 2 * catalogs), into matches of any, (batch, words, 2)."""
    return matches.unflatten(-1, (2, -1)).any(-1)


def without_last(matches: Tensor) -> Tensor:
    """Remove the matches of the last catalog from (batch, words, 2 * catalogs) matches."""
    return matches.unflatten(-1, (2, -1))[..., :-1].flatten(-2)


def value_keys(keys: Tensor, max_words: int) -> list[int]:
    """Return the phrase key of every catalog value that is short enough.

    Args:
        keys: (values, words) word keys, 0 after a value's last word.
        max_words: number of words in the longest value that is used.
    """
    lengths = (keys != 0).sum(1)
    found: list[int] = []
    for length in range(1, max_words + 1):
        rows = keys[lengths == length]
        if len(rows):
            found.extend(phrase_keys(rows[:, :length], length)[:, 0, -1].tolist())
    return found


class CatalogMatching:
    """The part of the joint model that finds values of slot catalogs in texts.

    Attributes:
        config: the config with `gazetteers` and their sizes.
        gazetteer: the catalogs; `None` without catalogs.
        any_catalog: the projection of matches of any catalog.
        encoder: the shared encoder.
        training: whether the model is in training mode.
    """

    config: Any
    gazetteer: Gazetteer | None
    any_catalog: MatchProjection
    encoder: Any
    training: bool

    def marks(
        self, word_keys: Tensor, catalog_matches: Tensor | None, more: MorePhrases | None
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield the vectors that catalog matches add to the inputs of both stacks, as pairs for intents and for slots.

        Args:
            word_keys: (batch, words) word keys.
            catalog_matches: see `forward`.
            more: more values of slot types, in this call.
        """
        if self.gazetteer is not None:
            matches = self.gazetteer.phrases.match(word_keys, more=more)
            if self.training:
                matches = matches & (
                    torch.rand(len(matches), 1, 1, device=matches.device) >= self.config.gazetteer_dropout
                )
            yield self.gazetteer.marks(matches if more is None else without_last(matches))
            catalog_matches = matches_of_any(matches) if catalog_matches is None else catalog_matches
        elif more is not None and catalog_matches is None:
            catalog_matches = matches_of_any(match_more(more, word_keys, self.config.gazetteer_max_words))
        if catalog_matches is not None:
            yield self.any_catalog(catalog_matches)

    @torch.no_grad()
    def set_gazetteers(self, catalogs: Mapping[str, Tensor]) -> None:
        """Attach slot catalogs as gazetteers: catalog matches become an input of the two upper stacks.

        Args:
            catalogs: catalog name -> (values, words) word keys of its values, 0 after a value's last word, made with
                `tokenization_bilstm_nlu.phrase_word_keys`. Values of more than `gazetteer_max_words` words are
                skipped, and counted in the log. An empty mapping detaches all catalogs.
        """
        config = self.config
        phrases = {name: value_keys(keys, config.gazetteer_max_words) for name, keys in catalogs.items()}
        num_phrases = sum(len(keys) for keys in phrases.values())
        config.gazetteers, config.gazetteer_rows = list(phrases), max(64, 8 * num_phrases) if phrases else 0
        self.gazetteer = Gazetteer(config, self.encoder.output_size) if phrases else None
        if self.gazetteer is None:
            return
        total = sum(len(keys) for keys in catalogs.values())
        lost = total - num_phrases + self.gazetteer.phrases.fill(phrases)
        self.gazetteer.to(self.any_catalog.slot_weight).train(self.training)  # its device and its precision
        if lost:
            logger.info(
                "%d of %d catalog values will not be matched: they have more than %d words, or their rows are in use",
                lost,
                total,
                config.gazetteer_max_words,
            )
