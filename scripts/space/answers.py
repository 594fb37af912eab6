"""Turn a frame into what the page shows: scores, the text in pieces, a table of slots, and the labels as HTML.

Utterances come from strangers; labels and catalog values come from the makers of checkpoints. All of it is escaped
before it is used as markup, and characters that could break or reverse the page or its text are replaced.
"""

import html
import time
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

__all__ = ["MAX_CHARACTERS", "Answer", "answer", "colours_of", "describe_labels", "printable"]

#: Most characters of an utterance; people do not say more at once, and a demo is not a batch service.
MAX_CHARACTERS = 500
_TOP_K = 5
_MOST_LABELS = 150  # labels of each kind that are listed
#: Colours that are readable under dark text and, translucent, under light text.
_COLOURS = (
    "#2563eb", "#d97706", "#059669", "#db2777", "#7c3aed", "#0891b2", "#dc2626", "#65a30d", "#c026d3", "#0d9488",
)  # fmt: skip


class Answer(NamedTuple):
    """What the page shows of one utterance.

    Attributes:
        scores: intent -> probability, for the best intents; empty for a text without words.
        pieces: the text cut at the edges of its slots, each piece with its slot type or `None`.
        rows: one row per slot: slot type, value, characters, meaning.
        frame: the whole frame, in a form that JSON can store.
        seconds: time that parsing took.
    """

    scores: dict[str, float]
    pieces: list[tuple[str, str | None]]
    rows: list[list[str]]
    frame: dict[str, Any]
    seconds: float


def answer(nlu: Callable[..., Any], text: str) -> Answer:
    """Parse a text and prepare the frame for the page.

    Args:
        nlu: the pipeline of a checkpoint.
        text: the text that the visitor typed.

    Raises:
        ValueError: the text is longer than `MAX_CHARACTERS`.
    """
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"Type up to {MAX_CHARACTERS} characters; this text has {len(text):,}.")
    text = printable(text)
    start = time.perf_counter()
    frame = printable(nlu(text, top_k=_TOP_K))
    seconds = time.perf_counter() - start
    scores = {choice["intent"]: choice["score"] for choice in frame.get("intents", ())}
    if not scores and frame["intent"] is not None:  # a checkpoint with a single intent
        scores = {frame["intent"]: frame["score"]}
    rows = [
        [slot["slot_type"], slot["value"], f"{slot['start']}\u2013{slot['end']}", _meaning(slot.get("resolved"))]
        for slot in frame["slots"]
    ]
    return Answer(scores, _pieces(text, frame["slots"]), rows, frame, seconds)


def printable(value: Any) -> Any:
    """The value with every string in it safe to show. Strings keep their length, so that offsets still fit.

    Line breaks and other control characters become spaces. Half surrogate pairs, which no page can contain, and
    characters that change the direction of the text after them become U+FFFD.
    """
    if isinstance(value, str):
        return value if value.isascii() and value.isprintable() else "".join(map(_printable_character, value))
    if isinstance(value, dict):
        return {printable(key): printable(item) for key, item in value.items()}
    return [printable(item) for item in value] if isinstance(value, (list, tuple)) else value


def _printable_character(char: str) -> str:
    category = unicodedata.category(char)
    if category in ("Cc", "Zl", "Zp"):
        return " "
    is_joiner = char in "\u200c\u200d"  # some scripts and emoji need them
    return "\ufffd" if category in ("Cs", "Cf") and not is_joiner else char


def _pieces(text: str, slots: Sequence[dict[str, Any]]) -> list[tuple[str, str | None]]:
    pieces: list[tuple[str, str | None]] = []
    end = 0
    for slot in slots:
        pieces.append((text[end : slot["start"]], None))
        pieces.append((text[slot["start"] : slot["end"]], slot["slot_type"]))
        end = slot["end"]
    pieces.append((text[end:], None))
    return [(piece, slot_type) for piece, slot_type in pieces if piece]


def _meaning(resolved: dict[str, Any] | None) -> str:
    """What a slot was resolved to: the value, followed by everything else that is known about it."""
    if not resolved:
        return ""
    more = []
    for key, value in resolved.items():
        if key == "score":
            more.append(f"{value:.0%} sure")
        elif key != "value":
            more.append(f"{key.replace('_', ' ')} {value}")
    return f"{resolved.get('value', '')}" + (f" ({', '.join(more)})" if more else "")


def colours_of(slot_types: Sequence[str]) -> dict[str, str]:
    """A colour for each slot type; equal lists get equal colours."""
    return {printable(name): _COLOURS[i % len(_COLOURS)] for i, name in enumerate(slot_types)}


def describe_labels(intents: Sequence[str], slot_types: Sequence[str]) -> str:
    """HTML that lists the labels of a checkpoint, escaped."""
    return "".join(
        f'<h4>{len(names):,} {kind}{"s" * (len(names) != 1)}</h4><p class="labels">{_chips(names, colours)}</p>'
        for kind, names, colours in (("intent", intents, {}), ("slot type", slot_types, colours_of(slot_types)))
    )


def _chips(names: Sequence[str], colours: dict[str, str]) -> str:
    shown = [printable(name) for name in names[:_MOST_LABELS]]
    chips = [f'<span style="--chip: {colours.get(name, "#64748b")}">{html.escape(name)}</span>' for name in shown]
    if len(names) > _MOST_LABELS:
        chips.append(f"and {len(names) - _MOST_LABELS:,} more")
    return " ".join(chips) or "none"
