"""Measure several intents in one text: joined SNIPS sentences, single texts, and MultiDoGO's rows of two intents."""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data import Domain, Utterance
from modeling_bilstm_nlu.data.loading import load_domain
from modeling_bilstm_nlu.frames_bilstm_nlu import Frame
from modeling_bilstm_nlu.hub.load import load_checkpoint
from modeling_bilstm_nlu.pipeline_bilstm_nlu import BiLstmNluPipeline
from modeling_bilstm_nlu.training.automatic import automatic_training
from modeling_bilstm_nlu.training.recipes import build_recipe, read_yaml
from modeling_bilstm_nlu.training.runs import run

__all__ = ["CONNECTIVES", "MULTIDOGO", "measure_multi"]

#: What is between joined sentences, in equal parts.
CONNECTIVES = (" and ", " and then ", ", ", " ")
#: Domains of MultiDoGO that have rows with several intents.
MULTIDOGO = ("airline", "fastfood", "finance", "software")

_ROOT = Path(__file__).resolve().parents[2]
_BASE = _ROOT / "research" / "checkpoints" / "generic-leave-out-1"  # it never saw SNIPS
_NUM_TRAIN = 2100  # 300 utterances of each intent of SNIPS
_NUM_JOINED = 250  # texts of each number of sentences and each connective
_SEED = 17

Measures = dict[str, dict[str, Any]]


class _Gold(NamedTuple):
    intent: str | None
    slots: tuple[tuple[str, int, int], ...]


def measure_multi(data: Path, runs: Path, skill_models: Sequence[Path] = ()) -> Measures:
    """Measure how texts with several intents are read.

    Models are trained once: those that are in `runs` already are used again.

    Args:
        data: folder of the public corpora.
        runs: folder for the trained models.
        skill_models: folders of trained skills, whose test utterances are single texts, too.

    Returns:
        Key -> value and what it was computed from.

    Raises:
        DataError: a corpus is missing.
    """
    snips = _trained("snips", {"source": str(_corpus(data, "snips_slotgated")), "train_size": _NUM_TRAIN}, runs)
    domain = _domain_of(snips)
    nlu = _pipeline(snips)
    utterances = _distinct(domain.utterances("test"))
    right = [row for row, frame in zip(utterances, _alone(nlu, utterances), strict=True) if _of(frame) == _gold(row)]
    found: Measures = {}
    for number, key in ((2, "both"), (3, "three")):
        texts, golds = zip(*_joined(right, number), strict=True)
        exact = [
            [_of(frame) for frame in frames] == gold
            for frames, gold in zip(nlu(list(texts), multi=True), golds, strict=True)
        ]
        shares = {name: _share(exact[place :: len(CONNECTIVES)]) for place, name in enumerate(CONNECTIVES)}
        found[f"multi.{key}_exact"] = {"value": _share(exact), "texts": len(exact), "by_connective": shares}
    num_split, num_single = _num_split(nlu, utterances), len(utterances)
    found["multi.split_singles.snips"] = {"value": num_split / num_single, "texts": num_single}
    for folder in skill_models:
        singles = _distinct(_domain_of(folder).utterances("test"))
        num_split += _num_split(_pipeline(folder), singles)
        num_single += len(singles)
    found["multi.split_singles"] = {
        "value": num_split / num_single,
        "texts": num_single,
        "skills": len(skill_models),
    }
    return found | _multidogo(data, runs)


def _multidogo(data: Path, runs: Path) -> Measures:
    """Both intents of rows of two intents, as models of single intents find them."""
    corpus, counts = _corpus(data, "multidogo"), []
    for name in MULTIDOGO:
        source = next(path for path in sorted(corpus.rglob(name)) if path.is_dir())
        with_several = load_domain(source, several_intents="join", allow_unseen=True)
        rows = [row for row in _distinct(with_several.utterances("test")) if row.intent and "+" in row.intent]
        nlu = _pipeline(_trained(f"multidogo_{name}", {"source": str(source), "train_size": _NUM_TRAIN}, runs))
        for row, frames in zip(rows, nlu([row.text for row in rows], multi=True), strict=True):
            assert row.intent is not None
            counts.append(set(row.intent.split("+")) <= {frame["intent"] for frame in frames})
    return {"multi.multidogo": {"value": _share(counts), "texts": len(counts)}}


def _corpus(data: Path, name: str) -> Path:
    if not (data / name).is_dir():
        raise DataError(f"{data}: there is no folder {name}; name the folder of the public corpora")
    return data / name


def _trained(name: str, data: dict[str, Any], runs: Path) -> Path:
    """The folder of a model that was fine-tuned on a part of a corpus."""
    folder = runs / name
    if not (folder / "config.json").exists():
        document: dict[str, Any] = {"data": data, "base": {"checkpoint": str(_BASE)}, "output_dir": str(folder)}
        domain = build_recipe(document, name).data.load()
        document["training"] = automatic_training(len(domain.splits["train"]), is_transfer=True)
        run(build_recipe(document, name), domain=domain)
    return folder


def _domain_of(folder: Path) -> Domain:
    document = read_yaml(folder / "recipe.yaml")
    recipe = build_recipe({name: document[name] for name in ("data", "base")}, str(folder))
    return recipe.data.load()


def _pipeline(folder: Path) -> BiLstmNluPipeline:
    model, tokenizer = load_checkpoint(folder)
    return BiLstmNluPipeline(model=model, tokenizer=tokenizer, normalise=None)


def _distinct(utterances: Sequence[Utterance]) -> list[Utterance]:
    return list({row.text: row for row in utterances}.values())


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


def _alone(nlu: BiLstmNluPipeline, utterances: Sequence[Utterance]) -> list[Frame]:
    return nlu([row.text for row in utterances])


def _num_split(nlu: BiLstmNluPipeline, utterances: Sequence[Utterance]) -> int:
    return sum(len(frames) > 1 for frames in nlu([row.text for row in utterances], multi=True))


def _gold(row: Utterance, offset: int = 0) -> _Gold:
    return _Gold(
        row.intent, tuple((span.slot_type, span.start + offset, span.end + offset) for span in row.spans or ())
    )


def _of(frame: Frame) -> _Gold:
    return _Gold(frame["intent"], tuple((slot["slot_type"], slot["start"], slot["end"]) for slot in frame["slots"]))


def _share(hits: Sequence[bool]) -> float:
    return sum(hits) / len(hits)
