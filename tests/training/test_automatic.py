"""Automatic settings: they suit data of any size, fit together, and give way to what people choose."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modeling_bilstm_nlu import BiLstmNluConfig
from modeling_bilstm_nlu.training import TransferArguments
from modeling_bilstm_nlu.training.automatic import automatic_model, automatic_training

CHOICES = st.one_of(
    st.just({}),
    st.builds(lambda steps: {"steps": steps}, st.integers(1, 10_000)),
    st.builds(lambda epochs: {"epochs": epochs}, st.floats(0.01, 100)),
)


@given(st.integers(1, 1_000_000), CHOICES)
def test_the_last_step_is_evaluated(num_train, choice):
    settings = automatic_training(num_train, **choice)
    steps, every = settings["max_steps"], settings["eval_steps"]
    assert 1 <= every <= steps and steps % every == 0 and 1 <= steps // every <= 12
    assert settings["save_strategy"] == "best"  # the checkpoint of another evaluation would never be read
    assert 8 <= settings["per_device_train_batch_size"] <= 64


@pytest.mark.parametrize(
    "num_train, steps, batch_size",
    [(1, 300, 8), (100, 300, 8), (400, 600, 16), (2_500, 1_500, 64), (1_000_000, 6_000, 64)],
)
def test_steps_and_batches_grow_with_the_data(num_train, steps, batch_size):
    settings = automatic_training(num_train)
    assert (settings["max_steps"], settings["per_device_train_batch_size"]) == (steps, batch_size)


@pytest.mark.parametrize(
    "num_train, is_skill, steps, batch_size",
    [
        (1, True, 120, 8),
        (600, True, 198, 16),
        (4_999, True, 564, 32),
        (5_000, True, 2_124, 64),
        (1, False, 200, 8),
        (600, False, 368, 32),
        (5_000, False, 2_124, 64),
    ],
)
def test_small_data_takes_fewer_steps_from_a_generic_checkpoint(num_train, is_skill, steps, batch_size):
    settings = automatic_training(num_train, is_transfer=True, is_skill=is_skill)
    assert (settings["max_steps"], settings["per_device_train_batch_size"]) == (steps, batch_size)


@given(st.integers(1, 100_000), st.integers(1, 100_000), st.booleans(), st.booleans())
def test_more_data_is_never_trained_on_for_less_time(one, other, is_transfer, is_skill):
    facts = {"is_transfer": is_transfer, "is_skill": is_skill}
    few, many = (automatic_training(count, **facts) for count in sorted((one, other)))
    assert few["max_steps"] <= many["max_steps"]
    assert few["per_device_train_batch_size"] <= many["per_device_train_batch_size"]


def test_a_chosen_length_is_kept_to_the_step():
    settings = automatic_training(100, steps=97)  # a prime: evaluated after every step or once
    assert settings["max_steps"] == 97 and settings["eval_steps"] == 97
    assert settings["early_stopping_patience"] == 0
    assert automatic_training(100)["early_stopping_patience"] == 6
    assert automatic_training(100, is_transfer=True, is_skill=True)["early_stopping_patience"] == 3


def test_epochs_become_steps():
    assert automatic_training(100, epochs=2)["max_steps"] == 2 * 13  # 12 batches of 8, and one of 4
    assert automatic_training(100, epochs=0.01)["max_steps"] == 1
    assert automatic_training(100, epochs=2)["early_stopping_patience"] == 0
    assert automatic_training(100, steps=5, epochs=2)["max_steps"] == 5


def test_without_a_validation_split_nothing_is_evaluated():
    settings = automatic_training(100, has_validation=False)
    assert not {"eval_strategy", "eval_steps", "load_best_model_at_end", "early_stopping_patience"} & set(settings)
    assert (settings["save_strategy"], settings["save_steps"]) == ("steps", settings["max_steps"] // 12)


def test_new_heads_are_fitted_first_in_transfer_alone():
    assert automatic_training(100, is_transfer=True)["fit_heads"] is True
    assert "fit_heads" not in automatic_training(100)


@pytest.mark.parametrize(
    "choice, message",
    [
        ({"steps": 0}, "steps"),
        ({"steps": -3}, "steps"),
        ({"epochs": 0}, "epochs"),
        ({"epochs": float("nan")}, "epochs"),
    ],
)
def test_refuses_a_length_that_is_none(choice, message):
    with pytest.raises(ValueError, match=message):
        automatic_training(100, **choice)


@pytest.mark.parametrize("has_validation", [True, False])
def test_the_settings_are_arguments_of_the_trainer(tmp_path, has_validation):
    settings = automatic_training(50, is_transfer=True, has_validation=has_validation)
    args = TransferArguments(output_dir=str(tmp_path), use_cpu=True, **settings)
    assert args.max_steps == 200 and args.load_best_model_at_end is has_validation


@pytest.mark.parametrize(
    "num_train, facts, rate",
    [
        (100, {}, 5e-3),
        (100, {"is_transfer": True}, 5e-3),
        (100, {"is_transfer": True, "is_skill": True}, 5e-3),
        (50_000, {}, None),
        (50_000, {"is_transfer": True}, None),
    ],
)
def test_small_data_takes_larger_steps(num_train, facts, rate):
    assert automatic_training(num_train, **facts).get("learning_rate") == rate


def test_small_data_gets_a_small_word_table():
    assert (
        BiLstmNluConfig(**automatic_model(4_999)).vocabulary_size
        < BiLstmNluConfig(**automatic_model(5_000)).vocabulary_size
    )
