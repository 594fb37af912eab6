"""Compare the scores of two runs: which skills got worse, and could it be chance."""

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import exists, write_text

from .journal import PREVIOUS_FILE, RESULTS_FILE, read_results
from .records import FleetRecord, Measured

__all__ = ["COMPARISON_FILE", "Change", "compare", "earlier_results", "probability_of_fall", "write_comparison"]

#: Every skill that both runs have, with both scores.
COMPARISON_FILE = "fleet.compare.csv"
#: A fall counts if chance explains one as large in fewer than this share of cases.
_CHANCE = 0.05


@dataclass(frozen=True)
class Change:
    """The scores of a skill in two runs.

    Args:
        id: the id of the skill.
        before: its score in the earlier run.
        now: its score in this run.
        chance: how often chance alone makes the score fall as much or more; see `probability_of_fall`.
    """

    id: str
    before: Measured
    now: Measured
    chance: float

    @property
    def is_lower(self) -> bool:
        """Whether the score fell."""
        return self.now.share < self.before.share

    @property
    def is_worse(self) -> bool:
        """Whether the score fell by more than chance explains."""
        return self.is_lower and self.chance < _CHANCE

    def __str__(self) -> str:
        return (
            f"{self.now.name.replace('_', ' ')} {100 * self.before.share:.1f} % of {self.before.total:,} -> "
            f"{100 * self.now.share:.1f} % of {self.now.total:,} (p = {self.chance:.2g})"
        )


def earlier_results(old: Path, out: Path) -> Path:
    """Return the file with the results of an earlier run.

    Args:
        old: the file, or the folder of a fleet. The folder of this run means what it had before this run.
        out: the folder of this run.

    Raises:
        DataError: there is no such file.
    """
    if old.resolve() in (out.resolve(), (out / RESULTS_FILE).resolve()):
        return out / PREVIOUS_FILE  # which the first run does not have
    if not exists(old):
        raise DataError(f"there is no file or folder {str(old)!r} to compare with; check the path")
    path = old / RESULTS_FILE if old.is_dir() else old
    if not path.is_file():
        raise DataError(f"{old}: there is no {RESULTS_FILE} in it; give the folder of a fleet")
    return path


def compare(before: Path, now: Mapping[str, FleetRecord]) -> list[Change]:
    """Compare the skills that have scores in both runs; those that got worse are first.

    Args:
        before: the results of the earlier run; a missing file has no skills.
        now: id -> line of this run.

    Raises:
        DataError: a line of the earlier results is damaged.
    """
    found = []
    for name, old in read_results(before).items():
        change = change_of(name, old.measured, now[name].measured) if name in now else None
        if change is not None:
            found.append(change)
    return sorted(found, key=lambda change: (not change.is_worse, change.chance, change.id))


def change_of(name: str, before: Measured | None, now: Measured | None) -> Change | None:
    """Compare two scores; `None` if one is missing, or they are different scores."""
    if before is None or now is None or before.name != now.name:
        return None
    return Change(name, before, now, probability_of_fall(before, now))


def probability_of_fall(before: Measured, now: Measured) -> float:
    """Return how often chance alone gives so few right answers now, if nothing has changed.

    This is Fisher's exact test for two shares, in one direction. It holds for few utterances, too. It takes the two
    sets of test utterances as independent, so for the same set it is careful: it finds fewer skills to be worse.

    Args:
        before: the earlier score.
        now: the score now.
    """
    right, total = before.right + now.right, before.total + now.total
    least = max(0, right - before.total)
    most = min(now.right, now.total)
    all_ways = _log_ways(total, now.total)
    logs = [
        _log_ways(right, k) + _log_ways(total - right, now.total - k) - all_ways
        for k in range(least, most + 1)
        if now.total - k <= total - right
    ]
    return min(1.0, math.fsum(map(math.exp, logs)))


def _log_ways(total: int, chosen: int) -> float:
    """Logarithm of the number of ways to choose."""
    return math.lgamma(total + 1) - math.lgamma(chosen + 1) - math.lgamma(total - chosen + 1)


def write_comparison(folder: Path, changes: list[Change]) -> None:
    """Write the table of all changes into the folder of a fleet."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("id", "score", "before", "of", "now", "of", "chance", "worse"))
    for change in changes:
        before, now = change.before, change.now
        row = (before.share, before.total, now.share, now.total, change.chance)
        writer.writerow((change.id, now.name, *(f"{value:.6g}" for value in row), "yes" if change.is_worse else "no"))
    write_text(folder / COMPARISON_FILE, text.getvalue())
