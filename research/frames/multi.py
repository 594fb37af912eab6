"""Measure several intents in one text: joined SNIPS sentences, single texts, and MultiDoGO's rows of two intents."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

from modeling_bilstm_nlu.data.domains import Domain, sample_utterances
from modeling_bilstm_nlu.data.loading import load_domain
from modeling_bilstm_nlu.data.schema import Utterance
from modeling_bilstm_nlu.frames_bilstm_nlu import Frame
from modeling_bilstm_nlu.pipeline_bilstm_nlu import BiLstmNluPipeline

from ..studies.skill_folders import find_skills
from .settings import Findings, Settings, kept, key_of_skill, model_folder, trained

__all__ = ["CONNECTIVES", "measure_multi"]

#: What is between joined sentences, in equal parts.
CONNECTIVES = (" and ", " and then ", ", ", " ")
#: Domains of MultiDoGO that have rows with several intents.
_MULTIDOGO = ("airline", "fastfood", "finance", "software")
#: A generic checkpoint that never saw SNIPS.
_BASE = Path(__file__).resolve().parents[1] / "checkpoints" / "generic-leave-out-1"
_NUM_TRAIN = 2100  # 300 utterances of each intent of SNIPS
_NUM_JOINED = 250  # texts of each number of sentences and each connective
_SEED = 17


def measure_multi(settings: Settings) -> Findings:
    """Measure how texts with several intents are read, and how many single texts are split.

    Single texts are the test utterances of SNIPS, and of the skills whose models another measurement has trained.
    """
    found: Findings = kept(settings, "multi/snips", lambda: _snips(settings))
    records = [found.pop("single")]
    for skill in find_skills(settings.skills)[: settings.limit]:
        name = key_of_skill(skill)
        if (model_folder(settings, name) / "config.json").exists():
            records.append(kept(settings, f"multi/{name}", lambda: _single(settings, name, skill.path)))  # noqa: B023
    num_split, num_texts = (sum(record[key] for record in records) for key in ("split", "texts"))
    found["multi.split_singles"] = {
        "value": num_split / num_texts,
        "texts": num_texts,
        "of_snips": records[0]["split"] / records[0]["texts"],
        "skills": len(records) - 1,
    }
    counts = [kept(settings, f"multi/multidogo_{name}", lambda: _multidogo(settings, name)) for name in _MULTIDOGO]  # noqa: B023
    both = [hit for record in counts for hit in record]
    return found | {"multi.multidogo": {"value": fmean(both), "texts": len(both)}}


def _snips(settings: Settings) -> dict[str, Any]:
    """The shares of joined texts whose frames are all exact, and the counts of single sentences."""
    domain = _with_train(load_domain("snips_slotgated", data_dir=settings.data), settings.seed)
    nlu = _pipeline(*trained(replace(settings, checkpoint=str(_BASE)), "multi_snips", domain))
    utterances = _distinct(domain.utterances("test"))
    alone = nlu([row.text for row in utterances])
    right = [row for row, frame in zip(utterances, alone, strict=True) if _of(frame) == _gold(row)]
    found: dict[str, Any] = {"single": _counts(nlu, utterances)}
    for number, key in ((2, "both"), (3, "three")):
        texts, golds = zip(*_joined(right, number), strict=True)
        several = nlu(list(texts), multi=True)
        exact = [[_of(frame) for frame in frames] == gold for frames, gold in zip(several, golds, strict=True)]
        shares = {name: fmean(exact[place :: len(CONNECTIVES)]) for place, name in enumerate(CONNECTIVES)}
        found[f"multi.{key}_exact"] = {"value": fmean(exact), "texts": len(exact), "by_connective": shares}
    return found


def _single(settings: Settings, name: str, path: Path) -> dict[str, int]:
    domain = load_domain(path, seed=settings.seed)
    return _counts(_pipeline(*trained(settings, name, domain)), _distinct(domain.utterances("test")))


def _counts(nlu: BiLstmNluPipeline, utterances: Sequence[Utterance]) -> dict[str, int]:
    several = nlu([row.text for row in utterances], multi=True)
    return {"split": sum(len(frames) > 1 for frames in several), "texts": len(utterances)}


def _multidogo(settings: Settings, name: str) -> list[bool]:
    """Whether both intents of each row of two intents are found by a model of single intents."""
    folder = settings.data / "multidogo" / "sentence" / name
    rows = _distinct(load_domain(folder, several_intents="join", allow_unseen=True).utterances("test"))
    intents = [(row.text, set(row.intent.split("+"))) for row in rows if row.intent and "+" in row.intent]
    domain = _with_train(load_domain(folder), settings.seed)
    nlu = _pipeline(*trained(replace(settings, checkpoint=str(_BASE)), f"multi_{name}", domain))
    several = nlu([text for text, _ in intents], multi=True, threshold=0.0)
    return [both <= {frame["intent"] for frame in frames} for (_, both), frames in zip(intents, several, strict=True)]


def _with_train(domain: Domain, seed: int) -> Domain:
    """The domain with a smaller train split."""
    domain.splits["train"] = sample_utterances(domain.splits["train"], _NUM_TRAIN, seed=seed)
    return domain


def _pipeline(model: Any, tokenizer: Any) -> BiLstmNluPipeline:
    return BiLstmNluPipeline(model=model, tokenizer=tokenizer, normalise=None)


def _distinct(utterances: Sequence[Utterance]) -> list[Utterance]:
    return list({row.text: row for row in utterances}.values())


class _Gold(NamedTuple):
    intent: str | None
    slots: tuple[tuple[str, int, int], ...]


def _joined(utterances: Sequence[Utterance], number: int) -> Iterator[tuple[str, list[_Gold]]]:
    """Texts of random sentences, with the frames of the sentences; the connectives take turns."""
    rng = random.Random(_SEED + number)
    for _ in range(_NUM_JOINED):
        for between in CONNECTIVES:
            text, golds = "", []
            for row in rng.sample(utterances, number):
                text += between if text else ""
                golds.append(_gold(row, len(text)))
                text += row.text
            yield text, golds


def _gold(row: Utterance, offset: int = 0) -> _Gold:
    spans = ((span.slot_type, span.start + offset, span.end + offset) for span in row.spans or ())
    return _Gold(row.intent, tuple(spans))


def _of(frame: Frame) -> _Gold:
    return _Gold(frame["intent"], tuple((slot["slot_type"], slot["start"], slot["end"]) for slot in frame["slots"]))
