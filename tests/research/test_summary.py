"""Figures of a comparison, on records small enough to check by hand."""

import pytest

from research.studies import better_of, relative_reduction, steps_ratio, summarise
from research.studies.figures import cells_of, figures, interval


@pytest.mark.parametrize(
    "baseline, error, reduction",
    [(0.4, 0.3, 0.25), (0.4, 0.4, 0.0), (0.2, 0.3, -0.5), (0.0, 0.0, 0.0), (0.0, 0.1, -1.0)],
)
def test_relative_reduction(baseline, error, reduction):
    assert relative_reduction(baseline, error) == pytest.approx(reduction)


def curve(*points):
    return [{"step": step, "seconds": step / 10, "combined_error": error} for step, error in points]


@pytest.mark.parametrize(
    "baseline, other, ratio",
    [
        (curve((0, 0.9), (50, 0.4), (100, 0.3), (150, 0.35)), curve((0, 0.8), (10, 0.5), (20, 0.3)), 5.0),
        (curve((0, 0.9), (100, 0.3)), curve((0, 0.2), (50, 0.1)), 100.0),  # as good before the first step
        (curve((0, 0.9), (100, 0.3)), curve((0, 0.9), (100, 0.31)), 0.0),  # never as good
        (curve((0, 0.9), (50, 0.3), (100, 0.3)), curve((0, 0.9), (100, 0.3)), 0.5),  # slower
    ],
)
def test_steps_ratio(baseline, other, ratio):
    assert steps_ratio(baseline, other) == pytest.approx(ratio)


def test_seconds_ratio_counts_what_came_before_the_first_step():
    baseline = curve((0, 0.9), (100, 0.3))
    fitted = [{"step": 0, "seconds": 2.5, "combined_error": 0.2}]
    assert steps_ratio(baseline, fitted) == 100
    assert steps_ratio(baseline, fitted, "seconds") == pytest.approx(4.0)


def record(arm, domain, size, seed, error, points):
    return {
        "arm": arm,
        "domain": domain,
        "size": size,
        "seed": seed,
        "test": {"combined_error": error},
        "curve": points,
    }


def test_summary_weighs_domains_and_sizes_alike():
    slow, quick = curve((0, 0.9), (100, 0.5)), curve((0, 0.9), (20, 0.5))
    records = [
        record("scratch", "a", 10, 0, 0.3, slow),
        record("scratch", "a", 10, 1, 0.5, slow),
        record("transfer", "a", 10, 0, 0.2, quick),
        record("transfer", "a", 10, 1, 0.2, quick),
        record("scratch", "b", 10, 0, 0.2, slow),
        record("transfer", "b", 10, 0, 0.3, slow),
        record("transfer", "c", 10, 0, 0.1, quick),  # no baseline: not counted
    ]
    figures = summarise(records)
    assert figures["mean_relative_reduction"] == pytest.approx((0.5 - 0.5) / 2)
    assert figures["wins"] == 0.5 and figures["n_runs"] == 3
    assert figures["median_steps_ratio"] == figures["median_seconds_ratio"] == 5.0
    assert figures["by_domain"]["a"]["mean_relative_reduction"] == pytest.approx(0.5)
    assert figures["by_size"]["10"]["scratch_combined_error"] == pytest.approx(0.3)


def test_equal_means_are_a_tie_whatever_their_last_digits():
    scratch, transfer = 0.6 / 3, 0.1 + 0.1
    assert scratch != transfer
    records = [record("scratch", "a", 10, 0, scratch, []), record("transfer", "a", 10, 0, transfer, [])]
    found = figures(cells_of(records, "scratch", "transfer"))
    assert (found["wins"], found["ties"], found["losses"]) == (0, 1, 0)


def test_an_arm_without_a_curve_has_no_ratio():
    slow = curve((0, 0.9), (100, 0.5))
    figures = summarise(
        [record("maxent", "a", 10, 0, 0.4, []), record("net", "a", 10, 0, 0.4, slow)], baseline="maxent", arm="net"
    )
    assert figures["median_steps_ratio"] is None
    assert (figures["wins"], figures["ties"], figures["n_domains"]) == (0, 1, 1)


def test_the_better_baseline_is_chosen_on_validation():
    def scored(arm, domain, seed, validation, test):
        return {**record(arm, domain, 10, seed, test, []), "validation": {"combined_error": validation}}

    records = [
        *(scored("net", "a", seed, 0.2, 0.9) for seed in (0, 1)),
        *(scored("maxent", "a", seed, 0.3, 0.1) for seed in (0, 1, 2)),
        *(scored("net", "b", seed, 0.1 + seed, 0.5) for seed in (0, 1)),  # better at one seed, worse on average
        *(scored("maxent", "b", seed, 0.4, 0.4) for seed in (0, 1)),
        scored("net", "c", 0, 0.1, 0.1),
    ]
    chosen = better_of(records, ["net", "maxent"], "best")
    assert {(r["domain"], r["seed"]): (r["chosen"], r["test"]["combined_error"]) for r in chosen} == {
        ("a", 0): ("net", 0.9),
        ("a", 1): ("net", 0.9),
        ("b", 0): ("maxent", 0.4),
        ("b", 1): ("maxent", 0.4),
    }
    assert {r["arm"] for r in chosen} == {"best"}


def test_the_interval_of_a_mean():
    low, high = interval([0.0, 1.0] * 50)
    assert low == pytest.approx(0.4, abs=0.02) and high == pytest.approx(0.6, abs=0.02)
    assert interval([0.3]) == pytest.approx((0.3, 0.3))
    assert interval([0.0, 1.0] * 50) == (low, high)


def test_nothing_to_compare_is_an_error():
    with pytest.raises(ValueError, match="runs"):
        summarise([record("scratch", "a", 10, 0, 0.3, curve((0, 1.0)))])
