"""Checks of intents and slot types: conflicting labels, rare labels, labels without training, overlapping intents."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from ..schema import Utterance
from ..splits import labels_of, unseen_labels
from ..text import text_key
from .report import Balance, Finding, counted, examples_of
from .rows import Part

__all__ = [
    "balance",
    "carrier_key",
    "conflicts",
    "counts",
    "dominant_intent",
    "no_labels",
    "overlapping_intents",
    "rare_intents",
    "rare_slot_types",
    "single_intent",
    "unseen",
]

_DOMINANT_SHARE = 0.5
_OVERLAPPING_SHARE = 0.2


def counts(part: Part) -> dict[str, int]:
    """Count the utterances, texts, labels and slots of a split."""
    labels = {label for row in part.rows for label in labels_of(row)}
    return {
        "utterances": len(part.rows),
        "distinct_texts": len(part.texts),
        "intents": sum(kind == "intent" for kind, _ in labels),
        "slot_types": sum(kind == "slot type" for kind, _ in labels),
        "slots": sum(len(row.spans or ()) for row in part.rows),
    }


def balance(rows: Iterable[Utterance]) -> dict[str, Balance]:
    """Tell how evenly intents and slot types are spread; a kind of label that does not occur is left out."""
    intents, slot_types = _label_counts(rows)
    found = {}
    for what, cases in (("intents", intents), ("slot types", slot_types)):
        if cases:
            commonest, most = cases.most_common(1)[0]
            sizes = sorted(cases.values())
            share = most / sum(sizes)
            found[what] = Balance(len(cases), sizes[0], float(median(sizes)), most, commonest, share)
    return found


def _label_counts(rows: Iterable[Utterance]) -> tuple[Counter[str], Counter[str]]:
    """Count the cases of every intent and of every slot type."""
    intents: Counter[str] = Counter()
    slot_types: Counter[str] = Counter()
    for row in rows:
        if row.intent is not None:
            intents[row.intent] += 1
        slot_types.update(span.slot_type for span in row.spans or ())
    return intents, slot_types


def unseen(parts: Mapping[str, Part]) -> Finding:
    """Find labels that are not in the train split."""
    found = [
        f"{split}: {kind} {name}"
        for split, spec in unseen_labels({split: part.rows for split, part in parts.items()}).items()
        for kind, names in (("intent", spec.intents), ("slot type", spec.slot_types))
        for name in names
    ]
    return Finding(
        "unseen labels",
        counted(
            len(found),
            "label has no training examples, so the model cannot predict it",
            "labels have no training examples, so the model cannot predict them",
        ),
        "add training examples; or leave these utterances out (drop_unseen: true in a recipe, drop_unseen in Python)",
        len(found),
        examples_of(found),
        is_error=True,
    )


def conflicts(parts: Mapping[str, Part]) -> Finding:
    """Find texts with two different labels, in one split or in two."""
    meanings: dict[str, dict[tuple[str | None, tuple | None], str]] = {}
    for part in parts.values():
        for key, row in zip(part.keys, part.rows, strict=True):
            slots = None
            if row.spans is not None:
                slots = tuple((span.slot_type, text_key(row.text[span.start : span.end])) for span in row.spans)
            meanings.setdefault(key, {})[(row.intent, slots)] = row.text
    found = []
    for readings in meanings.values():
        if len(readings) > 1:
            labels = " or ".join(_reading(intent, slots) for intent, slots in readings)
            found.append(f"{next(iter(readings.values()))}: {labels}")
    return Finding(
        "label conflicts",
        counted(len(found), "text has", "texts have") + " different labels in different utterances",
        "decide which label is right, and correct or remove the others",
        len(found),
        examples_of(found),
    )


def _reading(intent: str | None, slots: tuple | None) -> str:
    name = "no intent" if intent is None else intent
    values = "slots not annotated" if slots is None else ", ".join(f"{slot}={value}" for slot, value in slots)
    return f"{name} ({values})" if values else name


def overlapping_intents(rows: Iterable[Utterance]) -> Finding:
    """Find pairs of intents that share many texts; slot values are not compared."""
    carriers: dict[str, set[str]] = {}
    for row in rows:
        if row.intent is not None:
            carriers.setdefault(carrier_key(row), set()).add(row.intent)
    sizes = Counter(intent for intents in carriers.values() for intent in intents)
    shared: Counter[tuple[str, str]] = Counter()
    for intents in carriers.values():
        ordered = sorted(intents)
        shared.update((a, b) for i, a in enumerate(ordered) for b in ordered[i + 1 :])
    found = []
    for (a, b), count in shared.most_common():
        if count > 1 and count >= _OVERLAPPING_SHARE * min(sizes[a], sizes[b]):
            found.append(f"{a} ({sizes[a]}) and {b} ({sizes[b]}) share {count}")
    return Finding(
        "overlapping intents",
        counted(len(found), "pair of intents shares", "pairs of intents share")
        + " a fifth or more of their sentences (slot values not compared): the model will confuse them",
        "join the two intents, or give each its own sentences",
        len(found),
        examples_of(found),
    )


def carrier_key(row: Utterance) -> str:
    """Return the key of the words around the slots of an utterance."""
    return text_key("{}".join(row.outside_slots()))


def rare_intents(rows: Sequence[Utterance], min_examples: int) -> Finding:
    """Find intents with few training utterances; the utterances of one group (a carrier phrase) count as one."""
    examples = {(row.intent, row.group or number) for number, row in enumerate(rows) if row.intent is not None}
    cases = Counter(intent for intent, _ in examples)
    has_groups = any(row.group is not None for row in rows)
    what = "training examples (a carrier phrase counts once)" if has_groups else "training utterances"
    return _rare("intent", cases, min_examples, what, "write more examples for each, with other words")


def rare_slot_types(rows: Iterable[Utterance], min_examples: int) -> Finding:
    """Find slot types with few slots in the training data."""
    _, cases = _label_counts(rows)
    cure = "write more examples with each, or use another slot type with similar values"
    return _rare("slot type", cases, min_examples, "slots in the training data", cure)


def _rare(label: str, cases: Mapping[str, int], min_examples: int, what: str, cure: str) -> Finding:
    rare = [f"{name}: {count}" for name, count in sorted(cases.items()) if count < min_examples]
    message = counted(len(rare), f"{label} has", f"{label}s have") + f" fewer than {min_examples} {what}"
    return Finding(f"rare {label}s", message, cure, len(rare), examples_of(rare))


def dominant_intent(rows: Iterable[Utterance]) -> Finding:
    """Find an intent with half of all training utterances or more, in a domain with three intents or more."""
    cases, _ = _label_counts(rows)
    intent, count = next(iter(cases.most_common(1)), ("", 0))
    is_dominant = len(cases) > 2 and count >= _DOMINANT_SHARE * cases.total()
    return Finding(
        "dominant intent",
        f"one of {len(cases)} intents has {count:,} of {cases.total():,} training utterances: the model will choose "
        f"it too often",
        "write more examples for the other intents, or fewer for this one (skills: set the option max_per_carrier)",
        int(is_dominant),
        (intent,),
    )


def no_labels(rows: Iterable[Utterance]) -> Finding:
    """Find out whether no training utterance has an intent or a slot."""
    return Finding(
        "no labels",
        "no training utterance has an intent or a slot, so training refuses the data",
        "add labels, or name the column of intents with the option intent_column, if the format has columns",
        int(not any(map(labels_of, rows))),
        is_error=True,
    )


def single_intent(rows: Iterable[Utterance]) -> Finding:
    """Find out whether the domain has fewer than two intents."""
    cases, _ = _label_counts(rows)
    return Finding(
        "single intent",
        "the domain has only one intent, so the intent scores mean nothing"
        if cases
        else "no training utterance has an intent, so the model can learn only slots",
        "look only at the slot scores, or add another intent",
        int(len(cases) < 2),
        tuple(cases),
    )
