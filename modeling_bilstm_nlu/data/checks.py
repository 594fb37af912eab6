"""Is a domain fit to train on? Every finding comes with a number, examples and a cure."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from .domains import Domain
from .schema import Utterance
from .splits import Splits, drop_unseen_labels, labels_of, unseen_labels
from .text import text_key

__all__ = ["CheckReport", "Finding", "check_domain", "drop_leaked", "drop_unseen"]

_NUM_EXAMPLES = 5


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a domain.

    Args:
        kind: a short name: ``duplicates``, ``label conflicts``, ``leakage``, ``unseen labels``, ``rare intents``,
            ``unused slot types``, ``single intent`` or ``lost on reading``.
        message: what was found, in a sentence.
        cure: what to do about it.
        count: how many cases there are.
        examples: some of them.
        is_error: whether scores would be wrong, or training fail, if nothing is done.
    """

    kind: str
    message: str
    cure: str
    count: int
    examples: tuple[str, ...] = ()
    is_error: bool = False


@dataclass(frozen=True)
class CheckReport:
    """What ``check_domain`` found.

    Args:
        name: the domain's name.
        counts: split -> ``utterances``, ``distinct_texts``, ``intents``, ``slot_types``, ``slots``.
        findings: errors first.
    """

    name: str
    counts: Mapping[str, Mapping[str, int]]
    findings: tuple[Finding, ...] = field(default=())

    @property
    def is_clean(self) -> bool:
        """Whether no finding is an error."""
        return not any(finding.is_error for finding in self.findings)

    def __str__(self) -> str:
        lines = [f"domain {self.name}"]
        for split, counts in self.counts.items():
            lines.append(f"  {split}: " + ", ".join(f"{n:,} {what.replace('_', ' ')}" for what, n in counts.items()))
        for finding in self.findings:
            lines.append(f"  {'ERROR' if finding.is_error else 'note'}: {finding.message} -> {finding.cure}")
            lines += [f"    {example}" for example in finding.examples]
        return "\n".join(lines)


def check_domain(domain: Domain, *, min_examples: int = 5) -> CheckReport:
    """Look for what spoils training or scores.

    Args:
        domain: from ``load_domain``; with ``allow_unseen=True`` labels that training never saw are reported here.
        min_examples: training utterances below which an intent counts as rare.
    """
    splits = {split: domain.utterances(split) for split in domain.splits}
    found = [
        _leakage(splits),
        _unseen(splits),
        _conflicts(splits),
        _duplicates(splits),
        _rare_intents(splits["train"], min_examples),
        _unused_slot_types(domain, splits["train"]),
        _single_intent(splits["train"]),
        _lost(domain),
    ]
    findings = sorted((finding for finding in found if finding.count), key=lambda finding: not finding.is_error)
    return CheckReport(domain.name, {split: _counts(rows) for split, rows in splits.items()}, tuple(findings))


def drop_unseen(domain: Domain) -> Domain:
    """The domain without the utterances whose labels training never saw, counted in ``dropped``."""
    splits, num_lost = drop_unseen_labels({split: domain.utterances(split) for split in domain.splits})
    return _again(domain, splits, "utterances with labels that training never saw", num_lost)


def drop_leaked(domain: Domain) -> Domain:
    """The domain without validation and test utterances whose text stands in train, and test ones that stand in
    validation; counted in ``dropped``. Case and white space are passed over."""
    splits: Splits = {}
    seen: set[str] = set()
    num_lost = 0
    for split in domain.splits:
        rows = domain.utterances(split)
        splits[split] = [row for row in rows if text_key(row.text) not in seen]
        num_lost += len(rows) - len(splits[split])
        seen |= {text_key(row.text) for row in rows}
    return _again(domain, splits, "utterances whose text stands in an earlier split", num_lost)


def _again(domain: Domain, splits: Splits, reason: str, num_lost: int) -> Domain:
    dropped = dict(domain.dropped)
    if num_lost:
        dropped[reason] = dropped.get(reason, 0) + num_lost
    return Domain.from_utterances(
        domain.name, splits, catalogs=domain.catalogs, dropped=dropped, skill=domain.skill, corpora=domain.corpora
    )


def _counts(rows: list[Utterance]) -> dict[str, int]:
    labels = {label for row in rows for label in labels_of(row)}
    return {
        "utterances": len(rows),
        "distinct_texts": len({text_key(row.text) for row in rows}),
        "intents": sum(kind == "intent" for kind, _ in labels),
        "slot_types": sum(kind == "slot type" for kind, _ in labels),
        "slots": sum(len(row.spans or ()) for row in rows),
    }


