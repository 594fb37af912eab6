"""Checks of slots and values: missing values, values that are not always annotated, slots that cut a word."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from string import punctuation

from ..domains import Domain
from ..schema import Utterance
from ..values.builtin_types import builtin_forms, forms_by_name, is_builtin, is_open_type
from ..words import words_of
from .report import Finding, counted, examples_of
from .rows import Part

__all__ = [
    "bare_values",
    "cut_words",
    "inconsistent_values",
    "long_catalogs",
    "marked_values",
    "open_carriers",
    "slots_without_values",
    "unused_slot_types",
]

_LONG_CATALOG = 5000
_LONG_VALUE = 20  # words
_WORD = re.compile(r"\w+")
_PUNCTUATION_BEFORE = punctuation.replace("'", "")  # 's is a word
#: A word that is this many times as often plain text as a slot value is a common word, and not reported.
_COMMON_WORD = 10


def slots_without_values(domain: Domain, rows: Sequence[Utterance], min_examples: int) -> Finding:
    """Find slot types whose values are neither in a catalog nor in the training utterances."""
    values: dict[str, set[str]] = {}
    for row in rows:
        for span in row.spans or ():
            values.setdefault(span.slot_type, set()).add(row.text[span.start : span.end].casefold())
    listed = _listed(domain)
    found = {
        slot_type: f"{slot_type}: {counted(len(forms), 'different value', 'different values')} in training"
        for slot_type, forms in sorted(values.items())
        if slot_type not in listed and len(forms) < min_examples
    }
    for _, slot, slot_type in _declared_slots(domain):
        if (source := _source_of_values(domain, slot, slot_type)) is not None:
            found[slot] = f"{slot} ({slot_type}): {source}"
    return Finding(
        "slots without values",
        counted(len(found), "slot type has", "slot types have")
        + f" no list of values, and fewer than {min_examples} different values (or only made-up ones) in training",
        "give the slot type a list of values, or write more examples with different values",
        len(found),
        examples_of(found.values()),
    )


def _listed(domain: Domain) -> set[str]:
    """Return the slot types with known values; a catalog may have only the name of a type and no values."""
    return {slot_type for slot_type, catalog in domain.catalogs.items() if catalog.values}


def _declared_slots(domain: Domain) -> Iterator[tuple[str, str, str]]:
    """Yield (intent, slot, slot type) for every slot that a skill declares."""
    if domain.skill is not None:
        for intent, slots in domain.skill.slots.items():
            for slot, slot_type in slots.items():
                yield intent, slot, slot_type


def _source_of_values(domain: Domain, slot: str, slot_type: str) -> str | None:
    """Say what fills a slot of a skill that has no values; ``None`` where it has values, or is meant to be open."""
    if _is_closed(domain, slot_type) or is_open_type(slot_type):
        return None
    is_named = forms_by_name(slot_type) or forms_by_name(slot)
    return "filled with values that fit its name" if is_named else "filled with general phrases"


def _is_closed(domain: Domain, slot_type: str) -> bool:
    """Whether a slot type of a skill has a list of values, from its developer or built in."""
    catalog = domain.skill.catalogs.get(slot_type) if domain.skill is not None else None
    if catalog is not None and catalog.values:
        return True
    return is_builtin(slot_type) and not is_open_type(slot_type) and bool(builtin_forms(slot_type))


def unused_slot_types(domain: Domain, rows: Sequence[Utterance]) -> Finding:
    """Find slot types with a list of values that occur in no training utterance."""
    used = {span.slot_type for row in rows for span in row.spans or ()}
    unused = sorted(_listed(domain) - used)
    return Finding(
        "unused slot types",
        counted(len(unused), "slot type with values is", "slot types with values are") + " in no training utterance",
        "write an example with each, or remove the slot type",
        len(unused),
        examples_of(unused),
    )


def long_catalogs(domain: Domain) -> Finding:
    """Find slot catalogs that are too long to be used as they are."""
    sizes = {slot_type: len(catalog.surface_forms()) for slot_type, catalog in domain.catalogs.items()}
    long = {slot_type: size for slot_type, size in sizes.items() if size > _LONG_CATALOG}
    return Finding(
        "long catalogs",
        counted(len(long), "slot type has", "slot types have") + f" more than {_LONG_CATALOG:,} values",
        "keep only the likely values if the model shall store them: each value makes the checkpoint larger",
        len(long),
        examples_of(f"{slot_type}: {size:,}" for slot_type, size in long.items()),
    )


def open_carriers(domain: Domain) -> Finding:
    """Find carrier phrases of a skill that consist of open slots only, so that they match any text."""
    found = []
    if domain.skill is not None:
        for intent, carriers in domain.skill.intents.items():
            types = domain.skill.slots.get(intent, {})
            for carrier in carriers:
                is_bare = not any(piece.strip() for piece, _, _ in carrier.pieces())
                if is_bare and all(value is None and _is_open(domain, slot, types) for slot, value in carrier.slots):
                    kinds = ", ".join(types.get(slot, "") for slot, _ in carrier.slots)
                    found.append(f"{intent}: {carrier.text} ({kinds})")
    return Finding(
        "open carriers",
        counted(len(found), "carrier phrase consists", "carrier phrases consist")
        + " only of slots that take any words: every text matches",
        "write words around the slot; or remove the phrase, and let the dialogue use the whole text as the answer",
        len(found),
        examples_of(found),
    )


def _is_open(domain: Domain, slot: str, types: Mapping[str, str]) -> bool:
    """Whether a slot of a skill takes any words."""
    slot_type = types.get(slot, "")
    if _is_closed(domain, slot_type):
        return False
    return is_open_type(slot_type) or not (forms_by_name(slot_type) or forms_by_name(slot))


def cut_words(parts: Mapping[str, Part]) -> Finding:
    """Find slots that start or end inside a word."""
    suspects = [
        (part.name, row)
        for part in parts.values()
        for row in part.rows
        if any(_may_cut(row.text, span.start) or _may_cut(row.text, span.end) for span in row.spans or ())
    ]
    found = []
    for (split, row), words in zip(suspects, words_of([row.text for _, row in suspects]), strict=True):
        inside = {place for left, right in words for place in range(left + 1, right)}
        for slot_type, start, end in row.spans or ():
            if start in inside or end in inside:
                found.append(f"{split}: {slot_type} {row.text[start:end]!r} in {row.text!r}")
    return Finding(
        "cut words",
        counted(len(found), "slot starts or ends", "slots start or end")
        + " inside a word; training will use the whole word",
        "move the start or end of the slot, or write a space between the slot and the rest of the word",
        len(found),
        examples_of(found),
    )


def _may_cut(text: str, place: int) -> bool:
    """Whether a place in a text may be inside a word: no white space or punctuation on either side."""
    if not 0 < place < len(text):
        return False
    before, after = text[place - 1], text[place]
    return not (before.isspace() or after.isspace() or after in punctuation or before in _PUNCTUATION_BEFORE)


@dataclass
class _Uses:
    """How often a value is annotated, by slot type; how often it is plain text; an utterance with the plain text."""

    marked: Counter[str] = field(default_factory=Counter)
    bare: int = 0
    example: str = ""


def inconsistent_values(parts: Mapping[str, Part]) -> Finding:
    """Find values that are annotated in one utterance and plain text in another."""
    rows = [row for part in parts.values() for row in part.rows if row.spans is not None]
    uses = marked_values(rows)
    bare = bare_values(rows, uses)
    common = {words for words, use in uses.items() if use.bare > _COMMON_WORD * use.marked.total()}
    count = sum(not values <= common for values in bare)
    doubtful = [(words, use) for words, use in uses.items() if use.bare and words not in common]
    doubtful.sort(key=lambda item: -min(item[1].marked.total(), item[1].bare))
    return Finding(
        "inconsistent values",
        counted(count, "utterance has", "utterances have")
        + f" a word that is a slot value in another utterance, but is not annotated here "
        f"({counted(len(doubtful), 'value', 'values')})",
        "annotate the value everywhere, or remove the annotation where the word is not a value",
        count,
        examples_of(
            f"{' '.join(words)!r}: {use.marked.total()} with annotation ({use.marked.most_common(1)[0][0]}), "
            f"{use.bare} without, as in {use.example!r}"
            for words, use in doubtful
        ),
    )


def marked_values(rows: Sequence[Utterance]) -> dict[tuple[str, ...], _Uses]:
    """Return the annotated values of utterances, as words; whole sentences are skipped."""
    uses: dict[tuple[str, ...], _Uses] = {}
    for row in rows:
        for slot_type, start, end in row.spans or ():
            words = tuple(_WORD.findall(row.text[start:end].casefold()))
            if 0 < len(words) <= _LONG_VALUE:
                uses.setdefault(words, _Uses()).marked[slot_type] += 1
    return uses


def bare_values(rows: Sequence[Utterance], uses: dict[tuple[str, ...], _Uses]) -> list[set[tuple[str, ...]]]:
    """Find the known values outside of all spans of each utterance, the longest first; count them in ``uses``."""
    lengths: dict[str, list[int]] = {}
    for first, length in sorted({(value[0], len(value)) for value in uses}, reverse=True):
        lengths.setdefault(first, []).append(length)
    found = []
    for row in rows:
        values: set[tuple[str, ...]] = set()
        for segment in row.outside_slots():
            words = _WORD.findall(segment.casefold())
            place = 0
            while place < len(words):
                step = 1
                for length in lengths.get(words[place], ()):
                    value = tuple(words[place : place + length])
                    if value in uses:
                        use = uses[value]
                        use.bare += 1
                        use.example = use.example or row.text
                        values.add(value)
                        step = length
                        break
                place += step
        found.append(values)
    return found
