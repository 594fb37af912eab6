"""`bilstm-nlu errors`: what a model gets wrong, which utterances are doubtful, and what to add."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import DataError
from .completion import complete_model
from .console import AsJson, coloured, echo, plural, prepare, print_json, print_table, with_one_line_errors
from .progress import batches_with_progress
from .score_lines import score_row
from .scored_data import DataFormat, ScoredData, ScoredSource, SplitOption, count_seen, load_scored
from .sources import DataDir, DropBroken, ReaderOptions, Strict, reader_options

if TYPE_CHECKING:
    from modeling_bilstm_nlu.data.schema import Utterance
    from modeling_bilstm_nlu.reports.answers import Case
    from modeling_bilstm_nlu.reports.error_report import ErrorReport

__all__ = ["errors"]

#: Most items of a list on the terminal, and most examples of an item.
_MOST, _EXAMPLES = 5, 2
#: Most annotated utterances that are searched for doubtful ones.
_MOST_CHECKED = 20_000


@with_one_line_errors
def errors(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL",
            help="Folder, packed file, delta or hub id (owner/name, owner/name@REVISION) of a checkpoint.",
            autocompletion=complete_model,
        ),
    ],
    data: ScoredSource,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the whole report as one HTML file, which opens offline.")
    ] = None,
    split: SplitOption = None,
    format: DataFormat = None,
    options: ReaderOptions = None,
    drop_broken: DropBroken = False,
    strict: Strict = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Show what a model gets wrong, and what to add.

    On data with gold labels: confused intents, wrong slots, frames that are wrongly accepted or rejected, and labels
    that are likely to be wrong.
    """
    prepare(as_json=as_json)
    from modeling_bilstm_nlu.reports.answers import cases_of
    from modeling_bilstm_nlu.reports.error_report import report_errors
    from modeling_bilstm_nlu.reports.page import render_page

    from ..files import write_text
    from ..runtime.finding import name_and_revision
    from ..runtime.nlu import load

    if html is not None and html.suffix.lower() not in (".html", ".htm"):
        raise DataError(f"{html}: the name must end with .html")
    name, revision = name_and_revision(model)
    nlu = load(name, revision=revision)
    scored = load_scored(data, format, split, [model], reader_options(options, drop_broken, strict), data_dir)
    rows = scored.domain.utterances(scored.part)
    checked, num_left = _checked(scored)
    asking = batches_with_progress("asking the model")
    asked: dict[int, Case] = {}
    several = [*rows, *checked]
    for row, case in zip(several, cases_of(nlu, several, progress=asking), strict=True):
        asked[id(row)] = case
    report = report_errors(
        [asked[id(row)] for row in rows],
        model=model,
        data=scored.domain.name,
        split=scored.split.value,
        threshold=nlu.settings.threshold if nlu.settings.decision_dims else None,
        checked=([asked[id(row)] for row in checked], checked),
        training=scored.domain.utterances("train") if scored.is_of_training else (),
        notes=list(_notes(model, scored, rows, num_left)),
    )
    if html is not None:
        write_text(html, render_page(report))
    if as_json:
        print_json(report.to_dict())
        return
    _show(report)
    if html is not None:
        echo()
        echo(f"the whole report is in {html} ({html.stat().st_size / 1000:,.0f} kB)")
    else:
        echo()
        echo("next: --html FILE writes the whole report, with all examples")


def _checked(scored: ScoredData) -> "tuple[list[Utterance], int]":
    """The utterances that are searched for doubtful ones, those of training first; and how many are left out."""
    rows = [row for split in scored.domain.splits for row in scored.domain.utterances(split)]
    return rows[:_MOST_CHECKED], max(0, len(rows) - _MOST_CHECKED)


def _notes(model: str, scored: ScoredData, rows: "Sequence[Utterance]", num_left: int) -> Iterator[str]:
    if number := count_seen(model, [row.text for row in rows]):
        yield (
            f"The model has learned {number:,} of these utterances in its last fit, so it gets more of them right "
            "than of new ones; its card has the scores from before."
        )
    if num_left:
        yield f"Doubtful utterances: the last {plural(num_left, 'utterance')} of the data were not searched."
    if dropped := scored.domain.dropped:
        yield f"On reading the data: {'; '.join(f'{reason}: {count:,}' for reason, count in dropped.items())}."


def _show(report: "ErrorReport") -> None:
    from modeling_bilstm_nlu.reports.changes import marked
    from modeling_bilstm_nlu.reports.suspicions import KINDS

    groups = ""
    if report.num_groups < report.num_utterances:
        groups = f", from {plural(report.num_groups, 'carrier phrase')}"
    echo(f"{report.model} on {report.data}, {report.split}: {plural(report.num_utterances, 'utterance')}{groups}")
    names = ("intent_accuracy", "slot_f1", "frame_accuracy")
    print_table(
        [
            score_row(name, report.scores[name], *report.intervals.get(name, (None, None)))
            for name in names
            if name in report.scores
        ]
    )
    for note in report.notes:
        echo(note)
    if report.advice:
        _head("what to do")
        for number, line in enumerate(report.advice[: 2 * _MOST], start=1):
            echo(f"  {number}. {line}")
        _tell_left(len(report.advice) - 2 * _MOST, "more")
    for kind, (what, cure) in KINDS.items():
        if found := [one for one in report.suspicions if one.kind == kind]:
            _head(f"doubtful: {what} ({len(found):,}); {cure}")
            for one in found[:_MOST]:
                echo(f"  {one.intent or ''}  {marked(one.text, one.spans)}")
                echo(f"      {one.reason}" + (f": {one.other}" if one.other else ""))
            _tell_left(len(found) - _MOST, "more")
    if report.confusions:
        _head("confused intents")
        for pair in report.confusions[:_MOST]:
            wrong = coloured(pair.predicted or "no intent", "red")
            echo(f"  {pair.gold} answered as {wrong}: {len(pair.cases):,} of {plural(pair.total, 'utterance')}")
            for case in pair.cases[:_EXAMPLES]:
                echo(f"      {case.text}  {case.answer.score:.2f}")
        _tell_left(len(report.confusions) - _MOST, "more")
    if report.slot_types:
        _head("wrong slots")
        for slot in report.slot_types[:_MOST]:
            kinds = ", ".join(f"{kind} {number:,}" for kind, number in slot.kinds.most_common(3))
            echo(f"  {slot.slot_type}: F1 {100 * slot.f1:.1f} % of {plural(slot.num_gold, 'slot')}; {kinds}")
            for case in slot.cases[:_EXAMPLES]:
                rows = [("gold", marked(case.text, case.spans or ())), ("model", marked(case.text, case.answer.spans))]
                print_table(rows, indent=6, align="left")
        _tell_left(len(report.slot_types) - _MOST, "more")
    _show_decisions("wrongly accepted", report.accepted)
    _show_decisions("wrongly rejected", report.rejected)


def _show_decisions(what: str, cases: "Sequence[Case]") -> None:
    if cases:
        _head(f"{what} ({len(cases):,})")
        print_table(_decision_rows(cases[:_MOST]), indent=2, align="left")
        _tell_left(len(cases) - _MOST, "more")


def _decision_rows(cases: "Iterable[Case]") -> list[tuple[str, str, str]]:
    return [(case.text, f"{case.answer.score:.2f} {case.answer.best or ''}", f"gold {case.intent}") for case in cases]


def _head(text: str) -> None:
    echo()
    echo(coloured(f"{text}:", "bold"))


def _tell_left(number: int, what: str) -> None:
    if number > 0:
        echo(f"  and {number:,} {what}")
