"""Wilson's interval, against values from a table."""

import pytest

from bilstm_nlu.inspection.intervals import wilson


@pytest.mark.parametrize(
    "right, total, low, high",
    [
        (10, 12, 0.552, 0.953),
        (12, 12, 0.7575, 1.0),
        (0, 12, 0.0, 0.2425),
        (50, 100, 0.404, 0.596),
        (1, 1, 0.207, 1.0),
    ],
)
def test_the_interval_of_a_share(right: int, total: int, low: float, high: float):
    assert wilson(right / total, total) == pytest.approx((low, high), abs=5e-4)


def test_without_cases_everything_is_possible():
    assert wilson(0.5, 0) == (0.0, 1.0)
