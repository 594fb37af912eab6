"""From records to figures: pairs of runs, relative reductions, bootstrap intervals."""

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from .records import Record

__all__ = [
    "FEW_DOMAINS",
    "Cell",
    "better_of",
    "cells_of",
    "figures",
    "interval",
    "mean_scores",
    "pair_up",
    "relative_reduction",
]

#: With fewer domains, a bootstrap interval over them means nothing; with one, it has no width.
FEW_DOMAINS = 5


def relative_reduction(baseline: float, error: float) -> float:
    """The reduction of the error as a fraction of the baseline's error; 0 if both are 0."""
    if baseline == 0:
        return 0.0 if error == 0 else -1.0
    return 1 - error / baseline


def interval(
    values: Sequence[float],
    *,
    clusters: Sequence[Any] | None = None,
    of: Callable[[np.ndarray], float] | None = None,
    share: float = 0.95,
    draws: int = 10_000,
) -> tuple[float, float]:
    """A percentile bootstrap interval (Efron and Tibshirani 1993), always with the same draws.

    Args:
        values: the values to draw from.
        clusters: the cluster of each value; whole clusters are drawn, because their values are not independent.
        of: the statistic; `None` means the mean.
        share: share of the draws inside the interval.
        draws: number of draws.
    """
    groups: dict[Any, list[float]] = defaultdict(list)
    for place, value in enumerate(values):
        groups[place if clusters is None else clusters[place]].append(value)
    rng = np.random.default_rng(0)
    members = list(groups.values())
    if of is None:
        drawn = rng.choice(len(members), (draws, len(members)))
        sums, sizes = (np.array([count(group) for group in members]) for count in (sum, len))
        found = sums[drawn].sum(1) / sizes[drawn].sum(1)
    else:
        draws = min(draws, 2_000)  # they are computed one by one
        picks = rng.choice(len(members), (draws, len(members)))
        found = np.array([of(np.concatenate([members[i] for i in pick])) for pick in picks])
    low, high = np.quantile(found, [(1 - share) / 2, (1 + share) / 2])
    return float(low), float(high)


def _runs_of(records: Iterable[Record], arms: Sequence[str]) -> dict[tuple[str, int], dict[str, dict[int, Record]]]:
    """Domain and size -> arm -> seed -> record, for the given arms."""
    runs: dict[tuple[str, int], dict[str, dict[int, Record]]] = defaultdict(lambda: defaultdict(dict))
    for record in records:
        if record["arm"] in arms:
            runs[record["domain"], record["size"]][record["arm"]][record["seed"]] = record
    return runs


def pair_up(records: Sequence[Record], baseline: str, arm: str) -> dict[tuple[str, int], list[tuple[Record, Record]]]:
    """The runs of two arms: domain and size -> one pair for each seed that both have."""
    pairs = {}
    for key, found in _runs_of(records, (baseline, arm)).items():
        if seeds := sorted(found[baseline].keys() & found[arm].keys()):
            pairs[key] = [(found[baseline][seed], found[arm][seed]) for seed in seeds]
    return pairs


class Cell(NamedTuple):
    """An arm compared with a baseline on one domain and size; errors are means over seeds.

    Attributes:
        domain: name of the domain.
        size: training utterances, as the protocol counts them.
        group: of the domain, such as the author of a skill.
        baseline: the baseline's error.
        error: the arm's error.
        reduction: the relative reduction.
    """

    domain: str
    size: int
    group: str
    baseline: float
    error: float
    reduction: float


def cells_of(records: Sequence[Record], baseline: str, arm: str, metric: str = "combined_error") -> list[Cell]:
    """The cells of two arms, sorted by domain and size.

    Args:
        records: of runs with a score.
        baseline: the arm to compare with.
        arm: the arm that is compared.
        metric: an error on the test split.

    Raises:
        ValueError: there are no runs of both arms.
    """
    cells = []
    for (domain, size), pairs in sorted(pair_up(records, baseline, arm).items()):
        # rounded, because means of equal errors may differ in their last digits
        before, after = (round(statistics.fmean(pair[side]["test"][metric] for pair in pairs), 9) for side in (0, 1))
        group = pairs[0][1].get("group") or domain
        cells.append(Cell(domain, size, group, before, after, relative_reduction(before, after)))
    if not cells:
        raise ValueError(f"there are no runs of both {baseline!r} and {arm!r} to compare")
    return cells


