"""Schema-Guided Dialogue (Rastogi et al. 2020, arXiv:1909.05855): the user's turns, one utterance each.

A turn has a frame for each service it speaks of: the dialogue state after the turn with its active intent, the slots
that are said word for word, and the user's acts. The state outlives the turn that made it, which is why a bare "Yes,
that works" has an active intent; the act ``INFORM_INTENT`` marks the turns that say what the user wants.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import parse_json, read_text

from ..corpus_info import CorpusInfo
from ..drop_reasons import DropReason
from ..formats.format import Format
from ..raw_domains import RawDomain
from ..schema import FALLBACK_INTENT, SlotSpan, Utterance
from ..spans import without_overlaps
from ..split_names import canonical_split
from .policies import check_policy

__all__ = ["SGD", "read_sgd"]

_FILE = re.compile(r"dialogues_[0-9]+(?i:\.json(\.gz)?)")
_NO_ACTIVE_INTENT = "NONE"
_POLICIES = {
    "frames": ("stated", "first", "merge", "drop"),
    "carried_intents": ("unlabelled", "keep", "drop"),
    "no_intent": ("unlabelled", "fallback", "drop"),
}
_DOMAINS = (
    "Alarm_1 Banks_1 Banks_2 Buses_1 Buses_2 Buses_3 Calendar_1 Events_1 Events_2 Events_3 Flights_1 Flights_2 "
    "Flights_3 Flights_4 Homes_1 Homes_2 Hotels_1 Hotels_2 Hotels_3 Hotels_4 Media_1 Media_2 Media_3 Messaging_1 "
    "Movies_1 Movies_2 Movies_3 Music_1 Music_2 Music_3 Payment_1 RentalCars_1 RentalCars_2 RentalCars_3 "
    "Restaurants_1 Restaurants_2 RideSharing_1 RideSharing_2 Services_1 Services_2 Services_3 Services_4 Trains_1 "
    "Travel_1 Weather_1"
)


class _Frame(NamedTuple):
    service: str
    active_intent: str
    is_stated: bool  # whether the user says in this turn what is wanted
    spans: list[SlotSpan]


@dataclass(frozen=True)
class _TurnReader:
    """Makes utterances out of user turns and counts in ``raw`` what is lost."""

    raw: RawDomain
    frames: str
    carried_intents: str
    no_intent: str

    def __post_init__(self) -> None:
        for option, known in _POLICIES.items():
            check_policy(option, getattr(self, option), known)

    def add(self, split: str, turn: dict[str, Any], group: str) -> None:
        """Add a user turn to a split, unless a policy leaves it out."""
        text = turn.get("utterance")
        if not isinstance(text, str):
            raise DataError("the turn has no text under 'utterance'")
        frames = [_parse_frame(frame) for frame in _listed(turn, "frames")]
        if not frames:
            self.raw.drop(DropReason.USER_TURNS_WITHOUT_A_FRAME)
            return
        if len(frames) > 1 and self.frames == "drop":
            self.raw.drop(DropReason.USER_TURNS_WITH_SEVERAL_FRAMES)
            return
        frame, spans = self._choose(frames)
        domain = frame.service
        intent: str | None = frame.active_intent
        changes: list[str] = []
        if intent == _NO_ACTIVE_INTENT:
            if self.no_intent == "drop":
                self.raw.drop(DropReason.USER_TURNS_WITHOUT_AN_ACTIVE_INTENT, domain=domain)
                return
            intent = FALLBACK_INTENT if self.no_intent == "fallback" else None
            changes.append(DropReason.NONE_INTENTS.of(f"now {intent}" if intent else "left unlabelled"))
        elif not frame.is_stated and self.carried_intents != "keep":
            if self.carried_intents == "drop":
                self.raw.drop(DropReason.USER_TURNS_WITH_AN_INTENT_CARRIED_OVER, domain=domain)
                return
            intent = None
            changes.append(DropReason.INTENTS_CARRIED_OVER)
        kept = without_overlaps(spans)
        self.raw.add(split, Utterance(text, intent, kept, group, domain))
        for change in changes:
            self.raw.drop(change, domain=domain)
        self.raw.drop(DropReason.SLOTS_THAT_OVERLAP_A_KEPT_ONE, len(spans) - len(kept), domain=domain)
        self.raw.drop(DropReason.OTHER_FRAMES, len(frames) - 1, domain=domain)
        self.raw.drop(DropReason.SLOTS_OF_OTHER_FRAMES, sum(len(f.spans) for f in frames) - len(spans), domain=domain)

    def _choose(self, frames: list[_Frame]) -> tuple[_Frame, list[SlotSpan]]:
        """The frame that gives domain and intent, and the slots."""
        if len(frames) == 1 or self.frames == "first":
            return frames[0], frames[0].spans
        frame = next((frame for frame in frames if frame.is_stated), frames[0])
        return frame, [span for f in frames for span in f.spans] if self.frames == "merge" else frame.spans


def _listed(record: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """The objects listed under a key."""
    found = record.get(key)
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise DataError(f"no list of objects under {key!r}")
    return found


def _named(record: dict[str, Any], key: str) -> str:
    """The name under a key: of printable characters, at least one."""
    name = record.get(key)
    if not isinstance(name, str) or not name or not name.isprintable():
        raise DataError(f"no name under {key!r}")
    return name


def _parse_frame(frame: dict[str, Any]) -> _Frame:
    state = frame.get("state")
    if not isinstance(state, dict):
        raise DataError("a frame of the user has no object under 'state'")
    spans = []
    for slot in _listed(frame, "slots"):
        start, end = slot.get("start"), slot.get("exclusive_end")
        if type(start) is not int or type(end) is not int:
            raise DataError("a slot lacks whole numbers under 'start' and 'exclusive_end'")
        spans.append(SlotSpan(_named(slot, "slot"), start, end))
    is_stated = any(action.get("act") == "INFORM_INTENT" for action in _listed(frame, "actions"))
    return _Frame(_named(frame, "service"), _named(state, "active_intent"), is_stated, spans)


def _files(path: Path) -> Iterator[tuple[Path, str]]:
    """Every file of dialogues with its split: of a folder of split folders, of one of these, or the file itself."""
    if path.is_file():
        yield path, canonical_split(path.resolve().parent.name) or "train"
        return
    for folder in (path, *sorted(folder for folder in path.iterdir() if folder.is_dir())):
        split = canonical_split(folder.resolve().name)
        if split is None and folder != path:
            continue
        for file in sorted(folder.iterdir()):
            if _FILE.fullmatch(file.name) and file.is_file():
                yield file, split or "train"


def sniff(path: Path) -> bool:
    """Whether a file or a folder looks like this format."""
    if path.is_file() and not _FILE.fullmatch(path.name):
        return False
    file = next((file for file, _ in _files(path)), None)
    return file is not None and '"dialogue_id"' in read_text(file)


def read_sgd(
    path: Path,
    *,
    frames: str = "stated",
    carried_intents: str = "unlabelled",
    no_intent: str = "unlabelled",
    published_splits: bool = True,
    only_domains: list[str] | None = None,
    on_error: str = "raise",
) -> RawDomain:
    """Read the user's turns; the service is the domain, the active intent the intent, the dialogue the group.

    Slots are those with places in the text, which only non-categorical slots have. Of slots that overlap the longest
    stays.

    Args:
        path: the folder of split folders, one of these, or one file of dialogues.
        frames: which frame of a turn with several counts. ``stated``: the one in which the user says what is wanted,
            else the first; the slots of the others, such as what was picked in the service before, are lost.
            ``first``: the first one. ``merge``: as ``stated``, with the slots of all frames. ``drop``: such turns are
            left out.
        carried_intents: what becomes of an active intent that the turn does not say (no act ``INFORM_INTENT``): it was
            said before, or the system offered it and the user agrees. ``unlabelled``: the intent is ``None`` and the
            slots stay; ``keep``: the active intent stays, as the publisher counts; ``drop``: such turns are left out.
        no_intent: what becomes of the active intent ``NONE``, mostly thanks and goodbyes. ``unlabelled``: ``None``;
            ``fallback``: ``out_of_scope``; ``drop``: such turns are left out.
        published_splits: ``False`` puts every dialogue into train, for ``load_domain`` to cut by whole dialogues: some
            services are in the test split alone.
        only_domains: files without these services need not be parsed.
        on_error: ``raise``, or ``drop`` to leave broken turns and dialogues out.

    Raises:
        DataError: a broken record, an unknown policy, or no such files.
    """
    raw = RawDomain("sgd")
    reader = _TurnReader(raw, frames, carried_intents, no_intent)
    is_hint_known = only_domains is not None and set(_DOMAINS.split()).issuperset(only_domains)
    wanted = [f'"{service}"' for service in only_domains or ()] if is_hint_known else [""]
    is_empty = True
    for file, split in _files(path):
        is_empty = False
        text = read_text(file)
        if any(service in text for service in wanted):
            _read_dialogues(reader, parse_json(text, str(file)), file, split, published_splits, on_error)
    if is_empty:
        raise DataError(f"{path}: no files <split>/dialogues_001.json; point to the folder of split folders")
    return raw


def _read_dialogues(
    reader: _TurnReader, dialogues: object, file: Path, split: str, published_splits: bool, on_error: str
) -> None:
    if not isinstance(dialogues, list):
        raise DataError(f"{file}: expected a JSON list of dialogues, found {type(dialogues).__name__}")
    for number, dialogue in enumerate(dialogues, start=1):
        group, turns = "", []
        with reader.raw.record(f"{file}, dialogue {number}", on_error):
            if not isinstance(dialogue, dict):
                raise DataError("the dialogue is no JSON object")
            group = f"{split}/{_named(dialogue, 'dialogue_id')}"  # the splits count from 1_00000 each
            turns = _listed(dialogue, "turns")
        for turn_number, turn in enumerate(turns, start=1):
            if turn.get("speaker") == "SYSTEM":
                continue
            with reader.raw.record(f"{file}, dialogue {number}, turn {turn_number}", on_error):
                if turn.get("speaker") != "USER":
                    raise DataError("'speaker' is neither USER nor SYSTEM")
                reader.add(split if published_splits else "train", turn, group)


SGD = Format(
    name="sgd",
    summary="Schema-Guided Dialogue JSON as published, a folder of split folders or one file of dialogues",
    priority=110,
    sniff=sniff,
    read=read_sgd,
    info=CorpusInfo(
        title="Schema-Guided Dialogue (DSTC8)",
        licence="cc-by-sa-4.0",
        citation=(
            "Rastogi et al., Towards Scalable Multi-domain Conversational Agents: The Schema-Guided Dialogue Dataset, "
            "AAAI 2020, arXiv:1909.05855"
        ),
        url="https://github.com/google-research-datasets/dstc8-schema-guided-dialogue",
        language="en",
        domains=tuple(_DOMAINS.split()),
        family="sgd",
    ),
)
