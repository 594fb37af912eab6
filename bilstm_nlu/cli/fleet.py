"""`bilstm-nlu fleet`: train many skills from one generic checkpoint."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import NluError
from .console import INTERRUPTED, echo, fail, prepare, print_table, with_one_line_errors, without_garbage
from .sources import DataDir, DropBroken, ReaderOptions, Strict, reader_options

if TYPE_CHECKING:
    from modeling_bilstm_nlu.fleet import FleetRun, FleetSettings, FleetSkill

__all__ = ["fleet"]

#: Most files that are not skills, and most failed skills, that are named at the end.
_MOST_NAMED = 10


@with_one_line_errors
def fleet(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="DIR_OR_MANIFEST",
            help="A folder with skills, or a file of JSON Lines: id, path or dataset, and format, options, seed.",
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder for the models and the results.")] = Path("runs/fleet"),
    base: Annotated[
        str | None,
        typer.Option(
            help="Folder or hub id of the generic checkpoint that every skill starts from.",
            show_default="the package's own checkpoint for English, else random weights",
        ),
    ] = None,
    address: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="A Ray cluster, such as ray://head:10001.",
            show_default="Ray is started on this machine",
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1, help="How many skills to train at a time, each with one thread.", show_default="all cores"
        ),
    ] = None,
    attempts: Annotated[
        int, typer.Option(min=1, help="How often a skill is tried if the process that trains it dies.")
    ] = 3,
    steps: Annotated[
        int | None, typer.Option(min=1, help="Number of training steps.", show_default="by the size of the data")
    ] = None,
    epochs: Annotated[
        float | None, typer.Option(min=0.0, max=1e6, help="Number of times to train on all data, instead of --steps.")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Random seed.", show_default="0")] = None,
    pack: Annotated[
        bool | None,
        typer.Option(
            "--pack/--no-pack",
            help="Save the weights in less than half the space.",
            show_default="--pack if training starts from the package's own checkpoint, else --no-pack",
        ),
    ] = None,
    phrases: Annotated[
        bool, typer.Option("--phrases/--no-phrases", help="Save the phrases of the data with the models.")
    ] = True,
    options: ReaderOptions = None,
    drop_broken: DropBroken = False,
    strict: Strict = False,
    data_dir: DataDir = None,
    recipe: Annotated[Path | None, typer.Option(help="YAML file with more settings.")] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="SECTION.KEY=VALUE", help="One setting. Repeatable.")
    ] = None,
    restart: Annotated[bool, typer.Option("--restart", help="Train the skills that have not changed, too.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Train many skills from one generic checkpoint, on all cores or on a Ray cluster.

    Every skill gets its model in OUT/models and its line in OUT/fleet.jsonl. If the command is interrupted, the same
    command continues. Skills that have not changed since the last run are not trained again.
    """
    prepare()
    with without_garbage():
        from modeling_bilstm_nlu.fleet import train_fleet

    if steps is not None and epochs is not None:
        raise typer.BadParameter("give --steps or --epochs, not both")
    data: dict[str, Any] = {"options": reader_options(options, drop_broken, strict)}
    if data_dir is not None:
        data["data_dir"] = str(data_dir)
    common = _settings(
        recipe, settings or [], data, seed, base, steps=steps, epochs=epochs, phrases=phrases, pack=pack
    )
    skills = _skills(source, out)
    report = _progress(is_quiet=quiet)
    try:
        done = train_fleet(
            skills,
            out,
            common,
            address=address,
            num_workers=workers,
            attempts=attempts,
            restart=restart,
            report=report,
        )
    except KeyboardInterrupt:
        report.close()
        fail(f"stopped; {report.num_finished:,} skills are finished, and the same command continues", INTERRUPTED)
    finally:
        report.close()
    _show(done, out)
    if done.failed:
        raise typer.Exit(1)


def _settings(
    recipe: Path | None, overrides: list[str], data: dict[str, Any], seed: int | None, base: str | None, **more: Any
) -> "FleetSettings":
    """The settings that all skills have in common, from a recipe file and from the command line."""
    from modeling_bilstm_nlu.fleet import FleetSettings
    from modeling_bilstm_nlu.training.recipes import apply_overrides, read_yaml

    document = read_yaml(recipe) if recipe is not None else {}
    document = apply_overrides(document, overrides, str(recipe or "settings"))
    given = dict(document.get("data") or {})
    if given.get("source") is not None:
        raise NluError(
            f"{recipe or '--set'}: data.source is one skill; leave it out, and name the skills in a manifest"
        )
    document["data"] = {**given, **data, "options": {**(given.get("options") or {}), **data["options"]}}
    if seed is not None:
        document["seed"] = seed
    document.pop("output_dir", None)
    base = base or (document.pop("base", None) or {}).get("checkpoint")
    is_complete = recipe is not None and "training" in document
    return FleetSettings(document, base, is_complete=is_complete, **more)