def _leakage(splits: Splits) -> Finding:
    leaked: list[str] = []
    seen: dict[str, str] = {}
    for split, rows in splits.items():
        texts = {text_key(row.text): row.text for row in rows}
        leaked += [f"{split} and {seen[key]}: {text}" for key, text in texts.items() if key in seen]
        seen |= {key: split for key in texts if key not in seen}
    return Finding(
        "leakage",
        f"{len(leaked)} texts stand in two splits, so scores on them measure memory",
        "leave them out with checks.drop_leaked, or keep a published split as it is and say so",
        len(leaked),
        tuple(leaked[:_NUM_EXAMPLES]),
    )


def _unseen(splits: Splits) -> Finding:
    unseen = [
        f"{split}: {kind} {name}"
        for split, spec in unseen_labels(splits).items()
        for kind, names in (("intent", spec.intents), ("slot type", spec.slot_types))
        for name in names
    ]
    return Finding(
        "unseen labels",
        f"{len(unseen)} labels occur outside training only, so no model can predict them",
        "add training examples, or drop them with checks.drop_unseen",
        len(unseen),
        tuple(unseen[:_NUM_EXAMPLES]),
        is_error=True,
    )


def _conflicts(splits: Splits) -> Finding:
    meanings: dict[str, dict[tuple[str | None, tuple], str]] = {}
    for rows in splits.values():
        for row in rows:
            slots = tuple((span.slot_type, text_key(row.text[span.start : span.end])) for span in row.spans or ())
            meanings.setdefault(text_key(row.text), {})[(row.intent, slots)] = row.text
    conflicts = []
    for readings in meanings.values():
        if len(readings) > 1:
            labels = " or ".join(f"{intent} {dict(slots)}" for intent, slots in readings)
            conflicts.append(f"{next(iter(readings.values()))}: {labels}")
    return Finding(
        "label conflicts",
        f"{len(conflicts)} texts carry two different labels, so one of them must be scored as wrong",
        "decide which label is right; take the text out of the other intent",
        len(conflicts),
        tuple(conflicts[:_NUM_EXAMPLES]),
    )


def _duplicates(splits: Splits) -> Finding:
    counts = Counter(
        (split, text_key(row.text), row.intent, row.spans) for split, rows in splits.items() for row in rows
    )
    repeated = [(key, count) for key, count in counts.items() if count > 1]
    return Finding(
        "duplicates",
        f"{sum(count - 1 for _, count in repeated)} utterances repeat another of their split word for word",
        "harmless if users really say them that often; else remove the repeats",
        sum(count - 1 for _, count in repeated),
        tuple(f"{split}, {count} times: {text}" for (split, text, _, _), count in repeated[:_NUM_EXAMPLES]),
    )


def _rare_intents(rows: list[Utterance], min_examples: int) -> Finding:
    counts = Counter(row.intent for row in rows if row.intent is not None)
    rare = [f"{intent}: {count}" for intent, count in sorted(counts.items()) if count < min_examples]
    return Finding(
        "rare intents",
        f"{len(rare)} intents have fewer than {min_examples} training utterances",
        "write more examples for them",
        len(rare),
        tuple(rare[:_NUM_EXAMPLES]),
    )


def _unused_slot_types(domain: Domain, rows: list[Utterance]) -> Finding:
    used = {span.slot_type for row in rows for span in row.spans or ()}
    unused = sorted(set(domain.catalogs) - used)
    return Finding(
        "unused slot types",
        f"{len(unused)} slot types have values but no training utterance fills them",
        "write an example with each, or remove it",
        len(unused),
        tuple(unused[:_NUM_EXAMPLES]),
    )


def _single_intent(rows: list[Utterance]) -> Finding:
    intents = sorted({row.intent for row in rows if row.intent is not None})
    return Finding(
        "single intent",
        "the domain has a single intent, so intent accuracy says nothing"
        if intents
        else "no training utterance has an intent, so the model learns slots alone",
        "look at the slot scores, or add another intent",
        int(len(intents) < 2),
        tuple(intents),
    )


def _lost(domain: Domain) -> Finding:
    return Finding(
        "lost on reading",
        f"{sum(domain.dropped.values())} things were left out or changed on reading",
        "check that each of them was meant to be",
        sum(domain.dropped.values()),
        tuple(f"{reason}: {count}" for reason, count in domain.dropped.items()),
    )
