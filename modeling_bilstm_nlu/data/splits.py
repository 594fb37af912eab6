"""Cutting validation and test splits off training data, and keeping labels inside what training has seen."""

import random
from collections.abc import Mapping, Sequence

from ..errors import DataError
from .schema import DomainSpec, Utterance
from .text import text_key

__all__ = ["Splits", "cut_splits", "drop_unseen_labels", "labels_of", "unseen_labels"]

#: Split name -> utterances.
Splits = dict[str, list[Utterance]]


def group_key(utterance: Utterance) -> str:
    """What must not be torn apart: the utterance's group, or else all utterances of the same text."""
    return f"group {utterance.group}" if utterance.group is not None else f"text {text_key(utterance.text)}"


def labels_of(utterance: Utterance) -> set[tuple[str, str]]:
    """The labels of an utterance, as ``("intent", name)`` and ``("slot type", name)``."""
    labels = {("slot type", span.slot_type) for span in utterance.spans or ()}
    return labels if utterance.intent is None else labels | {("intent", utterance.intent)}


def cut_splits(
    utterances: Sequence[Utterance], *, validation_size: float = 0.15, test_size: float = 0.15, seed: int = 0
) -> tuple[Splits, dict[str, int]]:
    """Cut a validation and a test split off, by whole groups and intent by intent.

    An intent with one group stays in train; with two, one goes to test; from three on every split has at least one. A
    group with a label (an intent or a slot type) that would leave train altogether stays there.

    Args:
        utterances: all there is.
        validation_size: share of an intent's groups that go to validation; 0 cuts none.
        test_size: share of an intent's groups that go to test; 0 cuts none.
        seed: draws the groups; each intent's draw depends on its own groups alone.

    Returns:
        The splits that are not empty, and how often something stayed in train: reason -> count.

    Raises:
        DataError: shares that leave nothing for training.
    """
    if not (0 <= validation_size and 0 <= test_size and validation_size + test_size < 1):
        raise DataError(f"validation_size={validation_size} and test_size={test_size} leave nothing for training")
    groups: dict[str, list[Utterance]] = {}
    for utterance in utterances:
        groups.setdefault(group_key(utterance), []).append(utterance)
    by_intent: dict[str | None, list[str]] = {}
    for key, members in groups.items():
        by_intent.setdefault(members[0].intent, []).append(key)

    kept = {"intents with a single group, all in train": 0, "groups kept in train for their labels": 0}
    place: dict[str, str] = {}
    for intent, keys in by_intent.items():
        kept["intents with a single group, all in train"] += len(keys) == 1 and validation_size + test_size > 0
        random.Random(f"{seed} {intent}").shuffle(keys)
        for split, share in (("test", test_size), ("validation", validation_size)):
            wanted = max(1, round(share * len(keys))) if share else 0
            free = [key for key in keys if key not in place]
            place.update(dict.fromkeys(free[: min(wanted, len(free) - 1)], split))

    trained = {label for key in groups if key not in place for member in groups[key] for label in labels_of(member)}
    for key in list(place):
        labels = {label for member in groups[key] for label in labels_of(member)}
        if not labels <= trained:
            del place[key]
            trained |= labels
            kept["groups kept in train for their labels"] += 1

    splits: Splits = {"train": [], "validation": [], "test": []}
    for utterance in utterances:
        splits[place.get(group_key(utterance), "train")].append(utterance)
    return {name: rows for name, rows in splits.items() if rows}, {why: count for why, count in kept.items() if count}


def unseen_labels(splits: Mapping[str, Sequence[Utterance]]) -> dict[str, DomainSpec]:
    """The labels of each split that training never saw; splits without any are left out."""
    seen = {label for utterance in splits.get("train", ()) for label in labels_of(utterance)}
    found = {}
    for split, utterances in splits.items():
        unseen = {label for utterance in utterances for label in labels_of(utterance)} - seen
        if unseen:
            names = {kind: tuple(sorted(n for k, n in unseen if k == kind)) for kind in ("intent", "slot type")}
            found[split] = DomainSpec(split, names["intent"], names["slot type"])
    return found


def drop_unseen_labels(splits: Mapping[str, Sequence[Utterance]]) -> tuple[Splits, int]:
    """Leave out the utterances with a label that training never saw.

    Returns:
        The remaining splits, and the number of utterances left out.
    """
    seen = {label for utterance in splits.get("train", ()) for label in labels_of(utterance)}
    kept = {split: [row for row in rows if labels_of(row) <= seen] for split, rows in splits.items()}
    return kept, sum(len(splits[split]) - len(kept[split]) for split in kept)
