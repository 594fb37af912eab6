"""From the records of a comparison to its figures."""

import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

__all__ = ["relative_reduction", "steps_ratio", "summarise"]

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


def _mean(values: Iterable[float]) -> float:
    return statistics.fmean(values)


def summarise(
    records: Sequence[Record], *, baseline: str = "scratch", arm: str = "transfer", metric: str = "combined_error"
) -> dict[str, Any]:
    """Compare an arm with a baseline over all domains, sizes and seeds that both have.

    Relative reductions are of errors averaged over seeds, one for each domain and size; means over them weigh every
    domain and size alike. Ratios of steps and seconds are per run.

    Returns:
        `mean_relative_reduction`, `wins` (share of domains and sizes where the arm errs less), `median_steps_ratio`,
        `median_seconds_ratio`, `n_runs` (pairs of runs), and the same under `by_size` and `by_domain`; everywhere with
        the mean errors of both arms.
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
            key: [steps_ratio(base["curve"], record["curve"], clock) for base, record in pairs[key]] for key in pairs
        }
        for clock in ("step", "seconds")
    }

    def figures(keys: Sequence[tuple[str, int]]) -> dict[str, Any]:
        reductions = [relative_reduction(cells[key][baseline], cells[key][arm]) for key in keys]
        return {
            "mean_relative_reduction": _mean(reductions),
            "wins": _mean(float(reduction > 0) for reduction in reductions),
            "median_steps_ratio": statistics.median(ratio for key in keys for ratio in ratios["step"][key]),
            "median_seconds_ratio": statistics.median(ratio for key in keys for ratio in ratios["seconds"][key]),
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
