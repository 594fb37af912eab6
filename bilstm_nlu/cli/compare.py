"""`bilstm-nlu compare`: two models on the same data: which one is better, and which answers changed."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import DataError
from .completion import complete_model
from .console import AsJson, coloured, echo, plural, prepare, print_json, print_table, with_one_line_errors
from .progress import batches_with_progress
from .score_lines import SHOWN
from .scored_data import DataFormat, ScoredSource, SplitOption, count_seen, load_scored
from .sources import DataDir, DropBroken, ReaderOptions, Strict, reader_options

if TYPE_CHECKING:
    from modeling_bilstm_nlu.reports.changes import Change
    from modeling_bilstm_nlu.reports.paired import Difference

    from ..runtime.nlu import Nlu

__all__ = ["compare"]

#: Most changed utterances that are printed, and most intents that a line names.
_MOST_SHOWN, _MOST_NAMED = 20, 5
_KINDS = {
    "worse": ("right in A, wrong in B", "red"),
    "other": ("wrong in both, in another way", "yellow"),
    "better": ("wrong in A, right in B", "green"),
}


@with_one_line_errors
def compare(
    a: Annotated[
        str,
        typer.Argument(
            metavar="A",
            help="A model: folder, packed file, delta or hub id (owner/name, owner/name@REVISION).",
            autocompletion=complete_model,
        ),
    ],
    b: Annotated[str, typer.Argument(metavar="B", help="Another model.", autocompletion=complete_model)],
    data: ScoredSource,
    split: SplitOption = None,
    format: DataFormat = None,
    options: ReaderOptions = None,
    drop_broken: DropBroken = False,
    strict: Strict = False,
    data_dir: DataDir = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write all changed utterances to this file, .jsonl or .csv.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say which of two models is better, and where.

    It needs data with gold labels. Compare a skill before and after a change, or two revisions of a repository.

    As in `eval`, the network answers alone, without the skill's own sentences. Intervals are 95 % bootstrap intervals.
    """
    prepare(as_json=as_json)
    from modeling_bilstm_nlu.reports.answers import cases_of
    from modeling_bilstm_nlu.reports.changes import changes_of, write_changes
    from modeling_bilstm_nlu.reports.paired import differences

    if out is not None and out.suffix.lower() not in (".jsonl", ".csv"):
        raise DataError(f"{out}: the name must end with .jsonl or .csv")
    models = {"A": _opened(a), "B": _opened(b)}
    scored = load_scored(data, format, split, [a, b], reader_options(options, drop_broken, strict), data_dir)
    rows = scored.domain.utterances(scored.part)
    if all(row.intent is None and row.spans is None for row in rows):
        raise DataError(f"{data}: no utterance has an intent or slots, so models cannot be compared; add gold labels")
    cases = {key: cases_of(nlu, rows, progress=batches_with_progress(f"asking {key}")) for key, nlu in models.items()}
    found = differences(cases["A"], cases["B"])
    changes = changes_of(cases["A"], cases["B"])
    if out is not None:
        write_changes(out, changes)
    warnings = [*_label_warnings(models), *_seen_warnings({"A": a, "B": b}, [row.text for row in rows])]
    if as_json:
        document = {"a": a, "b": b, "data": data, "split": scored.split.value, "num_utterances": len(rows)}
        listed = [one.to_dict() for one in changes]
        print_json({**document, "scores": _as_json(found), "warnings": warnings, "changes": listed})
        return
    echo(f"A: {a}")
    echo(f"B: {b}")
    echo(f"on {scored.domain.name}, {scored.split.value}: {plural(len(rows), 'utterance')}")
    for warning in warnings:
        echo(f"{coloured('careful:', 'yellow')} {warning}")
    echo()
    _show_scores(found)
    _show_changes(changes, out)


def _opened(name: str) -> "Nlu":
    from ..runtime.finding import name_and_revision
    from ..runtime.nlu import load

    repository, revision = name_and_revision(name)
    return load(repository, revision=revision)


