"""Recipes: read strictly, written down completely."""

from dataclasses import asdict, fields, replace
from pathlib import Path

import pytest
import transformers
from transformers import TrainingArguments

from bilstm_nlu.errors import RecipeError
from modeling_bilstm_nlu.training.arguments import NluTrainingArguments
from modeling_bilstm_nlu.training.automatic import automatic_model, automatic_training
from modeling_bilstm_nlu.training.recipes import (
    TrainRecipe,
    TransferRecipe,
    build_recipe,
    dump_recipe,
    load_recipe,
    recipe_document,
    training_arguments,
)
from modeling_bilstm_nlu.training.recipes.values import parse_yaml

#: Recipes as this package wrote them when it stored every key.
COMPLETE = Path(__file__).with_name("recipes")
CONFIGURATION = Path(__file__).resolve().parents[2] / "configuration"
FILES = sorted((CONFIGURATION / "train").glob("*.yaml")) + sorted((CONFIGURATION / "transfer").glob("*.yaml"))


def test_there_are_recipes():
    assert {
        "train/snips",
        "train/massive",
        "train/massive_generic",
        "train/generic_base",
        "train/generic_small",
        "train/generic_leave_out_1",
        "transfer/default",
    } <= {f"{path.parent.name}/{path.stem}" for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_recipe_in_configuration_loads(path: Path, tmp_path: Path):
    recipe = load_recipe(path)
    assert isinstance(recipe, TransferRecipe if path.parent.name == "transfer" else TrainRecipe)
    assert training_arguments(recipe, tmp_path).output_dir == str(tmp_path)  # values that go together
    assert not Path(recipe.data.source or "").is_absolute(), "a recipe must work on every machine"


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_dumped_recipe_reads_as_the_same(path: Path, tmp_path: Path):
    recipe = load_recipe(path)
    text = dump_recipe(recipe, tmp_path / "recipe.yaml")
    assert load_recipe(tmp_path / "recipe.yaml") == recipe
    document = parse_yaml(text, "dump")
    assert document == recipe_document(recipe)
    assert document["versions"]["transformers"] == transformers.__version__
    for section in ("data", "model", "base"):
        assert document.get(section) == asdict(recipe).get(section)


def test_a_dumped_recipe_says_all_keys_of_ours_and_of_transformers_what_differs():
    stored = recipe_document(build_recipe({"training": {"max_steps": 7, "adam_beta1": 0.9}}))["training"]
    assert stored["max_steps"] == 7 and "adam_beta1" not in stored and "dataloader_num_workers" not in stored
    assert {"adam_beta2", "carrier_dropout", "early_stopping_patience", "bf16", "use_cpu"} <= stored.keys()
    of_transformers = {item.name for item in fields(TrainingArguments)}
    ours = {item.name for item in fields(NluTrainingArguments)} - of_transformers
    assert ours <= stored.keys()
    assert len(stored.keys() & of_transformers) < 20


@pytest.mark.parametrize("name, same", [("transfer", "transfer/quickstart"), ("train", "train/generic_small")])
def test_recipes_that_were_written_with_every_key_still_read(name: str, same: str):
    old = load_recipe(COMPLETE / f"complete_{name}.yaml")
    new = load_recipe(CONFIGURATION / f"{same}.yaml")
    machine = {"bf16": None, "use_cpu": None}
    assert old.training | machine == new.training | machine
    assert replace(old, training={}) == replace(
        new, training={}, packed=False, last_fit=True
    )  # there were no such keys


def test_packing_used_to_be_a_key_of_the_model():
    assert not build_recipe({"model": {"packed_weights": False}}).packed
    recipe = build_recipe({"model": {"packed_weights": True}})
    assert recipe.packed and "packed_weights" not in recipe.model
    assert not build_recipe({"model": {"packed_weights": True}, "packed": False}).packed
    with pytest.raises(RecipeError, match="packed must be true or false"):
        build_recipe({"packed": "yes"})


def test_keys_of_another_version_of_transformers_are_left_out_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    path = tmp_path / "recipe.yaml"
    path.write_text("training: {group_by_length: false, max_steps: 3, warmup_ratio: null, logging_dir: x}\n")
    recipe = load_recipe(path)
    known = {item.name for item in fields(TrainingArguments)}
    foreign = [name for name in ("group_by_length", "logging_dir", "warmup_ratio") if name not in known]
    assert recipe.training["max_steps"] == 3 and not recipe.training.keys() & set(foreign)
    assert ", ".join(foreign) in caplog.text and (not foreign or str(path) in caplog.text)
    path.write_text("training: {gradient_checkpointing: null}\n")  # a release of transformers writes it so
    assert load_recipe(path).training["gradient_checkpointing"] in (None, False)
    path.write_text("training: {use_quantum: true}\nversions: {transformers: 5.99.0}\n")
    assert "use_quantum" not in load_recipe(path).training
    assert "use_quantum" in caplog.text and "5.99.0" in caplog.text
    for versions in ("", f"versions: {{transformers: {transformers.__version__}}}\n"):
        path.write_text("training: {use_quantum: true}\n" + versions)
        with pytest.raises(RecipeError, match="use_quantum"):
            load_recipe(path)
    path.write_text("model: {use_quantum: true}\nversions: {transformers: 5.99.0}\n")
    with pytest.raises(RecipeError, match="use_quantum"):
        load_recipe(path)


@pytest.mark.parametrize(
    "document, message",
    [
        ("dat: {}", "'dat'.*'data'"),
        ("data: {sorce: x}", r"\[data\].*'sorce'.*'source'"),
        ("model: {use_crv: true}", r"\[model\].*'use_crv'.*'use_crf'"),
        ("model: {intents: [a]}", r"\[model\].*'intents'"),
        ("training: {carrier_dropuot: 0.1}", r"\[training\].*'carrier_dropuot'.*'carrier_dropout'"),
        ("versions: {transformers: 5}", "versions"),
        ("training: {output_dir: x}\nversions: {transformers: 5.1.0}", r"\[training\].*'output_dir'"),
        ("training: {output_dir: x}", r"\[training\].*'output_dir'"),
        ("training: {hub_token: x}", r"\[training\].*'hub_token'"),
        ("base: {checkpoin: x}", r"\[base\].*'checkpoin'.*'checkpoint'"),
        ("base: {}\nmodel: {word_dim: 3}", r"\[model\].*'word_dim'"),
        ("data: {format: massive, options: {domain: [a]}}", "'domains'"),
        ("data: {format: massiv}", r"\[data\].*'massiv'"),
        ("data: {format: ask, options: {max_per_carrier: abc}}", "max_per_carrier='abc'"),
        ("data: {source: ask, options: {seed: 3}}", r"\[data\].*seed"),
        ("data: {source: mature, options: {exclud: [a]}}", r"'mature'.*exclud\b.*exclude"),
        ("data: {source: mature, options: {size: many}}", "size='many'"),
        ("data: {split: dev}", r"\[data\].*split.*train, validation, test"),
        ("data: [a]", r"\[data\]"),
        ("data: {source: 3}", r"\[data\].*source.*3"),
        ("seed: 1.5", "seed.*1.5"),
        ("prefer_dates: sideways", "prefer_dates.*future.*past.*'sideways'"),
        ("prefer_dates: 1", "prefer_dates.*1"),
        ("base: {}\nprefer_dates: Past", "prefer_dates.*future.*past.*'Past'"),
        ("model: {prefer_dates: past}", r"\[model\].*'prefer_dates'"),
        ("training: {learning_rate: fast}", r"\[training\].*learning_rate.*'fast'"),
        ("training: {max_steps: true}", r"\[training\].*max_steps.*True"),
        ("training: {bf16: 'yes'}", r"\[training\].*bf16.*'yes'"),
        ("training: {eval_strategy: often}", "eval_strategy.*no, steps, epoch.*'often'"),
        ("model: {dropout: 1.5}", r"\[model\].*dropout.*1.5"),
        ("base: {}\nmodel: {dropout: 1.5}", r"\[model\].*dropout.*1.5"),
        ("seed: 1\nseed: 2", "line 2.*'seed'"),
        ("training: {", "line 2"),
        ("- a", "not a recipe"),
    ],
)
def test_what_is_wrong_is_named(document: str, message: str, tmp_path: Path):
    path = tmp_path / "broken.yaml"
    path.write_text(document + "\n")
    with pytest.raises(RecipeError, match=message) as error:
        load_recipe(path)
    assert "broken.yaml" in str(error.value)


def test_a_missing_file_and_one_that_is_no_text(tmp_path: Path):
    with pytest.raises(RecipeError, match="nowhere.yaml"):
        load_recipe(tmp_path / "nowhere.yaml")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RecipeError, match="UTF-8"):
        load_recipe(tmp_path / "binary.yaml")


