"""Checks of the texts: repeats, texts and carriers that stand in two splits or in other data, texts too long."""

from collections import Counter
from collections.abc import Mapping

from ...tokenization_bilstm_nlu import MAX_BYTES
from .report import Finding, Overlap, counted, examples_of
from .rows import Part

__all__ = ["duplicates", "leakage", "long_texts", "near_duplicates", "near_leakage", "overlap_with", "torn_groups"]

Parts = Mapping[str, Part]

_MANY_WORDS = 60


def duplicates(parts: Parts) -> Finding:
    """Utterances that repeat another one of their split, labels included."""
    counts = Counter(
        (part.name, key, row.intent, row.spans)
        for part in parts.values()
        for key, row in zip(part.keys, part.rows, strict=True)
    )
    repeated = {key: count for key, count in counts.items() if count > 1}
    num_repeats = sum(repeated.values()) - len(repeated)
    return Finding(
        "duplicates",
        counted(num_repeats, "utterance repeats", "utterances repeat") + " another of the same split word for word",
        "harmless if users really say them that often; else remove the repeats",
        num_repeats,
        examples_of(
            f"{split}, {count} times: {text}"
            for (split, text, _, _), count in sorted(repeated.items(), key=lambda item: -item[1])
        ),
    )


def near_duplicates(parts: Parts) -> Finding:
    """Texts of a split that are the same but for punctuation and digits, in groups."""
    groups: dict[tuple[str, str], list[str]] = {}
    for part in parts.values():
        for key, near in part.near_keys.items():
            groups.setdefault((part.name, near), []).append(part.texts[key])
    alike = {where: texts for where, texts in groups.items() if len(texts) > 1}
    count = sum(map(len, alike.values())) - len(alike)
    return Finding(
        "near duplicates",
        counted(count, "text repeats", "texts repeat")
        + f" another of the same split but for punctuation and digits, in {counted(len(alike), 'group', 'groups')}",
        "harmless, but they teach little: write other wordings instead of more of these",
        count,
        examples_of(
            f"{split}, {len(texts)} alike: " + " / ".join(texts[:3])
            for (split, _), texts in sorted(alike.items(), key=lambda item: -len(item[1]))
        ),
    )


def leakage(parts: Parts) -> Finding:
    """Texts that stand in two splits."""
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
        counted(len(leaked), "text stands", "texts stand")
        + f" in two splits ({by_pair}), so scores on them measure memory",
        "take them out of the later split (in Python: drop_leaked), or keep a published split as it is and say so",
        len(leaked),
        examples_of(leaked),
    )


def near_leakage(parts: Parts) -> Finding:
    """Texts that stand in an earlier split but for punctuation and digits."""
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
        counted(len(leaked), "text stands", "texts stand") + " in an earlier split but for punctuation and digits",
        "take them out of the later split (in Python: drop_leaked with near=True) if scores are to be of new texts",
        len(leaked),
        examples_of(leaked),
    )


def torn_groups(parts: Parts) -> Finding:
    """Groups (carrier phrases, say) with utterances in two splits."""
    places: dict[str, list[str]] = {}
    for part in parts.values():
        for group in {row.group: None for row in part.rows if row.group is not None}:
            places.setdefault(group, []).append(part.name)
    torn = {group: splits for group, splits in places.items() if len(splits) > 1}
    return Finding(
        "torn groups",
        counted(
            len(torn),
            "group, such as the fillings of one carrier phrase, has",
            "groups, such as the fillings of one carrier phrase, have",
        )
        + " utterances in two splits",
        "join the splits in one file: data with a train split alone is cut by group before training",
        len(torn),
        examples_of(f"{' and '.join(splits)}: {group}" for group, splits in torn.items()),
    )


def overlap_with(parts: Parts, other: Parts, name: str) -> tuple[dict[str, Overlap], Finding]:
    """How much of each split stands in other data, whatever split it has there."""
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
        counted(len(shared), "text stands", "texts stand")
        + f" in {name} as well ({by_split}), so what trained on that has seen them",
        "take them out of one of the two (in Python: drop_leaked with against=) before one tests the other",
        len(shared),
        examples_of(shared),
    )


def long_texts(parts: Parts) -> Finding:
    """Texts that are no utterances, by their length."""
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
    cut = f"; {counted(num_cut, 'text passes', 'texts pass')} {MAX_BYTES:,} bytes, and the network reads no further"
    return Finding(
        "long texts",
        counted(len(found), "text has", "texts have") + f" more than {_MANY_WORDS} words" + cut * bool(num_cut),
        "check that each is one utterance and not a paragraph or a broken record",
        max(len(found), num_cut),
        examples_of(found),
    )
