"""A server over its life: tokens, limits, damaged models, new revisions while it answers, the end."""

import json
import shutil
import socket
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from running_server import RunningServer
from tiny_models import TEXTS, save

from bilstm_nlu import Nlu, load
from bilstm_nlu.errors import NluError
from bilstm_nlu.runtime.checkpoint import read_folder
from bilstm_nlu.runtime.packed_file import write_packed
from bilstm_nlu.serving.models import Limits, ServerSettings, parse_canary, parse_token
from bilstm_nlu.serving.secret_texts import read_token_lines

StartServer = Callable[..., RunningServer]
TEXT = TEXTS[0]


def wait_for(holds: Callable[[], Any]) -> None:
    """Wait until something holds."""
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture(scope="session")
def revisions(checkpoints: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two revisions of a model, which answer differently."""
    folder = tmp_path_factory.mktemp("revisions")
    save("decision", folder / "v2", 11)
    return {"v1": checkpoints / "garden", "v2": folder / "v2"}


@pytest.fixture(scope="session")
def frames(revisions: dict[str, Path]) -> dict[str, Any]:
    """What each revision answers."""
    found = {label: load(path)(TEXT) for label, path in revisions.items()}
    assert found["v1"] != found["v2"]
    return found


def test_tokens_say_who_may_do_what(start_server: StartServer, checkpoints: Path):
    tokens = [parse_token("ann:read:secret-of-ann"), parse_token("ops:admin:secret-of-ops")]
    server = start_server(models=(str(checkpoints / "garden"),), tokens=tuple(tokens), interval=0)
    assert server.parse("garden", TEXT).status == 401
    assert server.parse("garden", TEXT, token="secret-of-eve").status == 401
    assert server.parse("garden", TEXT, token="secret-of-ann").status == 200
    assert server.ask("GET", "/metrics").status == 401 and server.ask("GET", "/v1/models").status == 401
    assert server.ask("GET", "/health").status == 200
    assert "failed" not in server.ask("GET", "/ready").json
    assert "failed" in server.ask("GET", "/ready", token="secret-of-ann").json
    reload = "/v1/models/garden/reload"
    assert server.ask("POST", reload, {}, token="secret-of-ann").status == 403
    assert server.ask("POST", reload, {}, token="secret-of-ops").status == 200
    # Rasa's clients send the token in the body or in the URL
    assert server.ask("POST", "/model/parse", {"text": TEXT}).status == 401
    assert server.ask("POST", "/model/parse", {"text": TEXT, "token": "secret-of-ann"}).status == 200
    assert server.ask("GET", "/status?token=secret-of-ann").json["model_file"].startswith("garden@")
    assert server.ask("GET", "/status?token=secret-of-eve").status == 401
    assert server.ask("GET", "/health", Host="models.example").status == 200
    assert "secret-of" not in server.log.read_text()


def test_without_tokens_the_server_is_for_this_machine_alone(server: RunningServer, checkpoints: Path, tmp_path: Path):
    settings = ServerSettings(models=(str(checkpoints / "garden"),))
    with pytest.raises(NluError, match="--token"):
        RunningServer(settings, tmp_path, host="0.0.0.0").start()
    assert server.ask("GET", "/health", Host="models.example").status == 403
    assert server.ask("GET", "/health", Host="a b").status == 400
    body, url = {"text": TEXT}, f"http://127.0.0.1:{server.port}"
    assert server.ask("POST", "/v1/models/garden/parse", body, Origin="http://evil.example").status == 403
    assert server.ask("POST", "/v1/models/garden/parse", body, Sec_Fetch_Site="cross-site").status == 403
    assert server.ask("POST", "/v1/models/garden/parse", body, Origin=url).status == 200


def test_tokens_are_read_from_lines(tmp_path: Path):
    path = tmp_path / "tokens"
    path.write_text("# who\n\nann:read:secret-of-ann\nops:admin:sha256=" + "0" * 64 + "\n")
    assert [(token.name, token.scope) for token in read_token_lines(path, parse_token)] == [
        ("ann", "read"),
        ("ops", "admin"),
    ]
    for wrong in ("ann:write:secret-of-ann", "ann:read:short", "ann", ":read:secret-of-ann", "a b:read:secret-of-ann"):
        with pytest.raises(NluError) as caught:
            parse_token(wrong)
        assert "secret-of" not in str(caught.value)
    path.write_text("ann:read:secret-of-ann\nann:read:x\n")
    with pytest.raises(NluError, match="line 2"):
        read_token_lines(path, parse_token)


def test_a_damaged_model_fails_alone(start_server: StartServer, checkpoints: Path, tmp_path: Path):
    folder = tmp_path / "models"
    shutil.copytree(checkpoints, folder)
    (folder / "lamps" / "model.safetensors").write_bytes(b"damaged")
    server = start_server(folder=folder, interval=0)
    answer = server.parse("lamps", TEXT)
    assert answer.status == 503 and int(answer.headers["Retry-After"]) >= 1
    assert "damaged" in answer.error and "lamps" in answer.error and str(tmp_path) not in answer.error
    assert server.parse("garden", TEXT).status == 200
    ready = server.ask("GET", "/ready")
    assert ready.status == 200 and ready.json["ready"] and "damaged" in ready.json["failed"]["lamps"]
    assert server.metrics()['bilstm_nlu_model_loads_total{model="lamps",result="failed"}'] == 1
    shutil.rmtree(folder / "lamps")
    shutil.copytree(checkpoints / "lamps", folder / "lamps")
    assert server.ask("POST", "/v1/models/lamps/reload", {}).status == 200
    assert server.parse("lamps", TEXT).status == 200
    assert server.ask("GET", "/ready").json["failed"] == {}


def test_a_new_revision_takes_over_without_a_lost_or_mixed_answer(
    start_server: StartServer, revisions: dict[str, Path], frames: dict[str, Any], tmp_path: Path
):
    folder = tmp_path / "models"
    shutil.copytree(revisions["v1"], folder / "garden@v1")
    server = start_server(folder=folder, interval=0.05)
    answers: list[Any] = []
    stopped = threading.Event()

    def ask() -> None:
        connection = server.connect()
        while not stopped.is_set():
            connection.request("POST", "/v1/models/garden/parse", json.dumps({"text": TEXT}))
            answer = connection.getresponse()
            answers.append((answer.status, json.loads(answer.read())))
        connection.close()

    asking = [threading.Thread(target=ask) for _ in range(3)]
    for thread in asking:
        thread.start()
    shutil.copytree(revisions["v2"], tmp_path / "upload")
    (tmp_path / "upload").rename(folder / "garden@v2")
    wait_for(lambda: answers and answers[-1][1].get("revision") == "v2")
    back = server.ask("POST", "/v1/models/garden/rollback", {})
    assert back.json == {"model": "garden", "revision": "v1", "workers": 1}
    wait_for(lambda: answers[-1][1].get("revision") == "v1")
    assert server.ask("POST", "/v1/models/garden/reload", {}).json["revision"] == "v2"
    wait_for(lambda: answers[-1][1].get("revision") == "v2")
    stopped.set()
    for thread in asking:
        thread.join()
    assert {status for status, _ in answers} == {200}
    assert all(answer["frame"] == frames[answer["revision"]] for _, answer in answers)
    assert server.ask("GET", "/v1/models/garden").json["revisions"] == ["v1", "v2"]
    assert server.ask("POST", "/v1/models/garden/rollback", {"revision": "v9"}).status == 404
    counted = server.metrics()
    for label in ("v1", "v2"):
        assert counted[f'bilstm_nlu_frames_total{{model="garden",revision="{label}"}}'] > 0


def test_a_folder_that_is_replaced_is_loaded_again(
    start_server: StartServer, revisions: dict[str, Path], frames: dict[str, Any], tmp_path: Path
):
    folder = tmp_path / "models"
    shutil.copytree(revisions["v1"], folder / "garden")
    server = start_server(models=(str(folder / "garden"),), interval=0.05)
    assert server.parse("garden", TEXT).json["frame"] == frames["v1"]
    (folder / "garden").rename(folder / "old")
    assert server.parse("garden", TEXT).json["frame"] == frames["v1"]  # between the two, the old one answers
    shutil.copytree(revisions["v2"], folder / "new")
    (folder / "new").rename(folder / "garden")
    wait_for(lambda: server.parse("garden", TEXT).json["frame"] == frames["v2"])
    (folder / "garden" / "config.json").write_text("{}")  # a broken one does not replace it
    wait_for(lambda: server.ask("GET", "/ready").json["num_failed"])
    assert server.parse("garden", TEXT).json["frame"] == frames["v2"]


def test_a_share_of_the_requests_goes_to_a_canary(
    start_server: StartServer, revisions: dict[str, Path], frames: dict[str, Any], tmp_path: Path
):
    folder = tmp_path / "models"
    for label, path in revisions.items():
        shutil.copytree(path, folder / f"garden@{label}")
    canary = parse_canary("garden@v1=50%")
    server = start_server(folder=folder, canaries=(canary,), interval=0)
    found = [server.parse("garden", TEXT).json for _ in range(60)]
    assert {answer["revision"] for answer in found} == {"v1", "v2"}
    assert all(answer["frame"] == frames[answer["revision"]] for answer in found)
    assert server.ask("GET", "/v1/models/garden").json["canaries"] == {"v1": 0.5}


def test_models_make_room_for_others(start_server: StartServer, checkpoints: Path, direct: dict[str, Nlu]):
    server = start_server(folder=checkpoints, memory=1, interval=0)
    for name in [*direct] * 2:
        assert server.parse(name, TEXT).json["frame"] == direct[name](TEXT)
    counted = server.metrics()
    assert counted["bilstm_nlu_models_loaded"] == 1
    assert counted["bilstm_nlu_model_evictions_total"] == 2 * len(direct) - 1


def test_idle_models_give_pages_back_and_still_answer(
    start_server: StartServer, checkpoints: Path, direct: dict[str, Nlu]
):
    server = start_server(folder=checkpoints, interval=0.02)
    for _ in range(5):
        time.sleep(0.05)
        assert server.parse("garden", TEXT).json["frame"] == direct["garden"](TEXT)


def test_packed_files_and_names_are_served(
    start_server: StartServer, checkpoints: Path, direct: dict[str, Nlu], tmp_path: Path
):
    folder = tmp_path / "models"
    folder.mkdir()
    write_packed(read_folder(checkpoints / "garden"), folder / "garden@v7.nlu")
    (folder / "notes.txt").write_text("not a model")
    (folder / "empty").mkdir()
    server = start_server(folder=folder, models=(f"lights={checkpoints / 'lamps'}",), default="lights", interval=0)
    assert server.parse("garden", TEXT).json == {"model": "garden", "revision": "v7", "frame": direct["garden"](TEXT)}
    assert server.parse("lights", TEXT).json["frame"] == direct["lamps"](TEXT)
    assert server.ask("POST", "/model/parse", {"text": TEXT}).json["text"] == TEXT
    assert server.ask("GET", "/status").json["model_file"].startswith("lights@")
    assert [one["name"] for one in server.ask("GET", "/v1/models").json["models"]] == ["garden", "lights"]


def test_what_users_said_is_logged_if_it_is_asked_for(
    start_server: StartServer, checkpoints: Path, direct: dict[str, Nlu], tmp_path: Path
):
    path = tmp_path / "texts.jsonl"
    server = start_server(models=(str(checkpoints / "lamps"),), log_texts=path, shows_requests=True, interval=0.02)
    revision = server.parse("lamps", TEXT).json["revision"]
    server.ask("POST", "/v1/models/lamps/batch", {"texts": [*TEXTS, "half \ud800"], "multi": True})
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    frame = direct["lamps"](TEXT)
    assert {key: lines[0][key] for key in ("model", "revision", "text", "intent", "score", "accepted")} == {
        "model": "lamps",
        "revision": revision,
        "text": TEXT,
        "intent": frame["intent"],
        "score": frame["score"],
        "accepted": frame["accepted"],
    }
    assert len(lines) >= 1 + len(TEXTS) and lines[0]["time"].endswith("Z")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.rename(tmp_path / "old.jsonl")
    wait_for(path.exists)
    server.parse("lamps", "hip hop")
    assert json.loads(path.read_text())["text"] == "hip hop"
    told = [json.loads(line) for line in server.log.read_text().splitlines()]
    requests = [one for one in told if one["message"] == "request"]
    assert requests[-1]["model"] == "lamps" and requests[-1]["status"] == 200 and requests[-1]["ms"] > 0
    assert "hip hop" not in server.log.read_text()


def test_requests_under_way_are_answered_at_the_end(start_server: StartServer, checkpoints: Path):
    server = start_server(models=(str(checkpoints / "lamps"),), interval=0)
    connection = server.connect()
    connection.request("POST", "/v1/models/lamps/batch", json.dumps({"texts": TEXTS * 25, "multi": True}))
    time.sleep(0.05)
    server.stop()
    assert connection.getresponse().status == 200


def test_clients_that_do_not_send_their_body_are_closed(start_server: StartServer, checkpoints: Path):
    server = start_server(models=(str(checkpoints / "lamps"),), limits=Limits(body_time=0.1), interval=0)
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as client:
        client.sendall(b"POST /v1/models/lamps/parse HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\n{")
        assert client.recv(1000) == b""
    assert server.parse("lamps", TEXT).status == 200


@pytest.mark.parametrize(
    "options, culprit",
    [
        ({}, "--models"),
        ({"models": ("nowhere/at/all",)}, "nowhere/at/all"),
        ({"folder": Path("nowhere")}, "--models"),
        ({"models": ("GARDEN", "garden=GARDEN")}, "garden"),
        ({"models": ("GARDEN",), "default": "lamps"}, "--default lamps"),
        ({"models": ("GARDEN",), "log_texts": Path("nowhere/texts")}, "nowhere/texts"),
    ],
    ids=str,
)
def test_a_server_that_cannot_start_says_why(checkpoints: Path, tmp_path: Path, options: dict, culprit: str):
    models = tuple(name.replace("GARDEN", str(checkpoints / "garden")) for name in options.get("models", ()))
    with pytest.raises(NluError, match=culprit):
        RunningServer(ServerSettings(**{**options, "models": models}), tmp_path).start()


def test_a_port_that_is_in_use_is_named(server: RunningServer, tmp_path: Path):
    with pytest.raises(NluError, match=str(server.port)):
        RunningServer(server.settings, tmp_path, port=server.port).start()