@pytest.mark.parametrize(
    "text, value",
    [
        ("1e-3", 0.001),
        ("2.5E+2", 250.0),
        (".5", 0.5),
        ("-1.", -1.0),
        ("7", 7),
        ("no", "no"),
        ("on", "on"),
        ("true", True),
        ("null", None),
        ("1e-3x", "1e-3x"),
        ("2024-01-01", "2024-01-01"),
    ],
)
def test_yaml_reads_as_people_do(text: str, value: object):
    found = parse_yaml(text, "text")
    assert found == value and type(found) is type(value)


def test_values_are_fitted_to_their_kind():
    recipe = build_recipe({"training": {"max_steps": 20.0, "learning_rate": 1, "warmup_steps": 5}, "model": None})
    assert recipe.training["max_steps"] == 20 and isinstance(recipe.training["max_steps"], int)
    assert isinstance(recipe.training["learning_rate"], float)


def test_overrides_go_before_the_file(tmp_path: Path):
    path = tmp_path / "recipe.yaml"
    path.write_text("seed: 3\ntraining: {max_steps: 5}\n")
    recipe = load_recipe(
        path, ["training.learning_rate=1e-4", "seed=4", "data.options.domains=[alarm]", "data.source='a b'"]
    )
    assert recipe.training["learning_rate"] == 1e-4 and recipe.training["max_steps"] == 5
    assert recipe.seed == 4 and recipe.data.options == {"domains": ["alarm"]} and recipe.data.source == "a b"
    assert isinstance(load_recipe(path, ["base.checkpoint=some/where"]), TransferRecipe)
    for wrong in ("seed", "=3", "seed.deeper=1", "training..x=1"):
        with pytest.raises(RecipeError, match="override"):
            load_recipe(path, [wrong])
    with pytest.raises(RecipeError, match="'learning_rat'"):
        load_recipe(path, ["training.learning_rat=1"])


