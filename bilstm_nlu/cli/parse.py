"""`bilstm-nlu parse`: parse texts into frames, one by one."""

import io
import math
import sys
from collections.abc import Iterator
from datetime import datetime
from enum import Enum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import DataError, NluError
from ..files import read_json
from .console import echo, prepare, print_table, to_json, with_one_line_errors
from .last_model import last_model
from .paths import looks_like_path

if TYPE_CHECKING:
    from ..hubfiles.frames_bilstm_nlu import Frame, Slot

__all__ = ["parse", "show_frame"]


class Direction(str, Enum):
    """Where to look for a date whose year, month or week is not said."""

    future = "future"
    past = "past"


@with_one_line_errors
def parse(
    text: Annotated[
        str,
        typer.Argument(metavar="TEXT|FILE|-", help="A text, a file with one text per line, or - (stdin)."),
    ],
    model: Annotated[
        str | None, typer.Option(help="Folder or hub id of a checkpoint.", show_default="the model trained last")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object per line, in the order of the input.")
    ] = False,
    threshold: Annotated[
        float | None,
        typer.Option(
            min=0.0, max=1.0, help="Smallest score that is accepted.", show_default="that of the model, from training"
        ),
    ] = None,
    top_k: Annotated[int, typer.Option(min=1, help="Number of intents to list with their scores.")] = 1,
    now: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d"],
            help="The moment that relative dates and times count from.",
            show_default="the time of the call",
        ),
    ] = None,
    language: Annotated[str, typer.Option(help="Language of numbers and dates, such as en or en-GB.")] = "en",
    prefer: Annotated[
        Direction | None,
        typer.Option(
            help="Whether a date without a year is the next one or the last one.",
            show_default="what the model was trained for",
        ),
    ] = None,
    multi: Annotated[
        bool, typer.Option("--multi", help="Split texts with several intents: one frame for each.")
    ] = False,
    intents: Annotated[
        str | None,
        typer.Option(metavar="A,B", help="The intents that are possible.", show_default="all intents of the model"),
    ] = None,
    catalogs: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="JSON file with more values of slot types: a list for each, or synonyms for each value.",
        ),
    ] = None,
) -> None:
    """Parse texts: intent, score, slots, and the meaning of slots if it is known."""
    prepare(computes=False)
    if now is not None or language != "en" or prefer is not None:
        _check_language(language)
    if threshold is not None and math.isnan(threshold):
        raise typer.BadParameter("--threshold must be a number from 0 to 1, got nan")
    possible = None if intents is None else [name.strip() for name in intents.split(",") if name.strip()]
    options: dict[str, Any] = {"top_k": top_k, "threshold": threshold, "intents": possible, "multi": multi}
    dates = {"now": now, "language": language, "prefer": None if prefer is None else prefer.value}
    for frame in _frames(model or last_model(), _texts(text), dates, options, catalogs):
        if as_json:
            echo(to_json(frame))
        else:
            show_frame(frame)


def _frames(
    model: str, texts: Iterator[str], dates: dict[str, Any], options: dict[str, Any], catalogs: Path | None
) -> "Iterator[Frame]":
    """The frames of texts, each as soon as its text arrives. It needs neither torch nor transformers.

    Raises:
        DataError: the model has no such intents or slot types, or the file of values has another layout.
        NluError: the model cannot be loaded, or it cannot split texts.
    """
    from ..hubfiles.calls_bilstm_nlu import call_values, possible_intents
    from ..normalisation import is_installed, normalise_value
    from ..runtime.nlu import load

    more = None if catalogs is None else read_json(catalogs)
    nlu = load(model)
    try:
        possible_intents(options["intents"], nlu.settings.intents)
    except ValueError as error:
        raise DataError(str(error)) from error
    try:
        call_values(more, nlu.settings.slot_types)
    except ValueError as error:
        raise DataError(f"{catalogs}: {error}") from error
    if options["multi"] and not nlu.settings.segment_hidden:
        raise NluError(
            f"{model}: this checkpoint cannot split texts with several intents; train it again with this version"
        )
    prefer = dates["prefer"] or nlu.settings.prefer_dates
    normalise = partial(normalise_value, **(dates | {"prefer": prefer})) if is_installed() else None
    found = (nlu(text, normalise=normalise, catalogs=more, **options) for text in texts)
    return (frame for frames in found for frame in frames) if options["multi"] else found


def _check_language(language: str) -> None:
    """Raise an error unless dates in the language can be read.

    Raises:
        NluError: the libraries that read dates are not installed.
    """
    from ..normalisation import check_language

    try:
        check_language(language)
    except ValueError as error:
        raise typer.BadParameter(f"dates in the language {language!r} cannot be read") from error


def _texts(argument: str) -> Iterator[str]:
    """The texts of the argument.

    Raises:
        DataError: the text is blank, the file does not exist, or there is nothing to read.
    """
    if argument == "-":
        stream = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig", errors="replace")
        return _some((line.rstrip("\r\n") for line in stream), "standard input")
    if not argument.strip():
        raise DataError("the text is empty; give a text, a file, or - to read standard input")
    path = Path(argument).expanduser() if len(argument) < 1024 and "\0" not in argument else None
    if path is not None and path.is_file():
        return _some(_lines(path), str(path))
    if path is not None and path.is_dir():
        raise DataError(f"{argument!r} is a folder; give a text or a file")
    if looks_like_path(argument):
        raise DataError(
            f"there is no file {argument!r}; to parse it as a text, pipe it: echo {argument!r} | bilstm-nlu parse -"
        )
    return iter([argument])


def _lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        for line in file:
            yield line.rstrip("\r\n")


def _some(texts: Iterator[str], where: str) -> Iterator[str]:
    """The texts. Raises an error if the input is empty."""
    is_empty = True
    for text in texts:
        is_empty = False
        yield text
    if is_empty:
        raise DataError(f"{where} is empty; write one text per line")


def show_frame(frame: "Frame") -> None:
    """Print a frame for people: the text, the intent with its score, the slots."""
    echo(frame["text"][frame.get("start", 0) : frame.get("end")])
    if not frame["score"]:
        echo("  no words")
        return
    if (end := frame.get("truncated_at")) is not None:
        echo(f"  only the first {end:,} characters were read")
    if not frame["accepted"]:
        fallback = "" if frame["intent"] is None else f"{frame['intent']}: "
        echo(f"  {fallback}rejected, score {frame['score']:.2f}")
    if (heard := frame.get("heard")) is not None:
        echo(f"  heard as: {heard}")
    own: list[dict[str, Any]] = []
    if frame["accepted"]:
        own = [{"intent": frame["intent"], "score": frame["score"]}]
    ranked = frame.get("intents") or own
    print_table([(choice["intent"], f"{choice['score']:.2f}") for choice in ranked], indent=2)
    print_table(
        [(slot["slot_type"], slot["value"], _meaning(slot)) for slot in frame["slots"]], indent=4, align="left"
    )


def _meaning(slot: "Slot") -> str:
    """The value that a slot was resolved to, with its id; empty if it was not resolved."""
    resolved = slot.get("resolved")
    if resolved is None:
        return ""
    more = [str(resolved[key]) for key in ("id", "part_of_day") if key in resolved]  # type: ignore[literal-required]
    return f"= {resolved['value']}" + (f" ({', '.join(more)})" if more else "")
