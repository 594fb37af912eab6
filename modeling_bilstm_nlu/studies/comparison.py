"""The low-resource protocol: arms, domains, sizes and seeds, the same data and the same steps for every arm."""

import hashlib
import json
import logging
import multiprocessing
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from datasets import DatasetDict
from datasets.utils.logging import disable_progress_bar as disable_datasets_progress
from tqdm import tqdm
from transformers import PrinterCallback
from transformers.utils import logging as transformers_logging

from ..baselines import MaxEntCrf
from ..data.domains import Domain, sample_utterances
from ..files import write_json
from ..hub.load import load_checkpoint
from ..tokenization_bilstm_nlu import build_tokenizer
from ..training import NluTrainer, NluTrainingArguments, TransferTrainer, build_model, limit_threads, prefers_bf16
from ..training.unfinished import domain_digest

__all__ = ["BASELINE_OPTIONS", "METHODS", "Arm", "Protocol", "run_arm", "run_grid"]

METHODS = ("network", "maxent_crf")

#: What an arm of the method `maxent_crf` may set.
BASELINE_OPTIONS = ("gazetteers", "slots_see_intent", "tune")

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Arm:
    """One way to get a model for a domain.

    Args:
        name: what tables and files call it.
        method: `network`, or `maxent_crf` for the baseline of the paper, which has no learning curve.
        base: the generic checkpoint to start from; `None` starts from random weights.
        model: arguments of `BiLstmNluConfig`, for a start from random weights.
        training: fields of `NluTrainingArguments`.
        options: arguments of `MaxEntCrf`, and `tune`, for that method.
    """

    name: str
    method: str = "network"
    base: str | None = None
    model: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Protocol:
    """What every arm has in common.

    Args:
        sizes: training utterances in all, one of each intent first.
        seeds: of the draw of utterances, the new layers and the batches.
        steps: optimisation steps of a run; nothing is chosen by validation, the last weights are tested.
        eval_steps: steps between two points of the learning curve.
        batch_size: utterances in a batch, or all there are.
    """

    sizes: Sequence[int] = (10, 30, 100, 300)
    seeds: Sequence[int] = (0, 1, 2)
    steps: int = 250
    eval_steps: int = 10
    batch_size: int = 16


def run_arm(arm: Arm, domain: Domain, size: int, seed: int, protocol: Protocol, output_dir: Path) -> dict[str, Any]:
    """Train one arm on `size` utterances of a domain and test it.

    The label lists are the whole domain's, so a slot type that the draw missed counts against every arm alike.

    Args:
        arm: how to train.
        domain: with `train`, `validation` (for the learning curve only) and `test`.
        size: utterances to draw.
        seed: of everything random.
        protocol: steps and batches.
        output_dir: for the trainer's files.

    Returns:
        A record with `arm`, `domain`, `size`, `seed`, `test` (scores), `curve` (points with `step` and scores of the
        validation split), `validation` (the last of them) and `seconds` (spent on training).
    """
    train = sample_utterances(domain.splits["train"], size, seed=seed)
    drawn = replace(domain, splits=DatasetDict({**domain.splits, "train": train}))
    measured = (
        _fit_baseline(arm, drawn) if arm.method == "maxent_crf" else _train(arm, drawn, seed, protocol, output_dir)
    )
    return {"arm": arm.name, "domain": domain.name, "size": size, "seed": seed, **measured}


def _fit_baseline(arm: Arm, domain: Domain) -> dict[str, Any]:
    """`MaxEntCrf` on a domain; it may not choose by the validation split, as no arm may."""
    started = time.perf_counter()
    options = dict(arm.options)
    tune = options.pop("tune", False)
    baseline = MaxEntCrf(**options).fit(domain, tune=tune, validation=None)
    seconds = time.perf_counter() - started
    scores = {split: baseline.score(domain.splits[split]) for split in ("validation", "test")}
    return {**scores, "curve": [], "seconds": seconds}


