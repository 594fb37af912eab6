"""From the records of a comparison to its figures."""

import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

__all__ = ["better_of", "interval", "relative_reduction", "steps_ratio", "summarise"]

Record = Mapping[str, Any]


def relative_reduction(baseline: float, error: float) -> float:
    """By what fraction of the baseline's error the error is lower; 0 where neither errs."""
    if baseline == 0:
        return 0.0 if error == 0 else -1.0
    return 1 - error / baseline


def steps_ratio(
    baseline: Sequence[Mapping[str, float]], curve: Sequence[Mapping[str, float]], clock: str = "step"
) -> float:
    """How many times as fast a learning curve reaches the best combined error of the baseline's curve.

    Args:
        baseline: points with `step`, `seconds` and `combined_error` on the validation split.
        curve: points of the same kind.
        clock: what to count, `"step"` or `"seconds"` of training; the latter includes what came before the first
            step, such as the fitting of heads.

    Returns:
        What the baseline took to its best point / what the curve took to a point as good; 0 where there is none.
        Nothing counts as less than one step or a hundredth of a second.
    """
    least = 1 if clock == "step" else 0.01
    best = min(point["combined_error"] for point in baseline)
    of_baseline = min(point[clock] for point in baseline if point["combined_error"] <= best)
    reached = [point[clock] for point in curve if point["combined_error"] <= best]
    return max(of_baseline, least) / max(min(reached), least) if reached else 0.0


def better_of(
    records: Sequence[Record], arms: Sequence[str], name: str, metric: str = "combined_error"
) -> list[Record]:
    """The records of an arm that is, on each domain and size, the better of some others as validation tells.

    Args:
        records: with the scores of the validation split.
        arms: to choose among; only domains, sizes and seeds that all of them have count.
        name: of the arm in the records returned.
        metric: an error of the validation split, averaged over seeds to choose by.
    """
    cells: dict[tuple[str, int], dict[str, dict[int, Record]]] = defaultdict(lambda: defaultdict(dict))
    for record in records:
        if record["arm"] in arms:
            cells[record["domain"], record["size"]][record["arm"]][record["seed"]] = record
    chosen: list[Record] = []
    for runs in cells.values():
        if len(runs) < len(set(arms)):
            continue
        seeds = set.intersection(*(set(of_arm) for of_arm in runs.values()))
        errors = {arm: sum(runs[arm][seed]["validation"][metric] for seed in seeds) for arm in arms}
        best = min(arms, key=errors.__getitem__)
        chosen += [{**runs[best][seed], "arm": name, "chosen": best} for seed in sorted(seeds)]
    return chosen


def interval(values: Sequence[float], *, share: float = 0.95, draws: int = 10_000) -> tuple[float, float]:
    """The percentile bootstrap interval of a mean (Efron and Tibshirani 1993), always of the same draws."""
    drawn = np.random.default_rng(0).choice(np.asarray(values), (draws, len(values))).mean(1)
    low, high = np.quantile(drawn, [(1 - share) / 2, (1 + share) / 2])
    return float(low), float(high)


def _mean(values: Iterable[float]) -> float:
    return statistics.fmean(values)


def summarise(
    records: Sequence[Record], *, baseline: str = "scratch", arm: str = "transfer", metric: str = "combined_error"
) -> dict[str, Any]:
    """Compare an arm with a baseline over all domains, sizes and seeds that both have.

    Relative reductions are of errors averaged over seeds, one for each domain and size; means over them weigh every
    domain and size alike. Ratios of steps and seconds are per run, and `None` where an arm has no learning curve.

    Returns:
        `mean_relative_reduction` with `ci_low` and `ci_high` (bootstrap over domains, 95 %),
        `median_relative_reduction`, `wins` and `ties` (shares of domains and sizes where the arm errs less, or as
        much), `median_steps_ratio`, `median_seconds_ratio`, `n_runs` (pairs of runs), `n_domains`, and the same under
        `by_size` and `by_domain`; everywhere with the mean errors of both arms.
    """
    pairs: dict[tuple[str, int], list[tuple[Record, Record]]] = defaultdict(list)
    by_key = {(r["arm"], r["domain"], r["size"], r["seed"]): r for r in records}
    for (name, domain, size, seed), record in sorted(by_key.items()):
        if name == arm and (base := by_key.get((baseline, domain, size, seed))) is not None:
            pairs[domain, size].append((base, record))
    cells = {
        key: {
            baseline: _mean(base["test"][metric] for base, _ in runs),
            arm: _mean(record["test"][metric] for _, record in runs),
        }
        for key, runs in pairs.items()
    }
    ratios = {
        clock: {
            key: [
                steps_ratio(base["curve"], record["curve"], clock)
                for base, record in pairs[key]
                if base["curve"] and record["curve"]
            ]
            for key in pairs
        }
        for clock in ("step", "seconds")
    }

    def figures(keys: Sequence[tuple[str, int]]) -> dict[str, Any]:
        reductions = [relative_reduction(cells[key][baseline], cells[key][arm]) for key in keys]
        of_domain: dict[str, list[float]] = defaultdict(list)
        for (domain, _), reduction in zip(keys, reductions, strict=True):
            of_domain[domain].append(reduction)
        low, high = interval([_mean(values) for values in of_domain.values()])
        medians = {
            clock: statistics.median(found) if (found := [ratio for key in keys for ratio in of_clock[key]]) else None
            for clock, of_clock in ratios.items()
        }
        return {
            "mean_relative_reduction": _mean(reductions),
            "ci_low": low,
            "ci_high": high,
            "median_relative_reduction": statistics.median(reductions),
            "wins": _mean(float(reduction > 0) for reduction in reductions),
            "ties": _mean(float(reduction == 0) for reduction in reductions),
            "median_steps_ratio": medians["step"],
            "median_seconds_ratio": medians["seconds"],
            "n_domains": len(of_domain),
            "n_runs": sum(len(pairs[key]) for key in keys),
            f"{baseline}_{metric}": _mean(cells[key][baseline] for key in keys),
            f"{arm}_{metric}": _mean(cells[key][arm] for key in keys),
        }

    keys = sorted(cells)
    if not keys:
        raise ValueError(f"no runs of both {baseline!r} and {arm!r} to compare")
    return {
        **figures(keys),
        "by_size": {str(size): figures([k for k in keys if k[1] == size]) for size in sorted({k[1] for k in keys})},
        "by_domain": {name: figures([k for k in keys if k[0] == name]) for name in sorted({k[0] for k in keys})},
    }
