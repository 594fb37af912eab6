"""Describe a checkpoint from its files: what it is, what it knows, and how well it did."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..errors import DataError, NluError
from ..files import read_json
from ..hubfiles.format_bilstm_nlu import FORMAT_VERSION
from ..runtime.checkpoint import Checkpoint, expected_tensors, fill, read_settings
from ..runtime.delta_file import DELTA_VERSION, is_delta, read_reference
from ..runtime.finding import find_checkpoint, name_and_revision
from ..runtime.packed_file import PACKED_VERSION, read_packed
from ..runtime.settings import NetSettings
from .intervals import FEW, wilson

__all__ = ["ModelDescription", "Score", "describe_model", "groups_of"]

_COMMIT = re.compile(r"[0-9a-f]{40}")
#: Score -> the number of utterances that it is a share of; slot F1 is not a share of utterances.
_SCORES = {
    "intent_accuracy": "num_intent_annotated",
    "slot_f1": "num_slot_annotated",
    "frame_accuracy": "num_frame_annotated",
}


@dataclass(frozen=True)
class Score:
    """A score of a checkpoint on a split.

    Args:
        value: the score, from 0 to 1.
        total: number of utterances that it was computed on.
        low: lower end of its 95 % interval; `None` if it is not a share of utterances.
        high: upper end.
    """

    value: float
    total: int
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class ModelDescription:
    """What a checkpoint is.

    Args:
        name: what the user called it.
        title: its name in its card.
        kind: `folder`, `packed file`, `delta`, `checkpoint of the package` or `repository`.
        place: the folder or file that was read.
        revision: the commit of a repository, or `None`.
        base: the checkpoint that it was trained from, as its card names it.
        base_revision: the commit of the base, or a hash of its weights.
        licence: as its card says it.
        licence_terms: what the licences of the data demand, in one sentence.
        languages: language codes.
        intents: its intents.
        slot_types: its slot types.
        fallback_intent: the intent of texts that are rejected.
        threshold: the smallest score that is accepted; `None` if it accepts every text.
        splits_texts: whether it can split texts with several intents.
        num_parameters: number of weights; `None` if it is not known.
        num_bytes: bytes on disk.
        num_phrases: number of the skill's own phrases that it answers without the network.
        num_values: slot type -> number of values that it can resolve a slot to.
        max_bytes: bytes of a text that are read.
        scores: split -> name -> score.
        decisions: split -> what was rightly and wrongly accepted and rejected there.
        score_notes: what to know about the scores.
        seen_in_last_fit: whether a last fit on all splits came after the scores.
        versions: `checkpoint`, and `packed file` or `delta`, and libraries -> version.
        newest_versions: the same formats -> the newest version that this package reads.
        warnings: what to be careful about, one sentence each.
    """

    name: str
    title: str
    kind: str
    place: str
    intents: list[str]
    slot_types: list[str]
    threshold: float | None
    num_bytes: int
    revision: str | None = None
    base: str | None = None
    base_revision: str | None = None
    licence: str | None = None
    licence_terms: str | None = None
    languages: list[str] = field(default_factory=list)
    fallback_intent: str | None = None
    splits_texts: bool = False
    num_parameters: int | None = None
    num_phrases: int = 0
    num_values: dict[str, int] = field(default_factory=dict)
    max_bytes: int | None = None
    scores: dict[str, dict[str, Score]] = field(default_factory=dict)
    decisions: dict[str, dict[str, float]] = field(default_factory=dict)
    score_notes: list[str] = field(default_factory=list)
    seen_in_last_fit: bool = False
    versions: dict[str, Any] = field(default_factory=dict)
    newest_versions: dict[str, int] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """The description as plain values, for JSON."""
        return asdict(self)


def describe_model(name_or_path: str | Path) -> ModelDescription:
    """Describe a checkpoint. Its weights are not loaded.

    Args:
        name_or_path: the folder of a checkpoint or of a delta, a packed file, the name of a checkpoint in the package,
            or the id of a repository, `owner/name` or `owner/name@revision`.

    Raises:
        NluError: the checkpoint is not found, or one of its files is damaged or newer than this program.
    """
    given = str(name_or_path)
    name, revision = name_and_revision(given)
    path = find_checkpoint(name if isinstance(name_or_path, str) else name_or_path, revision)
    card: Mapping[str, Any] = {}
    warnings: list[str] = []
    versions: dict[str, Any] = {}
    newest = {"checkpoint": FORMAT_VERSION}
    if path.is_file():
        checkpoint, num_bytes = read_packed(path, given), path.stat().st_size
        versions["packed file"] = newest["packed file"] = PACKED_VERSION
        warnings.append("A packed file has no card, so its scores, base and licence are not known here.")
    else:
        checkpoint = fill(path, given, read_settings(path), {})
        num_bytes = sum(file.stat().st_size for file in path.iterdir() if file.is_file())
        card = _card(path, warnings)
    settings = checkpoint.settings
    base, base_revision = _text(card.get("base_model")), _text(card.get("base_model_revision"))
    if not path.is_file() and is_delta(path):
        reference = read_reference(path)
        base, base_revision = reference.name, reference.revision or f"sha256:{reference.sha256}"
        versions["delta"] = newest["delta"] = DELTA_VERSION
    scores = _scores(card.get("metrics"), card.get("intervals"))
    return ModelDescription(
        name=given,
        title=_text(card.get("model_name")) or Path(name).name,
        kind=_kind(given, path),
        place=str(path),
        revision=_revision(path),
        base=base,
        base_revision=base_revision,
        licence=_text(card.get("licence")),
        licence_terms=_text(card.get("data_terms")),
        languages=_languages(card.get("language")),
        intents=list(settings.intents),
        slot_types=list(settings.slot_types),
        fallback_intent=settings.fallback_intent,
        threshold=settings.threshold if settings.decision_dims else None,
        splits_texts=bool(settings.segment_hidden),
        num_parameters=_number(card.get("num_parameters")) or _num_parameters(settings),
        num_bytes=num_bytes,
        num_phrases=checkpoint.phrases.num_phrases,
        num_values={kind: count for kind, count in checkpoint.catalogs.num_values.items() if count},
        max_bytes=checkpoint.max_bytes,
        scores=scores,
        decisions=_decisions(card.get("metrics")),
        score_notes=[note for note in card.get("score_notes") or () if isinstance(note, str)],
        seen_in_last_fit=bool(card.get("last_fit_steps")),
        versions={"checkpoint": settings.format_version, **versions, **_versions(card.get("versions"))},
        newest_versions=newest,
        warnings=[*warnings, *_warnings(settings, card, scores, checkpoint)],
    )


def groups_of(labels: list[str]) -> dict[str, list[str]]:
    """The labels by their domain: what is before the first dot. Labels without a domain are in the group ``""``."""
    found: dict[str, list[str]] = {}
    for label in labels:
        domain, dot, _ = label.partition(".")
        found.setdefault(domain if dot else "", []).append(label)
    return found


def _kind(name: str, path: Path) -> str:
    if path.is_file():
        return "packed file"
    if is_delta(path):
        return "delta"
    if path.parent.name == "snapshots":
        return "repository"
    return "folder" if Path(name).expanduser().exists() else "checkpoint of the package"


def _revision(path: Path) -> str | None:
    """The commit of a repository in the cache, or the one that a folder was pulled from."""
    if path.parent.name == "snapshots" and _COMMIT.fullmatch(path.name):
        return path.name
    try:
        noted = read_json(path / "origin.json") if path.is_dir() and (path / "origin.json").is_file() else {}
    except DataError:
        return None  # only a note
    return _text(noted.get("commit")) if isinstance(noted, dict) else None


def _card(folder: Path, warnings: list[str]) -> Mapping[str, Any]:
    """The card data of a checkpoint; empty without one that can be read."""
    path = folder / "card.json"
    if not path.is_file():
        warnings.append("It has no card.json, so its scores, base and licence are not known.")
        return {}
    try:
        card = read_json(path)
        if isinstance(card, dict):
            return card
        reason = "it is not a JSON object"
    except NluError as error:
        reason = error.message
    warnings.append(f"Its card.json cannot be read ({reason}), so its scores, base and licence are not known.")
    return {}


def _num_parameters(settings: NetSettings) -> int:
    tensors = expected_tensors(settings).items()
    learned = [shape for name, (kind, shape) in tensors if kind == "float" and not name.startswith("decision.")]
    return sum(map(math.prod, learned))


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _number(value: Any) -> int | None:
    return value if type(value) is int else None


def _languages(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _versions(value: Any) -> dict[str, str]:
    found = value.items() if isinstance(value, Mapping) else ()
    return {library: version for library, version in found if isinstance(version, str)}


def _splits(metrics: Any) -> Iterator[tuple[str, Mapping[str, float]]]:
    """Yield each split with its numbers."""
    for split, values in metrics.items() if isinstance(metrics, Mapping) else ():
        if isinstance(values, Mapping):
            yield split, {name: value for name, value in values.items() if _is_finite(value)}


def _is_finite(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _scores(metrics: Any, intervals: Any) -> dict[str, dict[str, Score]]:
    found: dict[str, dict[str, Score]] = {}
    for split, values in _splits(metrics):
        for name, counted in _SCORES.items():
            if name in values:
                total = int(values.get(counted) or values.get("num_utterances") or 0)
                low, high = _ends(intervals, split, name)
                if low is None and name != "slot_f1" and total > 0:
                    low, high = wilson(min(1.0, max(0.0, values[name])), total)
                found.setdefault(split, {})[name] = Score(values[name], total, low, high)
    return found


def _ends(intervals: Any, split: str, name: str) -> tuple[float | None, float | None]:
    """The interval that a card has for a score."""
    of_split = intervals.get(split) if isinstance(intervals, Mapping) else None
    ends = of_split.get(name) if isinstance(of_split, Mapping) else None
    if isinstance(ends, list) and len(ends) == 2 and all(map(_is_finite, ends)):
        return ends[0], ends[1]
    return None, None


def _decisions(metrics: Any) -> dict[str, dict[str, float]]:
    names = ("num_accepted", "num_rejected", "num_wrongly_accepted", "num_wrongly_rejected", "calibration_error")
    found = {split: {name: values[name] for name in names if name in values} for split, values in _splits(metrics)}
    return {split: values for split, values in found.items() if values}


def _warnings(
    settings: NetSettings, card: Mapping[str, Any], scores: Mapping[str, Mapping[str, Score]], checkpoint: Checkpoint
) -> Iterator[str]:
    """What to be careful about."""
    for split, values in scores.items():
        total = max(score.total for score in values.values())
        if 0 < total < FEW:
            yield f"Its {split} scores are from {total} utterance{'s' * (total != 1)}, so they may be far off."
    if card and not scores:
        yield "Its card has no scores; `bilstm-nlu eval DATA` measures them."
    if card and not _text(card.get("licence")):
        yield "Its card names no licence; find out before you publish it."
    if card.get("licence") == "other":
        yield "No single licence applies to it; read the terms of its parts."
    if not settings.decision_dims and len(settings.intents) > 1:
        yield "It accepts every text, also what is not meant for it; compare `score` with a threshold of your own."
    counts = card.get("intent_counts")
    few = [name for name, count in counts.items() if count in (1, 2, 3, 4)] if isinstance(counts, Mapping) else []
    if few:
        more = f" and {len(few) - 3} more" if len(few) > 3 else ""
        yield f"It saw fewer than 5 training utterances of {', '.join(few[:3])}{more}."
    if checkpoint.phrases.num_phrases:
        yield "It has phrases of its training data, which everyone who gets it can read (`train --no-phrases`)."
