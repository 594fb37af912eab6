"""Compare an arm with each of its baselines, and with the better of them on each domain and size."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..figures import Cell, better_of, cells_of, figures, mean_scores
from ..recipe import StudyRecipe
from ..records import METRICS, Record

__all__ = ["BEST", "common", "compared_with", "comparisons", "figures_of", "part_of", "scores_of", "with_best"]

#: Name of the arm that is the better of the baselines, chosen by validation for each domain and size.
BEST = "best_baseline"


def common(study: StudyRecipe, records: Sequence[Record]) -> list[Record]:
    """The records of the domains, sizes and seeds that the arm and all baselines have."""
    arms = {study.arm, *study.rivals}
    seen = Counter((r["domain"], r["size"], r["seed"]) for r in records if r["arm"] in arms)
    return [r for r in records if seen[r["domain"], r["size"], r["seed"]] == len(arms)]


def with_best(study: StudyRecipe, records: Sequence[Record]) -> list[Record]:
    """The records, followed by those of the better baseline."""
    return [*records, *better_of(records, study.rivals, BEST)]


def comparisons(study: StudyRecipe, records: Sequence[Record]) -> dict[str, list[Cell]]:
    """The cells of the arm compared with each other arm and the better baseline; keys are `vs_` and the arm's name.

    An arm that is not a baseline is compared where it was run, and is missing if it was not.

    Args:
        study: names the arm and its baselines.
        records: including those of the better baseline.

    Raises:
        ValueError: no domain and size has runs of all of them.
    """
    return {f"vs_{name}": cells_of(records, name, study.arm) for name in compared_with(study, records)}


def compared_with(study: StudyRecipe, records: Sequence[Record]) -> tuple[str, ...]:
    """The names of what the arm is compared with: its baselines, the better one of them, other arms that were run."""
    run = {record["arm"] for record in records}
    rest = [arm.name for arm in study.arms if arm.name in run - {study.arm, *study.rivals}]
    return (*study.rivals, BEST, *rest)


def part_of(cells: Mapping[str, Sequence[Cell]], **wanted: Iterable[Any]) -> dict[str, list[Cell]]:
    """The cells with certain values of attributes, such as `size=(10, 30)`."""
    allowed = {name: set(values) for name, values in wanted.items()}
    return {
        name: [cell for cell in found if all(getattr(cell, key) in values for key, values in allowed.items())]
        for name, found in cells.items()
    }


def figures_of(cells: Mapping[str, Sequence[Cell]]) -> dict[str, dict[str, Any]]:
    """The `figures` of every comparison that has cells."""
    return {name: figures(found) for name, found in cells.items() if found}


def scores_of(study: StudyRecipe, records: Sequence[Record]) -> dict[str, dict[str, float]]:
    """The mean test scores of every arm that was run wherever `study.arm` was, and of the better baseline."""
    names = [*study.rivals, BEST, study.arm]
    names += [arm.name for arm in study.arms if arm.name not in names]
    runs = {name: [record for record in records if record["arm"] == name] for name in names}
    cells = {name: {(run["domain"], run["size"]) for run in found} for name, found in runs.items()}
    return {name: mean_scores(runs[name], METRICS) for name in names if runs[name] and cells[name] >= cells[study.arm]}
