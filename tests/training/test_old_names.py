"""Arguments that were renamed keep reading under their old names: in checkpoints and in recipes."""

from typing import Any

import pytest

from bilstm_nlu.errors import RecipeError
from modeling_bilstm_nlu import BiLstmNluConfig
from modeling_bilstm_nlu.training.recipes import build_recipe

OLD = {"word_rows": 64, "ngram_rows": 128, "intents": ["a", "b"], "intent_slots": {"a": ["x"]}, "slot_types": ["x"]}


def test_a_config_of_format_1_reads():
    config = BiLstmNluConfig.from_dict({**OLD, "other_slot_chances": {"a": 0.25}, "format_version": 1})
    assert (config.vocabulary_size, config.ngram_buckets) == (64, 128)
    assert config.undeclared_slot_probabilities == {"a": 0.25}
    assert not {"word_rows", "ngram_rows", "other_slot_chances"} & config.to_dict().keys()


def test_old_values_are_checked_too():
    with pytest.raises(ValueError, match="vocabulary_size"):
        BiLstmNluConfig(word_rows=1)


def test_a_recipe_with_old_names_reads():
    training = {"carrier_thinning": 0.125, "recall_labels": False}
    recipe = build_recipe({"model": {"word_rows": 64, "ngram_rows": 128}, "training": training})
    assert recipe.model["vocabulary_size"] == 64 and recipe.model["ngram_buckets"] == 128
    assert recipe.training["carrier_word_deletion"] == 0.125 and recipe.training["label_name_warm_start"] is False


@pytest.mark.parametrize(
    "section, keys",
    [
        ("model", {"word_rows": 64, "vocabulary_size": 64}),
        ("training", {"carrier_thinning": 0.5, "carrier_word_deletion": 0.5}),
    ],
)
def test_a_recipe_with_both_names_is_refused(section: str, keys: dict[str, Any]):
    with pytest.raises(RecipeError, match=rf"\[{section}\].*{min(keys)}|\[{section}\].*{max(keys)}"):
        build_recipe({section: keys})
