"""A checkpoint through both doors: with the package imported, and in a process that cannot import it."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from odd_checkpoints import HUB_FILES, TEXTS, odd_model
from safetensors import safe_open
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    PreTrainedTokenizerFast,
    Trainer,
    pipeline,
)
from transformers.utils import logging as transformers_logging

from modeling_bilstm_nlu import (
    TASK,
    BiLstmNluConfig,
    BiLstmNluForIntentAndSlots,
    BiLstmNluForSequenceClassification,
    BiLstmNluModel,
    BiLstmNluPipeline,
    NluTrainingArguments,
    build_tokenizer,
)
from modeling_bilstm_nlu.catalogs_bilstm_nlu import CATALOGS_FILE
from modeling_bilstm_nlu.configuration_bilstm_nlu import FORMAT_VERSION
from modeling_bilstm_nlu.hub import run_as_stranger
from modeling_bilstm_nlu.hub.card_metadata import PIPELINE_TAG
from modeling_bilstm_nlu.hub.embedded import DEFAULT_BASE
from modeling_bilstm_nlu.hub.load import load_checkpoint

STRANGER = """
import importlib, os
from pathlib import Path

folder = Path(given["alone"])  # the hub files, and nothing else
sys.path.insert(0, str(folder.parent))
for path in sorted(folder.glob("*_bilstm_nlu.py")):
    importlib.import_module(f"{folder.name}.{path.stem}")
loaded = sorted({name.partition(".")[0] for name in sys.modules} & set(given["refused"]))

from transformers import AutoConfig, AutoModel, AutoTokenizer, pipeline

folder, texts = given["folder"], given["texts"]
config = AutoConfig.from_pretrained(folder, trust_remote_code=True)
model = AutoModel.from_pretrained(folder, trust_remote_code=True)
model.save_pretrained("again")  # before a pipeline was made
tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=True)
tokenizer.save_pretrained("again")
batch = tokenizer(given["readable"], padding=True, return_tensors="pt")
output = model(**batch)
nlu = pipeline(model=folder, trust_remote_code=True, device="cpu")
named = pipeline("intent-and-slots", model=folder, trust_remote_code=True, device="cpu")
classify = pipeline("text-classification", model=folder, trust_remote_code=True, device="cpu")
classify.save_pretrained("third")
third = pipeline(model="third", trust_remote_code=True, device="cpu")
old = pipeline(model=given["old"], trust_remote_code=True, device="cpu")
again = pipeline(model="again", trust_remote_code=True, device="cpu")
try:
    pipeline(model=given["other"], trust_remote_code=True, device="cpu")
    refused = None
except ValueError as error:
    refused = str(error)
try:
    import modeling_bilstm_nlu
    package = True
except ModuleNotFoundError:
    package = False
