"""The learning curve on disk, layers that are frozen at first, and runs that end early."""

import json
import os
from pathlib import Path

import pytest
from torch import nn
from torch.utils.data import DataLoader
from transformers import TrainerControl, TrainerState, TrainingArguments

from bilstm_nlu.files import write_json
from modeling_bilstm_nlu.training import callbacks
from modeling_bilstm_nlu.training.callbacks import EarlyStopping, FreezeCallback, LearningCurveCallback


@pytest.fixture
def args(tmp_path: Path) -> TrainingArguments:
    return TrainingArguments(
        output_dir=str(tmp_path / "run"), per_device_train_batch_size=4, gradient_accumulation_steps=2, use_cpu=True
    )


def at(step: int, *, is_first: bool = True) -> TrainerState:
    """The state of a run of five steps an epoch."""
    return TrainerState(global_step=step, epoch=step / 5, is_world_process_zero=is_first)


def begin(curve: LearningCurveCallback, args: TrainingArguments, step: int = 0) -> None:
    data = DataLoader(list(range(37)), batch_size=4)  # the last batch of an epoch is short
    curve.on_train_begin(args, at(step), TrainerControl(), train_dataloader=data)


def evaluate(
    curve: LearningCurveCallback, args: TrainingArguments, step: int, error: float = 0.5, *, is_first: bool = True
) -> None:
    metrics = {"eval_combined_error": error, "eval_loss": 1.0, "eval_runtime": 9.0, "epoch": 1.0}
    metrics |= {"eval_samples_per_second": 9.0, "eval_steps_per_second": 9.0}
    curve.on_evaluate(args, at(step, is_first=is_first), TrainerControl(), metrics=metrics)


def on_disk(args: TrainingArguments) -> list[dict[str, float]]:
    return json.loads((Path(args.output_dir or "") / LearningCurveCallback.FILE).read_text("utf-8"))


class TestWriteJson:
    def test_makes_folders_and_replaces_the_old_file(self, tmp_path):
        path = tmp_path / "new" / "folder" / "a.json"
        write_json(path, {"name": "größer"})
        write_json(path, [1, 2])
        assert json.loads(path.read_text("utf-8")) == [1, 2] and os.listdir(path.parent) == ["a.json"]

    def test_an_error_leaves_the_old_file(self, tmp_path, monkeypatch):
        path = tmp_path / "a.json"
        write_json(path, "old")
        with pytest.raises(TypeError):
            write_json(path, {"it": object()})
        assert json.loads(path.read_text("utf-8")) == "old" and os.listdir(tmp_path) == ["a.json"]

        def stop(*_):
            raise KeyboardInterrupt

        monkeypatch.setattr(os, "replace", stop)  # written, but not yet in its place
        with pytest.raises(KeyboardInterrupt):
            write_json(path, "new")
        assert json.loads(path.read_text("utf-8")) == "old"


