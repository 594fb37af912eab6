"""Data as the command line names it: options of readers, paths that do not exist, and a summary of what was read."""

import inspect
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import DataError
from ..files import exists
from .console import echo, plural
from .paths import has_file_suffix

if TYPE_CHECKING:
    from modeling_bilstm_nlu.data.domains import Domain

__all__ = [
    "DataDir",
    "DropBroken",
    "ReaderOptions",
    "Strict",
    "check_exists",
    "domain_as_json",
    "load_unsplit",
    "reader_options",
    "show_domain",
]

DropBroken = Annotated[
    bool,
    typer.Option("--drop-broken", help="Leave out any number of broken records. By default, a few are left out."),
]
Strict = Annotated[bool, typer.Option("--strict", help="Stop at the first broken record.")]
DataDir = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER", help="Folder that has one folder for each public corpus.", show_default="$BILSTM_NLU_DATA"
    ),
]
ReaderOptions = Annotated[
    list[str] | None,
    typer.Option("--option", metavar="NAME=VALUE", help="An option of the format's reader. Repeatable."),
]


def check_exists(source: str) -> None:
    """Make sure that a path exists. A source that can only be a path must not be looked for on the hub.

    Raises:
        DataError: the path does not exist.
    """
    is_path = has_file_suffix(source) or (Path(source).parent != Path() and Path(source).parent.is_dir())
    if is_path and not exists(source):
        raise DataError(f"there is no file or folder {source!r}; check the path")


def reader_options(
    options: list[str] | None, drop_broken: bool = False, strict: bool = False, *, with_seed: bool = False
) -> dict[str, Any]:
    """The options of a reader, in the form that the functions that load data take.

    Args:
        options: as `name=value`; a value is read as JSON, or else as text.
        drop_broken: leave out any number of broken records.
        strict: stop at the first broken record.
        with_seed: whether a seed may be an option; data to train on or score takes its seed from elsewhere.

    Raises:
        DataError: an option is not written as `name=value`, or it has an option of its own on the command line.
    """
    from modeling_bilstm_nlu.data.loading import load_domain

    given = dict(map(_option, options or ()))
    own = set(inspect.signature(load_domain).parameters) - {"options", "seed" if with_seed else "options"}
    if misplaced := sorted(own & given.keys()):
        raise DataError(f"{', '.join(misplaced)}: not an option of a reader; see --help for the option to use")
    if drop_broken and strict:
        raise DataError("--drop-broken leaves out broken records and --strict stops at them; give one of the two")
    if drop_broken or strict:
        given["on_error"] = "drop" if drop_broken else "raise"
    return given


def load_unsplit(
    source: str,
    format: str | None = None,
    *,
    options: list[str] | None = None,
    drop_broken: bool = False,
    strict: bool = False,
    **more: Any,
) -> "Domain":
    """Load all data of a source, without cutting it into splits.

    Args:
        source: a file, a folder, or a name that `data.unsplit.load_unsplit` takes.
        format: the format of the source; detected by default.
        options: options of the reader, as `name=value`; see `reader_options`.
        drop_broken: leave out any number of broken records.
        strict: stop at the first broken record.
        more: further arguments of `data.unsplit.load_unsplit`; those that are `None` are left out.

    Raises:
        DataError: the source does not exist or cannot be read, or an option is wrong.
    """
    from modeling_bilstm_nlu.data.unsplit import load_unsplit as load_as_it_is

    check_exists(source)
    given = {name: value for name, value in more.items() if value is not None}
    given |= reader_options(options, drop_broken, strict, with_seed=True)
    return load_as_it_is(source, format=format, **given)


def _option(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise DataError(f"option {text!r}: write name=value, such as locale=de-DE")
    try:
        return name.strip(), json.loads(value)
    except (ValueError, RecursionError):
        return name.strip(), value


def show_domain(domain: "Domain") -> None:
    """Print what was read, and what was left out or changed."""
    counts = ", ".join(f"{len(domain.splits[split]):,} {split}" for split in domain.splits)
    spec, is_one = domain.spec, sum(len(domain.splits[split]) for split in domain.splits) == 1
    labels = f"{plural(len(spec.intents), 'intent')}, {plural(len(spec.slot_types), 'slot type')}"
    echo(f"{domain.name}: {counts} utterance{'' if is_one else 's'}; {labels}")
    for reason, count in domain.dropped.items():
        echo(f"  {reason}: {count:,}")


def domain_as_json(domain: "Domain") -> dict[str, Any]:
    """What was read, and what was left out or changed, as plain values."""
    return {
        "name": domain.name,
        "num_utterances": {split: len(domain.splits[split]) for split in domain.splits},
        "num_intents": len(domain.spec.intents),
        "num_slot_types": len(domain.spec.slot_types),
        "dropped": {str(reason): count for reason, count in domain.dropped.items()},
    }
