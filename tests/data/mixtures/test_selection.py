"""Which rows make a mixture: a brute-force reading of the rules agrees with the one on arrays."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from modeling_bilstm_nlu.data.mixtures.selection import REASONS, RowTable, select_rows

#: (text, labels, split, corpus, is excluded); corpora 0 and 1 are of one family, 2 is another's.
ROWS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 2), st.integers(0, 2), st.integers(0, 2), st.booleans()), max_size=40
)
FAMILY = {0: 0, 1: 0, 2: 1}
UNLABELLED = 9


def table_of(rows):
    key, reading, split, corpus, is_excluded = (list(column) for column in zip(*rows, strict=True))
    return RowTable(
        key=np.array(key, np.int64),
        reading=np.array(reading, np.int64),
        split=np.array(split, np.int8),
        corpus=np.array(corpus, np.int16),
        family=np.array([FAMILY[c] for c in corpus], np.int16),
        is_excluded=np.array(is_excluded, bool),
        is_labelled=np.array(reading, np.int64) != UNLABELLED,
    )


def why(rows, **options):
    selection = select_rows(table_of(rows), **options)
    return [REASONS[i] for i in selection.reason]


@given(ROWS)
def test_what_is_guaranteed(rows):
    if not rows:
        return
    selection = select_rows(table_of(rows))
    train = [rows[i] for i in selection.train]
    validation = [rows[i] for i in selection.validation]
    out = {row[0] for row in rows if row[4]}
    tested = {(row[0], FAMILY[row[3]]) for row in rows if row[2] == 2}
    trained = Counter((row[0], FAMILY[row[3]]) for row in train)
    validated = Counter((row[0], FAMILY[row[3]]) for row in validation)
    assert not out & {row[0] for row in train + validation}
    assert not tested & (set(trained) | set(validated))
    assert not {row[0] for row in train} & {row[0] for row in validation}
    assert max([*trained.values(), *validated.values()], default=1) == 1
    assert all(row[2] == 0 for row in train) and all(row[2] == 1 for row in validation)
    # nothing is lost without a reason: a text that may be trained on is there unless its labels are undecided
    for text, family in {(row[0], FAMILY[row[3]]) for row in rows if row[2] == 0} - set(trained):
        rest = [row for row in rows if row[0] == text and FAMILY[row[3]] == family and row[2] == 0]
        first = Counter(row[1] for row in rest if row[3] == min(row[3] for row in rest))
        undecided = 2 * max(first.values()) <= sum(first.values())
        assert text in out or (text, family) in tested or undecided


def test_the_reasons():
    rows = [
        (1, 0, 0, 0, False),
        (1, 0, 0, 0, False),  # the same again
        (1, 1, 0, 1, False),  # the family's other corpus has it otherwise
        (1, 1, 0, 2, False),  # another family
        (2, 0, 0, 0, False),
        (2, 1, 0, 0, False),  # two readings, one each
        (3, 0, 0, 0, True),  # of an excluded domain
        (3, 0, 0, 2, False),  # its text elsewhere
        (4, 0, 2, 1, False),  # a test text
        (4, 0, 0, 0, False),  # which another corpus trains on
        (4, 0, 0, 2, False),
        (1, 0, 1, 0, False),  # validation
        (5, 0, 1, 0, False),
    ]
    repeat, conflict = REASONS[6], REASONS[5]
    assert why(rows) == [
        *(
            "",
            repeat,
            repeat,
            "",
            conflict,
            conflict,
            REASONS[1],
            REASONS[2],
            REASONS[3],
            REASONS[4],
            "",
            REASONS[7],
            "",
        )
    ]
    assert why([(7, 0, 0, 0, False), (8, 0, 0, 0, False)], excluded_keys=[8]) == ["", REASONS[2]]


def test_rows_without_labels_keep_their_texts_out():
    rows = [(1, UNLABELLED, 2, 0, False), (1, 0, 0, 1, False), (2, UNLABELLED, 0, 0, False), (2, 0, 0, 1, False)]
    assert why(rows) == [REASONS[3], REASONS[4], REASONS[8], ""]


def test_validation_rows_with_labels_that_training_lacks():
    selection = select_rows(table_of([(1, 0, 0, 0, False), (2, 0, 1, 0, False), (3, 1, 1, 0, False)]))
    known = selection.without_unknown(selection.validation[:1])
    assert known.validation.tolist() == [1] and REASONS[known.reason[2]].startswith("validation utterances with")


def test_the_labels_that_most_rows_give():
    rows = [(1, reading, 0, 0, False) for reading in (5, 6, 6, 6, 5)]
    assert [reason == "" for reason in why(rows)] == [False, True, False, False, False]
    # a preferred corpus that is undecided leaves the text out, whatever the others say
    undecided = [(1, 5, 0, 0, False), (1, 6, 0, 0, False), (1, 5, 0, 1, False)]
    assert set(why(undecided)) == {REASONS[5]}
