"""Rejection on public sets: CLINC150, BANKING77 with intents left out, HINT3. Nothing is trained out of scope."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Any

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import read_lines
from modeling_bilstm_nlu.data.domains import Domain
from modeling_bilstm_nlu.data.loading import load_domain
from modeling_bilstm_nlu.data.schema import FALLBACK_INTENT, Utterance
from modeling_bilstm_nlu.data.splits import cut_splits
from modeling_bilstm_nlu.metrics.decisions import auroc

from ..baselines.maxent_crf import MaxEntCrf
from .scoring import answers, separation
from .settings import Findings, Settings, kept, trained

__all__ = ["BOTS", "measure_banking", "measure_clinc", "measure_hint3"]

BOTS = ("curekart", "powerplay11", "sofmattress")
_OUT_OF_SCOPE = "BANKING77-OOS"
#: A generic checkpoint that never saw these corpora.
_BASE = Path(__file__).resolve().parents[1] / "checkpoints" / "generic-leave-out-3"


def measure_clinc(settings: Settings) -> Findings:
    """Train on the 150 intents of CLINC150, without its requests that are out of scope; test on all of it."""
    record = kept(settings, "clinc150", lambda: _clinc(settings))
    return {
        "oos.clinc150.in_scope_accuracy": {"value": record["in_scope_accuracy"], "of_the_network": record["network"]},
        "oos.clinc150.oos_recall": {"value": record["oos_recall"], "threshold": record["threshold"]},
        "oos.clinc150.auroc": {"value": record["auroc"]},
    }


def _clinc(settings: Settings) -> dict[str, Any]:
    domain = load_domain("clinc150", data_dir=settings.data)
    rows = {split: _in_scope(domain.utterances(split)) for split in ("train", "validation")}
    test = domain.utterances("test")
    model, tokenizer = trained(
        replace(settings, checkpoint=str(_BASE)), "clinc150", _of(domain, {**rows, "test": _in_scope(test)})
    )
    own, foreign = _in_scope(test), [row for row in test if row.intent == FALLBACK_INTENT]
    ours, theirs = (answers(model, tokenizer, [row.text for row in part]) for part in (own, foreign))
    right = [answer.best == row.intent for answer, row in zip(ours, own, strict=True)]
    return {
        "in_scope_accuracy": fmean(answer.is_accepted and yes for answer, yes in zip(ours, right, strict=True)),
        "network": fmean(right),
        "oos_recall": fmean(not answer.is_accepted for answer in theirs),
        "auroc": separation(ours, theirs),
        "threshold": model.config.threshold,
    }


def measure_banking(settings: Settings) -> Findings:
    """Train on 50 intents of BANKING77; foreign texts are those of its other 27, and requests of other domains."""
    record = kept(settings, "banking77_oos", lambda: _banking(settings))
    return {
        f"oos.banking77_{kind}": {
            "value": record[kind]["auroc"],
            **{k: v for k, v in record[kind].items() if k != "auroc"},
        }
        for kind in ("near", "far")
    }


def _banking(settings: Settings) -> dict[str, Any]:
    folder = settings.data / "fewshot_intents" / _OUT_OF_SCOPE
    splits = {"train": "train", "validation": "valid", "test": "test"}
    rows = {split: _labelled(folder / name) for split, name in splits.items()}
    domain = Domain.from_utterances("banking77_oos", rows)
    model, tokenizer = trained(replace(settings, checkpoint=str(_BASE)), domain.name, domain)
    ours = answers(model, tokenizer, [row.text for row in rows["test"]])
    right = [answer.best == row.intent for answer, row in zip(ours, rows["test"], strict=True)]
    found: dict[str, Any] = {"in_scope_accuracy": fmean(right)}
    for kind, name in (("near", "id-oos"), ("far", "ood-oos")):
        theirs = answers(model, tokenizer, [row.text for row in _labelled(folder / name / "test")])
        found[kind] = {
            "auroc": separation(ours, theirs),
            "rejected": fmean(not answer.is_accepted for answer in theirs),
            "in_scope_lost": fmean(yes and not a.is_accepted for a, yes in zip(ours, right, strict=True)),
        }
    return found


def _labelled(folder: Path) -> list[Utterance]:
    """The utterances of a folder with `seq.in` and `label`, both with a line for each; blank texts are left out."""
    texts, labels = (read_lines(_file(folder, name)) for name in ("seq.in", "label"))
    if len(texts) != len(labels):
        raise DataError(f"{folder}: {len(texts)} texts and {len(labels)} labels; each text needs one")
    return [Utterance(text, label, None) for text, label in zip(texts, labels, strict=True) if text.strip()]


def _file(folder: Path, name: str) -> Path:
    packed = folder / f"{name}.gz"
    return packed if packed.exists() else folder / name


def measure_hint3(settings: Settings) -> Findings:
    """Train on each bot of HINT3; foreign texts are those of no intent. Compare with MaxEnt."""
    bots = {bot: kept(settings, f"hint3_{bot}", partial(_hint3, settings, bot)) for bot in BOTS}
    mean = {name: fmean(record[name] for record in bots.values()) for name in ("auroc", "maxent")}
    return {"oos.hint3": {"value": mean["auroc"], "maxent": mean["maxent"], "bots": bots}}


def _hint3(settings: Settings, bot: str) -> dict[str, Any]:
    domain = load_domain(f"hint3/{bot}", data_dir=settings.data)
    test = domain.utterances("test")
    cut, _ = cut_splits(_in_scope(domain.utterances("train")), test_size=0)
    known = {row.intent for row in cut["train"]}
    own = [row for row in test if row.intent in known]
    foreign = [row for row in test if row.intent == FALLBACK_INTENT]
    data = _of(domain, {**cut, "test": own})
    model, tokenizer = trained(replace(settings, checkpoint=str(_BASE)), f"hint3_{bot}", data)
    ours, theirs = (answers(model, tokenizer, [row.text for row in part]) for part in (own, foreign))
    baseline = MaxEntCrf().fit(data)
    scores = [-frame["score"] for frame in baseline.predict([row.text for row in [*own, *foreign]])]
    return {
        "auroc": separation(ours, theirs),
        "maxent": auroc(scores, [False] * len(own) + [True] * len(foreign)),
        "rejected": fmean(not answer.is_accepted for answer in theirs),
        "in_scope_lost": fmean(
            answer.best == row.intent and not answer.is_accepted for answer, row in zip(ours, own, strict=True)
        ),
        "in_scope_accuracy": fmean(answer.best == row.intent for answer, row in zip(ours, own, strict=True)),
        "num_left_out": len(test) - len(own) - len(foreign),
    }


def _in_scope(rows: Sequence[Utterance]) -> list[Utterance]:
    return [row for row in rows if row.intent != FALLBACK_INTENT]


def _of(domain: Domain, splits: dict[str, list[Utterance]]) -> Domain:
    return replace(domain.with_utterances(splits, {}), name=domain.name)
