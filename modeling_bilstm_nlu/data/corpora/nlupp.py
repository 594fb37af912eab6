"""Read NLU++ (Casanueva et al. 2022, arXiv:2204.13021): calls to a bank and a hotel, several intents per utterance."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
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

__all__ = ["NLUPP", "read_nlupp"]

_DOMAINS = ("banking", "hotels")
_FILE = re.compile(r"fold(?P<number>[0-9]{1,3})(?i:\.json(\.gz)?)")
_POLICIES = ("joined", "single", "none")
_SEPARATOR = "+"


def _folds(folder: Path) -> dict[int, Path]:
    """Number of a fold -> its file."""
    named = ((file, _FILE.fullmatch(file.name)) for file in sorted(folder.iterdir()))
    return one_file_a_part((int(match["number"]), file) for file, match in named if match and file.is_file())


def _domains(path: Path) -> dict[str, dict[int, Path]]:
    """Domain -> its folds, in the folders of the domains, or in the folder itself if it is the folder of a domain."""
    if folds := _folds(path):
        return {path.resolve().name: folds}
    return {name: folds for name in _DOMAINS if (path / name).is_dir() and (folds := _folds(path / name))}


def sniff(path: Path) -> bool:
    """Say whether a file or a folder looks like this format."""
    if path.is_dir():
        files = [file for folds in _domains(path).values() for file in folds.values()]
    else:
        files = [path] if _FILE.fullmatch(path.name) else []
    return any('"text"' in read_text(file) for file in files[:1])


def read_nlupp(
    path: Path,
    *,
    intents_policy: str = "joined",
    test_folds: Collection[int] = (18, 19),
    train_folds: Collection[int] | None = None,
    on_error: str = "skip_few",
) -> RawDomain:
    """Read NLU++; the domains are the folders, and there is no validation split.

    The data has no splits, only twenty folds. By default two folds (a tenth of the data) are the test split and all
    others are the train split, as in the experiments with much data in the paper. ``train_folds=[0]`` with all other
    folds in ``test_folds`` is one of the experiments with little data.

    Args:
        path: the folder of both domains, the folder of one domain, or the file of one fold, which is read as train.
        intents_policy: what to do with several intents. ``joined``: their names in alphabetical order, with ``+``
            between them, are one intent; ``single``: utterances with several intents are left out; ``none``: intents
            are not read. With every policy, an utterance without intents is kept for its slots; its intent counts as
            not annotated.
        test_folds: numbers of the folds of the test split; may be empty.
        train_folds: numbers of the folds of the train split; ``None`` means all that are not in ``test_folds``.
        on_error: what to do about broken records: ``skip_few``, ``drop`` or ``raise``.

    Raises:
        DataError: a record is broken, a policy is unknown, there are no such files, or a fold is in both splits.
    """
    raw = RawDomain("nlupp")
    utterances = _Utterances(raw, intents_policy, on_error)
    if path.is_file():
        utterances.add_file("train", path, None)
        return raw
    domains = _domains(path)
    if not domains:
        raise DataError(f"{path}: there are no files such as banking/fold0.json; give the folder of the domains")
    tested = sorted(set(test_folds))
    trained = None if train_folds is None else sorted(set(train_folds))
    if both := sorted(set(tested) & set(trained or ())):
        raise DataError(f"the folds {both} are in train_folds and in test_folds; remove them from one")
    for domain, folds in domains.items():
        others = sorted(set(folds) - set(tested))
        for split, numbers in (("train", others if trained is None else trained), ("test", tested)):
            if missing := sorted(set(numbers) - set(folds)):
                known = ", ".join(map(str, sorted(folds)))
                raise DataError(f"{path}: {domain} has no folds {missing} for {split}; its folds are: {known}")
            for number in numbers:
                utterances.add_file(split, folds[number], domain)
    return raw


@dataclass(frozen=True)
class _Utterances:
    """Makes utterances from the records of folds, and counts in ``raw`` what is left out."""

    raw: RawDomain
    intents_policy: str
    on_error: str

    def __post_init__(self) -> None:
        check_policy("intents_policy", self.intents_policy, _POLICIES)

    def add_file(self, split: str, file: Path, domain: str | None) -> None:
        """Add the records of a fold to a split."""
        records = read_json(file)
        if not isinstance(records, list):
            raise DataError(f"{file}: expected a JSON list of records, found {type(records).__name__}")
        for number, record in enumerate(records, start=1):
            with self.raw.record(f"{file}, record {number}", self.on_error):
                self._add(split, record, domain)

    def _add(self, split: str, record: object, domain: str | None) -> None:
        text = record.get("text") if isinstance(record, Mapping) else None
        if not isinstance(record, Mapping) or not isinstance(text, str):
            raise DataError("the record has no text under 'text'; add it")
        intents = record.get("intents", [])
        if not isinstance(intents, list) or not all(isinstance(intent, str) and intent for intent in intents):
            raise DataError(f"the intents {intents!r} are not a list of names; write a list")
        spans = _spans(record.get("slots", {}), text)
        kept = without_overlaps(spans)
        intent = None if self.intents_policy == "none" or not intents else _SEPARATOR.join(sorted(set(intents)))
        utterance = Utterance(text, intent, kept, domain=domain)
        if self.intents_policy == "single" and len(intents) > 1:
            self.raw.drop(DropReason.UTTERANCES_WITH_SEVERAL_INTENTS, domain=domain)
            return
        self.raw.add(split, utterance)
        is_unlabelled = not intents and self.intents_policy != "none"
        self.raw.drop(DropReason.KEPT_WITHOUT_AN_INTENT, is_unlabelled, domain=domain)
        self.raw.drop(DropReason.SLOTS_THAT_OVERLAP_A_KEPT_ONE, len(spans) - len(kept), domain=domain)


def _spans(slots: object, text: str) -> list[SlotSpan]:
    """Read the slots of a record: slot type -> text and place."""
    if not isinstance(slots, Mapping):
        raise DataError(f"'slots' is {type(slots).__name__}; write an object")
    spans = []
    for slot_type, slot in slots.items():
        place = slot.get("span") if isinstance(slot, Mapping) else None
        if not isinstance(place, list) or len(place) != 2 or not all(type(edge) is int for edge in place):
            raise DataError(f"slot {slot_type!r} needs two whole numbers under 'span'")
        start, end = place
        if not 0 <= start < end <= len(text) or slot.get("text", text[start:end]) != text[start:end]:
            raise DataError(
                f"slot {slot_type!r} from {start} to {end} is not {slot.get('text')!r} in {text!r}; correct its place"
            )
        spans.append(SlotSpan(slot_type, start, end))
    return spans


NLUPP = Format(
    name="nlupp",
    summary="NLU++ as published, folders banking and hotels with fold0.json to fold19.json, or one of these",
    priority=90,
    sniff=sniff,
    read=read_nlupp,
    info=CorpusInfo(
        title="NLU++",
        licence="cc-by-4.0",
        citation=(
            "Casanueva et al., NLU++: A Multi-Label, Slot-Rich, Generalisable Dataset for Natural Language "
            "Understanding in Task-Oriented Dialogue, Findings of NAACL 2022, arXiv:2204.13021"
        ),
        url="https://github.com/PolyAI-LDN/task-specific-datasets",
        language="en",
        domains=_DOMAINS,
    ),
)
