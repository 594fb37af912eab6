"""What `bilstm-nlu fleet` prints: the progress, and at the end what was trained, got worse and was published."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from .console import echo, plural, print_table

if TYPE_CHECKING:
    from modeling_bilstm_nlu.fleet import FleetRun

__all__ = ["fleet_as_json", "progress_of", "show_changes", "show_published", "show_training"]

#: Most skills that are named in a list.
_MOST_NAMED = 10


def progress_of(check: Callable[[], None], *, is_quiet: bool) -> Any:
    """A bar with the time that is left; if standard error is not a terminal, a line each minute.

    Args:
        check: called for each skill that is finished; it may end the command.
        is_quiet: show neither.
    """
    from tqdm import tqdm

    from modeling_bilstm_nlu.fleet import FleetRecord, FleetReport

    class Progress(FleetReport):
        num_finished = num_failed = 0
        _bar: Any = None

        def planned(self, num_to_train: int, num_unchanged: int) -> None:
            if num_unchanged:
                echo(f"unchanged since the last run: {plural(num_unchanged, 'skill')}; --restart trains them, too")
            self._total, self._started, self._told = num_to_train, time.monotonic(), time.monotonic()
            off = True if is_quiet else None  # None: off if standard error is not a terminal
            self._bar = tqdm(
                total=num_to_train, desc="training", unit="skill", disable=off, delay=2, dynamic_ncols=True
            )

        def finished(self, record: FleetRecord, is_unchanged: bool) -> None:
            self.num_finished += 1
            if record.error is not None:
                self.num_failed += 1
                with tqdm.external_write_mode():
                    echo(f"failed: {record.id}: {record.error}")
            self._bar.set_postfix_str(f"{self.num_failed:,} failed" if self.num_failed else "", refresh=False)
            self._bar.update()
            if self._bar.disable and not is_quiet and time.monotonic() - self._told > 60:
                self._told = time.monotonic()
                left = (self._told - self._started) / self.num_finished * (self._total - self.num_finished)
                typer.echo(
                    f"{self.num_finished:,} of {self._total:,} skills, {self.num_failed:,} failed, "
                    f"about {_duration(left)} left",
                    err=True,
                )
            check()

        def published(self, record: FleetRecord, reason: str | None) -> None:
            if reason is not None:
                echo(f"not published: {record.id}: {reason}")

        def close(self) -> None:
            if self._bar is not None:
                self._bar.close()
                self._bar = None

    return Progress()


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"


def show_training(done: "FleetRun", out: Path) -> None:
    """Print what was done, the mean scores, and the skills that failed."""
    from modeling_bilstm_nlu.fleet.journal import RESULTS_FILE
    from modeling_bilstm_nlu.fleet.table import MARKDOWN_FILE

    echo(f"{len(done.trained):,} trained, {len(done.unchanged):,} unchanged, {len(done.failed):,} failed")
    scored = [record for record in done.records.values() if record.has_model and record.num_scored]
    rows = []
    for name in ("intent_accuracy", "slot_f1", "frame_accuracy"):
        values = [record.scores[name] for record in scored if name in record.scores]
        if values:
            shown = name.replace("_", " ").replace(" f1", " F1")
            rows.append((f"mean {shown}", f"{100 * sum(values) / len(values):.1f} %"))
    if rows:
        print_table(rows)
    if done.left:
        echo(f"not in this run: {plural(len(done.left), 'earlier skill')}; models and results stay")
    echo(f"models in {out / 'models'}, results in {out / RESULTS_FILE} and {out / MARKDOWN_FILE}")


def show_changes(done: "FleetRun", out: Path) -> None:
    """Print which skills got worse than in the earlier run."""
    from modeling_bilstm_nlu.fleet.comparing import COMPARISON_FILE

    worse = [change for change in done.changes if change.is_worse]
    lower = sum(change.is_lower for change in done.changes) - len(worse)
    echo(f"compared {plural(len(done.changes), 'skill')}: {len(worse):,} worse, {lower:,} lower within chance")
    print_some([(f"  {change.id}", str(change)) for change in worse])
    echo(f"all in {out / COMPARISON_FILE}")


def show_published(done: "FleetRun", owner: str) -> None:
    """Print how many models were pushed, and which were not."""
    echo(f"{plural(len(done.published), 'model')} published to {owner}")
    if done.refused:
        echo(f"{len(done.refused):,} not published, because they got worse:")
        print_some([(f"  {name}", done.records[name].refused or "") for name in done.refused])
    if done.unpublished:
        echo(f"not pushed: {plural(len(done.unpublished), 'model')}, for the reasons above; then run it again")


def fleet_as_json(done: "FleetRun", out: Path) -> dict[str, Any]:
    """What was done, as plain values; the file with the results has a line for each skill."""
    from modeling_bilstm_nlu.fleet.journal import RESULTS_FILE

    return {
        "results": str(out / RESULTS_FILE),
        "models": str(out / "models"),
        **{name: list(getattr(done, name)) for name in ("trained", "unchanged", "left", "published", "refused")},
        "failed": {name: done.records[name].error for name in done.failed},
        "unpublished": done.unpublished,
        "worse": [change.id for change in done.changes if change.is_worse],
    }


def print_some(rows: list[tuple[str, str]]) -> None:
    """Print the first rows of a table, and how many more there are."""
    if rows:
        print_table(rows[:_MOST_NAMED], align="left")
    if len(rows) > _MOST_NAMED:
        echo(f"  and {len(rows) - _MOST_NAMED:,} more")
