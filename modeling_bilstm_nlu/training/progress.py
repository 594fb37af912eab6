"""A progress bar for people who watch."""

from typing import Any

from tqdm import tqdm
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

__all__ = ["ProgressBar"]


class ProgressBar(TrainerCallback):
    """Shows steps and the latest frame error on standard error; silent where nobody watches (no terminal).

    Args:
        description: what is being done.
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
        disabled = True if self.is_quiet else None  # None: where standard error is no terminal
        self._bar = tqdm(
            total=state.max_steps,
            initial=state.global_step,
            desc=self.description,
            unit="step",
            disable=disabled,
            leave=False,
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
            self._bar.set_postfix_str(f"validation frame error {metrics['eval_frame_error']:.1%}")

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        self.close()

    def close(self) -> None:
        """Take the bar away; needed where training was interrupted."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
