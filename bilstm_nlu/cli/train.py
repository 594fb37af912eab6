"""`bilstm-nlu train`: train a checkpoint on a skill or a dataset."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import NluError
from .completion import complete_data
from .console import AsJson, prepare, with_one_line_errors, without_garbage
from .last_model import default_folder
from .provenance import Provenance
from .running import announce, run_recipe
from .scored_data import DataFormat
from .sources import DataDir, DropBroken, ReaderOptions, Strict, check_exists, reader_options
from .training_options import Base, Epochs, Pack, Phrases, RecipeFile, Seed, Settings, Steps

__all__ = ["train"]


@with_one_line_errors
def train(
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="SKILL_OR_DATA",
            help="A skill, a data file or folder, an embedded domain, a public corpus or a hub dataset.",
            autocompletion=complete_data,
        ),
    ] = None,
    base: Base = None,
    scratch: Annotated[bool, typer.Option("--scratch", help="Start from random weights.")] = False,
    out: Annotated[Path | None, typer.Option(help="Folder for the result.", show_default="runs/<name>")] = None,
    format: DataFormat = None,
    steps: Steps = None,
    epochs: Epochs = None,
    seed: Seed = None,
    pack: Pack = None,
    phrases: Phrases = True,
    last_fit: Annotated[
        bool | None,
        typer.Option(
            "--last-fit/--no-last-fit",
            help="When the scores are known, train a little longer on the utterances of all splits.",
            show_default="--last-fit",
        ),
    ] = None,
    more: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help="More utterances with intents, such as annotated suggestions. Repeatable."),
    ] = None,
    options: ReaderOptions = None,
    drop_broken: DropBroken = False,
    strict: Strict = False,
    data_dir: DataDir = None,
    recipe: RecipeFile = None,
    settings: Settings = None,
    restart: Annotated[
        bool,
        typer.Option("--restart", help="Delete what an interrupted run, or a run on other data, left in the folder."),
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress bar.")] = False,
    as_json: AsJson = False,
) -> None:
    """Train a model on a skill or a dataset.

    The model, its card and its scores are written to one folder, which can be pushed to a hub.
    """
    prepare(as_json=as_json)
    with without_garbage():
        import modeling_bilstm_nlu.training.runs  # noqa: F401  all that the training needs
    from modeling_bilstm_nlu.training.recipes import apply_overrides, build_recipe, read_yaml
    from modeling_bilstm_nlu.training.skill_settings import choose_base, choose_packing, complete_settings

    if steps is not None and epochs is not None:
        raise typer.BadParameter("give --steps or --epochs, not both")
    if scratch and base is not None:
        raise typer.BadParameter("give --scratch or --base, not both")
    document = read_yaml(recipe) if recipe is not None else {}
    where = str(recipe or "settings")
    document = apply_overrides(document, settings or [], where)
    build_recipe(document, where)  # report errors of the recipe before those of the command line
    _put(document, "data", source=source, format=format, data_dir=None if data_dir is None else str(data_dir))
    if given := reader_options(options, drop_broken, strict):
        _put(document, "data", options={**((document.get("data") or {}).get("options") or {}), **given})
    for path in more or ():
        check_exists(path)
    _put(document, "data", more=more)
    _put(document, "base", checkpoint=base)
    _check_source((document.get("data") or {}).get("source"))
    document |= {key: value for key, value in (("seed", seed), ("output_dir", out and str(out))) if value is not None}
    domain = build_recipe(document, where).data.load()
    if not scratch and not {"base", "model"} & set(document):
        choose_base(document, domain)
    choose_packing(document, pack)
    if last_fit is not None:
        document["last_fit"] = last_fit
    if "output_dir" not in document:
        folder = default_folder(domain.name)
        if not restart:
            _check_same_source(folder, document["data"]["source"])
        document["output_dir"] = str(folder)
    announce(domain, (document.get("base") or {}).get("checkpoint"))
    is_complete = recipe is not None and "training" in document
    complete_settings(document, domain, steps=steps, epochs=epochs, phrases=phrases, is_complete=is_complete)
    run_recipe(build_recipe(document, where), domain, restart=restart, quiet=quiet, as_json=as_json)


def _put(document: dict[str, Any], section: str, **values: Any) -> None:
    """Put values from the command line into a section of the recipe."""
    given = {key: value for key, value in values.items() if value is not None}
    if given:
        document[section] = {**(document.get(section) or {}), **given}


def _check_source(source: Any) -> None:
    if source is None:
        raise typer.BadParameter("there is no data; name a skill, a data file, a folder or an embedded domain")
    check_exists(str(source))


def _check_same_source(folder: Path, source: str) -> None:
    """Refuse to replace the model of another skill that has the same name."""
    before = Provenance.of(folder)
    if before is not None and not before.is_of(source):
        raise NluError(
            f"{folder} has a model of {before.data.source}, but this run is on {source}; "
            f"choose another folder with --out, or replace that model with --restart"
        )
