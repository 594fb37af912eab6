"""Compare the frames of the runtime with those of torch, and score both on test splits."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean
from typing import Any, cast

from transformers import pipeline

from bilstm_nlu.cli.provenance import Provenance
from bilstm_nlu.runtime.nlu import load
from modeling_bilstm_nlu.configuration_bilstm_nlu import TASK
from modeling_bilstm_nlu.data.schema import Utterance
from modeling_bilstm_nlu.hub.load import load_checkpoint

__all__ = ["compare_checkpoints"]

#: Name of a way to compute -> arguments of `load`.
RUNTIMES: dict[str, dict[str, Any]] = {
    "float16": {"weights": "float16", "engine": "kernel"},
    "int8": {"weights": "int8", "engine": "kernel"},
    "numpy": {"engine": "numpy"},
}
_BINS = 10


def compare_checkpoints(checkpoints: Sequence[Path], texts: Sequence[str], *, num_texts: int) -> dict[str, Any]:
    """Parse texts with torch and with every runtime.

    Args:
        checkpoints: folders of fine-tuned skills.
        texts: more texts, for checkpoints whose own test split is smaller than `num_texts`.
        num_texts: number of texts for each checkpoint.

    Returns:
        For every runtime, the share of frames that are equal, also in whether they are accepted, and the largest
        difference between scores; and the frame accuracy and calibration error on the test splits, as means over the
        checkpoints.
    """
    found = [_compare(folder, texts, num_texts) for folder in checkpoints]
    results: dict[str, Any] = {"models": len(found), "texts": sum(one["texts"] for one in found)}
    for name in RUNTIMES:
        equal = sum(one[name]["equal"] for one in found)
        results[name] = round(equal / results["texts"], 5)
        results[f"{name}_unequal"] = results["texts"] - equal
        results[f"{name}_largest_score_difference"] = max(one[name]["largest"] for one in found)
    scored = [one["scores"] for one in found if one["scores"]]
    results["scored_models"], results["scored_texts"] = len(scored), sum(one["num_texts"] for one in scored)
    for name in ("torch", *RUNTIMES):
        for score in ("frame_accuracy", "calibration_error"):
            results[f"{name}_{score}"] = round(mean(one[name][score] for one in scored), 5) if scored else None
    return results


def _compare(folder: Path, texts: Sequence[str], num_texts: int) -> dict[str, Any]:
    gold = _test_split(folder)
    own = [utterance.text for utterance in gold]
    every = [*own, *(text for text in texts if text not in set(own))][:num_texts]
    model, tokenizer = load_checkpoint(folder)
    pipe = cast(Any, pipeline)(TASK, model=model, tokenizer=tokenizer, device="cpu")
    # at the threshold 0 the slots of rejected frames are compared, too
    frames = {"torch": [pipe(text, normalise=None, threshold=0.0) for text in every]}
    threshold = model.config.threshold
    results: dict[str, Any] = {"texts": len(every)}
    for name, arguments in RUNTIMES.items():
        frames[name] = load(folder, **arguments)(every, normalise=None, threshold=0.0)
        pairs = list(zip(frames["torch"], frames[name], strict=True))
        results[name] = {
            "equal": sum(
                {**one, "score": 0} == {**other, "score": 0}
                and (one["score"] >= threshold) == (other["score"] >= threshold)
                for one, other in pairs
            ),
            "largest": max(abs(one["score"] - other["score"]) for one, other in pairs),
        }
    results["scores"] = None
    if gold := gold[:num_texts]:
        results["scores"] = {"num_texts": len(gold)}
        results["scores"] |= {name: _scores(gold, found[: len(gold)]) for name, found in frames.items()}
    return results


def _test_split(folder: Path) -> list[Utterance]:
    """The test split of the data that a checkpoint was trained on; empty if it is not here or has none."""
    provenance = Provenance.of(folder)
    if provenance is None or provenance.data.source is None:
        return []
    try:
        domain = provenance.data.load()
    except (ValueError, OSError):
        return []
    return domain.utterances("test") if "test" in domain.splits else []


def _scores(gold: Sequence[Utterance], frames: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """The frame accuracy, and the expected calibration error of the score as the chance of a right intent."""
    rights, bins = [], [[0, 0.0, 0.0] for _ in range(_BINS)]
    for utterance, frame in zip(gold, frames, strict=True):
        slots = {(slot["slot_type"], slot["start"], slot["end"]) for slot in frame["slots"]}
        is_right = frame["intent"] == utterance.intent
        rights.append(is_right and slots == {tuple(span) for span in utterance.spans or ()})
        counts = bins[min(_BINS - 1, int(frame["score"] * _BINS))]
        counts[0] += 1
        counts[1] += frame["score"]
        counts[2] += is_right
    error = sum(abs(score - right) for number, score, right in bins if number) / len(gold)
    return {"frame_accuracy": mean(rights), "calibration_error": error}
