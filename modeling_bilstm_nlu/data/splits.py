"""Split training data into train, validation and test, and leave out labels that are not in the train split."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence

from bilstm_nlu.errors import DataError

from .drop_reasons import DropReason
from .schema import FALLBACK_INTENT, DomainSpec, Utterance
from .text import text_key

__all__ = ["Splits", "cut_splits", "drop_unseen_labels", "hold_out_values", "labels_of", "unseen_labels"]

#: Split name -> utterances.
Splits = dict[str, list[Utterance]]


def group_key(utterance: Utterance) -> str:
    """Return the key of the utterances that stay in one split: the group, or else all with the same text."""
    return f"group {utterance.group}" if utterance.group is not None else f"text {text_key(utterance.text)}"


def labels_of(utterance: Utterance) -> set[tuple[str, str]]:
    """Return the labels of an utterance, as ``("intent", name)`` and ``("slot type", name)``."""
    labels = {("slot type", span.slot_type) for span in utterance.spans or ()}
    return labels if utterance.intent is None else labels | {("intent", utterance.intent)}


def cut_splits(
    utterances: Sequence[Utterance],
    *,
    validation_size: float = 0.15,
    test_size: float = 0.15,
    unseen_values: float = 0.0,
    seed: int = 0,
) -> tuple[Splits, dict[str, int]]:
    """Split utterances into train, validation and test, by whole groups and for each intent.

    An intent with one group stays in train. With two groups, one goes to test. With three or more, every split gets at
    least one. A group stays in train if train would lose a label (an intent or a slot type) without it.

    No text is in two splits. If several groups have a text, the earliest split that has it keeps it: train, then
    validation, then test. The copies in later splits are left out and counted, so later splits may be smaller than
    asked for, and lack very common phrases. Groups that share a text are not joined: a "yes" in every dialogue would
    join all dialogues.

    Args:
        utterances: all utterances.
        validation_size: share of an intent's groups that go to validation; 0 moves none.
        test_size: share of an intent's groups that go to test; 0 moves none.
        unseen_values: share of each slot type's values that only test may have; see ``hold_out_values``.
        seed: seed of the draw of groups; the draw of an intent depends only on its own groups.

    Returns:
        The splits that are not empty, and what stayed in train or was left out: reason -> count.

    Raises:
        DataError: the shares leave nothing for training, or values are kept for test and there is no test split.
    """
    if not (0 <= validation_size and 0 <= test_size and validation_size + test_size < 1):
        raise DataError(
            f"validation_size={validation_size} and test_size={test_size} leave nothing for training; "
            f"give two numbers from 0 with a sum below 1"
        )
    groups: dict[str, list[Utterance]] = {}
    for utterance in utterances:
        groups.setdefault(group_key(utterance), []).append(utterance)
    by_intent: dict[str | None, list[str]] = {}
    for key, members in groups.items():
        by_intent.setdefault(members[0].intent, []).append(key)

    kept: dict[str, int] = {DropReason.INTENTS_WITH_ONE_GROUP: 0, DropReason.GROUPS_KEPT_IN_TRAIN: 0}
    place: dict[str, str] = {}
    for intent, keys in by_intent.items():
        kept[DropReason.INTENTS_WITH_ONE_GROUP] += len(keys) == 1 and validation_size + test_size > 0
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
            kept[DropReason.GROUPS_KEPT_IN_TRAIN] += 1

    splits: Splits = {"train": [], "validation": [], "test": []}
    for utterance in utterances:
        splits[place.get(group_key(utterance), "train")].append(utterance)
    splits, kept[DropReason.CUT_TEXT_IN_EARLIER_SPLIT] = _without_repeats(splits)
    splits = {name: rows for name, rows in splits.items() if rows}
    if unseen_values:
        splits, left_out = hold_out_values(splits, unseen_values, seed=seed)
        kept |= left_out
    return splits, {why: count for why, count in kept.items() if count}


def _without_repeats(splits: Splits) -> tuple[Splits, int]:
    """Return the splits without texts that an earlier split has, and the number of utterances left out."""
    seen: set[str] = set()
    kept: Splits = {}
    for name, rows in splits.items():
        keys = [text_key(row.text) for row in rows]
        kept[name] = [row for row, key in zip(rows, keys, strict=True) if key not in seen]
        seen.update(keys)
    return kept, sum(len(splits[name]) - len(kept[name]) for name in splits)


def values_of(utterance: Utterance) -> set[str]:
    """Return the keys (``text_key``) of the slot values of an utterance."""
    return {text_key(utterance.text[start:end]) for _, start, end in utterance.spans or ()}


def hold_out_values(
    splits: Mapping[str, Sequence[Utterance]], share: float, *, seed: int = 0
) -> tuple[Splits, dict[str, int]]:
    """Make the test harder: keep some slot values for the test split alone.

    Train and validation utterances with a held-out value are left out, and so are test utterances with a slot value
    that is not held out. Utterances without slots stay. A value is held out in all slot types, whatever its case.
    The values that are needed least for training are held out first: values that are only in test, then the rarest in
    train. The value of a slot type with a single value is not held out. Values stay in train if train would lose an
    intent or a slot type without them. Slot catalogs do not change.

    Args:
        splits: splits with a test split.
        share: share of each slot type's distinct values to hold out; at least one is held out and one is not.
        seed: seed of the draw between values that are equally rare.

    Returns:
        The splits that are not empty, and how many values are held out and utterances left out: reason -> count.

    Raises:
        DataError: the share leaves no value for training, or there is no test split.
    """
    if not 0 < share < 1:
        raise DataError(f"unseen_values={share} must be above 0 and below 1")
    if not splits.get("test"):
        raise DataError("unseen_values needs a test split, which the data does not have; set test_size, or add data")
    held = _held_values(splits, share, seed)
    num_chosen = len(held)
    train = [(values_of(row), labels_of(row)) for row in splits.get("train", ())]
    trained = {label for _, labels in train for label in labels}
    while lost := trained - {label for values, labels in train if not values & held for label in labels}:
        label = min(lost)
        held -= min((values for values, labels in train if label in labels), key=lambda values: len(values & held))
    kept = {
        name: [row for row in rows if (values_of(row) <= held if name == "test" else not values_of(row) & held)]
        for name, rows in splits.items()
    }
    lost_rows = {name: len(rows) - len(kept[name]) for name, rows in splits.items()}
    counts = {
        DropReason.VALUES_HELD_OUT_FOR_TEST: len(held),
        DropReason.VALUES_GIVEN_BACK_TO_TRAIN: num_chosen - len(held),
        DropReason.UTTERANCES_WITH_HELD_OUT_VALUES: sum(lost_rows.values()) - lost_rows["test"],
        DropReason.TEST_UTTERANCES_WITH_OTHER_VALUES: lost_rows["test"],
    }
    return {name: rows for name, rows in kept.items() if rows}, {why: count for why, count in counts.items() if count}


def _held_values(splits: Mapping[str, Sequence[Utterance]], share: float, seed: int) -> set[str]:
    by_type: dict[str, set[str]] = {}
    for row in (row for rows in splits.values() for row in rows):
        for slot_type, start, end in row.spans or ():
            by_type.setdefault(slot_type, set()).add(text_key(row.text[start:end]))
    in_test = {value for row in splits["test"] for value in values_of(row)}
    in_train = Counter(value for row in splits.get("train", ()) for value in values_of(row))
    held: set[str] = set()
    for slot_type, values in sorted(by_type.items()):
        drawn = random.Random(f"{seed} {slot_type}").sample(sorted(values), len(values))
        drawn.sort(key=lambda value: (value not in held, value not in in_test, in_train[value]))
        held.update(drawn[: min(max(1, round(share * len(values))), len(values) - 1)])
    return held


def unseen_labels(splits: Mapping[str, Sequence[Utterance]]) -> dict[str, DomainSpec]:
    """Return the labels of each split that are not in the train split; splits without such labels are left out."""
    seen = {label for utterance in splits.get("train", ()) for label in labels_of(utterance)}
    found = {}
    for split, utterances in splits.items():
        unseen = {label for utterance in utterances for label in labels_of(utterance)} - seen
        if unseen:
            names = {kind: tuple(sorted(n for k, n in unseen if k == kind)) for kind in ("intent", "slot type")}
            found[split] = DomainSpec(split, names["intent"], names["slot type"])
    return found


def drop_unseen_labels(splits: Mapping[str, Sequence[Utterance]]) -> tuple[Splits, int]:
    """Leave out the utterances with a label that is not in the train split.

    Out-of-scope utterances stay in test, because the test measures whether a model that was trained without them
    recognises them. In validation they would stop the training, because their intent has no id.

    Returns:
        The remaining splits, and the number of utterances left out.
    """
    seen = {label for utterance in splits.get("train", ()) for label in labels_of(utterance)}
    known = {split: seen | {("intent", FALLBACK_INTENT)} if split == "test" else seen for split in splits}
    kept = {split: [row for row in rows if labels_of(row) <= known[split]] for split, rows in splits.items()}
    return kept, sum(len(splits[split]) - len(kept[split]) for split in kept)
