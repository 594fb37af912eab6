"""Run a recipe: load data, train, score, and write one repository folder. Interrupted runs can be resumed."""

import logging
import math
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from accelerate import PartialState
from transformers import PreTrainedTokenizerFast, PrinterCallback, TrainerCallback

from bilstm_nlu.errors import DataError, RecipeError

from ..data.domains import Domain
from ..data.mixtures.mixture import Mixture
from ..frames_bilstm_nlu import Frame
from ..hub.load import load_checkpoint
from ..hub.predict import predict
from ..hub.repository import check_replaceable
from ..modeling_bilstm_nlu import BiLstmNluForIntentAndSlots
from ..tokenization_bilstm_nlu import build_tokenizer
from .arguments import NluTrainingArguments
from .build import build_model, with_overrides
from .domain_card_data import example_texts, last_fit_facts, score_notes
from .final_fit import fit_everything
from .precision import limit_threads
from .pretraining.trainer import GenericTrainer
from .recipes import Recipe, TrainRecipe, TransferRecipe, recipe_document, training_arguments
from .resumable import ResumableRun
from .scoring import evaluate_checkpoint, right_example, score_splits
from .trainer import NluTrainer
from .transfer.trainer import TransferTrainer

__all__ = ["RunResult", "evaluate_checkpoint", "predict", "run"]

logger = logging.getLogger(__name__)

#: Training arguments that the model card lists.
_CARD_ARGUMENTS = (
    "learning_rate",
    "encoder_lr_scale",
    "embedding_lr_scale",
    "per_device_train_batch_size",
    "max_steps",
    "num_train_epochs",
    "lr_scheduler_type",
    "warmup_steps",
    "weight_decay",
    "bf16",
    "early_stopping_patience",
)
_CARD_TRANSFER_ARGUMENTS = (
    "reset_policy",
    "label_name_warm_start",
    "fit_heads",
    "freeze_steps",
    "gradual_unfreezing",
    "use_gazetteers",
    "name_utterances",
)
_CARD_TEACHER_ARGUMENTS = ("teacher", "distillation_weight", "extra_words")
_CARD_MIXTURE_ARGUMENTS = ("corpus_temperature", "catalog_share")


@dataclass(frozen=True)
class RunResult:
    """The result of a run.

    Attributes:
        folder: the repository folder: weights, tokenizer, code, card, scores, learning curve, recipe.
        domain: name of the domain.
        split: name of the split that the scores are from.
        scores: result of `score_frames`.
        learning_curve: one point for each evaluation on the validation split.
        steps: number of optimisation steps, including those before the run was resumed.
        best_step: step of the saved weights.
        seconds: duration since this start, without earlier starts.
        num_parameters: number of weights.
        resumed_from: step at which an interrupted run was resumed; 0 if the run was not interrupted.
        num_utterances: split -> number of utterances.
        last_fit_steps: number of steps of the last fit on all splits, after the scores; 0 without it.
        score_notes: what to know about the scores, one sentence each.
        example: the frame of an utterance of the split that the model gets right, if there is one.
        intervals: score -> its 95 % interval, for the main scores.
        num_groups: number of groups of utterances in the split, such as carrier phrases.
    """

    folder: Path
    domain: str
    split: str
    scores: dict[str, float]
    learning_curve: list[dict[str, float]]
    steps: int
    best_step: int
    seconds: float
    num_parameters: int
    resumed_from: int = 0
    num_utterances: dict[str, int] = field(default_factory=dict)
    last_fit_steps: int = 0
    score_notes: tuple[str, ...] = ()
    example: Frame | None = None
    intervals: dict[str, tuple[float, float]] = field(default_factory=dict)
    num_groups: int = 0