def _label_warnings(models: "dict[str, Nlu]") -> Iterable[str]:
    """What one model has and the other does not: such utterances count as errors of the other."""
    for what in ("intents", "slot_types"):
        labels = {key: set(getattr(nlu.settings, what)) for key, nlu in models.items()}
        for key, other in (("A", "B"), ("B", "A")):
            if only := sorted(labels[key] - labels[other]):
                more = f" and {len(only) - _MOST_NAMED} more" if len(only) > _MOST_NAMED else ""
                noun = what.replace("_", " ").removesuffix("s")
                yield (
                    f"only {key} has {plural(len(only), noun)}: {', '.join(only[:_MOST_NAMED])}{more}; "
                    f"utterances with a label that {other} does not have are errors of {other}"
                )


def _seen_warnings(names: dict[str, str], texts: Sequence[str]) -> Iterable[str]:
    for key, name in names.items():
        if number := count_seen(name, texts):
            yield f"{key} has learned {number:,} of these utterances in its last fit, which makes it look better"


def _as_json(found: "Sequence[Difference]") -> dict[str, Any]:
    return {
        one.name: {
            **{"a": one.a, "b": one.b, "difference": one.b - one.a, "low": one.low, "high": one.high},
            **{"chance": one.chance, "better": one.better, "num_utterances": one.num_utterances},
            "num_groups": one.num_groups,
        }
        for one in found
    }


def _show_scores(found: "Sequence[Difference]") -> None:
    rows = [("", "A", "B", "B - A", "95 % interval")]
    for one in found:
        interval = f"{100 * one.low:+.1f} to {100 * one.high:+.1f}"
        shares = (f"{100 * one.a:.1f} %", f"{100 * one.b:.1f} %", f"{100 * (one.b - one.a):+.1f}", interval)
        rows.append((SHOWN.get(one.name, one.name), *shares))
    print_table(rows)
    by_name = {one.name: one for one in found}
    for name in ("frame_accuracy", "intent_accuracy", "slot_f1"):
        if name in by_name:
            echo(f"{SHOWN[name]}: {_verdict(by_name[name])}")
    if (rejected := by_name["rejected"]).better is not None:
        echo(f"{rejected.better.upper()} rejects more")


def _verdict(one: "Difference") -> str:
    independent = ""
    if one.num_groups < one.num_utterances:
        independent = f" of {plural(one.num_groups, 'carrier phrase')}"
    counted = f"{plural(one.num_utterances, 'utterance')}{independent}"
    if one.better is None:
        return f"no difference can be seen with {counted}"
    return coloured(f"{one.better.upper()} is better", "bold") + f" ({counted}, p = {one.chance:.2g})"


def _show_changes(changes: "Sequence[Change]", out: Path | None) -> None:
    echo()
    if not changes:
        echo("no answer changed")
    else:
        counts = {kind: sum(change.kind == kind for change in changes) for kind in _KINDS}
        told = ", ".join(f"{number:,} {_KINDS[kind][0]}" for kind, number in counts.items() if number)
        echo(f"{plural(len(changes), 'answer')} changed: {told}")
    last = None
    for change in changes[:_MOST_SHOWN]:
        if change.kind != last:
            echo(coloured(f"{_KINDS[change.kind][0]}:", _KINDS[change.kind][1]))
            last = change.kind
        _show_change(change)
    if len(changes) > _MOST_SHOWN and out is None:
        echo(f"and {plural(len(changes) - _MOST_SHOWN, 'more change')}; --out FILE writes all")
    if out is not None:
        echo(f"all in {out}")


def _show_change(change: "Change") -> None:
    echo(f"  {change.a.text}")
    line = change.to_dict()
    gold = line["gold"]
    rows = [("gold", gold["intent"] or "", gold["text"] or "slots not annotated", "")]
    for key in "ab":
        answer = line[key]
        state = f"{answer['score']:.2f}" + ("" if answer["accepted"] else ", rejected")
        rows.append((key.upper(), answer["intent"] or "", answer["text"], state))
    print_table(rows, indent=4, align="left")
