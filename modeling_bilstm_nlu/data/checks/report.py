"""The report of ``check_domain``: counts, and findings with examples and a cure."""

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
    """One problem that a check found in a domain.

    Args:
        kind: a short name, such as ``duplicates`` or ``label conflicts``.
        message: the problem, in a sentence.
        cure: what to do about the problem.
        count: number of cases.
        examples: some of the cases.
        is_error: whether training fails or scores are wrong as long as the problem is there.
    """

    kind: str
    message: str
    cure: str
    count: int
    examples: tuple[str, ...] = ()
    is_error: bool = False


@dataclass(frozen=True)
class Balance:
    """How evenly the training utterances are spread over the labels of a kind.

    Args:
        labels: number of labels.
        fewest: cases of the rarest label.
        median: median of the cases of a label.
        most: cases of the most frequent label.
        commonest: name of the most frequent label.
        share: share of all cases that the most frequent label has.
    """

    labels: int
    fewest: int
    median: float
    most: int
    commonest: str
    share: float


@dataclass(frozen=True)
class Overlap:
    """How many texts of a split are also in other data.

    Args:
        texts: distinct texts of the split.
        shared: texts that the other data has, too; case and white space are ignored.
        near: more texts that the other data has if punctuation and digits are ignored, too.
    """

    texts: int
    shared: int
    near: int


@dataclass(frozen=True)
class CheckReport:
    """What ``check_domain`` found.

    Args:
        name: name of the domain.
        counts: split -> ``utterances``, ``distinct_texts``, ``intents``, ``slot_types``, ``slots``.
        findings: the problems, errors first.
        balance: ``intents`` and ``slot types`` -> how evenly the train split is spread over them, if it has any.
        against: name of the other data, if other data was given.
        overlap: split -> how many of its texts are also in the other data.
        vocabulary: how many of the words a checkpoint knows, if a checkpoint was given.
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
        """Return the report as plain values, for JSON."""
        return {"is_clean": self.is_clean, **asdict(self)}

    def __str__(self) -> str:
        """Return the report as text: the counts, then every finding with its examples and its cure."""
        lines = [f"domain {one_line(self.name)}"]
        for split, counts in self.counts.items():
            lines.append(f"  {split}: " + ", ".join(f"{n:,} {what.replace('_', ' ')}" for what, n in counts.items()))
        for what, balance in self.balance.items():
            lines.append(
                f"  {what}: {balance.fewest:,} to {balance.most:,} training examples each, median "
                f"{balance.median:,.10g}; the most frequent, {_short(balance.commonest)}, has {balance.share:.0%} "
                f"of all"
            )
        for split, overlap in self.overlap.items():
            lines.append(
                f"  {split} texts that are also in {one_line(self.against or '')}: {overlap.shared:,} of "
                f"{overlap.texts:,}, and {overlap.near:,} more with other punctuation or digits"
            )
        if self.vocabulary is not None:
            lines.append(f"  {self.vocabulary}")
        for finding in self.findings:
            lines.append(f"  {'ERROR' if finding.is_error else 'note'}: {one_line(finding.message)}")
            lines += [f"      {_short(example)}" for example in finding.examples]
            lines.append(f"    -> {finding.cure}")
        if not self.findings:
            lines.append("  no problems found")
        return "\n".join(lines)


def counted(number: int, one: str, many: str) -> str:
    """Write a number with the singular or the plural of its words: ``1 text has``, ``2 texts have``."""
    return f"{number:,} {one if number == 1 else many}"


def examples_of(cases: Iterable[str]) -> tuple[str, ...]:
    """Return the first few cases."""
    return tuple(islice(cases, _NUM_EXAMPLES))


def _short(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= _MOST_CHARACTERS else f"{line[: _MOST_CHARACTERS - 3]}..."
