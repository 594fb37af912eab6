"""Render an error report as one HTML file: it opens offline, on a phone, in light and dark, and has no scripts."""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from ..data.schema import SlotSpan
from .error_report import ErrorReport
from .mistakes import Bin
from .suspicions import KINDS

__all__ = ["MOST_BYTES", "render_page"]

#: No page is larger, however large the skill is.
MOST_BYTES = 500_000
_MOST_CHARACTERS = 240  # of a text
_SHOWN = {"intent_accuracy": "Intent accuracy", "slot_f1": "Slot F1", "frame_accuracy": "Frame accuracy"}

#: Everything that comes from data is escaped.
_ENVIRONMENT = jinja2.Environment(
    undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=True
)


@dataclass(frozen=True)
class _Limits:
    """How much of each list is shown."""

    confusions: int = 25
    slot_types: int = 15
    examples: int = 5
    decisions: int = 20
    suspicions: int = 12

    def halved(self) -> "_Limits":
        return _Limits(*(max(1, number // 2) for number in vars(self).values()))


@cache
def _template() -> jinja2.Template:
    source = Path(__file__).with_name("errors_page.html").read_text(encoding="utf-8")
    return _ENVIRONMENT.from_string(source)


def render_page(report: ErrorReport) -> str:
    """Return the page of an error report. Long lists are cut, and the page says what is left out."""
    limits = _Limits()
    while True:
        page = _render(report, limits)
        if len(page.encode()) <= MOST_BYTES or limits == limits.halved():
            return page
        limits = limits.halved()


def _render(report: ErrorReport, limits: _Limits) -> str:
    kinds = [
        (kind, *KINDS[kind], _cut([one for one in report.suspicions if one.kind == kind], limits.suspicions))
        for kind in KINDS
    ]
    return _template().render(
        report=report,
        limits=limits,
        scores=list(_scores(report)),
        decisions=_decision_counts(report),
        confusions=_cut(report.confusions, limits.confusions),
        slot_types=_cut(report.slot_types, limits.slot_types),
        accepted=_cut(report.accepted, limits.decisions),
        rejected=_cut(report.rejected, limits.decisions),
        suspicions=[(kind, what, cure, part) for kind, what, cure, part in kinds if part[0]],
        bins=report.bins,
        dots=list(_dots(report.bins)),
        cut=_cut,
        gold=lambda case: _pieces(case.text, case.spans or ()),
        answer=lambda case: _pieces(case.text, case.answer.spans),
        pieces=_pieces,
        visible=_visible,
        count=_count,
        percent=lambda share: f"{100 * share:.1f} %",
    )


def _scores(report: ErrorReport) -> Iterator[tuple[str, str, str]]:
    """Yield the name, the value and the interval of each main score."""
    for name, shown in _SHOWN.items():
        if name in report.scores:
            low, high = report.intervals.get(name, (0.0, 1.0))
            yield shown, f"{100 * report.scores[name]:.1f} %", f"{100 * low:.0f} to {100 * high:.0f} %"


def _decision_counts(report: ErrorReport) -> list[tuple[str, str]]:
    names = ("num_accepted", "num_rejected", "num_wrongly_accepted", "num_wrongly_rejected", "num_out_of_scope")
    return [(name[4:].replace("_", " "), f"{int(report.scores[name]):,}") for name in names if name in report.scores]


def _cut(items: Sequence[Any], most: int) -> tuple[Sequence[Any], int]:
    """The first items, and how many are left out."""
    return items[:most], max(0, len(items) - most)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"


def _pieces(text: str, spans: Iterable[SlotSpan]) -> list[tuple[str, str]]:
    """The pieces of a text, each with its slot type or an empty string. Long texts are cut."""
    end = min(len(text), _MOST_CHARACTERS)
    found, place = [], 0
    for span in spans:
        if span.end > end:
            break
        found += [(text[place : span.start], ""), (text[span.start : span.end], span.slot_type)]
        place = span.end
    found.append((text[place:end] + "…" * (end < len(text)), ""))
    return [(_visible(piece), slot_type) for piece, slot_type in found if piece]


def _visible(text: str) -> str:
    """The text on one line; characters that are not seen or that change the direction of others are replaced."""
    return "".join(map(_visible_character, text[: 2 * _MOST_CHARACTERS]))


def _visible_character(char: str) -> str:
    if char.isprintable() or char in "\u200c\u200d":  # joiners, which some scripts and emoji need
        return char
    return "\ufffd" if unicodedata.category(char) in ("Cf", "Cs", "Co", "Cn") else " "


def _dots(bins: Iterable[Bin]) -> Iterator[dict[str, Any]]:
    """Yield the places of the bins in the picture, which is 300 units wide and high and begins at (44, 12)."""
    for one in bins:
        yield {"x": round(44 + 300 * one.score, 1), "y": round(312 - 300 * one.share, 1), "bin": one}