def run(
    recipe: Recipe,
    *,
    domain: Domain | None = None,
    resume: bool = True,
    callbacks: Sequence[TrainerCallback] = (),
    base: tuple[BiLstmNluForIntentAndSlots, PreTrainedTokenizerFast] | None = None,
) -> RunResult:
    """Train and score a model as a recipe says, and write the repository folder `recipe.output_dir`.

    A `TrainRecipe` starts from random weights, a `TransferRecipe` from its generic checkpoint.

    Args:
        recipe: all settings of the run.
        domain: the recipe's domain, if the caller has loaded it already.
        resume: continue where an interrupted run of the same recipe stopped.
        callbacks: callbacks of the trainer, such as a progress bar.
        base: the generic checkpoint of a `TransferRecipe`, if the caller has loaded it already; the run changes it.

    Raises:
        RecipeError: settings that cannot be combined, a missing generic checkpoint, or an interrupted run of another
            recipe for the same output folder.
        DataError: the data cannot be used.
        NluError: the generic checkpoint cannot be opened, the folder contains something else than a checkpoint,
            another run has this output folder, or the loss or a weight is not finite.
    """
    tokenizer, make_trainer = _start(recipe, list(callbacks), base)
    started = time.perf_counter()
    try:
        limit_threads(recipe.threads)
    except ValueError as error:
        raise RecipeError(f"threads: {error}") from error
    check_replaceable(Path(recipe.output_dir).expanduser().resolve())
    resumable = ResumableRun(recipe.output_dir)
    args = training_arguments(recipe, resumable.folder)
    domain = domain or recipe.data.load()
    _check_splits(recipe, args, domain)
    has_last_fit = recipe.last_fit and len(domain.splits) > 1 and not isinstance(domain, Mixture)
    fits_segments = args.fit_segments
    args.fit_segments = fits_segments and not has_last_fit  # once, to the last weights
    is_first = args.process_index == 0
    with resumable.locked() if is_first else nullcontext():
        if is_first:
            resumable.begin(recipe, domain, resume=resume)
        PartialState().wait_for_everyone()
        checkpoint = resumable.last_checkpoint()
        resumed_from = resumable.step
        try:
            trainer = make_trainer(args, domain)
            trainer.bare_model.config.prefer_dates = recipe.prefer_dates or trainer.bare_model.config.prefer_dates
            trainer.remove_callback(PrinterCallback)
            if checkpoint is not None:
                logger.info("continuing from step %d in %s", resumed_from, checkpoint)
            trainer.train(resume_from_checkpoint=None if checkpoint is None else str(checkpoint))
        except BaseException:
            if resumable.step == 0:
                resumable.discard()  # there is no checkpoint to continue from
            raise

        model = trainer.bare_model.as_saved(packed=recipe.packed)
        scored = [split for split in dict.fromkeys(("validation", recipe.data.split)) if split in domain.splits]
        found = score_splits(model, tokenizer, domain, scored)
        scores = found.card_data
        state = trainer.state
        best = state.best_model_checkpoint if args.load_best_model_at_end else None
        best_step = int(best.rpartition("-")[2]) if best else state.global_step
        num_utterances = {split: len(domain.splits[split]) for split in domain.splits}
        notes = score_notes(domain, recipe.data.split)
        more_steps = 0
        if has_last_fit:
            more_steps = fit_everything(
                trainer.bare_model,
                domain,
                args,
                tokenizer,
                steps=best_step,
                decision_fit=trainer.decision_fit,
                fit_segments=fits_segments,
            )
        folder = Path(recipe.output_dir).expanduser().resolve()
        if trainer.is_world_process_zero():
            trainer.write_repository(
                folder,
                recipe=recipe_document(recipe),
                packed=recipe.packed,
                **scores,
                score_notes=notes,
                **(last_fit_facts(domain, more_steps) if more_steps else {}),
                texts=example_texts(domain, recipe.data.split),
                hyper_parameters=_hyper_parameters(recipe, domain, state.global_step, best_step),
            )
            resumable.discard()
        trainer.accelerator.wait_for_everyone()
        return RunResult(
            folder=folder,
            domain=domain.name,
            split=recipe.data.split,
            scores=scores["metrics"][recipe.data.split],
            learning_curve=trainer.learning_curve.points,
            steps=state.global_step,
            best_step=best_step,
            seconds=time.perf_counter() - started,
            num_parameters=sum(weight.numel() for weight in trainer.bare_model.parameters()),
            resumed_from=resumed_from,
            num_utterances=num_utterances,
            last_fit_steps=more_steps,
            score_notes=notes,
            example=right_example(trainer.bare_model, tokenizer, domain, recipe.data.split),
            intervals=found.intervals[recipe.data.split],
            num_groups=found.num_groups[recipe.data.split],
        )


