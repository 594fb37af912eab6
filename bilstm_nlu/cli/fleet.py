"""`bilstm-nlu fleet`: train many skills from one generic checkpoint."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import NluError
from .console import (
    INTERRUPTED,
    AsJson,
    ctrl_c_kept,
    echo,
    fail,
    plural,
    prepare,
    print_json,
    with_one_line_errors,
    without_garbage,
)
from .cures import in_words_of_the_command
from .fleet_output import fleet_as_json, progress_of, show_changes, show_published, show_training
from .push import Private
from .sources import DataDir, DropBroken, ReaderOptions, Strict, reader_options
from .training_options import Base, Epochs, Pack, Phrases, RecipeFile, Seed, Settings, Steps

if TYPE_CHECKING:
    from modeling_bilstm_nlu.fleet import FleetSettings, FleetSkill

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
    base: Base = None,
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
    limit: Annotated[
        float,
        typer.Option(min=0.01, help="Minutes that a skill may take; then it counts as failed, and the others go on."),
    ] = 1440.0,
    steps: Steps = None,
    epochs: Epochs = None,
    seed: Seed = None,
    pack: Pack = None,
    phrases: Phrases = True,
    delta: Annotated[
        bool | None,
        typer.Option(
            "--delta/--no-delta",
            help="Store each model as its difference from the generic checkpoint, in a third of the space.",
            show_default="--delta if the generic checkpoint is that of the package or of a hub",
        ),
    ] = None,
    options: ReaderOptions = None,
    drop_broken: DropBroken = False,
    strict: Strict = False,
    data_dir: DataDir = None,
    recipe: RecipeFile = None,
    settings: Settings = None,
    restart: Annotated[bool, typer.Option("--restart", help="Train the skills that have not changed, too.")] = False,
    compare: Annotated[
        Path | None,
        typer.Option(
            metavar="OLD",
            help="Results of an earlier run: its folder or its fleet.jsonl; OUT itself means what it had before. "
            "Shows which skills got worse, and does not publish those.",
        ),
    ] = None,
    publish: Annotated[
        str | None, typer.Option(metavar="OWNER", help="Push each model to OWNER/<id> on the hub.")
    ] = None,
    private: Private = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
    as_json: AsJson = False,
) -> None:
    """Train many skills from one generic checkpoint, on all cores or on a Ray cluster.

    Every skill gets its model in OUT/models and its line in OUT/fleet.jsonl. If the command is interrupted, the same
    command continues. Skills that have not changed since the last run are not trained again.
    """
    prepare(as_json=as_json)
    with without_garbage():
        from modeling_bilstm_nlu.fleet import Publishing, train_fleet

    if steps is not None and epochs is not None:
        raise typer.BadParameter("give --steps or --epochs, not both")
    data: dict[str, Any] = {"options": reader_options(options, drop_broken, strict)}
    if data_dir is not None:
        data["data_dir"] = str(data_dir)
    common = _settings(
        recipe, settings or [], data, seed, base, steps=steps, epochs=epochs, phrases=phrases, pack=pack, delta=delta
    )
    skills = _skills(source, out)
    with ctrl_c_kept() as check:
        report = progress_of(check, is_quiet=quiet)
        try:
            done = train_fleet(
                skills,
                out,
                common,
                address=address,
                num_workers=workers,
                attempts=attempts,
                limit=limit,
                tell=in_words_of_the_command,
                restart=restart,
                compare_with=compare,
                publishing=None if publish is None else Publishing(publish, private or None),
                report=report,
            )
        except KeyboardInterrupt:
            report.close()
            same = "the same command without --restart" if restart else "the same command"
            fail(f"stopped; finished: {plural(report.num_finished, 'skill')}; {same} continues", INTERRUPTED)
        finally:
            report.close()
    show_training(done, out)
    if compare is not None:
        show_changes(done, out)
    if publish is not None:
        show_published(done, publish)
    if as_json:
        print_json(fleet_as_json(done, out))
    if done.failed or done.unpublished or done.refused:
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
        echo(f"{source}: {plural(len(skills), 'skill')}")
        return skills
    found = find_skills(source, skip=[out])
    echo(f"{source}: {plural(len(found.skills), 'skill')}")
    root = source.resolve()
    if found.unreadable:
        echo(f"  left out, because they cannot be read: {len(found.unreadable):,}")
        _name(found.unreadable, root, with_reasons=True)
    if found.others:
        told = plural(len(found.others), "file or folder that is not a skill", "files or folders that are not skills")
        echo(f"  {told}:")
        _name(found.others, root)
        echo("  `bilstm-nlu check-data PATH` says why one of them is not read")
    return found.skills


def _name(paths: "dict[Path, str]", root: Path, *, with_reasons: bool = False) -> None:
    """Print the first paths, as seen from a folder, and how many more there are."""
    for path, reason in list(paths.items())[:_MOST_NAMED]:
        shown = path.relative_to(root) if path.is_relative_to(root) else path
        echo(f"    {shown}: {reason}" if with_reasons else f"    {shown}")
    if len(paths) > _MOST_NAMED:
        echo(f"    and {len(paths) - _MOST_NAMED:,} more")