def figures(cells: Sequence[Cell]) -> dict[str, Any]:
    """The figures over some cells, as fractions.

    Returns:
        `mean` of the relative reductions with `ci_low` and `ci_high` (95 %, bootstrap over domains) and
        `ci_low_by_group` and `ci_high_by_group` (over groups of domains); `median`; `of_mean_errors` (the relative
        reduction of the mean error, in which domains with hardly any error weigh little); `win_rate` with
        `win_rate_ci_low` and `win_rate_ci_high`, `wins`, `ties` and `losses` (cells in which the arm's error is lower,
        equal, higher); `win_rate_where_any_errs` (the share of wins where at least one of both makes an error; `None`
        if neither errs anywhere); `baseline_error` and `error` (means); `n_domains`, `n_groups`, `n_cells`.
    """
    reductions = [cell.reduction for cell in cells]
    domains, groups = [cell.domain for cell in cells], [cell.group for cell in cells]
    wins = [float(reduction > 0) for reduction in reductions]
    low, high = interval(reductions, clusters=domains)
    low_by_group, high_by_group = interval(reductions, clusters=groups)
    low_wins, high_wins = interval(wins, clusters=domains)
    any_errs = [win for cell, win in zip(cells, wins, strict=True) if cell.baseline or cell.error]
    errors = [
        statistics.fmean(errors) for errors in zip(*[(cell.baseline, cell.error) for cell in cells], strict=True)
    ]
    return {
        "mean": statistics.fmean(reductions),
        "ci_low": low,
        "ci_high": high,
        "ci_low_by_group": low_by_group,
        "ci_high_by_group": high_by_group,
        "median": statistics.median(reductions),
        "of_mean_errors": relative_reduction(*errors),
        "win_rate": statistics.fmean(wins),
        "win_rate_ci_low": low_wins,
        "win_rate_ci_high": high_wins,
        "win_rate_where_any_errs": statistics.fmean(any_errs) if any_errs else None,
        "wins": int(sum(wins)),
        "ties": sum(reduction == 0 for reduction in reductions),
        "losses": sum(reduction < 0 for reduction in reductions),
        "baseline_error": errors[0],
        "error": errors[1],
        "n_domains": len(set(domains)),
        "n_groups": len(set(groups)),
        "n_cells": len(cells),
    }


def better_of(
    records: Sequence[Record], arms: Sequence[str], name: str, metric: str = "combined_error"
) -> list[Record]:
    """The records of a new arm: on each domain and size, the arm with the lowest validation error.

    Args:
        records: with the scores of the validation split.
        arms: the arms to choose from; only domains, sizes and seeds that all of them have are used.
        name: name of the new arm in the returned records.
        metric: an error on the validation split, averaged over seeds, to choose by.
    """
    chosen: list[Record] = []
    for runs in _runs_of(records, arms).values():
        if len(runs) < len(set(arms)):
            continue
        seeds = set.intersection(*(set(of_arm) for of_arm in runs.values()))
        errors = {arm: sum(runs[arm][seed]["validation"][metric] for seed in seeds) for arm in arms}
        best = min(arms, key=errors.__getitem__)
        chosen += [{**runs[best][seed], "arm": name, "chosen": best} for seed in sorted(seeds)]
    return chosen


def mean_scores(records: Iterable[Record], metrics: Sequence[str]) -> dict[str, float]:
    """Test scores averaged over seeds, then over domains and sizes equally; scores without records are left out."""
    by_cell: dict[tuple[str, int], list[Mapping[str, float]]] = defaultdict(list)
    for record in records:
        by_cell[record["domain"], record["size"]].append(record["test"])
    means = {}
    for metric in metrics:
        values = [statistics.fmean(known) for tests in by_cell.values() if (known := _known(tests, metric))]
        if values:
            means[metric] = statistics.fmean(values)
    return means


def _known(tests: Iterable[Mapping[str, float]], metric: str) -> list[float]:
    return [test[metric] for test in tests if metric in test]
