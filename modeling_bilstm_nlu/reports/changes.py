"""The utterances whose answer changed between two models, the worst first."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import write_text

from ..data.formats.annotations import write_annotations
from ..data.schema import SlotSpan
from .answers import Case

__all__ = ["Change", "changes_of", "marked", "write_changes"]

_COLUMNS = ("intent", "text", "score", "accepted", "right")

Kind = Literal["worse", "other", "better"]
_ORDER: tuple[Kind, ...] = ("worse", "other", "better")


@dataclass(frozen=True)
class Change:
    """An utterance that two models answer differently.

    Args:
        kind: `worse` (right in A, wrong in B), `better`, or `other` (both are wrong, or the utterance has no labels).
        a: the case of the first model.
        b: the case of the second model.
    """

    kind: Kind
    a: Case
    b: Case

    def to_dict(self) -> dict[str, Any]:
        """The change as plain values, with slots marked in the texts."""
        gold = None if self.a.spans is None else marked(self.a.text, self.a.spans)
        return {
            "kind": self.kind,
            "text": self.a.text,
            "gold": {"intent": self.a.intent, "text": gold},
            "a": _answer(self.a),
            "b": _answer(self.b),
        }


def changes_of(a: Sequence[Case], b: Sequence[Case]) -> list[Change]:
    """Return the utterances whose answer changed: first those that got worse, the most confident wrong answer first.

    One utterance of each group (such as a carrier phrase) comes first, then the second of each, and so on.

    Args:
        a: the cases of the first model.
        b: the cases of the second model, of the same utterances in the same order.
    """
    found = [Change(_kind(one, other), one, other) for one, other in zip(a, b, strict=True) if _differ(one, other)]
    found.sort(key=lambda change: (_ORDER.index(change.kind), -change.b.answer.score))
    seen: Counter[tuple[Kind, str]] = Counter()
    ranks = []
    for change in found:
        ranks.append(seen[change.kind, change.a.group])
        seen[change.kind, change.a.group] += 1
    order = sorted(range(len(found)), key=lambda place: (_ORDER.index(found[place].kind), ranks[place], place))
    return [found[place] for place in order]


def _differ(one: Case, other: Case) -> bool:
    a, b = one.answer, other.answer
    if not a.is_accepted and not b.is_accepted:
        return False  # users get no frame from either
    return (a.intent, set(a.spans), a.is_accepted) != (b.intent, set(b.spans), b.is_accepted)


def _kind(one: Case, other: Case) -> Kind:
    has_labels = one.intent is not None or one.spans is not None
    if not has_labels or one.is_served_right == other.is_served_right:
        return "other"
    return "worse" if one.is_served_right else "better"


def _answer(case: Case) -> dict[str, Any]:
    answer = case.answer
    return {
        "intent": answer.intent,
        "text": marked(case.text, answer.spans),
        "score": round(answer.score, 4),
        "accepted": answer.is_accepted,
        "right": case.is_served_right,
    }


def marked(text: str, spans: Sequence[SlotSpan]) -> str:
    """The text with its slots in it: `play [jazz](genre)`."""
    return write_annotations(text, tuple(spans))


def write_changes(path: Path, changes: Sequence[Change]) -> None:
    """Write all changes to a file, whole or not at all: JSON Lines, or a table if its name ends with `.csv`.

    Raises:
        DataError: its name ends with something else.
    """
    suffix = path.suffix.lower()
    if suffix not in (".jsonl", ".csv"):
        raise DataError(f"{path}: the name must end with .jsonl or .csv")
    lines = [change.to_dict() for change in changes]
    if suffix == ".jsonl":
        write_text(path, "".join(json.dumps(line) + "\n" for line in lines))
        return
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(("kind", "text", "gold intent", "gold text", *(f"{m} {k}" for m in "ab" for k in _COLUMNS)))
    writer.writerows(_row(line) for line in lines)
    write_text(path, table.getvalue())


def _row(line: dict[str, Any]) -> Iterator[Any]:
    yield from (line["kind"], line["text"], line["gold"]["intent"], line["gold"]["text"])
    for model in "ab":
        yield from (line[model][column] for column in _COLUMNS)
