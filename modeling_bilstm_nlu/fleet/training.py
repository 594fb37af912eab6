"""Train a fleet: many skills from one generic checkpoint."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import ray

from bilstm_nlu import __version__
from bilstm_nlu.errors import Cure, DataError, NluError

from .comparing import Change, compare, earlier_results, write_comparison
from .digests import files_digest, names_nearby
from .journal import Journal, read_results
from .pool import Outcome, WorkerPool
from .publishing import Publishing, publish_fleet, refuse
from .ray_session import ray_session
from .records import FleetRecord
from .settings import FleetSettings
from .shared_checkpoint import SharedCheckpoint
from .skills import FleetSkill
from .staging_area import StagingArea
from .table import write_tables
from .worker import SkillTrainer, TrainingTask

__all__ = ["FleetReport", "FleetRun", "train_fleet"]


@dataclass
class FleetRun:
    """What a run has done.

    Attributes:
        records: id -> line of the results, of the skills of this run.
        unchanged: ids of the skills that were not trained, because nothing has changed.
        trained: ids of the skills that were trained.
        failed: ids of the skills that have no new model.
        left: ids of earlier skills that this run does not have; their models and lines stay.
        changes: comparisons with the earlier run; those that got worse are first.
        published: ids of the skills that were pushed.
        refused: ids of the skills that were not pushed because they got worse.
        unpublished: id -> why its push failed.
    """

    records: dict[str, FleetRecord] = field(default_factory=dict)
    unchanged: list[str] = field(default_factory=list)
    trained: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    published: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    unpublished: dict[str, str] = field(default_factory=dict)


class FleetReport:
    """Hears of the progress of a run; this one does nothing."""

    def planned(self, num_to_train: int, num_unchanged: int) -> None:
        """Called once, before the first skill is trained."""

    def finished(self, record: FleetRecord, is_unchanged: bool) -> None:
        """Called when a skill is finished, also if it failed."""

    def published(self, record: FleetRecord, reason: str | None) -> None:
        """Called when a model was pushed; if that failed, with the reason."""


def train_fleet(
    skills: Sequence[FleetSkill],
    out: str | Path,
    settings: FleetSettings | None = None,
    *,
    address: str | None = None,
    num_workers: int | None = None,
    attempts: int = 3,
    limit: float = math.inf,
    restart: bool = False,
    compare_with: str | Path | None = None,
    publishing: Publishing | None = None,
    report: FleetReport | None = None,
    tell: Callable[[NluError], str] = str,
) -> FleetRun:
    """Train every skill whose data or recipe is new, and write the models and the results.

    The folder gets `models/<id>`, one line for each skill in `fleet.jsonl`, and the same as a table. A run that was
    interrupted, even by a kill or a power cut, is continued by the same call: no finished skill is trained again.

    Args:
        skills: the skills.
        out: the folder of the results; on a cluster, one that all nodes see under this path.
        settings: what the skills have in common.
        address: of a Ray cluster, such as `ray://head:10001`; `None` starts Ray on this machine.
        num_workers: most processes that train at a time, each with one thread; `None` takes one for each core.
        attempts: how many workers a skill is given to, if they die.
        limit: minutes that a skill may take; then it counts as failed, and the others go on.
        restart: train the skills that have not changed, too.
        compare_with: the results of an earlier run, or the folder of a fleet; `out` itself means what it had before.
        publishing: where to push the models; `None` pushes none. With `compare_with`, models that got worse are not
            pushed.
        report: hears of the progress.
        tell: gives the words for the error of a skill, such as those of the command; the workers must have it, too.

    Raises:
        NluError: the generic checkpoint cannot be opened, the cluster cannot be reached, another run has the folder,
            there is no space left, or the hub refuses many models in a row.
        RecipeError: a setting is wrong.
        DataError: there are no earlier results to compare with, or a line of results is damaged.
    """
    settings, report = settings or FleetSettings(), report or FleetReport()
    settings.check()
    out = Path(out).expanduser().resolve()
    earlier = None if compare_with is None else earlier_results(Path(compare_with).expanduser(), out)
    area = StagingArea(out)
    with area.locked():
        journal = Journal(out)
        with journal.opened():
            if earlier is not None:
                read_results(earlier)  # a damaged line is told now, not after the training
            area.recover(journal.records)
            checkpoint = SharedCheckpoint.load(settings.checkpoint, pulled=area.pulled)
            how = _How(attempts, limit, tell)
            fleet = _Fleet(skills, settings, checkpoint, area, journal, how, report)
            done = fleet.plan(restart=restart)
            if fleet.tasks:
                num_bytes = sum(weight.nbytes for weight in checkpoint.weights.values())
                with ray_session(address, num_workers=num_workers, num_bytes=num_bytes):
                    fleet.train(done, num_workers)
            area.clear()
            done.records = {skill.id: journal.records[skill.id] for skill in skills}
            if earlier is not None:
                done.changes = compare(earlier, done.records)
                write_comparison(out, done.changes)
            if publishing is not None:
                fleet.publish(done, publishing, is_gated=earlier is not None)
        done.left = sorted(journal.records.keys() - done.records.keys())
        write_tables(out, [journal.records[name] for name in sorted(journal.records)])
    return done


@dataclass(frozen=True)
class _How:
    """How often and how long a skill is tried, and how its error is told; see `train_fleet`."""

    attempts: int
    limit: float
    tell: Callable[[NluError], str]


def worker_pool(
    checkpoint: SharedCheckpoint, settings: FleetSettings, how: _How, *, num_workers: int | None
) -> WorkerPool[TrainingTask]:
    """Return workers that train skills; Ray keeps the checkpoint once on each node."""
    return WorkerPool(
        SkillTrainer,
        (ray.put(checkpoint), settings, how.tell),
        version=__version__,
        num_workers=num_workers,
        attempts=how.attempts,
        limit=60 * how.limit,
    )


class _Fleet:
    """One run.

    Attributes:
        tasks: the skills that are not known to be unchanged.
    """

    def __init__(
        self,
        skills: Sequence[FleetSkill],
        settings: FleetSettings,
        checkpoint: SharedCheckpoint,
        area: StagingArea,
        journal: Journal,
        how: _How,
        report: FleetReport,
    ):
        self.skills = skills
        self.settings = settings
        self.checkpoint = checkpoint
        self.area = area
        self.journal = journal
        self.how = how
        self.report = report
        self.tasks: list[TrainingTask] = []

    def plan(self, *, restart: bool) -> FleetRun:
        """Find the skills to train: those whose files or recipe are not those of the last training."""
        done = FleetRun()
        paths = [skill.path for skill in self.skills if skill.path is not None]
        names = {folder: names_nearby(folder, paths) for folder in {path.parent for path in paths}}
        for skill in self.skills:
            recipe = self.settings.digest(skill, self.checkpoint.digest)
            before = None if restart else self._older(skill.id)
            known = "" if skill.path is None or skill.path.is_dir() else names[skill.path.parent]
            task = TrainingTask(skill, self.area.path(skill.id), recipe, known, before)
            if before is not None and _is_same(task, before):
                done.unchanged.append(skill.id)
            else:
                self.tasks.append(task)
        self.report.planned(len(self.tasks), len(done.unchanged))
        return done

    def train(self, done: FleetRun, num_workers: int | None) -> None:
        """Train the skills of `tasks`, and write a line for each."""
        pool = worker_pool(self.checkpoint, self.settings, self.how, num_workers=num_workers)
        for outcome in pool.results(self.tasks):
            self._finish(outcome, done)

    def publish(self, done: FleetRun, publishing: Publishing, *, is_gated: bool) -> None:
        """Push the models, and write a line for each."""
        changes = {change.id: change for change in done.changes}
        waiting = []
        for skill in self.skills:
            record = self._older(skill.id)
            if record is None:
                continue
            if is_gated:
                checked = refuse(record, changes)
                if checked is not record:
                    self.journal.append(checked)
                if checked.refused is not None:
                    done.refused.append(skill.id)
                    continue
            waiting.append(record)
        for record, reason in publish_fleet(waiting, self.area.models, publishing, self.journal.append):
            if reason is None:
                done.published.append(record.id)
            else:
                done.unpublished[record.id] = reason
            self.report.published(record, reason)
        done.records |= {name: self.journal.records[name] for name in done.records}

    def _finish(self, outcome: Outcome[TrainingTask], done: FleetRun) -> None:
        """Write the line of a skill, then move its model to its place."""
        task = outcome.task
        record: FleetRecord = outcome.result or task.failed(self.how.tell(self._no_result(outcome)))
        older = self._older(task.skill.id)
        is_unchanged = False
        if record.error is not None:
            if older is not None:
                record = replace(older, error=record.error)
            done.failed.append(task.skill.id)
        elif older is not None and record.finished == older.finished:
            is_unchanged = True
            done.unchanged.append(task.skill.id)
        else:
            before = self.journal.records.get(task.skill.id)
            record = replace(record, attempts=outcome.attempts, published=None if before is None else before.published)
            done.trained.append(task.skill.id)
        self.journal.append(record)
        if record.error is None and not is_unchanged:
            self.area.place(task.skill.id, task.folder)
        self.report.finished(record, is_unchanged)

    def _no_result(self, outcome: Outcome[TrainingTask]) -> NluError:
        """Why a skill has no result at all."""
        if outcome.is_overdue:
            cures = [Cure("give it more time with {}", option="limit")]
            cures.append(Cure("look for a fault in its data with {}", command="check-data"))
            return NluError(f"it took longer than {self.how.limit:g} minutes, so it was ended", cure=cures)
        cures = [Cure("free memory"), Cure("train fewer at a time with {}", option="num_workers")]
        return NluError(f"{outcome.lost}, {outcome.attempts} times in a row", cure=cures)

    def _older(self, name: str) -> FleetRecord | None:
        """The line of a skill, if it has a model that is whole."""
        record = self.journal.records.get(name)
        return record if record is not None and record.has_model and self.area.has_model(record) else None


def _is_same(task: TrainingTask, before: FleetRecord) -> bool:
    """Whether recipe and files of a skill are those of its last training, which did not fail."""
    if before.error is not None or before.recipe != task.recipe or task.skill.path is None or before.files is None:
        return False
    try:
        return files_digest(task.skill.path, nearby=before.nearby, names=task.names) == before.files
    except DataError:
        return False  # a worker reads them, and tells the error
