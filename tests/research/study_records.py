"""Records small enough to check figures by hand."""

from typing import Any


def curve(*points: tuple[int, float]) -> list[dict[str, float]]:
    return [{"step": step, "seconds": step / 10, "combined_error": error} for step, error in points]


def record(
    arm: str, domain: str, size: int, seed: int, error: float, *, validation: float | None = None, **more: Any
) -> dict[str, Any]:
    """As `run_grid` gives it; validation errs as test does unless it is said to err otherwise."""
    test = {"combined_error": error, "frame_error": error, "intent_error": error, "slot_f1": 1 - error}
    test |= {"semantic_error_rate": error, "frame_accuracy": 1 - error, "num_utterances": 50}
    given = {
        "arm": arm,
        "domain": domain,
        "group": more.pop("group", domain),
        "format": "ask",
        "size": size,
        "seed": seed,
        "base": None,
        "train_utterances": size,
        "counts": {"utterances": 100, "groups": 30, "intents": 3, "slot_types": 2},
        "test": test,
        "validation": {"combined_error": error if validation is None else validation},
        "curve": [],
        "seconds": 2.0,
    }
    return {**given, **more}