def _train(arm: Arm, drawn: Domain, seed: int, protocol: Protocol, output_dir: Path) -> dict[str, Any]:
    defaults: dict[str, Any] = {
        "output_dir": str(output_dir),
        "max_steps": protocol.steps,
        "per_device_train_batch_size": min(protocol.batch_size, len(drawn.splits["train"])),
        "eval_strategy": "steps",
        "eval_steps": protocol.eval_steps,
        "eval_on_start": True,
        "logging_strategy": "no",
        "disable_tqdm": True,
        "bf16": prefers_bf16(),
        "use_cpu": not torch.cuda.is_available(),
        "seed": seed,
    }
    args = NluTrainingArguments(**{**defaults, **arm.training})
    trainer: NluTrainer
    if arm.base is None:
        model = build_model(drawn, seed=seed, **arm.model)
        trainer = NluTrainer(model, args, drawn, processing_class=build_tokenizer())
    else:
        model, tokenizer = load_checkpoint(arm.base)
        trainer = TransferTrainer(model, args, drawn, processing_class=tokenizer)
    trainer.remove_callback(PrinterCallback)
    trainer.train()
    test = trainer.predict(trainer.encode(drawn.splits["test"], f"{drawn.name}/test"), metric_key_prefix="test")
    scores = {name.removeprefix("test_"): value for name, value in (test.metrics or {}).items()}
    curve = trainer.learning_curve.points
    return {"validation": curve[-1], "test": scores, "curve": curve, "seconds": curve[-1]["seconds"]}


def run_grid(
    arms: Sequence[Arm], domains: Sequence[Domain], protocol: Protocol, output_dir: Path, *, jobs: int = 1
) -> list[dict[str, Any]]:
    """Every arm on every domain, size and seed, in parallel processes of one thread each.

    Each record is kept in `output_dir/records` as soon as it is there; a run that was interrupted goes on where it
    stopped. A record made with other settings than now is made again.

    Args:
        arms: the ways to train.
        domains: the target domains; a size above a domain's training split is passed over for it.
        protocol: sizes, seeds, steps.
        output_dir: for records and scratch files.
        jobs: processes at a time.
    """
    tasks = [
        (arm, domain, size, seed)
        for size in protocol.sizes
        for domain in domains
        if size <= len(domain.splits["train"])
        for seed in protocol.seeds
        for arm in arms
    ]
    records: list[dict[str, Any]] = []
    missing = []
    for task in tasks:
        path = _record_path(output_dir, *task)
        settings = _settings(task[0], task[1], protocol)
        if path.exists() and (record := json.loads(path.read_text("utf-8"))).get("settings") == settings:
            records.append(record)
        else:
            missing.append(task)
    context = multiprocessing.get_context("spawn")  # forked torch processes hang in their thread pools
    with (
        tqdm(total=len(tasks), initial=len(records), desc="runs", unit="run") as progress,
        ProcessPoolExecutor(jobs, mp_context=context, initializer=_quiet_worker) as pool,
    ):
        futures = [pool.submit(_run_and_keep, *task, protocol, output_dir) for task in missing]
        for future in as_completed(futures):
            records.append(future.result())
            progress.update()
    return sorted(records, key=lambda r: (r["domain"], r["size"], r["seed"], r["arm"]))


def _settings(arm: Arm, domain: Domain, protocol: Protocol) -> dict[str, Any]:
    """All that a record depends on, the weights of the generic checkpoint and the data included."""
    common = {name: value for name, value in asdict(protocol).items() if name not in ("sizes", "seeds")}
    settings = {"arm": asdict(arm), "protocol": common, "bf16": prefers_bf16(), "domain": domain_digest(domain)}
    weights = Path(arm.base or "") / "model.safetensors"
    if arm.base is not None and weights.is_file():
        settings["base"] = hashlib.sha256(weights.read_bytes()).hexdigest()
    return json.loads(json.dumps(settings))


def _record_path(output_dir: Path, arm: Arm, domain: Domain, size: int, seed: int) -> Path:
    return output_dir / "records" / f"{domain.name}-{size}-{seed}-{arm.name}.json"


def _run_and_keep(
    arm: Arm, domain: Domain, size: int, seed: int, protocol: Protocol, output_dir: Path
) -> dict[str, Any]:
    path = _record_path(output_dir, arm, domain, size, seed)
    record = run_arm(arm, domain, size, seed, protocol, output_dir / "scratch" / path.stem)
    record["settings"] = _settings(arm, domain, protocol)
    write_json(path, record)
    return record


def _quiet_worker() -> None:
    limit_threads()
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    disable_datasets_progress()
