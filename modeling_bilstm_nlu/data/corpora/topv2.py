"""Read TOPv2 (Chen et al. 2020, arXiv:2010.03546), and flatten the tree of intents and slots of each utterance.

``[IN:CREATE_REMINDER remind me to [SL:TODO [IN:CREATE_CALL call [SL:CONTACT mum ] ] ] ]``: the root is the intent. If
slots contain slots, a policy says which of them are kept, because a word can have only one tag.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from datasets import Dataset

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import read_lines

from ..corpus_info import CorpusInfo, HubSource
from ..drop_reasons import DropReason
from ..formats.format import Format
from ..raw_domains import RawDomain
from ..schema import FALLBACK_INTENT, SlotSpan, Utterance
from ..split_names import canonical_split
from .hub_tables import hub_rows
from .parts import one_file_a_part
from .policies import check_policy

__all__ = ["TOPV2", "SlotNode", "Tree", "parse_tree", "read_topv2"]

_FILE = re.compile(r"(?P<domain>\w+?)_(?P<split>train|eval|test)(?i:\.tsv(\.gz)?)")
_LOW_RESOURCE_FILE = re.compile(r"(?P<domain>\w+?)_(?P<split>train|valid)_(?P<size>[0-9]+)spis(?i:\.tsv(\.gz)?)")
_LOW_RESOURCE_FOLDER = "low_resource_splits"
_HEADERS = (["domain", "utterance", "semantic_parse"], ["domain", "utterance", "seqlogical"])
_UNSUPPORTED = "UNSUPPORTED"
_POLICIES = {"nested": ("leaves", "outermost", "drop"), "unsupported": ("fallback", "keep", "drop")}


@dataclass(slots=True)
class SlotNode:
    """A slot of a tree.

    Args:
        slot_type: the name of the slot without ``SL:``.
        start: number of characters before the slot, without white space.
        depth: number of slots around the slot.
        end: number of characters up to the end of the slot, without white space.
        holds_slots: whether the slot contains another slot with words, directly or in an intent.
    """

    slot_type: str
    start: int
    depth: int
    end: int = 0
    holds_slots: bool = False


class Tree(NamedTuple):
    """A parsed tree: the intent of the root without ``IN:``, the words without white space, the slots by start."""

    intent: str
    letters: str
    slots: list[SlotNode]


def parse_tree(tree: str) -> Tree:
    """Parse a bracketed tree such as ``[IN:GET_EVENT [SL:DATE_TIME today ] ]``.

    Raises:
        DataError: a bracket has no partner, a node has no name, or there are words or nodes outside the root.
    """
    intent: str | None = None
    words: list[str] = []
    length = 0
    slots: list[SlotNode] = []
    open_nodes: list[SlotNode | None] = []  # None for an intent
    open_slots: list[SlotNode] = []
    for token in tree.split():
        if intent is not None and not open_nodes:
            raise DataError(f"{token!r} comes after the root of {tree!r}; close the root last")
        kind, name = token[:4], token[4:]
        if intent is None and kind != "[IN:":
            break
        if kind in ("[IN:", "[SL:"):
            if not name:
                raise DataError(f"a node {kind!r} of {tree!r} has no name; write {kind}NAME")
            if kind == "[SL:":
                node = SlotNode(name, length, len(open_slots))
                slots.append(node)
                open_nodes.append(node)
                open_slots.append(node)
                continue
            open_nodes.append(None)
            intent = intent or name
        elif token == "]":
            if (closed := open_nodes.pop()) is not None:
                open_slots.pop()
                closed.end = length
                if open_slots and length > closed.start:
                    open_slots[-1].holds_slots = True
        else:
            words.append(token)
            length += len(token)
    if intent is None:
        raise DataError(f"the root of {tree!r} is not an intent; write [IN:NAME ... ]")
    if open_nodes:
        raise DataError(f"{len(open_nodes)} ']' are missing in {tree!r}; close every node")
    return Tree(intent, "".join(words), slots)


@dataclass(frozen=True)
class _Flattener:
    """Makes utterances from records, and counts in ``raw`` what is left out."""

    raw: RawDomain
    nested: str = "leaves"
    unsupported: str = "fallback"

    def __post_init__(self) -> None:
        for option, known in _POLICIES.items():
            check_policy(option, getattr(self, option), known)

    def add(self, split: str, domain: str, text: str, semantic_parse: str) -> None:
        """Add the utterance of one record to a split, unless a policy leaves it out."""
        tree = parse_tree(semantic_parse)
        if not tree.letters or "".join(text.split()) != tree.letters:
            raise DataError(f"the words of the tree {semantic_parse!r} are not those of {text!r}; make them agree")
        nodes = [node for node in tree.slots if node.end > node.start]
        if self.nested == "drop" and any(node.depth for node in nodes):
            self.raw.drop(DropReason.UTTERANCES_WITH_SLOTS_IN_SLOTS, domain=domain)
            return
        intent = tree.intent
        if intent.startswith(_UNSUPPORTED):
            if self.unsupported == "drop":
                self.raw.drop(DropReason.UNSUPPORTED_INTENTS, domain=domain)
                return
            if self.unsupported == "fallback":
                self.raw.drop(DropReason.INTENTS_THAT_BECAME.of("UNSUPPORTED", FALLBACK_INTENT), domain=domain)
                intent = FALLBACK_INTENT
        self.raw.drop(DropReason.SLOTS_WITHOUT_WORDS, len(tree.slots) - len(nodes), domain=domain)
        if self.nested == "outermost":
            kept = [node for node in nodes if not node.depth]
            self.raw.drop(DropReason.SLOTS_INSIDE_ANOTHER_SLOT, len(nodes) - len(kept), domain=domain)
        else:
            kept = [node for node in nodes if not node.holds_slots]
            self.raw.drop(DropReason.SLOTS_THAT_HOLD_OTHER_SLOTS, len(nodes) - len(kept), domain=domain)
        # the tokens of the tree can differ from the utterance, such as "8 am" for "8am", but the characters are equal
        place = [i for i, char in enumerate(text) if not char.isspace()]
        spans = tuple(SlotSpan(node.slot_type, place[node.start], place[node.end - 1] + 1) for node in kept)
        self.raw.add(split, Utterance(text, intent, spans, domain=domain))


def _named(path: Path, pattern: re.Pattern[str]) -> Iterator[tuple[Path, re.Match[str]]]:
    for file in sorted(path.iterdir()) if path.is_dir() else [path]:
        if (match := pattern.fullmatch(file.name)) and file.is_file():
            yield file, match


def sniff(path: Path) -> bool:
    """Say whether a file or a folder looks like this format."""
    for pattern in (_FILE, _LOW_RESOURCE_FILE):
        for file, _ in _named(path, pattern):
            lines = read_lines(file)
            return bool(lines) and lines[0].split("\t") in _HEADERS
    return False


def _files(path: Path, low_resource: int | None, only_domains: list[str] | None) -> list[tuple[Path, str]]:
    """List the files to read with their splits.

    Raises:
        DataError: there are no such files, or no files of this size, or two files have the same part.
    """
    if path.is_file():
        if low_resource is not None:
            raise DataError(f"{path}: low_resource chooses files of a folder, and this is a file; remove the option")
        match = _FILE.fullmatch(path.name) or _LOW_RESOURCE_FILE.fullmatch(path.name)
        return [(path, str(canonical_split(match["split"])) if match else "train")]
    parts = _parts(_named(path, _FILE))
    if low_resource is not None:
        folder = path / _LOW_RESOURCE_FOLDER
        sampled = list(_named(folder if folder.is_dir() else path, _LOW_RESOURCE_FILE))
        wanted = [(file, match) for file, match in sampled if int(match["size"]) == low_resource]
        if not wanted:
            sizes = ", ".join(map(str, sorted({int(match["size"]) for _, match in sampled})))
            raise DataError(
                f"{path}: there are no files for low_resource={low_resource!r}; the sizes are: {sizes or 'none'}"
            )
        if only_domains is not None and not any(match["domain"] in only_domains for _, match in wanted):
            domains = ", ".join(sorted({match["domain"] for _, match in wanted}))
            raise DataError(f"{path}: only the domains {domains} have files for low_resource; remove the option")
        parts |= _parts(wanted)
    if not parts:
        hint = "; name a size with low_resource=..." if any(True for _ in _named(path, _LOW_RESOURCE_FILE)) else ""
        raise DataError(f"{path}: there are no files <domain>_train.tsv{hint}")
    known = {domain for domain, _ in parts}
    if only_domains is not None and known.issuperset(only_domains):
        parts = {part: file for part, file in parts.items() if part[0] in only_domains}
    return [(file, split) for (_, split), file in sorted(parts.items())]


def _parts(named: Iterable[tuple[Path, re.Match[str]]]) -> dict[tuple[str, str], Path]:
    """(domain, split) -> file."""
    return one_file_a_part(((match["domain"], str(canonical_split(match["split"]))), file) for file, match in named)


def _from_hub(
    tables: Mapping[str, Dataset], *, nested: str = "leaves", unsupported: str = "fallback", on_error: str = "drop"
) -> RawDomain:
    """Read the tables of the hub; broken rows are left out and counted, or an error with ``on_error="raise"``."""
    raw = RawDomain("topv2")
    flattener = _Flattener(raw, nested, unsupported)
    for split, where, fields in hub_rows(raw, tables, _HEADERS[0]):
        with raw.record(where, on_error):
            if not all(isinstance(field, str) for field in fields):
                raise DataError("the cells of the row are not all texts")
            flattener.add(split, *fields)
    return raw


def read_topv2(
    path: Path,
    *,
    nested: str = "leaves",
    unsupported: str = "fallback",
    low_resource: int | None = None,
    only_domains: list[str] | None = None,
    on_error: str = "skip_few",
) -> RawDomain:
    """Read TOPv2; eval becomes validation, the intent is the root of the tree, the domain is the column ``domain``.

    Spans are places in the utterance as it was written. They never overlap: no policy keeps both a slot and a slot
    inside it. Slots without words are always left out. Intents below the root are ignored: a slot in an intent in a
    slot counts as a slot in that slot.

    Args:
        path: the folder of all files, the folder ``low_resource_splits``, or one file.
        nested: which slots are kept if slots contain slots. ``leaves``: slots that do not contain a slot with words;
            other words of the slots around them are outside, and the types of the slots around them are lost.
            ``outermost``: slots that are not in a slot. ``drop``: utterances with a slot in a slot are left out.
        unsupported: what to do with root intents ``UNSUPPORTED...``, which are requests that the domain does not
            support. ``fallback``: all become ``out_of_scope``; ``keep``: the intent does not change; ``drop``: the
            utterance is left out. The slots are kept, except with ``drop``.
        low_resource: the number of samples for each intent and slot (10, 25, 50, 100, 250, 500 or 1000). For domains
            that have such files (reminder and weather), train and validation are read from these files. Other domains
            and all test splits are read in full.
        only_domains: the domains that are wanted; the reader may skip files of other domains.
        on_error: what to do about broken records: ``skip_few``, ``drop`` or ``raise``.

    Raises:
        DataError: a record is broken, a policy is unknown, or there are no such files.
    """
    raw = RawDomain("topv2")
    flattener = _Flattener(raw, nested, unsupported)
    for file, split in _files(path, low_resource, only_domains):
        lines = read_lines(file)
        if not lines or lines[0].split("\t") not in _HEADERS:
            raise DataError(f"{file}, line 1: expected the header {' | '.join(_HEADERS[0])}, separated by tabs")
        for number, line in enumerate(lines[1:], start=2):
            with raw.record(f"{file}, line {number}", on_error):
                fields = line.split("\t")
                if len(fields) != 3 or not fields[0].strip():
                    raise DataError(f"expected domain, utterance and tree, found {len(fields)} tab-separated columns")
                flattener.add(split, *fields)
    return raw


TOPV2 = Format(
    name="topv2",
    summary="TOPv2 trees separated by tabs, a folder of <domain>_<split>.tsv or one such file",
    priority=140,
    sniff=sniff,
    read=read_topv2,
    info=CorpusInfo(
        title="TOPv2: Task Oriented Parsing v2",
        licence="cc-by-sa-4.0",
        citation=(
            "Chen et al., Low-Resource Domain Adaptation for Compositional Task-Oriented Semantic Parsing, EMNLP "
            "2020, arXiv:2010.03546"
        ),
        url="https://fb.me/TOPv2Dataset",
        language="en",
        domains=("alarm", "event", "messaging", "music", "navigation", "reminder", "timer", "weather"),
        hub=HubSource("WillHeld/top_v2"),
    ),
    from_hub=_from_hub,
)