def _skills(source: Path, out: Path) -> "tuple[FleetSkill, ...]":
    """The skills of a folder or a manifest; what is not a skill is told."""
    from modeling_bilstm_nlu.fleet import find_skills, read_manifest

    if source.is_file():
        skills = read_manifest(source)
        echo(f"{source}: {len(skills):,} skills")
        return skills
    found = find_skills(source, skip=[out])
    echo(f"{source}: {len(found.skills):,} skills")
    if found.others:
        echo(f"  {len(found.others):,} files or folders that are not skills:")
        root = source.resolve()
        for path in list(found.others)[:_MOST_NAMED]:
            echo(f"    {path.relative_to(root) if path.is_relative_to(root) else path}")
        if len(found.others) > _MOST_NAMED:
            echo(f"    and {len(found.others) - _MOST_NAMED:,} more")
        echo("  `bilstm-nlu check-data PATH` says why one of them is not read")
    return found.skills


def _progress(*, is_quiet: bool) -> Any:
    """A bar with the time that is left; if standard error is not a terminal, a line each minute."""
    from tqdm import tqdm

    from modeling_bilstm_nlu.fleet import FleetRecord, FleetReport

    class Progress(FleetReport):
        num_finished = num_failed = 0
        _bar: Any = None

        def planned(self, num_to_train: int, num_unchanged: int) -> None:
            if num_unchanged:
                echo(f"{num_unchanged:,} skills have not changed since the last run; --restart trains them, too")
            self._total, self._started, self._told = num_to_train, time.monotonic(), time.monotonic()
            off = True if is_quiet else None  # None: off if standard error is not a terminal
            self._bar = tqdm(total=num_to_train, desc="training", unit="skill", disable=off, dynamic_ncols=True)

        def finished(self, record: FleetRecord, is_unchanged: bool) -> None:
            self.num_finished += 1
            if record.error is not None:
                self.num_failed += 1
                with tqdm.external_write_mode():
                    echo(f"failed: {record.id}: {record.error}")
            self._bar.update()
            self._bar.set_postfix_str(f"{self.num_failed:,} failed" if self.num_failed else "")
            if self._bar.disable and not is_quiet and time.monotonic() - self._told > 60:
                self._told = time.monotonic()
                left = (self._told - self._started) / self.num_finished * (self._total - self.num_finished)
                typer.echo(
                    f"{self.num_finished:,} of {self._total:,} skills, {self.num_failed:,} failed, "
                    f"about {_duration(left)} left",
                    err=True,
                )

        def close(self) -> None:
            if self._bar is not None:
                self._bar.close()
                self._bar = None

    return Progress()


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"


def _show(done: "FleetRun", out: Path) -> None:
    """Print what was done, the mean scores, and the skills that failed."""
    from modeling_bilstm_nlu.fleet.journal import RESULTS_FILE
    from modeling_bilstm_nlu.fleet.table import MARKDOWN_FILE

    echo(f"{len(done.trained):,} trained, {len(done.unchanged):,} unchanged, {len(done.failed):,} failed")
    scored = [record for record in done.records.values() if record.has_model and record.num_scored]
    rows = []
    for name in ("intent_accuracy", "slot_f1", "frame_accuracy"):
        values = [record.scores[name] for record in scored if name in record.scores]
        if values:
            rows.append(
                (f"mean {name.replace('_', ' ').replace(' f1', ' F1')}", f"{100 * sum(values) / len(values):.1f} %")
            )
    if rows:
        print_table(rows)
    if done.left:
        echo(f"{len(done.left):,} earlier skills are not in this run; their models and results stay")
    for name in done.failed[:_MOST_NAMED]:
        echo(f"failed: {name}: {done.records[name].error}")
    if len(done.failed) > _MOST_NAMED:
        echo(f"and {len(done.failed) - _MOST_NAMED:,} more failed; see {out / MARKDOWN_FILE}")
    echo(f"models in {out / 'models'}, results in {out / RESULTS_FILE} and {out / MARKDOWN_FILE}")