def _start(
    recipe: Recipe,
    callbacks: list[TrainerCallback],
    base: tuple[BiLstmNluForIntentAndSlots, PreTrainedTokenizerFast] | None,
) -> tuple[PreTrainedTokenizerFast, Callable[[NluTrainingArguments, Domain], NluTrainer]]:
    """Return the tokenizer of a run, and a function that makes its trainer."""
    if isinstance(recipe, TrainRecipe):
        tokenizer = build_tokenizer()
        return tokenizer, partial(_pretraining, recipe, tokenizer, callbacks)
    if recipe.base.checkpoint is None:
        raise RecipeError("the recipe has no generic checkpoint; set base.checkpoint to a folder or a hub id")
    model, tokenizer = base or load_checkpoint(recipe.base.checkpoint, recipe.base.revision)
    model = with_overrides(model, recipe.model)
    return tokenizer, partial(TransferTrainer, model, processing_class=tokenizer, callbacks=callbacks)


def _pretraining(
    recipe: TrainRecipe,
    tokenizer: PreTrainedTokenizerFast,
    callbacks: list[TrainerCallback],
    args: NluTrainingArguments,
    domain: Domain,
) -> NluTrainer:
    model = build_model(domain, tokenizer=tokenizer, seed=recipe.seed, **recipe.model)
    if isinstance(domain, Mixture):
        return GenericTrainer(model, args, domain, processing_class=tokenizer, callbacks=callbacks)
    return NluTrainer(model, args, domain, processing_class=tokenizer, callbacks=callbacks)


def _check_splits(recipe: Recipe, args: NluTrainingArguments, domain: Domain) -> None:
    have = ", ".join(domain.splits)
    if recipe.data.split not in domain.splits:
        raise DataError(
            f"domain {domain.name!r} has no {recipe.data.split} split to score the model on; it has: {have}; "
            f"give it at least four different utterances, or set data.split to one of these"
        )
    if args.eval_strategy != "no" and "validation" not in domain.splits:
        raise DataError(
            f"domain {domain.name!r} has no validation split; it has: {have}; "
            f"set data.validation_size above 0, or turn evaluation off with training.eval_strategy=no"
        )


def _hyper_parameters(recipe: Recipe, domain: Domain, steps: int, best_step: int) -> dict[str, Any]:
    names = [*_CARD_ARGUMENTS, *(_CARD_TRANSFER_ARGUMENTS if isinstance(recipe, TransferRecipe) else ())]
    if isinstance(domain, Mixture):
        names += [*_CARD_MIXTURE_ARGUMENTS, *(_CARD_TEACHER_ARGUMENTS if recipe.training["teacher"] else ())]
    values = {name: recipe.training[name] for name in names}
    # the card is JSON, which has no infinite numbers
    values = {name: str(value) if value == math.inf else value for name, value in values.items()}
    if "teacher" in values and Path(values["teacher"]).is_dir():
        values["teacher"] = Path(values["teacher"]).name  # its path on this machine is not useful for readers
    if values["max_steps"] < 0:
        del values["max_steps"]
    else:
        del values["num_train_epochs"]
    return {**values, "seed": recipe.seed, "steps": steps, "best_step": best_step}
