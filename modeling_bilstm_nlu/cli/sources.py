"""Data as the command line names it: options of readers, paths that do not exist, and what was read."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import DataError
from .console import echo
from .lazy import lazy_module
from .paths import has_file_suffix

if TYPE_CHECKING:
    from ..data import uncut
    from ..data.domains import Domain
else:
    uncut = lazy_module("data.uncut")

__all__ = ["DropBroken", "ReaderOptions", "check_exists", "load_uncut", "show_domain"]

DropBroken = Annotated[
    bool, typer.Option("--drop-broken", help="Leave broken records out, and count them, instead of stopping.")
]
ReaderOptions = Annotated[
    list[str] | None,
    typer.Option("--option", metavar="NAME=VALUE", help="An option of the format's reader; may be repeated."),
]


def check_exists(source: str) -> None:
    """Make sure that what can only be a path exists; else it would be looked for on the hub.

    Raises:
        DataError: it does not.
    """
    is_path = has_file_suffix(source) or (Path(source).parent != Path() and Path(source).parent.is_dir())
    if is_path and not Path(source).exists():
        raise DataError(f"no file or folder {source!r}; check the path")


def load_uncut(
    source: str,
    format: str | None = None,
    *,
    options: list[str] | None = None,
    drop_broken: bool = False,
    **more: Any,
) -> "Domain":
    """A domain just as its source has it.

    Args:
        source: as in `data.uncut.load_uncut`.
        format: of the source.
        options: of its reader, as `name=value`; a value is JSON, or else a text.
        drop_broken: leave broken records out.
        more: further arguments of `data.uncut.load_uncut`; those that are `None` are left out.

    Raises:
        DataError: as in `data.uncut.load_uncut`, or an option that its reader cannot use.
    """
    check_exists(source)
    given = {name: value for name, value in more.items() if value is not None}
    given |= dict(map(_option, options or ()))
    if drop_broken:
        given["on_error"] = "drop"
    try:
        return uncut.load_uncut(source, format=format, **given)
    except DataError as error:
        raise DataError(str(error).replace("(on_error='drop' leaves", "(--drop-broken leaves")) from error
    except (AttributeError, TypeError) as error:
        if not options:
            raise
        raise DataError(f"{source}: the reader cannot use {', '.join(options)} ({error}); check the values") from error


def _option(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise DataError(f"option {text!r}: write name=value, such as locale=de-DE")
    try:
        return name.strip(), json.loads(value)
    except (ValueError, RecursionError):
        return name.strip(), value


def show_domain(domain: "Domain") -> None:
    """Say what was read, and what was left out of it or changed."""
    counts = ", ".join(f"{len(domain.splits[split]):,} {split}" for split in domain.splits)
    spec = domain.spec
    echo(f"{domain.name}: {counts} utterances; {len(spec.intents)} intents, {len(spec.slot_types)} slot types")
    for reason, count in domain.dropped.items():
        echo(f"  {count:,} {reason}")
