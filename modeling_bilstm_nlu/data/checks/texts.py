"""Checks of texts: repeated texts, texts and groups in two splits, texts that other data has, long texts."""

from collections import Counter
from collections.abc import Mapping

from ...format_bilstm_nlu import MAX_BYTES
from .report import Finding, Overlap, counted, examples_of
from .rows import Part

__all__ = ["duplicates", "leakage", "long_texts", "near_duplicates", "near_leakage", "overlap_with", "torn_groups"]

Parts = Mapping[str, Part]

_MANY_WORDS = 60


def duplicates(parts: Parts) -> Finding:
    """Find utterances that repeat another utterance of their split, labels included."""
    counts = Counter(
        (part.name, key, row.intent, row.spans)
        for part in parts.values()
        for key, row in zip(part.keys, part.rows, strict=True)
    )
    repeated = {key: count for key, count in counts.items() if count > 1}
    num_repeats = sum(repeated.values()) - len(repeated)
    return Finding(
        "duplicates",
        counted(num_repeats, "utterance is", "utterances are") + " an exact copy of another one in the same split",
        "remove the copies; keep them only if users really say this so often",
        num_repeats,
        examples_of(
            f"{split}, {count} times: {text}"
            for (split, text, _, _), count in sorted(repeated.items(), key=lambda item: -item[1])
        ),
    )


def near_duplicates(parts: Parts) -> Finding:
    """Find texts of a split that differ only in punctuation and digits, in groups."""
    groups: dict[tuple[str, str], list[str]] = {}
    for part in parts.values():
        for key, near in part.near_keys.items():
            groups.setdefault((part.name, near), []).append(part.texts[key])
    similar = {where: texts for where, texts in groups.items() if len(texts) > 1}
    count = sum(map(len, similar.values())) - len(similar)
    return Finding(
        "near duplicates",
        counted(count, "text differs", "texts differ")
        + f" only in punctuation or digits from another one in the same split "
        f"({counted(len(similar), 'group', 'groups')})",
        "they do no harm, but the model learns little from them: write examples with other words",
        count,
        examples_of(
            f"{split}, {len(texts)} texts: " + " / ".join(texts[:3])
            for (split, _), texts in sorted(similar.items(), key=lambda item: -len(item[1]))
        ),
    )


def leakage(parts: Parts) -> Finding:
    """Find texts that are in two splits."""
    leaked: list[str] = []
    pairs: Counter[str] = Counter()
    seen: dict[str, str] = {}
    for part in parts.values():
        common = {key: f"{part.name} and {seen[key]}" for key in part.texts if key in seen}
        pairs.update(common.values())
        leaked += [f"{pair}: {part.texts[key]}" for key, pair in common.items()]
        seen |= {key: part.name for key in part.texts if key not in seen}
    by_pair = ", ".join(f"{count:,} in {pair}" for pair, count in pairs.items())
    return Finding(
        "leakage",
        counted(len(leaked), "text is", "texts are")
        + f" in two splits ({by_pair}): the scores will be too good, because the model has seen the answers",
        "remove them from the later split (in Python: drop_leaked); if the splits are published, keep them and say so",
        len(leaked),
        examples_of(leaked),
    )


def near_leakage(parts: Parts) -> Finding:
    """Find texts that differ only in punctuation and digits from a text of an earlier split."""
    leaked: list[str] = []
    seen: dict[str, tuple[str, str]] = {}
    seen_keys: set[str] = set()
    for part in parts.values():
        for key, near in part.near_keys.items():
            if near in seen and key not in seen_keys:
                split, text = seen[near]
                leaked.append(f"{part.name}: {part.texts[key]}; {split}: {text}")
        for key, near in part.near_keys.items():
            seen.setdefault(near, (part.name, part.texts[key]))
        seen_keys |= part.texts.keys()
    return Finding(
        "near leakage",
        counted(len(leaked), "text differs", "texts differ")
        + " only in punctuation or digits from a text of an earlier split",
        "remove them from the later split to test on new texts alone (in Python: drop_leaked with near=True)",
        len(leaked),
        examples_of(leaked),
    )


def torn_groups(parts: Parts) -> Finding:
    """Find groups, such as carrier phrases, with utterances in two splits."""
    places: dict[str, list[str]] = {}
    for part in parts.values():
        for group in {row.group: None for row in part.rows if row.group is not None}:
            places.setdefault(group, []).append(part.name)
    torn = {group: splits for group, splits in places.items() if len(splits) > 1}
    return Finding(
        "torn groups",
        counted(
            len(torn),
            "group (such as the utterances of one carrier phrase) has",
            "groups (such as the utterances of one carrier phrase) have",
        )
        + " utterances in two splits",
        "put all utterances into one train file: before training it is split so that each group stays together",
        len(torn),
        examples_of(f"{' and '.join(splits)}: {group}" for group, splits in torn.items()),
    )


def overlap_with(parts: Parts, other: Parts, name: str) -> tuple[dict[str, Overlap], Finding]:
    """Count the texts of each split that are also in any split of other data."""
    where = {key: part.name for part in reversed(list(other.values())) for key in part.texts}
    near_there = {near for part in other.values() for near in part.near_keys.values()}
    overlaps: dict[str, Overlap] = {}
    shared: list[str] = []
    for part in parts.values():
        common = [key for key in part.texts if key in where]
        num_near = sum(near in near_there for key, near in part.near_keys.items() if key not in where)
        overlaps[part.name] = Overlap(len(part.texts), len(common), num_near)
        shared += [f"{part.name} and {where[key]} of {name}: {part.texts[key]}" for key in common]
    by_split = ", ".join(f"{overlap.shared:,} of {split}" for split, overlap in overlaps.items() if overlap.shared)
    return overlaps, Finding(
        "leakage from other data",
        counted(len(shared), "text is", "texts are")
        + f" also in {name} ({by_split}): a model that was trained on {name} has already seen this",
        "remove them from one of the two before you test such a model (in Python: drop_leaked with against=)",
        len(shared),
        examples_of(shared),
    )


def long_texts(parts: Parts) -> Finding:
    """Find texts that are too long to be one utterance."""
    found = [
        f"{part.name}, {num_words} words: {row.text}"
        for part in parts.values()
        for row in part.rows
        # a word and its space have at least two characters
        if len(row.text) >= 2 * _MANY_WORDS and (num_words := len(row.text.split())) > _MANY_WORDS
    ]
    num_cut = sum(
        len(row.text) * 4 > MAX_BYTES and len(row.text.encode()) > MAX_BYTES
        for part in parts.values()
        for row in part.rows
    )
    cut = (
        f"; {counted(num_cut, 'text is', 'texts are')} longer than {MAX_BYTES:,} bytes, and the model does not read "
        f"the rest"
    )
    return Finding(
        "long texts",
        counted(len(found), "text has", "texts have") + f" more than {_MANY_WORDS} words" + cut * bool(num_cut),
        "check that each text is one utterance; split paragraphs, and correct or remove broken records",
        max(len(found), num_cut),
        examples_of(found),
    )
