"""`bilstm-nlu suggest`: texts of users that are worth annotating."""

import csv
import io
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import DataError
from ..files import write_text
from .completion import complete_model
from .console import AsJson, echo, plural, prepare, print_json, print_table, with_one_line_errors, without_garbage
from .last_model import last_model
from .parse_inputs import StrictRecords, TextColumn, inputs_of, tell_left_out

__all__ = ["suggest"]

_SHOWN = 10  # clusters


@with_one_line_errors
def suggest(
    log: Annotated[
        str,
        typer.Argument(
            metavar="LOG", help="What users said: records (.jsonl, .csv, .tsv, .parquet) or lines; - for stdin."
        ),
    ],
    model: Annotated[
        str | None,
        typer.Argument(
            help="Folder or hub id of a checkpoint.",
            show_default="the model trained last",
            autocompletion=complete_model,
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="The table to write, a CSV file.")] = Path("suggestions.csv"),
    unsure: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Accepted texts with a lower score are listed, too.")
    ] = 0.8,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Most texts to list, the most frequent first.")] = 2000,
    of: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Only records whose field `model` is NAME, in a log of several models."),
    ] = None,
    column: TextColumn = None,
    strict: StrictRecords = False,
    as_json: AsJson = False,
) -> None:
    """List what users said and the model did not understand, similar texts together, to annotate it.

    Fill in the intents that you know, mark slots as in "water the [roses](zone)", and train again with --more.
    """
    if out.suffix.lower() != ".csv":
        raise DataError(f"{out}: the name must end with .csv")
    inputs = inputs_of(log, column, strict)
    prepare(as_json=as_json)
    with without_garbage():
        from modeling_bilstm_nlu.data.more_utterances import SUGGESTED_COLUMNS
        from modeling_bilstm_nlu.hub.load import load_checkpoint
        from modeling_bilstm_nlu.training.suggesting import cluster, worth_annotating

        from ..runtime.nlu import load
    name = model or last_model()
    frames_of = partial(load(name), top_k=2, normalise=None)
    texts = (record.text for record in inputs.records if of is None or record.fields.get("model") == of)
    found, num_texts, num_different = worth_annotating(texts, frames_of, unsure=unsure)
    tell_left_out(inputs)
    num_rejected = sum(not one.accepted for one in found)
    echo(f"{plural(num_texts, 'text')}, {num_different:,} different; of these:")
    print_table([("rejected", f"{num_rejected:,}"), ("unsure", f"{len(found) - num_rejected:,}")], indent=2)
    told: dict[str, Any] = {"model": name, "num_texts": num_texts, "num_different": num_different}
    told |= {"num_rejected": num_rejected, "num_unsure": len(found) - num_rejected}
    if not found:
        echo("no text to suggest; --unsure 1 lists all that the skill does not have as its own sentence")
        if as_json:
            print_json({**told, "written": None, "num_written": 0, "clusters": []})
        return
    clusters = cluster(found[:limit], *load_checkpoint(name))
    table = io.StringIO()
    rows = csv.DictWriter(table, ["marked_text", "intent", *SUGGESTED_COLUMNS])
    rows.writeheader()
    rows.writerows(one.as_row(group.name) for group in clusters for one in group.suggestions)
    write_text(out, table.getvalue())
    echo()
    print_table(
        [
            ("cluster", "times", "texts"),
            *((one.name, f"{one.times:,}", f"{len(one.suggestions):,}") for one in clusters[:_SHOWN]),
        ]
    )
    if len(clusters) > _SHOWN:
        echo(f"and {plural(len(clusters) - _SHOWN, 'more cluster')}")
    if len(found) > limit:
        echo(f"{plural(len(found) - limit, 'text')} left out, the least frequent; --limit lists more")
    echo()
    echo(f"{plural(len(found[:limit]), 'text')} in {out}")
    echo(f"next: fill in the intents that you know, then bilstm-nlu train SKILL --more {out}")
    if as_json:
        groups = [{"name": one.name, "times": one.times, "num_texts": len(one.suggestions)} for one in clusters]
        print_json({**told, "written": str(out), "num_written": len(found[:limit]), "clusters": groups})
