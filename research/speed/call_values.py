"""Measure what the values of a call cost: a list that is new, and the same list again."""

import random
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from bilstm_nlu.hubfiles.calls_bilstm_nlu import CatalogsOfCall, call_values

from bilstm_nlu.runtime.nlu import load

__all__ = ["measure_call_values"]


def measure_call_values(checkpoint: Path, texts: Sequence[str], *, num_values: int = 100, rounds: int = 30) -> Any:
    """Time calls with lists of values, in CPU time.

    Args:
        checkpoint: folder of a fine-tuned skill with slots.
        texts: utterances, whose words become values.
        num_values: number of values in a list.
        rounds: number of lists; medians count.

    Returns:
        `first_ms`, what a new list adds to a call; `again_ms`, the same for a list that was used before;
        `first_error_ms`, what a slot with a spelling error adds to the first call, because all values are compared.
    """
    chance, words = random.Random(1), sorted({word for text in texts for word in text.split() if word.isalpha()})
    nlu = load(checkpoint)
    slot_type, text = nlu.settings.slot_types[0], texts[0]
    found: dict[str, list[float]] = {name: [] for name in ("plain", "first", "again", "first_error")}

    def timed(name: str, **given: Any) -> None:
        before = time.thread_time_ns()
        nlu(text, normalise=None, **given)
        found[name].append((time.thread_time_ns() - before) / 1e6)

    for _ in range(rounds):
        values = {" ".join(chance.sample(words, chance.randint(1, 3))): None for _ in range(num_values)}
        catalogs = {slot_type: list(values)}
        nlu(text, normalise=None)
        timed("plain")
        timed("first", catalogs=catalogs)
        timed("again", catalogs=catalogs)
        own = call_values(catalogs, nlu.settings.slot_types)
        assert own is not None
        wrong = max(values, key=len)
        before = time.thread_time_ns()
        CatalogsOfCall(nlu.catalogs, own).resolve(slot_type, wrong[:4] + wrong[5:])
        found["first_error"].append((time.thread_time_ns() - before) / 1e6)
    plain = median(found.pop("plain"))
    return {
        f"{name}_ms": round(median(times) - (0 if name == "first_error" else plain), 3)
        for name, times in found.items()
    } | {"values": num_values}
