"""What becomes of the embedded checkpoint before the first step of a transfer, for the example skill.

Float results differ between machines in their last digits, and the fit of the heads more than that. So names, shapes,
tables of whole numbers and untouched weights are compared exactly, all other weights by statistics with a tolerance.
"""

import hashlib
import math
from pathlib import Path
from typing import Any

import pytest
import torch
from pinned import (
    BiLstmNluForIntentAndSlots,
    TransferArguments,
    TransferTrainer,
    committed,
    load_domain,
    load_embedded,
    pinned,
)
from torch import Tensor

#: Each part of the preparation by itself, and all together.
CASES: dict[str, dict[str, Any]] = {
    "default": {},
    "label_names_only": {"fit_heads": False},
    "fitted_only": {"label_name_warm_start": False},
    "drawn": {"label_name_warm_start": False, "fit_heads": False},
    "no_gazetteers": {"use_gazetteers": False, "fit_heads": False},
    "stacks": {"reset_policy": "stacks", "fit_heads": False},
    "encoder": {"reset_policy": "encoder", "fit_heads": False},
    "matching": {"reset_policy": "matching", "fit_heads": False},
}

#: Where some weights are what random numbers alone decide.
DRAWN = {"drawn", "stacks", "encoder", "matching"}

#: Few fillings a carrier phrase, so that a case takes a second.
MAX_PER_CARRIER = 5

#: Of each of the three statistics, as a share of the root mean square.
TOLERANCE = 0.02


@pytest.fixture(scope="module")
def domain():
    return load_domain("smart_garden", max_per_carrier=MAX_PER_CARRIER)


def prepared(domain, folder: Path, **arguments: Any) -> tuple[BiLstmNluForIntentAndSlots, dict[str, Any]]:
    """The embedded checkpoint as it is before the first step, and what was counted on the way.

    The only place that knows how to come by it.
    """
    model = load_embedded()
    args = TransferArguments(output_dir=str(folder), bf16=False, use_cpu=True, **arguments)
    trainer = TransferTrainer(model, args, domain)
    trainer.prepare()
    rows = trainer.train_dataset
    return model, {"new_words": trainer.num_new_words, "training_rows": [len(rows), rows.num_variants]}


def facts_of(model: BiLstmNluForIntentAndSlots) -> dict[str, Any]:
    """What the model is told besides its weights, by name."""
    config = model.config
    return {
        "intents": config.intents,
        "slot_types": config.slot_types,
        "intent_slots": config.intent_slots,
        "undeclared_slot_probabilities": config.undeclared_slot_probabilities,
        "intents_by_slots": config.intents_by_slots,
        "gazetteers": config.gazetteers,
        "gazetteer_rows": config.gazetteer_rows,
        "slot_catalogs": _digest(model.slot_catalogs.to_json().encode()),
        "dtype": str(model.dtype),
    }


def weights_of(model: BiLstmNluForIntentAndSlots, before: dict[str, Tensor]) -> dict[str, Any]:
    """Name -> shape and what is in it: "untouched", a digest of whole numbers, or statistics."""
    return {name: [list(weight.shape), _content(weight, before.get(name))] for name, weight in _items(model)}


def _items(model: BiLstmNluForIntentAndSlots) -> list[tuple[str, Tensor]]:
    return [(name, weight.detach().cpu()) for name, weight in sorted(model.state_dict().items())]


def _content(weight: Tensor, before: Tensor | None) -> Any:
    if before is not None and torch.equal(weight, before):
        return "untouched"
    if not weight.is_floating_point():
        return _digest(weight.contiguous().numpy().tobytes())
    return [round(value, 6) for value in _statistics(weight.double().flatten())]


def _statistics(weight: Tensor) -> tuple[float, float, float]:
    """Mean, root mean square, and how a fixed wave goes with the numbers, which tells rows that changed places."""
    wave = torch.cos(torch.arange(weight.numel(), dtype=torch.float64))
    size = float(weight.square().mean().sqrt())
    return float(weight.mean()), size, float(weight @ wave) / math.sqrt(weight.numel())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def is_close(found: Any, expected: Any, *, is_drawn: bool) -> bool:
    """Whether two contents agree; of numbers drawn at random, only the mean and the size."""
    if not (isinstance(found, list) and isinstance(expected, list)):
        return found == expected
    size, num_compared = expected[1], 2 if is_drawn else 3
    return all(abs(a - b) <= TOLERANCE * size for a, b in zip(found[:num_compared], expected, strict=False))


@pytest.mark.parametrize("case", CASES)
def test_the_checkpoint_is_prepared_as_before_the_move(case: str, domain, tmp_path: Path):
    before = dict(_items(load_embedded()))
    model, counts = prepared(domain, tmp_path, **CASES[case])
    weights = weights_of(model, before)
    expected = pinned(f"prepared_{case}.json", {**counts, **facts_of(model), **weights})
    expected_weights = {name: expected.pop(name) for name in list(expected) if name in weights}
    assert {**counts, **facts_of(model)} == expected
    assert {name: shape for name, (shape, _) in weights.items()} == {
        name: shape for name, (shape, _) in expected_weights.items()
    }
    different = {
        name: (weights[name][1], content)
        for name, (_, content) in expected_weights.items()
        if not is_close(weights[name][1], content, is_drawn=case in DRAWN)
    }
    assert different == {}


def test_each_part_of_the_preparation_leaves_its_mark():
    """The pins tell the cases from one another: what one part does would be missed if it did not happen."""
    default, names_only, fitted, drawn, without = (
        committed(f"prepared_{case}.json")
        for case in ("default", "label_names_only", "fitted_only", "drawn", "no_gazetteers")
    )
    heads = ("intent_head.weight", "slot_head.weight", "crf.transitions")
    for name in heads:
        assert len({str(table[name][1]) for table in (default, names_only, fitted, drawn)}) == 4
    assert default["new_words"] > 0 and default["encoder.embeddings.table"][1] != "untouched"
    assert default["encoder.shared.layers.0.forward_lstm.weight_hh_l0"][1] == "untouched"
    assert default["gazetteers"] and not without["gazetteers"] and "gazetteer.phrases.table" not in without
