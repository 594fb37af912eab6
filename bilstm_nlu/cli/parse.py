"""`bilstm-nlu parse`: parse texts into frames."""

import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from enum import Enum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import DataError, NluError
from ..files import read_json
from ..records import check_output, write_records
from .completion import complete_model
from .console import echo, ended_in_order, plural, prepare, print_table, to_json, with_one_line_errors
from .last_model import last_model
from .parse_inputs import Inputs, StrictRecords, TextColumn, inputs_of, tell_left_out
from .progress import with_progress

if TYPE_CHECKING:
    from ..hubfiles.frames_bilstm_nlu import Frame, Slot
    from ..records import Record

__all__ = ["parse", "show_frame"]

#: Texts of a file that are parsed at a time.
_AT_ONCE = 256


class Direction(str, Enum):
    """Where to look for a date whose year, month or week is not said."""

    future = "future"
    past = "past"


@with_one_line_errors
def parse(
    text: Annotated[
        str,
        typer.Argument(
            metavar="TEXT|FILE|-",
            help="A text; a file of records (.jsonl, .csv, .tsv, .parquet) or of lines; or - (standard input).",
        ),
    ],
    model: Annotated[
        str | None,
        typer.Option(
            help="Folder or hub id of a checkpoint.",
            show_default="the model trained last",
            autocompletion=complete_model,
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object per line, in the order of the input.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Write the frames to this file, .jsonl, .jsonl.gz or .parquet, and print their number."),
    ] = None,
    column: TextColumn = None,
    strict: StrictRecords = False,
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
    inputs = inputs_of(text, column, strict)
    if out is not None:
        check_output(out)
    parsed = _parsed(inputs, _parser(model or last_model(), dates, options, catalogs))
    if out is not None:
        _write(out, inputs, parsed, multi)
        return
    for record, frames in parsed:
        if not as_json:
            for frame in frames:
                show_frame(frame)
        elif inputs.file is not None:
            echo(to_json(_row(record, frames, multi)))
        else:
            for frame in frames:
                echo(to_json(frame))
    tell_left_out(inputs)


def _parser(
    model: str, dates: dict[str, Any], options: dict[str, Any], catalogs: Path | None
) -> "Callable[[list[str]], list[list[Frame]]]":
    """The function that gives the frames of each of several texts. It needs neither torch nor transformers.

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

    def frames_of(texts: list[str]) -> "list[list[Frame]]":
        found = nlu(texts, normalise=normalise, catalogs=more, **options)
        return found if options["multi"] else [[frame] for frame in found]

    return frames_of


def _parsed(
    inputs: Inputs, frames_of: "Callable[[list[str]], list[list[Frame]]]"
) -> "Iterator[tuple[Record, list[Frame]]]":
    """Each record with its frames: as soon as its text arrives, or many at a time if the input is a file."""
    records = iter(inputs.records)
    while batch := list(itertools.islice(records, 1 if inputs.is_live else _AT_ONCE)):
        yield from zip(batch, frames_of([record.text for record in batch]), strict=True)


def _row(record: "Record", frames: "list[Frame]", multi: bool) -> dict[str, Any]:
    """The fields of a record, and its frame, or a list of `frames` if texts were split. Earlier ones are replaced."""
    fields = {name: value for name, value in record.fields.items() if name not in ("frame", "frames")}
    return {**fields, "frames": frames} if multi else {**fields, "frame": frames[0]}


def _write(out: Path, inputs: Inputs, parsed: "Iterable[tuple[Record, list[Frame]]]", multi: bool) -> None:
    """Write all records with their frames to a file, and print how many there are."""
    counts: Counter[str] = Counter()

    def rows() -> Iterator[dict[str, Any]]:
        for record, frames in parsed:
            counts["texts"] += 1
            counts["frames"] += len(frames)
            counts["accepted"] += sum(frame["accepted"] for frame in frames)
            yield _row(record, frames, multi)

    file = inputs.file
    with ended_in_order():
        write_records(out, with_progress(rows(), None if file is None else lambda: file.share_read), multi=multi)
    echo(f"{plural(counts['texts'], 'text')} in {out}")
    print_table(
        [("accepted", f"{counts['accepted']:,}"), ("rejected", f"{counts['frames'] - counts['accepted']:,}")], indent=2
    )
    tell_left_out(inputs)


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
