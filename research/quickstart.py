"""The main use in two minutes: publish a generic checkpoint, pull it, train it on a new skill, compare."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean, median
from tempfile import TemporaryDirectory
from typing import Any

from bilstm_nlu.errors import RecipeError
from bilstm_nlu.files import write_json
from modeling_bilstm_nlu.data.domains import Domain
from modeling_bilstm_nlu.hub.load import load_checkpoint
from modeling_bilstm_nlu.hub.predict import predict
from modeling_bilstm_nlu.hub.refresh import gather_card_data
from modeling_bilstm_nlu.hub.verify import verify_repository
from modeling_bilstm_nlu.hub.writing import write_repository
from modeling_bilstm_nlu.training.automatic import automatic_training
from modeling_bilstm_nlu.training.precision import limit_threads
from modeling_bilstm_nlu.training.recipes import TrainRecipe, TransferRecipe
from modeling_bilstm_nlu.training.runs import run

from .studies.comparison import run_arm
from .studies.figures import relative_reduction
from .studies.pictures import draw_learning_curves
from .studies.protocol import Arm, Protocol
from .studies.summary import summarise

__all__ = ["quickstart"]

#: Settings of a run that the protocol sets in the same way for both arms.
_OF_THE_PROTOCOL = (
    "eval_delay",
    "eval_on_start",
    "eval_steps",
    "eval_strategy",
    "load_best_model_at_end",
    "logging_strategy",
    "max_steps",
    "num_train_epochs",
    "per_device_train_batch_size",
    "save_strategy",
)
_SCORES = ("combined_error", "intent_accuracy", "slot_f1", "frame_accuracy", "semantic_error_rate")


def quickstart(
    scratch: TrainRecipe,
    transfer: TransferRecipe,
    output_dir: Path,
    *,
    seeds: Sequence[int] = (0, 1, 2),
    tell: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Publish a generic checkpoint, then compare transfer from it with training from random weights.

    Both arms get the same utterances, as many as the transfer recipe's `data.train_size`, and make the same number of
    steps; each seed draws other utterances. All seeds count, and each run uses the test split once, at its end.

    Args:
        scratch: the network of the other arm, and its training.
        transfer: the new skill, the generic checkpoint, and the training.
        output_dir: for `summary.json`, the picture and, in `hub`, the published generic checkpoint.
        seeds: for the draws.
        tell: called with a line about every stage, for people who wait.

    Returns:
        The content of `summary.json`: `scratch` and `transfer` (mean scores on the test split, and `steps_to_best`:
        the median number of steps to the best validation score of the scratch arm), `relative_reduction` of the
        combined error, `steps_ratio`, `seconds`, the scores of the `skill` after fine-tuning on all utterances, and
        the settings of the comparison.

    Raises:
        RecipeError: the transfer recipe lacks `data.train_size` or `base.checkpoint`.
        NluError: there is no such checkpoint.
    """
    started = time.perf_counter()
    size, base = transfer.data.train_size, transfer.base.checkpoint
    if size is None or base is None:
        raise RecipeError("the transfer recipe needs data.train_size and base.checkpoint")
    limit_threads(transfer.threads)
    skill = replace(transfer.data, train_size=None).load()
    model, tokenizer = load_checkpoint(base)
    folder = output_dir / "hub" / Path(base).name
    packed = model.config.packed_weights
    generic = write_repository(folder, model, tokenizer, gather_card_data(base), packed=packed)
    tell(f"published the generic checkpoint {Path(base).name} in {generic}")
    verify_repository(generic, _examples(skill))
    tell("a process without this package loads it and gives the same results")

    protocol = Protocol(
        sizes=(size,),
        seeds=tuple(seeds),
        steps=transfer.training["max_steps"],
        eval_steps=int(transfer.training["eval_steps"]),
        batch_size=transfer.training["per_device_train_batch_size"],
    )
    arms = [
        Arm("scratch", model=scratch.model, training=_settings(scratch.training)),
        Arm("transfer", base=str(generic), training=_settings(transfer.training)),
    ]
    records = []
    for seed in seeds:
        for arm in arms:
            with TemporaryDirectory() as scratch_dir:
                records.append(run_arm(arm, skill, size, seed, protocol, Path(scratch_dir)))
        errors = ", ".join(f"{r['arm']} {r['test']['combined_error']:.1%}" for r in records[-2:])
        tell(f"{skill.name}, {size} utterances, draw {seed}: combined error {errors}")

    tell(f"fine-tuning {Path(base).name} on all {len(skill.splits['train']):,} utterances of {skill.name}")
    longer = automatic_training(len(skill.splits["train"]), is_transfer=True, steps=2 * protocol.steps)
    whole = replace(transfer, data=replace(transfer.data, train_size=None), training={**transfer.training, **longer})
    tuned = run(whole, domain=skill)
    tell(f"published in {transfer.output_dir}: frame accuracy {tuned.scores['frame_accuracy']:.1%} on its test split")
    frames = list(predict(tuned.folder, _examples(skill)))
    picture = draw_learning_curves(
        records,
        output_dir / "learning_curve.png",
        title=f"{skill.name}: {size} utterances, {len(seeds)} draws",
        names={"scratch": "from scratch", "transfer": "transfer"},
    )
    summary = {
        **_figures(records),
        "seconds": time.perf_counter() - started,
        "skill": {name: tuned.scores[name] for name in _SCORES},
        "num_parameters": tuned.num_parameters,
        "train_size": size,
        "steps": protocol.steps,
        "seeds": list(seeds),
        "test_utterances": len(skill.splits["test"]),
        "frames": frames,
        "checkpoints": {"generic": str(generic), "skill": transfer.output_dir},
        "picture": str(picture),
        "runs": [{name: record[name] for name in ("arm", "seed", "test", "seconds")} for record in records],
    }
    write_json(output_dir / "summary.json", summary)
    return summary


def _settings(training: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in training.items() if name not in _OF_THE_PROTOCOL}


def _figures(records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Mean scores of both arms, and the steps that each needs to reach the best validation score of scratch."""
    runs = {name: [record for record in records if record["arm"] == name] for name in ("scratch", "transfer")}
    figures: dict[str, Any] = {
        arm: {name: fmean(record["test"][name] for record in found) for name in _SCORES} for arm, found in runs.items()
    }
    best = [min(point["combined_error"] for point in record["curve"]) for record in runs["scratch"]]
    for arm, found in runs.items():
        figures[arm]["steps_to_best"] = median(
            min((p["step"] for p in record["curve"] if p["combined_error"] <= goal), default=float("inf"))
            for record, goal in zip(found, best, strict=True)
        )
    if figures["transfer"]["steps_to_best"] == float("inf"):
        figures["transfer"]["steps_to_best"] = None  # never, and JSON has no infinity
    errors = (figures[arm]["combined_error"] for arm in ("scratch", "transfer"))
    figures["relative_reduction"] = relative_reduction(*errors)
    figures["steps_ratio"] = summarise(records)["median_steps_ratio"]
    return figures


def _examples(domain: Domain, count: int = 3) -> list[str]:
    """The first test utterance with a slot for each of some intents."""
    first: dict[str | None, str] = {}
    for utterance in domain.utterances("test"):
        if utterance.spans:
            first.setdefault(utterance.intent, utterance.text)
    return list(first.values())[:count]
