"""A progress bar for training in a terminal."""

from typing import Any

from tqdm import tqdm
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

__all__ = ["ProgressBar"]

_DELAY = 2.0  # seconds before a bar is shown


class ProgressBar(TrainerCallback):
    """Shows steps and the last frame error on standard error, if standard error is a terminal.

    Trainings of less than two seconds show nothing.

    Args:
        description: text in front of the bar.
        is_quiet: show nothing at all.
    """

    def __init__(self, description: str, *, is_quiet: bool = False):
        self.description = description
        self.is_quiet = is_quiet
        self._bar: Any = None

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        self.close()
        disabled = True if self.is_quiet else None  # None: disabled if standard error is not a terminal
        self._bar = tqdm(
            total=state.max_steps,
            initial=state.global_step,
            desc=self.description,
            unit="step",
            disable=disabled,
            leave=False,
            delay=_DELAY,
            dynamic_ncols=True,
        )

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        if self._bar is not None:
            self._bar.update()

    def on_evaluate(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        metrics: dict[str, float] | None = None,
        **kwargs: Any,
    ) -> None:
        if self._bar is not None and metrics and "eval_frame_error" in metrics:
            self._bar.set_postfix_str(f"validation frame error {metrics['eval_frame_error']:.1%}", refresh=False)

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        self.close()

    def close(self) -> None:
        """Remove the bar; needed if training was interrupted."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
