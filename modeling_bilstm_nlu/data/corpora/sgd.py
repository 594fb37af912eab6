"""Read Schema-Guided Dialogue (Rastogi et al. 2020, arXiv:1909.05855): every turn of a user is an utterance.

A turn has a frame for each service that it is about. A frame contains the dialogue state after the turn with its
active intent, the slots that are said word for word, and the acts of the user. The state continues in later turns, so
a short "Yes, that works" also has an active intent. The act ``INFORM_INTENT`` shows the turns in which users say what
they want.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import exists, parse_json, read_text

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
    is_stated: bool  # whether the user says in this turn what they want
    spans: list[SlotSpan]


@dataclass(frozen=True)
class _TurnReader:
    """Makes utterances from turns of users, and counts in ``raw`` what is left out."""

    raw: RawDomain
    frames: str
    carried_intents: str
    no_intent: str
    seen: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for option, known in _POLICIES.items():
            check_policy(option, getattr(self, option), known)

    def add(self, split: str, turn: dict[str, Any], group: str) -> None:
        """Add a turn of a user to a split, unless a policy leaves it out."""
        text = turn.get("utterance")
        if not isinstance(text, str):
            raise DataError("the turn has no text under 'utterance'; add it")
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
        """Choose the frame that gives domain and intent, and the slots."""
        if len(frames) == 1 or self.frames == "first":
            return frames[0], frames[0].spans
        frame = next((frame for frame in frames if frame.is_stated), frames[0])
        return frame, [span for f in frames for span in f.spans] if self.frames == "merge" else frame.spans


def _listed(record: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """Read the list of objects under a key."""
    found = record.get(key)
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise DataError(f"there is no list of objects under {key!r}; add it")
    return found


def _named(record: dict[str, Any], key: str) -> str:
    """Read the name under a key: at least one character, all of them printable."""
    name = record.get(key)
    if not isinstance(name, str) or not name or not name.isprintable():
        raise DataError(f"there is no name under {key!r}; add it")
    return name


def _parse_frame(frame: dict[str, Any]) -> _Frame:
    state = frame.get("state")
    if not isinstance(state, dict):
        raise DataError("a frame of the user has no object under 'state'; add it")
    spans = []
    for slot in _listed(frame, "slots"):
        start, end = slot.get("start"), slot.get("exclusive_end")
        if type(start) is not int or type(end) is not int:
            raise DataError("a slot needs whole numbers under 'start' and 'exclusive_end'")
        spans.append(SlotSpan(_named(slot, "slot"), start, end))
    is_stated = any(action.get("act") == "INFORM_INTENT" for action in _listed(frame, "actions"))
    return _Frame(_named(frame, "service"), _named(state, "active_intent"), is_stated, spans)


def _files(path: Path) -> Iterator[tuple[Path, str]]:
    """List the files of dialogues with their splits, from a folder of split folders, a split folder, or a file."""
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
    """Say whether a file or a folder looks like this format."""
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
    more: list[str] | str | None = None,
    only_domains: list[str] | None = None,
    on_error: str = "skip_few",
) -> RawDomain:
    """Read the turns of users; the domain is the service, the intent is the active intent, the group is the dialogue.

    Only slots with places in the text are read; only non-categorical slots have places. If slots overlap, the longest
    is kept.

    Args:
        path: the folder of split folders, one split folder, or one file of dialogues.
        frames: which frame to use if a turn has several. ``stated``: the frame in which the user says what they want,
            or else the first; the slots of other frames, such as a choice in the service before, are left out.
            ``first``: the first frame. ``merge``: the frame of ``stated``, with the slots of all frames. ``drop``:
            such turns are left out.
        carried_intents: what to do with an active intent that is not said in the turn (no act ``INFORM_INTENT``): the
            user said it before, or agrees to an offer of the system. ``unlabelled``: the intent is ``None`` and the
            slots are kept; ``keep``: the active intent is kept, as the publisher counts; ``drop``: such turns are left
            out.
        no_intent: what to do with the active intent ``NONE``, which is mostly thanks and goodbyes. ``unlabelled``: the
            intent is ``None``; ``fallback``: the intent is ``out_of_scope``; ``drop``: such turns are left out.
        published_splits: ``False`` puts every dialogue into train, so that ``load_domain`` makes new splits of whole
            dialogues. In the published splits, some services are only in the test split.
        more: further folders with files of the corpus, to read with the first, if a copy of the corpus is in several.
            A dialogue that several files have is read once.
        only_domains: the services that are wanted; the reader may skip files without them.
        on_error: what to do about broken turns and dialogues: ``skip_few``, ``drop`` or ``raise``.

    Raises:
        DataError: a record is broken, a policy is unknown, or there are no such files.
    """
    raw = RawDomain("sgd")
    reader = _TurnReader(raw, frames, carried_intents, no_intent)
    is_hint_known = only_domains is not None and set(_DOMAINS.split()).issuperset(only_domains)
    wanted = [f'"{service}"' for service in only_domains or ()] if is_hint_known else [""]
    for folder in (path, *map(Path, [more] if isinstance(more, str) else more or ())):
        files = list(_files(folder)) if exists(folder) else []
        if not files:
            raise DataError(
                f"{folder}: there are no files <split>/dialogues_001.json; give the folder of split folders"
            )
        for file, split in files:
            text = read_text(file)
            if any(service in text for service in wanted):
                _read_dialogues(reader, parse_json(text, str(file)), file, split, published_splits, on_error)
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
                raise DataError("the dialogue is not a JSON object; write an object")
            group = f"{split}/{_named(dialogue, 'dialogue_id')}"  # the ids of every split begin with 1_00000
            turns = _listed(dialogue, "turns")
            if group in reader.seen:
                reader.raw.drop(DropReason.REPEATED_DIALOGUES)
                turns = []
            reader.seen.add(group)
        for turn_number, turn in enumerate(turns, start=1):
            if turn.get("speaker") == "SYSTEM":
                continue
            with reader.raw.record(f"{file}, dialogue {number}, turn {turn_number}", on_error):
                if turn.get("speaker") != "USER":
                    raise DataError("'speaker' is neither USER nor SYSTEM; write one of them")
                reader.add(split if published_splits else "train", turn, group)


SGD = Format(
    name="sgd",
    summary="Schema-Guided Dialogue JSON as published, a folder of split folders or one file of dialogues",
    priority=100,
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
