"""The page and what it asks: its files, who may train, and what is taken as data."""

import base64
import io
import zipfile
from pathlib import Path

import pytest
from running_server import RunningServer

from bilstm_nlu.errors import NluError
from bilstm_nlu.serving.models import ServerSettings, TrainingLimits, serve
from bilstm_nlu.serving.models.access import ADMIN, READ, TRAIN, Access, parse_token
from bilstm_nlu.serving.models.uploads import write_upload
from bilstm_nlu.serving.models.web_page import files_of_page
from bilstm_nlu.serving.refusal import Refusal

LIMITS = TrainingLimits(upload=1_000, files=5)


def sent(**files: bytes) -> list[dict[str, str]]:
    return [{"path": path, "content": base64.b64encode(content).decode()} for path, content in files.items()]


def archive(**files: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as found:
        for path, text in files.items():
            found.writestr(path, text)
    return content.getvalue()


def test_the_page_comes_with_a_strict_policy(server: RunningServer):
    page = server.ask("GET", "/")
    assert page.status == 200 and page.headers["content-type"].startswith("text/html")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
    for path in files_of_page():
        assert server.ask("GET", path).status == 200, path


def test_the_files_name_no_other_server():
    files = files_of_page()
    assert {"/", "/page/page.js", "/page/style.css"} <= set(files)
    for path, answer in files.items():
        text = answer.body.decode().replace("http://www.w3.org/2000/svg", "")
        assert "http:" not in text and "https:" not in text and 'src="//' not in text, path


def test_examples_come_with_the_description(server: RunningServer):
    assert server.ask("GET", "/v1/models/garden").json["examples"] == []  # it has no card


def test_without_the_option_nobody_trains(server: RunningServer):
    assert server.ask("GET", "/v1/trainings").json == {"trains": False}
    for method, path in (("POST", ""), ("GET", "/x"), ("POST", "/x"), ("DELETE", "/x"), ("GET", "/x/model.zip")):
        answer = server.ask(method, f"/v1/trainings{path}", b'{"example": true}' if method == "POST" else None)
        assert answer.status == 403 and "--train" in answer.error, (method, path)


def test_every_method_of_a_url_is_described(server: RunningServer):
    paths = server.ask("GET", "/openapi.json").json["paths"]
    assert set(paths["/v1/trainings/{key}"]) == {"get", "post", "delete"}
    assert server.ask("PUT", "/v1/trainings/x").status == 405


def test_a_public_server_lets_everyone_ask_and_nobody_rule():
    access = Access(is_public=True)
    access.check(None, READ), access.check(None, TRAIN)
    with pytest.raises(Refusal, match="public"):
        access.check(None, ADMIN)
    with pytest.raises(NluError, match="token"):
        Access([parse_token("ann:read:secret")], is_public=True)


def test_tokens_that_may_only_read_do_not_train():
    access = Access([parse_token("ann:read:secret-one"), parse_token("ops:admin:secret-two")])
    access.check("Bearer secret-two", TRAIN)
    with pytest.raises(Refusal, match="ann"):
        access.check("Bearer secret-one", TRAIN)


def test_a_public_server_answers_every_host(start_server, checkpoints: Path):
    server = start_server(folder=checkpoints, interval=0, is_public=True)
    assert server.ask("GET", "/", Host="acme-demo.hf.space").status == 200
    origin = "https://acme-demo.hf.space"
    asked = server.ask("POST", "/v1/models/garden/parse", {"text": "x"}, Host="acme-demo.hf.space", Origin=origin)
    assert asked.status == 200
    assert server.ask("POST", "/v1/models/garden/reload", Host="acme-demo.hf.space").status == 403
    assert "huggingface.co" in server.ask("GET", "/").headers["content-security-policy"]


def test_several_processes_do_not_train(checkpoints: Path):
    with pytest.raises(NluError, match="--train"):
        serve(ServerSettings(folder=checkpoints, trainings=TrainingLimits()), workers=2)


def test_one_file_is_the_data(tmp_path: Path):
    found = write_upload(sent(**{"skill.json": b"{}"}), tmp_path / "data", LIMITS)
    assert found == tmp_path / "data" / "skill.json" and found.read_bytes() == b"{}"


def test_a_folder_is_the_data(tmp_path: Path):
    files = {"bot/data/nlu.yml": b"a", "bot/domain.yml": b"b"}
    assert write_upload(sent(**files), tmp_path / "data", LIMITS) == tmp_path / "data" / "bot"


def test_an_archive_is_unpacked_but_not_that_of_an_agent(tmp_path: Path):
    found = write_upload(
        sent(**{"bot.ZIP": archive(**{"bot/a.yml": b"a", "bot/b.yml": b"b"})}), tmp_path / "a", LIMITS
    )
    assert found == tmp_path / "a" / "bot" and (found / "b.yml").read_bytes() == b"b"
    agent = archive(**{"agent.json": b"{}", "intents/a.json": b"{}"})
    assert write_upload(sent(**{"agent.zip": agent}), tmp_path / "b", LIMITS) == tmp_path / "b" / "agent.zip"


@pytest.mark.parametrize(
    "name",
    [
        "../x",
        "/etc/x",
        "a/../../x",
        "a\\..\\x",
        "c:x",
        "",
        "a/\x00",
        "a" * 300,
        "/".join("a" * 20),
        "a//../b",
        "nul\nx",
    ],
)
def test_a_path_cannot_lead_elsewhere(tmp_path: Path, name: str):
    for files in (sent(**{name: b"x"}), sent(**{"x.zip": archive(**{name or "..": b"x"})})):
        with pytest.raises(Refusal) as raised:
            write_upload([*files], tmp_path / "data" / "in", LIMITS)
        assert raised.value.status == 422
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    "files, status, culprit",
    [
        (sent(a=b"x" * 600, b=b"x" * 600), 413, "'b'"),
        (sent(**{f"{number}": b"" for number in range(6)}), 413, "'5'"),
        (sent(**{"x.zip": archive(big=b"\0" * 100_000)}), 413, "'big'"),
        (sent(**{"x.zip": archive()}), 422, "no file"),
        (sent(**{"x.zip": b"PK not really"}), 422, "x.zip"),
        ([{"path": "a.json", "content": "no base64!"}], 422, "a.json"),
        (sent(a=b"", A=b""), 422, "'A'"),
        (sent(**{"a": b"", "a/b": b""}), 422, "a/b"),
    ],
)
def test_what_cannot_be_taken_is_named(tmp_path: Path, files: list, status: int, culprit: str):
    with pytest.raises(Refusal, match=culprit) as raised:
        write_upload(files, tmp_path / "data", LIMITS)
    assert raised.value.status == status


@pytest.fixture(scope="module")
def trainer(tmp_path_factory: pytest.TempPathFactory, checkpoints: Path):
    """A server that lets people train."""
    running = RunningServer(
        ServerSettings(folder=checkpoints, interval=0, trainings=TrainingLimits(utterances=10)),
        tmp_path_factory.mktemp("log"),
    ).start()
    running.patience = 300.0  # for a command that loads large libraries on a busy machine
    yield running
    running.stop()


@pytest.mark.slow
def test_bad_data_is_refused_with_the_reason_and_without_a_folder(trainer: RunningServer):
    table = "text,intent\n" + "".join(f"text {number},a\n" for number in range(11))
    for content, culprit in ((b"{", "skill"), (table.encode(), "11 utterances")):
        answer = trainer.ask("POST", "/v1/trainings", {"files": sent(**{"skill.csv": content})})
        assert answer.status == 422 and culprit in answer.error and "/tmp" not in answer.error, answer.error
    assert trainer.ask("POST", "/v1/trainings", {}).status == 422
    assert trainer.ask("POST", "/v1/trainings", {"files": [], "example": True}).status == 422
    assert trainer.ask("POST", "/v1/trainings/guessed").status == 404
