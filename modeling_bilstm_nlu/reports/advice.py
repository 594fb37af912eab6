"""What to add to the data of a skill, from what its model gets wrong."""

from collections.abc import Iterator, Mapping, Sequence

from ..data.schema import Utterance
from .answers import Case
from .mistakes import Confusion, SlotTypeErrors

__all__ = ["Sentences", "advise", "count_sentences"]

#: Intent -> number of sentences in the training data; the fillings of a carrier phrase are one sentence.
Sentences = Mapping[str, int]

_FEW_SENTENCES = 10
_FEW_VALUES = 10
_WEAK = 0.9  # F1
_SHARE = 0.1  # of an intent's utterances that must be confused, unless several are
_MOST = 8  # pieces of advice of a kind


def count_sentences(utterances: Sequence[Utterance]) -> dict[str, int]:
    """Count the sentences of each intent; the fillings of a carrier phrase are one sentence."""
    found: dict[str, set[str]] = {}
    for row in utterances:
        if row.intent is not None:
            found.setdefault(row.intent, set()).add(row.group or row.text)
    return {intent: len(groups) for intent, groups in found.items()}


def advise(
    confusions: Sequence[Confusion],
    slot_types: Sequence[SlotTypeErrors],
    decisions: tuple[Sequence[Case], Sequence[Case]],
    training: Sequence[Utterance],
) -> list[str]:
    """Say what to add, one sentence or two for each, the most useful first.

    Args:
        confusions: the confused intents.
        slot_types: the slot types with errors.
        decisions: the frames that were wrongly accepted and wrongly rejected.
        training: the utterances that the model was trained on; empty if they are not known.
    """
    sentences = count_sentences(training)
    values = _count_values(training)
    return [
        *list(_about_intents(confusions, sentences))[:_MOST],
        *list(_about_slots(slot_types, values))[:_MOST],
        *_about_decisions(*decisions),
    ]


def _count_values(training: Sequence[Utterance]) -> dict[str, int]:
    """Count the different values of each slot type."""
    found: dict[str, set[str]] = {}
    for row in training:
        for slot_type, start, end in row.spans or ():
            found.setdefault(slot_type, set()).add(row.text[start:end].casefold())
    return {slot_type: len(values) for slot_type, values in found.items()}


def _about_intents(confusions: Sequence[Confusion], sentences: Sentences) -> Iterator[str]:
    for one in confusions:
        count = len(one.cases)
        if not one.is_known or one.predicted is None or (count < 2 and count < _SHARE * one.total):
            continue
        told = f"{count:,} of {_some(one.total, 'utterance')}"
        example = one.cases[0].text
        known = sentences.get(one.gold)
        if known is None:
            yield f"{one.gold} is confused with {one.predicted} ({told}). Add sentences such as “{example}”."
        elif known < _FEW_SENTENCES:
            yield (
                f"{one.gold} has {_some(known, 'sentence')} and is confused with {one.predicted} ({told}). "
                f"Add {_FEW_SENTENCES - known:,} or more with other words, such as “{example}”."
            )
        else:
            yield (
                f"{one.gold} has {_some(known, 'sentence')} and is still confused with {one.predicted} ({told}). Look "
                f"for sentences that could mean both, such as “{example}”; correct them, or join the two intents."
            )


def _about_slots(slot_types: Sequence[SlotTypeErrors], values: Mapping[str, int]) -> Iterator[str]:
    for one in slot_types:
        if one.f1 >= _WEAK or not one.num_gold:
            continue
        kind, count = one.kinds.most_common(1)[0]
        known = values.get(one.slot_type)
        f1, slots = f"F1 {100 * one.f1:.0f} %", _some(one.num_gold, "slot")
        start = f"Slot type {one.slot_type}: {f1} of {slots}, most often {kind} ({count:,})."
        if kind == "wrong edges":
            cure = "Check where its annotations begin and end: articles, prepositions and units decide it."
        elif kind.startswith("read as"):
            cure = "Add sentences in which the words around the slot tell the two types apart."
        elif known is not None and known < _FEW_VALUES:
            cure = (
                f"The training data has {_some(known, 'value')} of it. Add values to its catalog or to the sentences."
            )
        else:
            cure = "Add sentences with it in other places."
        yield f"{start} {cure}"


def _about_decisions(accepted: Sequence[Case], rejected: Sequence[Case]) -> Iterator[str]:
    foreign = [case for case in accepted if not case.is_in_scope]
    if foreign:
        what = "text that no intent is right for is" if len(foreign) == 1 else "texts that no intent is right for are"
        yield (
            f"{len(foreign):,} {what} accepted, such as “{foreign[0].text}”. Add such texts with the fallback intent, "
            "or accept only higher scores (parse --threshold)."
        )
    if rejected:
        what = "right answer is" if len(rejected) == 1 else "right answers are"
        yield (
            f"{len(rejected):,} {what} rejected, such as “{rejected[0].text}”. Add such sentences (train --more FILE) "
            "or accept lower scores (parse --threshold)."
        )


def _some(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"
