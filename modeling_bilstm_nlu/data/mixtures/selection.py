"""Select the rows of many corpora for a mixture: without excluded domains, test texts and repeats.

It works on arrays of hashes alone, about 25 bytes a row, so that tens of millions of rows fit into memory.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..drop_reasons import DropReason

__all__ = ["REASONS", "RowTable", "Selection", "select_rows"]

#: Why a row is not in the mixture; the first reason that applies is counted.
REASONS = (
    "",
    DropReason.EXCLUDED_DOMAIN,
    DropReason.TEXTS_OF_AN_EXCLUDED_DOMAIN,
    DropReason.TEST_SPLIT,
    DropReason.TEXTS_OF_A_TEST_SPLIT,
    DropReason.CONFLICTING_LABELS,
    DropReason.REPEATED_TEXTS,
    DropReason.VALIDATION_TEXTS_OF_TRAINING,
    DropReason.UNLABELLED,
    DropReason.VALIDATION_WITH_UNSEEN_LABELS,
)
_DOMAIN, _DOMAIN_TEXT, _TEST, _TEST_TEXT, _CONFLICT, _REPEAT, _TRAINED, _UNLABELLED, _UNKNOWN = range(1, 10)
_TRAIN_SPLIT, _VALIDATION_SPLIT, _TEST_SPLIT = range(3)


@dataclass(frozen=True)
class RowTable:
    """All rows of all corpora, in order of preference.

    Args:
        key: (rows,) hash of the text.
        reading: (rows,) hash of the labels.
        split: (rows,) 0 for train, 1 for validation, 2 for test.
        corpus: (rows,) number of the corpus; if two corpora have a text, the corpus with the lower number keeps it.
        family: (rows,) number of the family of corpora.
        is_excluded: (rows,) whether the row is from an excluded domain.
        is_labelled: (rows,) whether the row has an intent or slots to learn; other rows only keep their texts out.
    """

    key: NDArray[np.int64]
    reading: NDArray[np.int64]
    split: NDArray[np.int8]
    corpus: NDArray[np.int16]
    family: NDArray[np.int16]
    is_excluded: NDArray[np.bool_]
    is_labelled: NDArray[np.bool_]


@dataclass(frozen=True)
class Selection:
    """The result of ``select_rows``.

    Args:
        train: rows of the mixture's train split, ascending.
        validation: rows of its validation split, ascending.
        reason: (rows,) index into ``REASONS``, 0 if the row is in the mixture.
    """

    train: NDArray[np.intp]
    validation: NDArray[np.intp]
    reason: NDArray[np.int8]

    def without_unknown(self, known: NDArray[np.intp]) -> "Selection":
        """Return the selection with only those validation rows that are in ``known``: train has their labels."""
        reason = self.reason.copy()
        reason[np.setdiff1d(self.validation, known)] = _UNKNOWN
        return Selection(self.train, known, reason)


def select_rows(rows: RowTable, excluded_keys: Sequence[int] = ()) -> Selection:
    """Decide for every row whether it is in the mixture.

    Args:
        rows: the rows of all corpora.
        excluded_keys: hashes of more texts that must not be in the mixture.
    """
    reason = np.zeros(len(rows.key), np.int8)
    reason[rows.is_excluded] = _DOMAIN
    forbidden = np.concatenate([rows.key[rows.is_excluded], np.asarray(list(excluded_keys), np.int64)])
    _give(reason, np.isin(rows.key, forbidden), _DOMAIN_TEXT)
    _give(reason, rows.split == _TEST_SPLIT, _TEST)
    # a text is kept once in each family: the same words may mean something else in a corpus with other labels
    text = rows.key ^ (rows.family.astype(np.int64) * np.int64(0x5851F42D4C957F2D))
    _give(reason, np.isin(text, text[rows.split == _TEST_SPLIT]), _TEST_TEXT)

    _give(reason, ~rows.is_labelled, _UNLABELLED)

    is_train = (reason == 0) & (rows.split == _TRAIN_SPLIT)
    _keep_one_each(reason, text, rows, np.flatnonzero(is_train))
    trained = rows.key[(reason == 0) & is_train]
    is_validation = (reason == 0) & (rows.split == _VALIDATION_SPLIT)
    _give(reason, is_validation & np.isin(rows.key, trained), _TRAINED)
    _keep_one_each(reason, text, rows, np.flatnonzero(is_validation & (reason == 0)))
    taken = reason == 0
    return Selection(
        np.flatnonzero(taken & (rows.split == _TRAIN_SPLIT)),
        np.flatnonzero(taken & (rows.split == _VALIDATION_SPLIT)),
        reason,
    )


def _give(reason: NDArray[np.int8], where: NDArray[np.bool_], why: int) -> None:
    reason[where & (reason == 0)] = why


def _keep_one_each(
    reason: NDArray[np.int8], text: NDArray[np.int64], rows: RowTable, candidates: NDArray[np.intp]
) -> None:
    """Keep one row of each text: from the most preferred corpus, with the labels of most of its rows.

    A text is left out if this corpus labels it in several ways and no way has more than half of its rows.
    """
    if not len(candidates):
        return
    order = candidates[np.lexsort((candidates, rows.reading[candidates], rows.corpus[candidates], text[candidates]))]
    new_text = _starts(text[order])
    new_corpus = new_text | _starts(rows.corpus[order])
    new_reading = new_corpus | _starts(rows.reading[order])

    reason[order] = _REPEAT
    reading_start = np.flatnonzero(new_reading)
    reading_size = np.diff(np.append(reading_start, len(order)))
    corpus_start = np.flatnonzero(new_corpus)
    corpus_size = np.diff(np.append(corpus_start, len(order)))
    corpus_of_reading = np.cumsum(new_corpus)[reading_start] - 1
    is_first_corpus = new_text[corpus_start]  # the preferred corpus of its text
    is_mostly = 2 * reading_size > corpus_size[corpus_of_reading]
    winners = is_mostly & is_first_corpus[corpus_of_reading]
    reason[order[reading_start[winners]]] = 0

    has_winner = np.zeros(len(corpus_start), bool)
    has_winner[corpus_of_reading[winners]] = True
    text_of_corpus = np.cumsum(new_text)[corpus_start] - 1
    is_settled = np.zeros(new_text.sum(), bool)
    is_settled[text_of_corpus[has_winner]] = True
    unsettled = ~is_settled[np.cumsum(new_text) - 1]
    reason[order[unsettled]] = _CONFLICT


def _starts(values: NDArray) -> NDArray[np.bool_]:
    """Mark the places where a run of equal values begins."""
    starts = np.ones(len(values), bool)
    starts[1:] = values[1:] != values[:-1]
    return starts
