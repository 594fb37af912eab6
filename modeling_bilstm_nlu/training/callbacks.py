"""Callbacks of the trainer: record the learning curve, freeze layers, end the training early."""

import json
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from torch import nn
from transformers import EarlyStoppingCallback, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from bilstm_nlu.files import write_json

__all__ = ["EarlyStopping", "FreezeCallback", "LearningCurveCallback"]


class LearningCurveCallback(TrainerCallback):
    """Records every evaluation and its training time, and stores the points in `learning_curve.json`.

    A point has `step`, `examples` (number of utterances trained on, repeats included), `seconds` (training time:
    batches and steps, without evaluation and saving) and every score of the evaluation, without the prefix `eval_`.
    Evaluations before or after the training are not recorded.
    """

    FILE = "learning_curve.json"

    def __init__(self) -> None:
        self.points: list[dict[str, float]] = []
        self.head_start = 0.0  # seconds spent on training before the first step
        self._seconds = 0.0
        self._mark = 0.0
        self._is_training = False
        self._num_train = 0

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        path = Path(args.output_dir or ".") / self.FILE
        self.points, self._seconds = [], self.head_start
        if state.global_step and path.exists():  # a resumed run
            self.points = [p for p in json.loads(path.read_text("utf-8")) if p["step"] <= state.global_step]
            self._seconds = self.points[-1]["seconds"] if self.points else 0.0
        self._is_training, self._num_train = True, len(kwargs["train_dataloader"].dataset)
        self._mark = time.perf_counter()

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        now = time.perf_counter()
        self._seconds, self._mark = self._seconds + now - self._mark, now

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        self._mark = time.perf_counter()

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        self._is_training = False

    def on_evaluate(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        metrics: dict[str, float] | None = None,
        **kwargs: Any,
    ) -> None:
        if not self._is_training or not metrics or "eval_combined_error" not in metrics:
            return
        scores = {name.removeprefix("eval_"): value for name, value in metrics.items() if name.startswith("eval_")}
        for timing in ("runtime", "samples_per_second", "steps_per_second", "model_preparation_time"):
            scores.pop(timing, None)
        examples = round((state.epoch or 0) * self._num_train)
        point = {"step": state.global_step, "examples": examples, "seconds": self._seconds, **scores}
        self.points = [p for p in self.points if p["step"] != point["step"]] + [point]
        if state.is_world_process_zero:
            write_json(Path(args.output_dir or ".") / self.FILE, self.points)
        self._mark = time.perf_counter()


class FreezeCallback(TrainerCallback):
    """Freezes layers at the start of the training, and unfreezes them one group after another.

    Args:
        stages: pairs of a module and the step at which it is unfrozen.
    """

    def __init__(self, stages: Iterable[tuple[nn.Module, int]]):
        self.stages = list(stages)

    def _apply(self, step: int) -> None:
        for module, release in self.stages:
            module.requires_grad_(step >= release)

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        self._apply(state.global_step)  # after the optimizer is built, because it would never train frozen weights

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        if any(state.global_step == release for _, release in self.stages):
            self._apply(state.global_step)

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        self._apply(max((release for _, release in self.stages), default=0))


class EarlyStopping(EarlyStoppingCallback):
    """Ends the training after some evaluations without a better score, and as soon as no score can be better.

    The weights of the first of several equal evaluations are kept, so more steps after an evaluation without an error
    would change nothing.

    Args:
        patience: number of evaluations without a better `metric_for_best_model`.
    """

    def __init__(self, patience: int):
        super().__init__(early_stopping_patience=patience)

    def on_evaluate(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        metrics: dict[str, float] | None = None,
        **kwargs: Any,
    ) -> None:
        super().on_evaluate(args, state, control, metrics, **kwargs)
        name = (args.metric_for_best_model or "").removeprefix("eval_")
        if name.endswith("_error") and not args.greater_is_better and (metrics or {}).get(f"eval_{name}") == 0:
            control.should_training_stop = True
