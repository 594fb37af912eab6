"""Read RESTAURANTS-8K (Coope et al. 2020, arXiv:2005.08866): slots in turns of restaurant bookings, no intents."""

import re
from collections.abc import Mapping
from pathlib import Path

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import read_json, read_text

from ..corpus_info import CorpusInfo
from ..drop_reasons import DropReason
from ..formats.format import Format
from ..raw_domains import RawDomain
from ..schema import SlotSpan, Utterance
from ..spans import without_overlaps
from .parts import one_file_a_part
from .policies import check_policy

__all__ = [
    "RESTAURANT8K",
    "SPAN_FILE",
    "add_span_file",
    "ladder_files",
    "read_restaurant8k",
    "split_of",
    "starts_with_key",
]

#: ``test.json``, ``train_0.json`` (the whole train set), ``train_1.json`` (the first half of it), ...
SPAN_FILE = re.compile(r"(?:test|train_(?P<step>[0-9]+))(?i:\.json(\.gz)?)")
_HEAD = 4000  # characters, more than the longest record


def split_of(path: Path) -> str:
    """Find the split of a file: ``test`` for ``test.json``, otherwise ``train``."""
    return "test" if path.name.startswith("test.") else "train"


def starts_with_key(path: Path, key: str) -> bool:
    """Say whether a file has the name of a span file, and one of its first records has a key."""
    return bool(SPAN_FILE.fullmatch(path.name)) and path.is_file() and f'"{key}"' in read_text(path)[:_HEAD]


def ladder_files(folder: Path, ladder: int) -> dict[str, Path]:
    """Find the ``train`` file of a step of the ladder, and the ``test`` file if there is one.

    Raises:
        DataError: there is no such step, or two files are the same part.
    """
    named = ((file, SPAN_FILE.fullmatch(file.name)) for file in sorted(folder.iterdir()))
    found = one_file_a_part(
        ("test" if match["step"] is None else f"train_{int(match['step'])}", file) for file, match in named if match
    )
    if f"train_{ladder}" not in found:
        steps = ", ".join(sorted(name.removeprefix("train_") for name in found if name != "test"))
        raise DataError(f"{folder}: there is no file train_{ladder}.json; known values of ladder: {steps or 'none'}")
    files = {"train": found[f"train_{ladder}"]}
    return files | {"test": found["test"]} if "test" in found else files


def add_span_file(
    raw: RawDomain,
    split: str,
    file: Path,
    *,
    domain: str | None = None,
    overlaps: str = "longest",
    on_error: str = "skip_few",
) -> None:
    """Read one JSON list of ``{"userInput": {"text": ...}, "labels": [...]}`` into a split.

    Args:
        raw: receives the utterances and the counts of what is left out.
        split: the split of the utterances.
        file: the file.
        domain: the domain of the utterances.
        overlaps: what to do with slots that share words. ``longest``: keep the longest slot; of equally long slots,
            keep the time, or else the first one by place and name. ``drop``: leave out the utterance.
        on_error: what to do about broken records: ``skip_few``, ``drop`` or ``raise``.

    Raises:
        DataError: the file is not a JSON list, a record is broken, or the policy is unknown.
    """
    check_policy("overlaps", overlaps, ("longest", "drop"))
    records = read_json(file)
    if not isinstance(records, list):
        raise DataError(f"{file}: expected a JSON list of records, found {type(records).__name__}")
    for number, record in enumerate(records, start=1):
        with raw.record(f"{file}, record {number}", on_error):
            text, spans, num_trimmed = _parse(record)
            kept = without_overlaps(spans, preferred=("time",))
            utterance = Utterance(text, None, kept, domain=domain)
            if overlaps == "drop" and len(kept) < len(spans):
                raw.drop(DropReason.UTTERANCES_WITH_OVERLAPPING_SLOTS, domain=domain)
                continue
            raw.drop(DropReason.SLOTS_TRIMMED, num_trimmed, domain=domain)
            raw.drop(DropReason.SLOTS_THAT_OVERLAP_A_KEPT_ONE, len(spans) - len(kept), domain=domain)
            raw.add(split, utterance)


