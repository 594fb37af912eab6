"""A checkpoint through both doors: with the package imported, and in a process that cannot import it."""

import json
from pathlib import Path

import pytest
import torch
from odd_checkpoints import HUB_FILES, TEXTS, odd_model
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModel, AutoTokenizer, PreTrainedTokenizerFast, Trainer, pipeline

from modeling_bilstm_nlu import (
    TASK,
    BiLstmNluConfig,
    BiLstmNluForIntentAndSlots,
    BiLstmNluModel,
    BiLstmNluPipeline,
    NluTrainingArguments,
    build_tokenizer,
)
from modeling_bilstm_nlu.catalogs_bilstm_nlu import CATALOGS_FILE
from modeling_bilstm_nlu.configuration_bilstm_nlu import FORMAT_VERSION
from modeling_bilstm_nlu.hub import run_as_stranger

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
again = pipeline(model="again", trust_remote_code=True, device="cpu")
try:
    import modeling_bilstm_nlu
    package = True
except ModuleNotFoundError:
    package = False
answer = {
    "package": package,
    "loaded": loaded,
    "modules": sorted({type(thing).__module__.partition(".")[0] for thing in (config, model, nlu)}),
    "tags": config.slot_tags,
    "intent_logits": output.intent_logits.tolist(),
    "slot_logits": output.slot_logits.tolist(),
    "frames": [nlu(text) for text in texts],
    "ranked": nlu(texts[0], top_k=2),
    "again": [again(text) for text in texts],
    "files": sorted(os.listdir("again")),
}
"""


#: What is installed with the package, and no stranger needs to have.
REFUSED = ["datasets", "seqeval", "evaluate", "typer", "dateparser", "babel", "faker"]


def readable(texts: list[str]) -> list[str]:
    return [text for text in texts if text.isprintable() and text]


@pytest.fixture(scope="module")
def stranger(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> dict:
    alone = tmp_path_factory.mktemp("alone") / "hub_files_alone"
    alone.mkdir()
    for name in ("__init__.py", *HUB_FILES):
        (alone / name).write_bytes((checkpoint / name).read_bytes() if name in HUB_FILES else b"")
    given = {"folder": str(checkpoint), "texts": TEXTS, "readable": readable(TEXTS)}
    given |= {"alone": str(alone), "refused": REFUSED}
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
    assert any(frame["slots"] for frame in stranger["frames"]), "odd weights that find no slot prove little"


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
    assert config["custom_pipelines"]["bilstm-nlu"]["impl"] == "pipeline_bilstm_nlu.BiLstmNluPipeline"
    assert pipeline(TASK, model=str(tmp_path), device="cpu")("play")["text"] == "play"


def test_a_newer_format_says_so(checkpoint: Path, tmp_path: Path):
    config = json.loads((checkpoint / "config.json").read_text()) | {"format_version": FORMAT_VERSION + 1}
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(ValueError, match=rf"format {FORMAT_VERSION + 1}, this code reads up to {FORMAT_VERSION}"):
        AutoConfig.from_pretrained(tmp_path)


def test_an_encoder_becomes_a_joint_model_with_sane_new_layers(
    checkpoint: Path, model: BiLstmNluForIntentAndSlots, tmp_path: Path
):
    model.encoder.save_pretrained(tmp_path)
    config = BiLstmNluConfig.from_pretrained(tmp_path)
    joint = BiLstmNluForIntentAndSlots.from_pretrained(tmp_path)
    for name, tensor in model.encoder.state_dict().items():
        assert torch.equal(joint.encoder.state_dict()[name], tensor), name
    assert_sane(joint)
    assert config.gazetteers == ["genre", "room"]
    back = BiLstmNluModel.from_pretrained(checkpoint)
    assert all(torch.equal(back.state_dict()[name], tensor) for name, tensor in model.encoder.state_dict().items())


def test_one_missing_weight_leaves_its_neighbours_alone(
    checkpoint: Path, model: BiLstmNluForIntentAndSlots, tmp_path: Path
):
    missing = {
        "encoder.shared.layers.0.forward_lstm.weight_hh_l0",
        "encoder.embeddings.table",
        "slot_stack.layers.0.backward_lstm.weight_ih_l0",
        "crf.transitions",
        "gazetteer.phrases.catalogs",
        "gazetteer.marks.intent_weight",
        "intent_pooling.attention.weight",
    }
    weights = load_file(checkpoint / "model.safetensors")
    save_file({k: v for k, v in weights.items() if k not in missing}, tmp_path / "model.safetensors", {"format": "pt"})
    (tmp_path / "config.json").write_bytes((checkpoint / "config.json").read_bytes())
    loaded = BiLstmNluForIntentAndSlots.from_pretrained(tmp_path).state_dict()
    for name, tensor in model.state_dict().items():
        if name not in missing:
            assert torch.equal(loaded[name], tensor), name
    for name in missing - {"encoder.embeddings.table", "gazetteer.phrases.catalogs"}:
        assert loaded[name].isfinite().all() and loaded[name].abs().max() < 10, name
    recurrent = loaded["encoder.shared.layers.0.forward_lstm.weight_hh_l0"]  # (4 * hidden, hidden), orthogonal
    assert torch.allclose(recurrent.T @ recurrent, torch.eye(recurrent.shape[1]), atol=1e-5)
    assert not loaded["crf.transitions"].any() and not loaded["encoder.embeddings.table"].any()
    assert not loaded["gazetteer.phrases.catalogs"].any()


def assert_sane(model: BiLstmNluForIntentAndSlots) -> None:
    for name, weight in model.named_parameters():
        assert weight.isfinite().all() and weight.abs().max() < 10, name
    for name, weight in model.slot_stack.named_parameters():
        assert weight.any() == ("bias" not in name), name
    assert model(torch.tensor([[2, 300, 4]])).intent_logits.isfinite().all()