class TestLearningCurve:
    def test_a_point_has_bare_scores_and_what_they_took(self, args):
        curve = LearningCurveCallback()
        begin(curve, args)
        evaluate(curve, args, 0, 0.9)
        for step in range(1, 11):
            curve.on_step_end(args, at(step), TrainerControl())
        evaluate(curve, args, 10, 0.2)
        first, last = on_disk(args)
        assert first == {"step": 0, "examples": 0, "seconds": 0.0, "combined_error": 0.9, "loss": 1.0}
        assert (last["step"], last["examples"], last["combined_error"]) == (10, 2 * 37, 0.2) and last["seconds"] > 0
        assert curve.points == [first, last]

    def test_evaluating_and_saving_take_no_seconds(self, args, monkeypatch):
        clock = [100.0]
        monkeypatch.setattr(callbacks.time, "perf_counter", lambda: clock[0])
        curve = LearningCurveCallback()
        begin(curve, args)
        for step in (1, 2):
            clock[0] += 3.0  # a batch and a step
            curve.on_step_end(args, at(step), TrainerControl())
            clock[0] += 50.0
            evaluate(curve, args, step)
            clock[0] += 50.0
            curve.on_save(args, at(step), TrainerControl())
        assert [point["seconds"] for point in on_disk(args)] == [3.0, 6.0]

    def test_the_seconds_of_fitting_heads_count(self, args):
        curve = LearningCurveCallback()
        curve.head_start = 2.5
        begin(curve, args)
        evaluate(curve, args, 0)
        assert curve.points[0]["seconds"] == 2.5

    def test_a_step_evaluated_twice_is_one_point(self, args):
        curve = LearningCurveCallback()
        begin(curve, args)
        for error in (0.5, 0.4):
            evaluate(curve, args, 8, error)
        assert [point["combined_error"] for point in on_disk(args)] == [0.4]

    def test_other_evaluations_are_passed_over(self, args):
        curve = LearningCurveCallback()
        evaluate(curve, args, 0)  # before the training
        begin(curve, args)
        for metrics in (None, {}, {"test_combined_error": 0.1}):
            curve.on_evaluate(args, at(1), TrainerControl(), metrics=metrics)
        curve.on_train_end(args, at(1), TrainerControl())
        evaluate(curve, args, 1)  # after it
        assert curve.points == [] and not Path(args.output_dir or "").exists()

    def test_one_process_writes(self, args):
        curve = LearningCurveCallback()
        begin(curve, args)
        evaluate(curve, args, 1, is_first=False)
        assert len(curve.points) == 1 and not Path(args.output_dir or "").exists()

    def test_a_run_that_goes_on_keeps_the_points_up_to_its_checkpoint(self, args):
        first = LearningCurveCallback()
        first.head_start = 1.5
        begin(first, args)
        for step in (4, 8, 12):
            evaluate(first, args, step)
        again = LearningCurveCallback()
        again.head_start = 7.0  # not spent again
        begin(again, args, 8)
        assert [point["step"] for point in again.points] == [4, 8]
        evaluate(again, args, 12, 0.1)
        assert [point["step"] for point in on_disk(args)] == [4, 8, 12]
        assert [point["seconds"] for point in on_disk(args)] == [1.5, 1.5, 1.5]  # no step was made
        assert on_disk(args)[-1]["combined_error"] == 0.1

    def test_a_run_from_the_start_forgets_what_lies_there(self, args):
        old, curve = LearningCurveCallback(), LearningCurveCallback()
        begin(old, args)
        evaluate(old, args, 4)
        begin(curve, args)
        assert curve.points == []

    def test_a_run_that_goes_on_without_a_file_starts_a_curve(self, args):
        curve = LearningCurveCallback()
        begin(curve, args, 8)
        evaluate(curve, args, 12)
        assert [point["step"] for point in on_disk(args)] == [12]


class TestFreeze:
    def begin(self, args: TrainingArguments, step: int) -> tuple[FreezeCallback, list[nn.Linear]]:
        layers = [nn.Linear(2, 2), nn.Linear(2, 2), nn.Linear(2, 2)]
        callback = FreezeCallback((layer, release) for layer, release in zip(layers, (2, 4), strict=False))
        callback.on_train_begin(args, at(step), TrainerControl())
        return callback, layers

    @staticmethod
    def trained(layers: list[nn.Linear]) -> list[bool]:
        return [all(weight.requires_grad for weight in layer.parameters()) for layer in layers]

    def test_stages_are_released_one_after_another(self, args):
        callback, layers = self.begin(args, 0)
        seen = [self.trained(layers)]
        for step in range(1, 6):
            callback.on_step_end(args, at(step), TrainerControl())
            seen.append(self.trained(layers))
        shut, first, both = [False, False, True], [True, False, True], [True, True, True]
        assert seen == [shut, shut, first, first, both, both]

    @pytest.mark.parametrize("step, expected", [(1, [False, False]), (2, [True, False]), (5, [True, True])])
    def test_a_run_that_goes_on_finds_its_stage(self, args, step, expected):
        _, layers = self.begin(args, step)
        assert self.trained(layers) == [*expected, True]

    def test_a_run_that_ends_early_leaves_nothing_frozen(self, args):
        callback, layers = self.begin(args, 0)
        callback.on_train_end(args, at(1), TrainerControl())
        assert all(self.trained(layers))

    def test_no_stages_do_nothing(self, args):
        callback = FreezeCallback([])
        callback.on_train_begin(args, at(0), TrainerControl())
        callback.on_step_end(args, at(1), TrainerControl())
        callback.on_train_end(args, at(1), TrainerControl())


@pytest.mark.parametrize(
    "name, value, is_over",
    [("frame_error", 0.0, True), ("frame_error", 0.01, False), ("loss", 0.0, False), ("eval_frame_error", 0.0, True)],
)
def test_training_ends_when_no_error_is_left(tmp_path, name: str, value: float, is_over: bool):
    args = TrainingArguments(
        output_dir=str(tmp_path),
        use_cpu=True,
        metric_for_best_model=name,
        greater_is_better=False,
        eval_strategy="steps",
        eval_steps=1,
        save_steps=1,
        load_best_model_at_end=True,
    )
    control = TrainerControl()
    metrics = {f"eval_{name.removeprefix('eval_')}": value}
    EarlyStopping(3).on_evaluate(args, at(5), control, metrics=metrics)
    assert control.should_training_stop is is_over
