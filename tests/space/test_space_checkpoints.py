"""Which checkpoints the Space takes: pinned ones, of this kind, with code of their own."""

import json
import shutil
from pathlib import Path

import pytest
from checkpoints import Checkpoint, open_checkpoint, read_checkpoints

from modeling_bilstm_nlu.hub.predict import predict

COMMIT = "0123456789abcdef" * 2 + "01234567"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "checkpoints.json"


def test_the_file_is_read(file: Path):
    file.write_text(json.dumps([{"model": "acme/home", "revision": COMMIT, "examples": ["hello"]}]))
    found = read_checkpoints({}, file)
    assert found == {"acme/home @ 0123456": Checkpoint("acme/home", COMMIT, ("hello",))}


def test_the_variable_goes_before_the_file(file: Path, toy_checkpoint: Path):
    file.write_text("not even JSON")
    found = read_checkpoints({"BILSTM_NLU_CHECKPOINTS": f"acme/home@{COMMIT},\n {toy_checkpoint} ,"}, file)
    assert list(found) == ["acme/home @ 0123456", "toy-checkpoint"]
    assert found["toy-checkpoint"] == Checkpoint(str(toy_checkpoint))


def test_a_folder_with_an_at_sign_is_a_folder(file: Path, tmp_path: Path):
    (tmp_path / "a@b").mkdir()
    assert list(read_checkpoints({"BILSTM_NLU_CHECKPOINTS": f"{tmp_path}/a@b"}, file)) == ["a@b"]


@pytest.mark.parametrize(
    "text, message",
    [
        ("acme/home", "commit"),
        ("acme/home@main", "commit"),
        ("acme/home@v1.0", "commit"),
        (f"acme/home@{COMMIT[:7]}", "commit"),
        (f"acme/home@{COMMIT.upper()}", "commit"),
        (f"../home@{COMMIT}", "home|folder"),
        (f"acme/../home@{COMMIT}", "home|folder"),
        (f"https://evil.example/home@{COMMIT}", "home|folder"),
        ("/no/such/folder", "home|folder"),
        (f"acme/home@{COMMIT},acme/home@{COMMIT}", "name"),
    ],
)
def test_what_is_not_pinned_is_refused(file: Path, text: str, message: str):
    with pytest.raises(ValueError, match=message):
        read_checkpoints({"BILSTM_NLU_CHECKPOINTS": text}, file)


@pytest.mark.parametrize(
    "text, message",
    [
        ("[]", "checkpoint"),
        ("{", "checkpoints.json"),
        ("3", "checkpoints.json"),
        ('["acme/home"]', "checkpoints.json"),
        ('[{"model": "acme/home"}]', "commit"),
        ('[{"model": "acme/home", "commit": "x"}]', "commit"),
    ],
)
def test_a_broken_file_is_an_error(file: Path, text: str, message: str):
    file.write_text(text)
    with pytest.raises(ValueError, match=message):
        read_checkpoints({}, file)


def test_no_checkpoint_at_all_says_what_to_do(file: Path):
    with pytest.raises(ValueError, match="checkpoints.json.*BILSTM_NLU_CHECKPOINTS"):
        read_checkpoints({"BILSTM_NLU_CHECKPOINTS": " , "}, file)


def test_a_checkpoint_parses_as_the_package_does(toy_checkpoint: Path):
    checkpoint = Checkpoint(str(toy_checkpoint))
    nlu = open_checkpoint(checkpoint)
    assert open_checkpoint(checkpoint) is nlu
    texts = ["play hey jude", "make the living room brighter", ""]
    assert [nlu(text, top_k=2) for text in texts] == list(predict(toy_checkpoint, texts, top_k=2, normalise=None))
    assert nlu(texts[0])["slots"][0]["resolved"] == {"value": "hey jude"}


@pytest.mark.parametrize("file", ["config.json", "model.safetensors", "modeling_bilstm_nlu.py"])
def test_what_is_no_checkpoint_is_refused(toy_checkpoint: Path, tmp_path: Path, file: str):
    shutil.copytree(toy_checkpoint, tmp_path / "broken")
    (tmp_path / "broken" / file).unlink()
    with pytest.raises(ValueError, match=f"broken.*{file}"):
        open_checkpoint(Checkpoint(str(tmp_path / "broken")))


@pytest.mark.parametrize("file", ["config.json", "tokenizer_config.json"])
def test_code_of_another_repository_is_refused(toy_checkpoint: Path, tmp_path: Path, file: str):
    shutil.copytree(toy_checkpoint, tmp_path / "sly")
    config = json.loads((tmp_path / "sly" / file).read_text())
    config["auto_map"] = {"AutoModel": "evil/repo--modeling_bilstm_nlu.Thing"}
    (tmp_path / "sly" / file).write_text(json.dumps(config))
    with pytest.raises(ValueError, match=f"sly.*{file}"):
        open_checkpoint(Checkpoint(str(tmp_path / "sly")))
