"""Skills that are near copies of another, which count as one group: their results are not independent."""

import hashlib
from collections.abc import Mapping, Sequence

from modeling_bilstm_nlu.data.checks.rows import near_key
from modeling_bilstm_nlu.data.domains import Domain

from .records import Record

__all__ = ["SIMILAR", "joined_groups", "resemblance", "sketch_of"]

#: From this resemblance on, two skills are near copies.
SIMILAR = 0.5

_SIZE = 64  # of a sketch; the resemblance of two skills is off by about 1 / sqrt(64)


def sketch_of(domain: Domain) -> list[int]:
    """Return the smallest hashes of what a domain says, with its slot values left out (Broder 1997)."""
    said = set()
    for split in domain.splits:
        for row in domain.utterances(split):
            pieces, position = [], 0
            for _, start, end in row.spans or ():
                pieces += [row.text[position:start], " _ "]
                position = end
            said.add(near_key("".join([*pieces, row.text[position:]])))
    return sorted(int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") for key in said)[:_SIZE]


def resemblance(one: Sequence[int], other: Sequence[int]) -> float:
    """Estimate from two sketches which share of all that two domains say is said in both."""
    both = sorted({*one, *other})[:_SIZE]
    return len({*one} & {*other} & {*both}) / max(len(both), 1)


def joined_groups(records: Sequence[Record]) -> Mapping[str, str]:
    """Domain -> name of its group; groups that have near copies of each other's domains are joined.

    Args:
        records: of runs, with `domain`, `group` and, if near copies shall be found, `sketch`.
    """
    sketches = {record["domain"]: record["sketch"] for record in records if record.get("sketch")}
    groups = {record["domain"]: record.get("group") or record["domain"] for record in records}
    root = {group: group for group in groups.values()}

    def find(group: str) -> str:
        while root[group] != group:
            group = root[group]
        return group

    names = sorted(sketches)
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            if resemblance(sketches[one], sketches[other]) >= SIMILAR:
                first, second = sorted((find(groups[one]), find(groups[other])))
                root[second] = first
    return {domain: find(group) for domain, group in groups.items()}
