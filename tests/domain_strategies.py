"""Domains for hypothesis: any Unicode, any labels, slots or none, annotated or not."""

import re
import unicodedata

from hypothesis import strategies as st

from modeling_bilstm_nlu.data import Domain, SlotCatalog, SlotSpan, Utterance

_STORABLE = st.characters(exclude_categories=["Cs"])
#: Characters that formats, tokenizers and tables trip over.
_AWKWARD = st.sampled_from(
    "\t\n\r\x0b\x1c\x85\u2028\u00a0\u200b\ufeff'’\"#|<>`[](){}:,;=-\\/&%_ ßİé\u0301\u0958\u2add\u2adc한字ก😀"
)
_TEXT = st.text(_STORABLE | _AWKWARD | st.sampled_from("abc 12"), min_size=1, max_size=24).filter(str.strip)


def is_visible(label: str) -> bool:
    """Say whether a label has a character that leaves a mark; an utterance refuses other labels."""
    return any(unicodedata.category(char) not in ("Zs", "Zl", "Zp", "Cc", "Cf") for char in label)


labels = st.text(_STORABLE | _AWKWARD, min_size=1, max_size=8).filter(is_visible)
plain_labels = labels.map(lambda label: " ".join(label.split()))


@st.composite
def utterances(draw, labels=labels, *, on_word_edges: bool = False) -> Utterance:
    """An utterance; with slots of whole words (between white space) only, if asked for."""
    text = draw(_TEXT)
    places = list(range(len(text) + 1))
    if on_word_edges:
        places = sorted({place for word in re.finditer(r"\S+", text) for place in word.span()})
    edges = sorted(draw(st.sets(st.sampled_from(places), max_size=4)))
    spans = [(start, end) for start, end in zip(edges[::2], edges[1::2], strict=False)]
    if on_word_edges:
        starts = {word.start() for word in re.finditer(r"\S+", text)}
        ends = {word.end() for word in re.finditer(r"\S+", text)}
        spans = [(start, end) for start, end in spans if start in starts and end in ends]
    slots = tuple(SlotSpan(draw(labels), start, end) for start, end in spans)
    return Utterance(
        text,
        draw(st.none() | labels),
        draw(st.just(slots) | st.none()),
        draw(st.none() | labels),
        draw(st.none() | labels),
    )


@st.composite
def catalogs(draw) -> dict[str, SlotCatalog]:
    """Catalogs by slot type."""
    found = {}
    for slot_type in draw(st.lists(labels, max_size=2, unique=True)):
        values = draw(st.dictionaries(_TEXT, st.lists(_TEXT, max_size=2).map(tuple), max_size=3))
        ids = {value: draw(labels) for value in values if draw(st.booleans())}
        found[slot_type] = SlotCatalog(slot_type, values, ids, draw(st.none() | labels))
    return found


@st.composite
def domains(draw, rows: st.SearchStrategy[Utterance] | None = None) -> Domain:
    """A domain with a train split and perhaps others."""
    rows = utterances() if rows is None else rows
    splits = {"train": draw(st.lists(rows, min_size=1, max_size=4))}
    for split in ("validation", "test"):
        splits[split] = draw(st.lists(rows, max_size=2))
    return Domain.from_utterances(draw(labels), splits, catalogs=draw(catalogs()))
