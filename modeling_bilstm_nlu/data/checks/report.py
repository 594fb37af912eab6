"""What a check of a domain found: numbers, findings with examples, and a cure for each."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any

from bilstm_nlu.escaping import one_line

from .vocabulary import VocabularyCoverage

__all__ = ["Balance", "CheckReport", "Finding", "Overlap", "counted", "examples_of"]

_NUM_EXAMPLES = 5
_MOST_CHARACTERS = 160


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a domain.

    Args:
        kind: a short name, such as ``duplicates`` or ``label conflicts``.
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
class Balance:
    """How evenly a kind of label is spread over the training utterances.

    Args:
        labels: how many labels there are.
        fewest: cases of the rarest label.
        median: cases of the label in the middle.
        most: cases of the commonest label.
        commonest: its name.
        share: of all cases, the part that the commonest label has.
    """

    labels: int
    fewest: int
    median: float
    most: int
    commonest: str
    share: float


@dataclass(frozen=True)
class Overlap:
    """How much of a split stands in other data.

    Args:
        texts: distinct texts of the split.
        shared: of them, those that the other data has, too; case and white space are passed over.
        near: of the others, those that it has if punctuation and digits are passed over as well.
    """

    texts: int
    shared: int
    near: int


@dataclass(frozen=True)
class CheckReport:
    """What ``check_domain`` found.

    Args:
        name: the domain's name.
        counts: split -> ``utterances``, ``distinct_texts``, ``intents``, ``slot_types``, ``slots``.
        findings: errors first.
        balance: ``intents`` and ``slot types`` -> how they are spread over train, where there are any.
        against: the name of the other data, where some was given.
        overlap: split -> how much of it stands in the other data.
        vocabulary: how much of the words a checkpoint knows, where one was given.
    """

    name: str
    counts: Mapping[str, Mapping[str, int]]
    findings: tuple[Finding, ...] = ()
    balance: Mapping[str, Balance] = field(default_factory=dict)
    against: str | None = None
    overlap: Mapping[str, Overlap] = field(default_factory=dict)
    vocabulary: VocabularyCoverage | None = None

    @property
    def is_clean(self) -> bool:
        """Whether no finding is an error."""
        return not any(finding.is_error for finding in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """The report as plain values, for JSON."""
        return {"is_clean": self.is_clean, **asdict(self)}

    def __str__(self) -> str:
        """The report for people: counts, then every finding with its examples and its cure."""
        lines = [f"domain {one_line(self.name)}"]
        for split, counts in self.counts.items():
            lines.append(f"  {split}: " + ", ".join(f"{n:,} {what.replace('_', ' ')}" for what, n in counts.items()))
        for what, balance in self.balance.items():
            lines.append(
                f"  {what}: {balance.fewest:,} to {balance.most:,} training examples each, median "
                f"{balance.median:,.10g}; the commonest, {_short(balance.commonest)}, has {balance.share:.0%} of all"
            )
        for split, overlap in self.overlap.items():
            lines.append(
                f"  {split} in {one_line(self.against or '')}: {overlap.shared:,} of {overlap.texts:,} texts, "
                f"and {overlap.near:,} more but for punctuation and digits"
            )
        if self.vocabulary is not None:
            lines.append(f"  {self.vocabulary}")
        for finding in self.findings:
            lines.append(f"  {'ERROR' if finding.is_error else 'note'}: {one_line(finding.message)}")
            lines += [f"      {_short(example)}" for example in finding.examples]
            lines.append(f"    -> {finding.cure}")
        if not self.findings:
            lines.append("  nothing to complain of")
        return "\n".join(lines)


def counted(number: int, one: str, many: str) -> str:
    """A number with the words for one, or for several: ``1 text has``, ``2 texts have``."""
    return f"{number:,} {one if number == 1 else many}"


def examples_of(cases: Iterable[str]) -> tuple[str, ...]:
    """The first few cases."""
    return tuple(islice(cases, _NUM_EXAMPLES))


def _short(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= _MOST_CHARACTERS else f"{line[: _MOST_CHARACTERS - 3]}..."
