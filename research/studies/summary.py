"""Compare one arm with another over a whole study, and measure how fast it learns."""

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from .figures import Cell, cells_of, figures, pair_up
from .records import Record

__all__ = ["ratios_of", "steps_ratio", "summarise"]

_CLOCKS = ("step", "seconds")


def steps_ratio(
    baseline: Sequence[Mapping[str, float]], curve: Sequence[Mapping[str, float]], clock: str = "step"
) -> float:
    """How many times as fast a learning curve reaches the best combined error of the baseline's curve.

    Args:
        baseline: points with `step`, `seconds` and `combined_error` on the validation split.
        curve: points of the same kind.
        clock: what to count, `"step"` or `"seconds"` of training; seconds include the time before the first step, such
            as head fitting.

    Returns:
        What the baseline needed to reach its best point, divided by what the curve needed to reach an equally good
        point; 0 if it never does. The smallest value is one step or a hundredth of a second.
    """
    least = 1 if clock == "step" else 0.01
    best = min(point["combined_error"] for point in baseline)
    of_baseline = min(point[clock] for point in baseline if point["combined_error"] <= best)
    reached = [point[clock] for point in curve if point["combined_error"] <= best]
    return max(of_baseline, least) / max(min(reached), least) if reached else 0.0


def ratios_of(pairs: Sequence[tuple[Record, Record]], clock: str = "step") -> list[float]:
    """The `steps_ratio` of every pair of runs in which both arms have a learning curve."""
    return [steps_ratio(base["curve"], run["curve"], clock) for base, run in pairs if base["curve"] and run["curve"]]


def summarise(
    records: Sequence[Record], *, baseline: str = "scratch", arm: str = "transfer", metric: str = "combined_error"
) -> dict[str, Any]:
    """Compare an arm with a baseline over all domains, sizes and seeds that both have.

    Relative reductions are computed from errors averaged over seeds, one per domain and size; means give every domain
    and size the same weight. Ratios of steps and seconds are per run, and `None` if an arm has no learning curve.

    Returns:
        `mean_relative_reduction` with `ci_low` and `ci_high` (bootstrap over domains, 95 %),
        `median_relative_reduction`, `wins` and `ties` (shares of domains and sizes where the arm's error is lower, or
        equal), `median_steps_ratio`, `median_seconds_ratio`, `n_runs` (pairs of runs), `n_domains`; the same keys
        under `by_size` and `by_domain`; and everywhere the mean errors of both arms.
    """
    pairs = pair_up(records, baseline, arm)
    cells = cells_of(records, baseline, arm, metric)

    def part(cells: Sequence[Cell]) -> dict[str, Any]:
        found = figures(cells)
        runs = [pair for cell in cells for pair in pairs[cell.domain, cell.size]]
        medians = {
            clock: statistics.median(ratios) if (ratios := ratios_of(runs, clock)) else None for clock in _CLOCKS
        }
        return {
            "mean_relative_reduction": found["mean"],
            "ci_low": found["ci_low"],
            "ci_high": found["ci_high"],
            "median_relative_reduction": found["median"],
            "wins": found["win_rate"],
            "ties": found["ties"] / found["n_cells"],
            "median_steps_ratio": medians["step"],
            "median_seconds_ratio": medians["seconds"],
            "n_domains": found["n_domains"],
            "n_runs": len(runs),
            f"{baseline}_{metric}": found["baseline_error"],
            f"{arm}_{metric}": found["error"],
        }

    sizes, domains = sorted({cell.size for cell in cells}), sorted({cell.domain for cell in cells})
    return {
        **part(cells),
        "by_size": {str(size): part([cell for cell in cells if cell.size == size]) for size in sizes},
        "by_domain": {name: part([cell for cell in cells if cell.domain == name]) for name in domains},
    }