def test_the_mixture_of_mature_domains(tmp_path: Path):
    (tmp_path / "data" / "massive").mkdir(parents=True)
    sample = (CONFIGURATION.parent / "tests" / "samples" / "massive_tiny.jsonl").read_text()
    sample = sample.replace('"kitchen"', '"cooking"').replace('"pets"', '"play"')
    (tmp_path / "data" / "massive" / "en-US.jsonl").write_text(sample)
    overrides = [f"data.data_dir={tmp_path / 'data'}", f"data.options.cache_dir={tmp_path / 'cache'}"]
    overrides.append("data.options.corpora=[massive]")
    data = load_recipe(CONFIGURATION / "train" / "generic_base.yaml", overrides).data
    domain = data.load()
    assert (
        data.split == "validation" and set(domain.splits) == {"train", "validation"} and domain.name == "generic-base"
    )
    assert set(domain.splits["train"]["domain"]) == {"massive/cooking", "massive/play"}
    overrides.append("data.options.exclude=[massive/play]")
    domain = load_recipe(CONFIGURATION / "train" / "generic_base.yaml", overrides).data.load()
    assert set(domain.splits["train"]["domain"]) == {"massive/cooking"}


def test_values_that_do_not_go_together(tmp_path: Path):
    recipe = build_recipe({"training": {"load_best_model_at_end": True, "eval_strategy": "steps"}})
    with pytest.raises(RecipeError, match=r"\[training\].*strategy"):
        training_arguments(recipe, tmp_path)


def test_the_data_section_loads_a_domain(tmp_path: Path):
    lines = [f'{{"text": "play tune {i}", "intent": "play", "spans": []}}' for i in range(40)]
    (tmp_path / "train.jsonl").write_text("\n".join(lines))
    (tmp_path / "test.jsonl").write_text('{"text": "play it", "intent": "play", "spans": []}')
    data = build_recipe({"data": {"source": str(tmp_path), "train_size": 10}}).data
    domain = data.load()
    assert len(domain.splits["train"]) == 10 and len(domain.splits["test"]) == 1
    assert len(domain.splits["validation"]) == 6  # cut off train, since the source brings none
    with pytest.raises(RecipeError, match="data"):
        build_recipe({}).data.load()


@pytest.mark.parametrize("num_train", [1, 9, 60, 1_700, 13_000, 80_000])
@pytest.mark.parametrize("has_validation", [True, False])
def test_automatic_settings_suit_data_of_any_size(num_train: int, has_validation: bool, tmp_path: Path):
    training = automatic_training(num_train, has_validation=has_validation, is_transfer=True)
    recipe = build_recipe({"model": automatic_model(num_train), "training": training})
    assert training_arguments(recipe, tmp_path).max_steps == training["max_steps"]
    assert 200 <= training["max_steps"] <= 6000 and 8 <= training["per_device_train_batch_size"] <= 64
    assert training["max_steps"] % training["save_steps"] == 0
    assert ("eval_steps" in training) == has_validation


def test_automatic_settings_follow_what_was_chosen():
    assert automatic_training(100, steps=7)["max_steps"] == 7
    assert automatic_training(100, steps=7)["eval_steps"] == 1
    assert automatic_training(64, epochs=2)["max_steps"] == 16
    with pytest.raises(ValueError, match="steps"):
        automatic_training(100, steps=0)
    with pytest.raises(ValueError, match="epochs"):
        automatic_training(100, epochs=0)
