"""Measure deltas: their size, their frames next to those of whole checkpoints, and what they take in memory."""

import gc
import time
from collections.abc import Mapping, Sequence
from multiprocessing import get_context
from pathlib import Path
from random import Random
from statistics import mean, median, quantiles
from typing import Any

from bilstm_nlu.errors import NluError
from bilstm_nlu.runtime.nlu import Nlu, load
from modeling_bilstm_nlu.hub.delta import save_delta

__all__ = ["measure_deltas"]

#: Options of a call: as users call it, and with all that the exact layer and the threshold hide.
_CALLS: dict[str, dict[str, Any]] = {
    "as_called": {"normalise": None},
    "network_alone": {"normalise": None, "exact": False, "threshold": 0.0},
}
_WARM = 40  # models that are loaded before memory is measured
_MOST_WHOLE = 200  # whole checkpoints in one process


def measure_deltas(
    checkpoints: Sequence[Path],
    own: Mapping[str, Sequence[str]],
    others: Sequence[str],
    work: Path,
    *,
    num_skills: int,
    num_texts: int,
    num_models: int,
) -> dict[str, Any]:
    """Save checkpoints as deltas, and compare them with the whole ones.

    Args:
        checkpoints: folders of fine-tuned checkpoints, whose cards name a base that can be found.
        own: name of a folder -> texts of the skill that it was not trained on.
        others: texts of other skills, which fill up what a skill lacks.
        work: a folder for the deltas.
        num_skills: number of skills whose frames are compared.
        num_texts: number of texts for each of them.
        num_models: number of models in one process.
    """
    saved, left_out = {}, []
    for folder in checkpoints:
        try:
            saved[folder] = save_delta(folder, work / folder.name)
        except NluError as error:
            left_out.append(f"{folder.name}: {error.message}")
    if not saved:
        raise NluError(f"no checkpoint could be saved as a delta; the first: {left_out[0] if left_out else 'none'}")
    shares = [one.share for one in saved.values()]
    found: dict[str, Any] = {
        "models": len(saved),
        "left_out": len(left_out),
        "share": sum(one.num_bytes for one in saved.values()) / sum(one.whole_bytes for one in saved.values()),
        "share_median": median(shares),
        "share_largest": max(shares),
        "mb": mean(one.num_bytes for one in saved.values()) / 1e6,
        "stored_whole": sum(one.is_exact for one in saved.values()),
    }
    chance = Random(0)
    chosen = chance.sample(sorted(saved), min(num_skills, len(saved)))
    found["frames"] = _compare(chosen, saved, own, others, num_texts, chance)
    folders = [one.folder for one in saved.values()]
    for name, weights, paths, count in (
        ("shared", "shared", folders, num_models),
        ("whole", "float16", list(saved), min(num_models, _MOST_WHOLE)),
    ):
        with get_context("spawn").Pool(1) as process:
            found[f"memory_{name}"] = process.apply(_memory, (paths, weights, count, list(others[:200])))
    found["mb_a_model"] = found["memory_shared"]["mb_a_model"]
    return found


def _compare(
    chosen: Sequence[Path],
    saved: Mapping[Path, Any],
    own: Mapping[str, Sequence[str]],
    others: Sequence[str],
    num_texts: int,
    chance: Random,
) -> dict[str, Any]:
    """Compare frames of deltas with those of whole checkpoints; scores may differ, decisions may not."""
    results: dict[str, Any] = {"skills": len(chosen), "texts": 0, "own_texts": 0}
    for name in _CALLS:
        for weights in ("float16", "shared"):
            results |= {f"unequal_{name}_{weights}": 0, f"largest_score_difference_{name}_{weights}": 0.0}
    for folder in chosen:
        mine = list(dict.fromkeys(own.get(folder.name, ())))[:num_texts]
        texts = [*mine, *chance.sample(others, num_texts - len(mine))]
        results["texts"] += len(texts)
        results["own_texts"] += len(mine)
        whole = load(folder)
        for name, options in _CALLS.items():
            expected = whole(texts, **options)
            for weights in ("float16", "shared"):
                frames = load(saved[folder].folder, weights=weights)(texts, **options)
                key = f"{name}_{weights}"
                results[f"unequal_{key}"] += sum(map(_differ, expected, frames, [whole] * len(texts)))
                most = max(abs(one["score"] - two["score"]) for one, two in zip(expected, frames, strict=True))
                largest = f"largest_score_difference_{key}"
                results[largest] = max(results[largest], most)
    for name in _CALLS:
        results[f"equal_{name}"] = 1 - results[f"unequal_{name}_shared"] / results["texts"]
    return results


def _differ(one: Mapping[str, Any], two: Mapping[str, Any], nlu: Nlu) -> bool:
    least = nlu.settings.threshold
    return {**one, "score": 0} != {**two, "score": 0} or (one["score"] >= least) != (two["score"] >= least)


def _memory(folders: Sequence[Path], weights: str, num_models: int, texts: Sequence[str]) -> dict[str, Any]:
    """Load models into this process, parse with each, and measure the resident memory and the times."""
    kept = [_used(folders[place % len(folders)], weights, texts[:5]) for place in range(_WARM)]
    gc.collect()
    before, loads = _resident(), []
    for place in range(num_models):
        start = time.perf_counter()
        kept.append(_used(folders[place % len(folders)], weights, texts[:1]))
        loads.append(1000 * (time.perf_counter() - start))
        kept[-1](texts[:5], normalise=None)
    gc.collect()
    after = _resident()
    told = mean(nlu.num_bytes for nlu in kept[_WARM:])
    shares = quantiles(loads, n=100)
    start = time.perf_counter()
    for text in texts:
        kept[-1](text, normalise=None, exact=False)
    return {
        "models": num_models,
        "mb_a_model": (after - before) / num_models / 1e6,
        "told_mb_a_model": told / 1e6,
        "load_and_first_answer_ms_p50": shares[49],
        "load_and_first_answer_ms_p99": shares[98],
        "ms_a_text": 1000 * (time.perf_counter() - start) / len(texts),
    }


def _used(folder: Path, weights: str, texts: Sequence[str]) -> Nlu:
    nlu = load(folder, weights=weights)
    nlu(texts, normalise=None)
    return nlu


def _resident() -> int:
    """Bytes of this process that are in memory."""
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("Rss:"))
