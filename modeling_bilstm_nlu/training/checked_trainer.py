"""A Trainer that stops when numbers are not finite, weights of a checkpoint do not fit, or the disk is full."""

import math
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import accelerate.optimizer
import torch
from accelerate import DistributedType
from torch import nn
from transformers import Trainer
from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR, TrainOutput, get_last_checkpoint

from bilstm_nlu.errors import NluError

from ..encoder_bilstm_nlu import infinite_weights

__all__ = ["CheckedTrainer"]

#: What torch says when it cannot write a file; it names neither the file nor the error of the system.
_TORCH_CANNOT_WRITE = ("inline_container", "PytorchStreamWriter")


@contextmanager
def _optional_optimizers_known() -> Iterator[None]:
    """Let accelerate look only once whether an optional package is installed, instead of twice in each step."""
    module: Any = accelerate.optimizer
    search = module.is_lomo_available
    module.is_lomo_available = cache(search)
    try:
        yield
    finally:
        module.is_lomo_available = search


class CheckedTrainer(Trainer):
    """Stops with an error instead of training, saving or loading weights that cannot be used.

    Checkpoints that were saved before the error stay, because every checkpoint is checked before it is saved.
    """

    _step = -1
    _batch = 0

    def training_step(self, model: nn.Module, inputs: dict[str, Any], *args: Any, **kwargs: Any) -> torch.Tensor:
        """Train on a batch, see `transformers.Trainer.training_step`.

        Raises:
            NluError: the loss is not finite.
        """
        step = self.state.global_step
        self._batch = self._batch + 1 if step == self._step else 1
        self._step = step
        loss = super().training_step(model, inputs, *args, **kwargs)
        if not loss.isfinite().all():
            self._stop(f"step {step + 1}, batch {self._batch} of this step", f"the loss is {loss.float().mean():g}")
        return loss

    def train(self, *args: Any, **kwargs: Any) -> TrainOutput:
        """Train the model, see `transformers.Trainer.train`.

        Raises:
            NluError: the loss or a weight is not finite, or a checkpoint to load does not fit the model.
        """
        with _optional_optimizers_known():
            result = super().train(*args, **kwargs)
        self._check_weights()
        return result

    def floating_point_ops(self, inputs: dict[str, Any]) -> int:
        """Return 0: no one reads this number, and it takes a tenth of a step to count all weights."""
        return 0

    def _clip_grad_norm(self, model: nn.Module) -> torch.Tensor:
        is_plain = self.accelerator.distributed_type == DistributedType.NO and self.accelerator.scaler is None
        if self.optimizer is None or not is_plain:
            return super()._clip_grad_norm(model)
        groups = self.optimizer.param_groups  # searching the model for its weights takes longer than the norm
        gradients = [weight.grad for group in groups for weight in group["params"] if weight.grad is not None]
        norm = torch.nn.utils.get_total_norm(gradients)
        if not norm <= self.args.max_grad_norm:
            torch._foreach_mul_(gradients, self.args.max_grad_norm / (norm + 1e-6))
        return norm

    def _save_checkpoint(self, model: nn.Module, trial: Any) -> None:
        """Write a checkpoint whole or not at all, see `transformers.Trainer._save_checkpoint`.

        Raises:
            NluError: a weight is not finite, or torch cannot write a file.
            OSError: another file cannot be written.
        """
        self._check_weights()
        folder = Path(self._get_output_dir(trial)) / f"{PREFIX_CHECKPOINT_DIR}-{self.state.global_step}"
        try:
            super()._save_checkpoint(model, trial)
        except (OSError, RuntimeError) as error:
            if isinstance(error, RuntimeError) and not any(sign in str(error) for sign in _TORCH_CANNOT_WRITE):
                raise
            written = max(folder.glob("*"), key=lambda file: file.stat().st_mtime_ns, default=folder)
            shutil.rmtree(folder, ignore_errors=True)  # half a checkpoint only takes space
            if isinstance(error, OSError):
                error.filename = error.filename or str(written)
                raise
            raise NluError(
                f"{written}: torch cannot write the file; free space on the disk{self._last_good()}"
            ) from error

    def log(self, logs: dict[str, float], *args: Any, **kwargs: Any) -> None:
        """Record numbers of the training, see `transformers.Trainer.log`.

        Gradient norms that are not finite are left out; half precision skips their steps.

        Raises:
            NluError: a loss is not finite.
        """
        odd = [name for name, value in logs.items() if isinstance(value, float) and not math.isfinite(value)]
        if losses := [name for name in odd if name.endswith("loss")]:
            self._stop(f"step {self.state.global_step}", f"{losses[0]} is {logs[losses[0]]:g}")
        super().log({name: value for name, value in logs.items() if name not in odd}, *args, **kwargs)

    def _check_weights(self) -> None:
        if names := infinite_weights(self.accelerator.unwrap_model(self.model).state_dict()):
            more = f" and {len(names) - 1} more" if len(names) > 1 else ""
            self._stop(f"step {self.state.global_step}", f"weights are not finite: {names[0]}{more}")

    def _determine_best_metric(self, metrics: dict[str, float], *args: Any, **kwargs: Any) -> bool:
        try:
            return super()._determine_best_metric(metrics, *args, **kwargs)
        except KeyError as error:
            known = sorted(name.removeprefix("eval_") for name in metrics)
            raise NluError(
                f"metric_for_best_model={self.args.metric_for_best_model!r} is not a score of this data; "
                f"use one of {', '.join(known)}"
            ) from error

    def _stop(self, place: str, problem: str) -> NoReturn:
        raise NluError(
            f"{place}: {problem}; set a learning_rate below {self.args.learning_rate:g}, "
            f"or a lower max_grad_norm{self._last_good()}"
        )

    def _last_good(self) -> str:
        """The end of a message: where the last good model is, if there is one."""
        folder = self.args.output_dir
        last = None if folder is None else get_last_checkpoint(folder)
        return "" if last is None else f"; the last good model is in {last}"

    def _issue_warnings_after_load(self, load_result: Any) -> None:
        """Refuse a checkpoint of the trainer whose weights are not those of the model; called after each loading."""
        for what, names in (("lacks", load_result.missing_keys), ("has unknown", load_result.unexpected_keys)):
            if names:
                more = f" and {len(names) - 3} more" if len(names) > 3 else ""
                raise NluError(
                    f"a checkpoint in {self.args.output_dir} {what} weights: {', '.join(names[:3])}{more}; "
                    "delete the folder and train again"
                )