answer = {
    "package": package,
    "refused": refused,
    "loaded": loaded,
    "modules": sorted({type(thing).__module__.partition(".")[0] for thing in (config, model, nlu)}),
    "tags": config.slot_tags,
    "intent_logits": output.intent_logits.tolist(),
    "slot_logits": output.slot_logits.tolist(),
    "frames": [nlu(text) for text in texts],
    "ranked": nlu(texts[0], top_k=2),
    "in_the_past": nlu(texts[0], prefer="past"),
    "all_ranked": [nlu(text, top_k=None) for text in texts[:3]],
    "strict": nlu(texts[0], threshold=1),
    "several": nlu(texts, multi=True),
    "tasks": [nlu.task, named.task],
    "named": [named(text) for text in texts],
    "classified": classify(texts[:3], top_k=None),
    "third": [third(text) for text in texts],
    "old": [old(text) for text in texts],
    "labels": [config.num_labels, config.id2label, config.label2id],
    "again": [again(text) for text in texts],
    "files": sorted(os.listdir("again")),
}
"""


#: What is installed with the package, and no stranger needs to have.
REFUSED = ["datasets", "seqeval", "evaluate", "typer", "dateparser", "babel", "faker"]


def readable(texts: list[str]) -> list[str]:
    return [text for text in texts if text.isprintable() and text]


def as_pushed_before(checkpoint: Path, folder: Path) -> Path:
    """A checkpoint whose config.json is that of the time when its task was called `bilstm-nlu`."""
    shutil.copytree(checkpoint, folder)
    config = json.loads((folder / "config.json").read_text())
    config["custom_pipelines"] = {"bilstm-nlu": config["custom_pipelines"][TASK]}
    del config["auto_map"]["AutoModelForSequenceClassification"]
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def with_another_tokenizer(checkpoint: Path, folder: Path) -> Path:
    """A checkpoint whose tokenizer gives other ids to the bytes."""
    shutil.copytree(checkpoint, folder)
    parts = json.loads((folder / "tokenizer.json").read_text())
    vocabulary = parts["model"]["vocab"]
    vocabulary["g"], vocabulary["h"] = vocabulary["h"], vocabulary["g"]
    (folder / "tokenizer.json").write_text(json.dumps(parts))
    return folder


@pytest.fixture(scope="module")
def stranger(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> dict:
    alone = tmp_path_factory.mktemp("alone") / "hub_files_alone"
    alone.mkdir()
    for name in ("__init__.py", *HUB_FILES):
        (alone / name).write_bytes((checkpoint / name).read_bytes() if name in HUB_FILES else b"")
    old = as_pushed_before(checkpoint, tmp_path_factory.mktemp("old") / "old")
    given = {"folder": str(checkpoint), "texts": TEXTS, "readable": readable(TEXTS), "old": str(old)}
    other = with_another_tokenizer(checkpoint, tmp_path_factory.mktemp("other") / "other")
    given |= {"alone": str(alone), "refused": REFUSED, "other": str(other)}
    answer = run_as_stranger(STRANGER, given)
    assert isinstance(answer, dict)
    return answer


def test_a_stranger_cannot_import_the_package(stranger: dict):
    assert stranger["package"] is False
    assert stranger["modules"] == ["transformers_modules"]


def test_the_hub_files_need_torch_and_transformers_alone(stranger: dict):
    assert stranger["loaded"] == []


def test_a_stranger_gets_the_same_numbers_bit_for_bit(
    stranger: dict, model: BiLstmNluForIntentAndSlots, tokenizer: PreTrainedTokenizerFast
):
    output = model(**tokenizer(readable(TEXTS), padding=True, return_tensors="pt"))
    assert torch.equal(torch.tensor(stranger["intent_logits"]), output.intent_logits)
    assert torch.equal(torch.tensor(stranger["slot_logits"]), output.slot_logits)
    assert stranger["tags"] == model.config.slot_tags


def test_a_stranger_gets_the_same_frames(
    stranger: dict, model: BiLstmNluForIntentAndSlots, tokenizer: PreTrainedTokenizerFast
):
    nlu = BiLstmNluPipeline(model=model, tokenizer=tokenizer, device="cpu")
    assert stranger["frames"] == [nlu(text) for text in TEXTS]
    assert stranger["ranked"] == nlu(TEXTS[0], top_k=2)
    assert stranger["strict"] == nlu(TEXTS[0], threshold=1) and stranger["strict"]["accepted"] is False
    assert (
        stranger["frames"][0]["accepted"]
        and stranger["frames"][0]["score"] != stranger["ranked"]["intents"][0]["score"]
    )
    assert stranger["several"] == nlu(TEXTS, multi=True)
    assert [len(frames) > 1 for frames in stranger["several"]] == [True, True, True, False, True]
    assert stranger["in_the_past"] == stranger["frames"][0], "without the package nothing reads dates"
    assert any(frame["slots"] for frame in stranger["frames"]), "odd weights that find no slot prove little"


def test_another_tokenizer_is_refused_with_the_package_and_without(stranger: dict, checkpoint: Path, tmp_path: Path):
    assert "tokenizer.json" in stranger["refused"] and "other" in stranger["refused"]
    folder = with_another_tokenizer(checkpoint, tmp_path / "mixed")
    with pytest.raises(ValueError, match=r"mixed.*tokenizer\.json"):
        pipeline(TASK, model=str(folder), device="cpu")


def test_one_task_name_opens_it(stranger: dict, checkpoint: Path, tmp_path: Path):
    assert stranger["tasks"] == [TASK, TASK] and stranger["named"] == stranger["frames"]
    old = as_pushed_before(checkpoint, tmp_path / "old")
    assert stranger["old"] == stranger["frames"], "and what was pushed under another name still opens"
    for folder in (checkpoint, old):
        for words in ((), (TASK,)):
            for flags in ({}, {"trust_remote_code": True}):
                nlu = pipeline(*words, model=str(folder), device="cpu", **flags)
                assert type(nlu) is BiLstmNluPipeline and nlu.task == TASK
                assert [nlu(text) for text in TEXTS] == stranger["frames"]


def test_a_model_that_was_saved_still_makes_a_pipeline(tokenizer: PreTrainedTokenizerFast, tmp_path: Path):
    model = odd_model()
    model.save_pretrained(tmp_path)
    assert pipeline(TASK, model=model, tokenizer=tokenizer)("play")["text"] == "play"


def test_the_intents_are_the_labels_for_a_stranger(stranger: dict, model: BiLstmNluForIntentAndSlots):
    config = model.config
    by_place = {str(place): intent for place, intent in config.id2label.items()}  # the answer came as JSON
    assert stranger["labels"] == [config.num_labels, by_place, config.label2id]


def test_what_the_hub_offers_for_the_tag_of_the_card_answers(stranger: dict, checkpoint: Path):
    """`pipeline_tag` is what "Use this model" gives to `pipeline`: a click must not end in an error."""
    assert PIPELINE_TAG == "text-classification"
    frames = stranger["frames"][:3]
    assert [ranked[0]["label"] for ranked in stranger["classified"]] == [frame["intent"] for frame in frames]
    scores = [ranked[0]["score"] for ranked in stranger["classified"]]
    assert scores == pytest.approx([frame["intents"][0]["score"] for frame in stranger["all_ranked"]], abs=1e-5)
    assert {len(ranked) for ranked in stranger["classified"]} == {stranger["labels"][0]}
    assert stranger["third"] == stranger["frames"], "saved from there it is the same checkpoint"
    here = pipeline(PIPELINE_TAG, model=str(checkpoint), device="cpu")
    assert type(here.model) is BiLstmNluForSequenceClassification
    assert here(TEXTS[:3], top_k=None) == stranger["classified"]
    assert here("")[0]["label"] in here.model.config.intents, (
        "a text without a word has no intent, but no error either"
    )


def test_the_classifier_reads_as_much_of_a_long_text_as_a_frame_does(checkpoint: Path):
    text = "play jazz " * 600 + "ask " * 200
    label, nlu = (pipeline(task, model=str(checkpoint), device="cpu") for task in (PIPELINE_TAG, TASK))
    frame = nlu(text, top_k=None)
    assert "truncated_at" in frame
    best = frame["intents"][0]
    assert label(text) == [{"label": best["intent"], "score": pytest.approx(best["score"], abs=1e-5)}]


def test_the_classifier_has_a_loss_like_any_other(checkpoint: Path, tokenizer: PreTrainedTokenizerFast):
    model = AutoModelForSequenceClassification.from_pretrained(checkpoint)
    batch = tokenizer(["play jazz", "ask"], padding=True, return_tensors="pt")
    output = model(**batch, labels=torch.tensor([1, 0]))
    joint = BiLstmNluForIntentAndSlots.from_pretrained(checkpoint)(**batch, intent_labels=torch.tensor([1, 0]))
    assert output.loss.isfinite() and torch.equal(output.loss, joint.loss)
    assert torch.allclose(output.logits.exp().sum(-1), torch.ones(2))


def test_loading_shows_no_progress_and_leaves_the_settings(
    checkpoint: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    for is_on in (True, False):
        monkeypatch.setattr(transformers_logging, "_tqdm_active", is_on)
        for kind in (AutoModel, BiLstmNluModel, AutoModelForSequenceClassification):
            kind.from_pretrained(checkpoint)
        load_checkpoint(checkpoint)
        load_checkpoint(DEFAULT_BASE)
        with pytest.raises(OSError):
            AutoModel.from_pretrained(checkpoint / "nowhere", config=BiLstmNluConfig())
        assert transformers_logging.is_progress_bar_enabled() == is_on
    assert "%|" not in "".join(capfd.readouterr())


def test_outputs_have_the_shapes_that_their_docstrings_say():
    sizes = {"shared_hidden": 3, "slot_hidden": 4, "intent_hidden": 5, "word_dim": 6, "ngram_dim": 7}
    ids = torch.tensor([[2, 300, 4, 5], [2, 300, 0, 0]])  # three words and one
    for is_wide in (True, False):
        config = BiLstmNluConfig(["a", "b", "c"], ["x"], **sizes, wide_intent=is_wide, skip_connections=is_wide)
        model = BiLstmNluForIntentAndSlots(config).eval()
        encoded = model.encoder(ids)
        assert encoded.last_hidden_state.shape == (2, 3, 2 * 3 + is_wide * (6 + 7))
        assert encoded.word_vectors.shape == (2, 3, 6 + 7)
        assert encoded.word_keys.shape == encoded.word_mask.shape == (2, 3)
        assert encoded.lengths.tolist() == [3, 1] and encoded.lengths.dtype == torch.int64
        output = model(ids, intent_labels=torch.tensor([0, 1]), output_hidden_states=True)
        assert (
            output.loss.shape == () and output.intent_logits.shape == (2, 3) and output.slot_logits.shape == (2, 3, 3)
        )
        for_intent, for_slots = output.hidden_states
        assert for_intent.shape == (2, 2 * 5 + is_wide * (6 + 7)) and for_slots.shape == (2, 3, 2 * 4)
        assert model(ids).loss is None and model(ids).hidden_states is None


def test_a_stranger_resolves_slots_with_the_catalogs_of_the_checkpoint(stranger: dict):
    slots = [slot for frame in stranger["frames"] for slot in frame["slots"]]
    resolved = {slot["value"]: slot["resolved"] for slot in slots if "resolved" in slot}
    assert resolved == {
        "living room": {"value": "lounge", "id": "LR"},
        "42": {"value": "forty two"},
        "Z\u00fcrich": {"value": "Zurich"},
    }
    assert any("resolved" not in slot for slot in slots)


def test_what_a_stranger_saves_works_for_the_next_one(stranger: dict):
    assert {CATALOGS_FILE, *HUB_FILES} <= set(stranger["files"])
    assert stranger["again"] == stranger["frames"]


def test_auto_classes_need_no_flag_where_the_package_is_imported(
    checkpoint: Path, model: BiLstmNluForIntentAndSlots, stranger: dict
):
    assert type(AutoConfig.from_pretrained(checkpoint)) is BiLstmNluConfig
    loaded = AutoModel.from_pretrained(checkpoint)
    assert type(loaded) is BiLstmNluForIntentAndSlots and not loaded.training
    tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    assert isinstance(tokenizer, PreTrainedTokenizerFast)
    for text in TEXTS[:3]:
        assert tokenizer(text)["input_ids"] == build_tokenizer()(text)["input_ids"]
    nlu = pipeline(TASK, model=str(checkpoint), device="cpu")
    assert type(nlu) is BiLstmNluPipeline
    assert [nlu(text) for text in TEXTS] == stranger["frames"]


def test_odd_weights_survive_bit_for_bit(checkpoint: Path, model: BiLstmNluForIntentAndSlots):
    loaded = BiLstmNluForIntentAndSlots.from_pretrained(checkpoint)
    before, after = model.state_dict(), loaded.state_dict()
    assert list(before) == list(after)
    assert [name for name in before if not torch.equal(before[name], after[name])] == []
    assert {name for name in before if name.endswith("table")} == {
        "encoder.embeddings.table",
        "gazetteer.phrases.table",
    }
    assert before["gazetteer.phrases.table"].any() and before["gazetteer.phrases.catalogs"].any()
    assert loaded.config.gazetteers == ["genre", "room"]
    assert loaded.config.to_diff_dict() | {"_name_or_path": ""} == model.config.to_diff_dict() | {"_name_or_path": ""}


def test_only_safetensors_are_written(checkpoint: Path):
    names = {path.name for path in checkpoint.iterdir()}
    assert names == {
        "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", CATALOGS_FILE, *HUB_FILES
    }  # fmt: skip
    with safe_open(checkpoint / "model.safetensors", framework="pt") as file:
        assert "encoder.embeddings.table" in file.keys()  # noqa: SIM118


def test_code_files_are_those_of_the_package_byte_for_byte(checkpoint: Path):
    for name, path in HUB_FILES.items():
        assert (checkpoint / name).read_bytes() == path.read_bytes(), name


def test_a_second_save_carries_everything_too(checkpoint: Path, tmp_path: Path):
    BiLstmNluForIntentAndSlots.from_pretrained(checkpoint).save_pretrained(tmp_path)
    assert {path.name for path in tmp_path.glob("*.py")} == set(HUB_FILES)
    assert json.loads((tmp_path / "config.json").read_text()) == json.loads((checkpoint / "config.json").read_text())
    assert (tmp_path / "model.safetensors").read_bytes() == (checkpoint / "model.safetensors").read_bytes()


def test_a_trainer_saves_the_pipeline_after_one_was_made(tokenizer: PreTrainedTokenizerFast, tmp_path: Path):
    model = odd_model()
    pipeline(TASK, model=model, tokenizer=tokenizer)("play")  # writes into model.config
    arguments = NluTrainingArguments(output_dir=str(tmp_path), use_cpu=True, disable_tqdm=True)
    Trainer(model, arguments, processing_class=tokenizer).save_model()
    assert set(HUB_FILES) <= {path.name for path in tmp_path.iterdir()}
    config = json.loads((tmp_path / "config.json").read_text())
    assert list(config["custom_pipelines"]) == [TASK]
    assert config["custom_pipelines"][TASK]["impl"] == "pipeline_bilstm_nlu.BiLstmNluPipeline"
    assert pipeline(TASK, model=str(tmp_path), device="cpu")("play")["text"] == "play"


def test_a_newer_format_says_so(checkpoint: Path, tmp_path: Path):
    config = json.loads((checkpoint / "config.json").read_text()) | {"format_version": FORMAT_VERSION + 1}
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(ValueError, match=f"format {FORMAT_VERSION + 1}.*{FORMAT_VERSION}"):
        AutoConfig.from_pretrained(tmp_path)


def test_an_encoder_is_part_of_a_joint_model_but_not_one(
    checkpoint: Path, model: BiLstmNluForIntentAndSlots, tmp_path: Path
):
    model.encoder.save_pretrained(tmp_path)
    assert BiLstmNluConfig.from_pretrained(tmp_path).gazetteers == ["genre", "room"]
    with pytest.raises(ValueError, match=r"missing: .*and \d+ more"):
        BiLstmNluForIntentAndSlots.from_pretrained(tmp_path)
    for folder in (tmp_path, checkpoint):
        back = BiLstmNluModel.from_pretrained(folder).state_dict()
        assert all(torch.equal(back[name], tensor) for name, tensor in model.encoder.state_dict().items())


def test_new_layers_are_sane(model: BiLstmNluForIntentAndSlots):
    fresh = BiLstmNluForIntentAndSlots(model.config)
    for name, weight in fresh.named_parameters():
        assert weight.isfinite().all() and weight.abs().max() < 10, name
    for name, weight in fresh.slot_stack.named_parameters():
        assert weight.any() == ("bias" not in name), name
    assert fresh(torch.tensor([[2, 300, 4]])).intent_logits.isfinite().all()
    weights = fresh.state_dict()
    recurrent = weights["encoder.shared.layers.0.forward_lstm.weight_hh_l0"]  # (4 * hidden, hidden), orthogonal
    assert torch.allclose(recurrent.T @ recurrent, torch.eye(recurrent.shape[1]), atol=1e-5)
    assert not weights["crf.transitions"].any() and not weights["encoder.embeddings.table"].any()
    assert not weights["gazetteer.phrases.catalogs"].any()
