"""One run of the protocol: an arm gets some utterances of a domain, is trained, and is tested."""

import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from modeling_bilstm_nlu.data.domains import Domain

from .methods import METHODS, Fitted
from .protocol import Arm, Protocol, draw

__all__ = ["run_arm"]

_WARM_UP = 5  # calls
_CALLS = 100


def run_arm(arm: Arm, domain: Domain, size: int, seed: int, protocol: Protocol, output_dir: Path) -> dict[str, Any]:
    """Train one arm on `size` utterances of a domain and test it.

    The label lists are those of the whole domain, so a slot type that is not drawn counts against all arms equally.

    Args:
        arm: how to train.
        domain: with `train`, `validation` (only for the learning curve) and `test`.
        size: number of utterances to draw, as the protocol counts them.
        seed: for everything random.
        protocol: steps and batches.
        output_dir: for the trainer's files.

    Returns:
        A record with `arm`, `domain`, `size`, `seed`, `train_utterances`, `test` (scores), `curve` (points with `step`
        and scores of the validation split), `validation` (scores of the finished model) and `seconds` (spent on
        training); if the protocol measures cost, also `latency_ms` (the median of single utterances) and `size_bytes`
        (of the saved model).
    """
    drawn = draw(domain, size, seed, protocol)
    fitted = METHODS[arm.method].fit(arm, drawn, seed, protocol, output_dir)
    return {
        "arm": arm.name,
        "domain": domain.name,
        "size": size,
        "seed": seed,
        "train_utterances": len(drawn.splits["train"]),
        **fitted.scores,
        "curve": list(fitted.curve),
        "seconds": fitted.seconds,
        **(_cost(fitted, drawn.splits["test"]["text"]) if protocol.measure_cost else {}),
    }


def _cost(fitted: Fitted, texts: list[str]) -> dict[str, float]:
    times = []
    for call in range(_WARM_UP + _CALLS):
        started = time.perf_counter()
        fitted.parse(texts[call % len(texts)])
        times.append(1000 * (time.perf_counter() - started))
    with TemporaryDirectory() as folder:
        model = Path(folder) / "model"
        fitted.save(model)
        size = sum(file.stat().st_size for file in model.rglob("*") if file.is_file())
    return {"latency_ms": median(times[_WARM_UP:]), "size_bytes": size}