def _parse(record: object) -> tuple[str, list[SlotSpan], int]:
    """Read text and spans of a record, and count the spans whose white space at an edge was removed."""
    user_input = record.get("userInput") if isinstance(record, Mapping) else None
    text = user_input.get("text") if isinstance(user_input, Mapping) else None
    if not isinstance(record, Mapping) or not isinstance(text, str):
        raise DataError("the record has no text under 'userInput', 'text'; add it")
    labels = record.get("labels", [])
    if not isinstance(labels, list):
        raise DataError(f"'labels' is {type(labels).__name__}; write a list")
    spans: list[SlotSpan] = []
    num_trimmed = 0
    for number, label in enumerate(labels, start=1):
        slot_type = label.get("slot") if isinstance(label, Mapping) else None
        place = label.get("valueSpan") if isinstance(label, Mapping) else None
        if not isinstance(slot_type, str) or not isinstance(place, Mapping):
            raise DataError(f"label {number} needs a name under 'slot' and an object under 'valueSpan'")
        start, end = place.get("startIndex", 0), place.get("endIndex")  # the publisher leaves out a start of 0
        if type(start) is not int or type(end) is not int or not 0 <= start < end <= len(text):
            raise DataError(f"label {number}: 'startIndex' and 'endIndex' are not a place in {text!r}")
        value = text[start:end]
        inner = (start + len(value) - len(value.lstrip()), end - len(value) + len(value.rstrip()))
        num_trimmed += inner != (start, end)
        spans.append(SlotSpan(slot_type, *inner))
    return text, spans, num_trimmed


def sniff(path: Path) -> bool:
    """Say whether a file or a folder looks like this format."""
    files = sorted(file for file in path.iterdir() if SPAN_FILE.fullmatch(file.name)) if path.is_dir() else [path]
    return any(starts_with_key(file, "userInput") and not starts_with_key(file, "splitKey") for file in files[:1])


def read_restaurant8k(
    path: Path, *, ladder: int = 0, overlaps: str = "longest", on_error: str = "skip_few"
) -> RawDomain:
    """Read RESTAURANTS-8K; there are no intents and no validation split.

    The slots that the system asked for (``requestedSlots``) are not read, so utterances have no context. The short
    answer "13", for example, has different labels in different utterances.

    Args:
        path: the folder, or one file.
        ladder: the train file to read: ``train_0.json`` is the whole set, and each next file has half of the one
            before. It is ignored for a single file.
        overlaps: what to do with slots that share words, such as "in an hour" as date and as time. ``longest``: keep
            the longest slot; of equally long slots, keep the time, or else the first one by place and name. ``drop``:
            leave out the utterance.
        on_error: what to do about broken records: ``skip_few``, ``drop`` or ``raise``.

    Raises:
        DataError: a record is broken, a policy is unknown, or there is no such file.
    """
    raw = RawDomain("restaurant8k")
    for split, file in (ladder_files(path, ladder) if path.is_dir() else {split_of(path): path}).items():
        add_span_file(raw, split, file, overlaps=overlaps, on_error=on_error)
    return raw


RESTAURANT8K = Format(
    name="restaurant8k",
    summary="RESTAURANTS-8K JSON as published, a folder with train_<i>.json and test.json, or one such file",
    priority=40,
    sniff=sniff,
    read=read_restaurant8k,
    info=CorpusInfo(
        title="RESTAURANTS-8K",
        licence="cc-by-4.0",
        citation=(
            "Coope et al., Span-ConveRT: Few-shot Span Extraction for Dialog with Pretrained Conversational "
            "Representations, ACL 2020, arXiv:2005.08866"
        ),
        url="https://github.com/PolyAI-LDN/task-specific-datasets",
        language="en",
    ),
)
