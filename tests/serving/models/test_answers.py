"""What the server answers to requests about texts, next to what the runtime says itself."""

import json

import pytest
from running_server import RunningServer
from tiny_models import TEXTS

from bilstm_nlu import Nlu

SECRET_TEXT = "my password is swordfish"


@pytest.mark.parametrize("text", [*TEXTS, "", " ", "half a pair \ud800"])
def test_a_frame_is_that_of_the_runtime(server: RunningServer, direct: dict[str, Nlu], text: str):
    for name in direct:
        answer = server.parse(name, text)
        assert answer.status == 200
        assert answer.json["frame"] == direct[name](text)
        assert answer.json["model"] == name and answer.json["revision"]


@pytest.mark.parametrize(
    "options",
    [
        {"top_k": 3},
        {"top_k": None},
        {"threshold": 0.99},
        {"threshold": 0},
        {"intents": ["ask", "set"]},
        {"catalogs": {"genre": ["kitchen lights"]}, "top_k": 2},
        {"catalogs": {"genre": {"big band": ["swing", "jazz rock"]}}},
        {"exact": False},
        {"hear_again": False},
        {"prefer": "past"},
        {"prefer": None, "intents": None, "catalogs": None, "threshold": None},
    ],
    ids=str,
)
def test_options_are_those_of_the_runtime(server: RunningServer, direct: dict[str, Nlu], options: dict):
    for text in TEXTS[:4]:
        assert server.parse("garden", text, **options).json["frame"] == direct["garden"](text, **options)


def test_dates_can_be_read_for_another_moment_or_not_at_all(server: RunningServer, direct: dict[str, Nlu]):
    texts = ["play it at 7:30 tomorrow", "Set the KITCHEN lights to 7:30"]
    for text in texts:
        assert server.parse("garden", text, normalise=False).json["frame"] == direct["garden"](text, normalise=None)
        assert server.parse("garden", text, now="2026-05-01T12:00", language="en").status == 200
    assert server.parse("garden", "x", now="noon").status == 422
    assert server.parse("garden", "x", language="klingon").status == 422


def test_several_texts_and_several_intents(server: RunningServer, direct: dict[str, Nlu]):
    batch = server.ask("POST", "/v1/models/lamps/batch", {"texts": TEXTS, "top_k": 2})
    assert batch.json["frames"] == direct["lamps"](TEXTS, top_k=2)
    many = [*TEXTS] * 5  # computed in a thread
    assert server.ask("POST", "/v1/models/lamps/batch", {"texts": many}).json["frames"] == direct["lamps"](many)
    split = server.parse("lamps", TEXTS[0], multi=True)
    assert split.json["frames"] == direct["lamps"](TEXTS[0], multi=True)
    lists = server.ask("POST", "/v1/models/lamps/batch", {"texts": TEXTS, "multi": True}).json["frames"]
    assert lists == direct["lamps"](TEXTS, multi=True)
    assert server.ask("POST", "/v1/models/lamps/batch", {"texts": []}).json["frames"] == []


@pytest.mark.parametrize(
    "body, status, culprit",
    [
        (b'{"text": "swordfish', 400, "JSON"),
        (b"", 400, "JSON"),
        (b"\xff\xfe", 400, "UTF-8"),
        (b'{"text": "x", "threshold": NaN}', 400, "JSON"),
        (b"[" * 100_000, 400, "JSON"),
        (b"[]", 422, "object"),
        ({"text": 5}, 422, "text"),
        ({"text": None}, 422, "text"),
        ({"texts": ["x"]}, 422, "'text'"),
        ({"text": "x", "swordfish": 1}, 422, "top_k"),
        ({"text": "x", "top_k": 0}, 422, "top_k"),
        ({"text": "x", "top_k": True}, 422, "top_k"),
        ({"text": "x", "threshold": 1.5}, 422, "threshold"),
        ({"text": "x", "intents": []}, 422, "intents"),
        ({"text": "x", "intents": ["fly"]}, 422, "play"),
        ({"text": "x", "intents": "play"}, 422, "intents"),
        ({"text": "x", "catalogs": {"dish": ["fish"]}}, 422, "genre"),
        ({"text": "x", "catalogs": {"genre": [" "]}}, 422, "catalogs"),
        ({"text": "x", "catalogs": {"genre": [5]}}, 422, "catalogs"),
        ({"text": "x", "prefer": "never"}, 422, "prefer"),
        ({"text": "x", "multi": True}, 422, "split"),
        ({"text": "swordfish " * 500}, 413, "4,096"),
    ],
    ids=lambda thing: str(thing)[:40],
)
def test_bad_requests_are_refused(server: RunningServer, body: bytes | dict, status: int, culprit: str):
    answer = server.ask("POST", "/v1/models/garden/parse", body)
    assert answer.status == status and culprit in answer.error
    assert "swordfish" not in answer.error and answer.headers["Content-Type"] == "application/json"


def test_large_requests_are_refused(server: RunningServer):
    assert server.ask("POST", "/v1/models/garden/batch", {"texts": ["x"] * 257}).status == 413
    assert server.ask("POST", "/v1/models/garden/parse", b'{"text": "' + b"x" * 2_000_000 + b'"}').status == 413
    chunked = server.connect()
    chunked.request("POST", "/v1/models/garden/parse", iter([b"x" * 300_000] * 5), encode_chunked=True)
    assert chunked.getresponse().status == 413
    chunked.close()


def test_an_unknown_model_is_not_found_with_near_names(server: RunningServer):
    answer = server.parse("gardn", "x")
    assert answer.status == 404 and answer.json["near"] == ["garden"] and "garden" in answer.error
    assert server.parse("garden@v9", "x").status == 404
    assert server.parse("xyzzy", "x").json["near"] == []
    assert server.ask("GET", "/v1/nothing").status == 404
    assert server.ask("POST", "/").status == 405
    wrong = server.ask("GET", "/v1/models/garden/parse")
    assert wrong.status == 405 and wrong.headers["Allow"] == "POST"


def test_a_revision_can_be_asked_by_its_name(server: RunningServer):
    revision = server.parse("garden", "x").json["revision"]
    assert server.parse(f"garden@{revision}", "x").json["revision"] == revision


def test_rasa_gets_the_shape_of_rasa(server: RunningServer, direct: dict[str, Nlu]):
    """The keys are those that Rasa's trackers and its HTTP interpreter read."""
    for name in ("garden", "fallback"):
        for text in TEXTS[:7]:
            frame = direct[name](text, top_k=10)
            body = {"text": text, "message_id": "m1", "token": None}
            found = server.ask("POST", f"/v1/models/{name}/model/parse?emulation_mode=LUIS", body).json
            assert found["text"] == text and found["message_id"] == "m1"
            assert set(found["intent"]) == {"name", "confidence"}
            assert found["intent_ranking"][0] == found["intent"]
            confidences = [one["confidence"] for one in found["intent_ranking"]]
            assert len(confidences) == len({one["name"] for one in found["intent_ranking"]})
            assert [(one["start"], one["end"], one["entity"]) for one in found["entities"]] == [
                (slot["start"], slot["end"], slot["slot_type"]) for slot in frame["slots"]
            ]
            for one, slot in zip(found["entities"], frame["slots"], strict=True):
                assert one["value"] == slot.get("resolved", slot)["value"]
                assert one["confidence_entity"] == frame["score"] and one["extractor"]
            if frame["accepted"]:
                assert found["intent"] == {"name": frame["intent"], "confidence": frame["score"]}
            else:
                assert found["intent"]["name"] == (frame["intent"] or "nlu_fallback")


def test_rasa_asks_for_the_status_and_the_version(server: RunningServer):
    status = server.ask("GET", "/v1/models/garden/status").json
    assert status["model_file"].startswith("garden@") and status["num_active_training_jobs"] == 0
    assert {"version", "minimum_compatible_version"} <= server.ask("GET", "/version").json.keys()
    several = server.ask("POST", "/model/parse", {"text": "x"})
    assert several.status == 404 and "--default" in several.error


def test_home_assistant_gets_an_intent(server: RunningServer, direct: dict[str, Nlu]):
    seen = set()
    for text in TEXTS:
        frame = direct["garden"](text)
        found = server.ask("POST", "/v1/models/garden/intent", {"text": text}).json
        assert found["name"] == (frame["intent"] if frame["accepted"] else None)
        assert set(found["data"]) == {slot["slot_type"] for slot in frame["slots"]}
        seen.add(frame["accepted"])
    assert seen == {True, False}


def test_models_are_listed_and_described(server: RunningServer, direct: dict[str, Nlu]):
    first = server.ask("GET", "/v1/models?limit=2").json
    rest = server.ask("GET", f"/v1/models?after={first['next']}").json
    names = [one["name"] for one in first["models"] + rest["models"]]
    assert names == sorted(direct) and rest["next"] is None
    assert {"scores", "licence", "languages", "revision", "loaded"} <= first["models"][0].keys()
    assert server.ask("GET", "/v1/models?limit=no").status == 400
    described = server.ask("GET", "/v1/models/garden").json
    assert described["intents"] == direct["garden"].settings.intents and described["bytes"] > 0


def test_the_description_shows_what_checks_the_requests(server: RunningServer):
    description = server.ask("GET", "/openapi.json").json
    operation = description["paths"]["/v1/models/{name}/parse"]["post"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    assert schema["properties"]["text"]["maxLength"] == 4096 and schema["required"] == ["text"]
    for name, kind in schema["properties"].items():
        if "default" in kind:
            assert server.parse("garden", "x", **{name: kind["default"]}).status == 200, name
    for path, methods in description["paths"].items():
        for method in methods:
            url = path.replace("{name}", "garden")
            answer = server.ask(method.upper(), url, {} if method == "post" else None)
            assert answer.status not in (404, 405) or "--default" in answer.error, path
    page = server.ask("GET", "/docs")
    assert page.headers["Content-Type"].startswith("text/html") and b"/v1/models/{name}/parse" in page.body
    assert b"http://" not in page.body and b"https://" not in page.body and b"<script" not in page.body


def test_texts_are_not_in_the_log(server: RunningServer):
    server.parse("garden", SECRET_TEXT)
    server.parse("garden", SECRET_TEXT, top_k=0)
    server.ask("POST", "/v1/models/garden/parse", SECRET_TEXT.encode())
    lines = server.log.read_text().splitlines()
    assert lines and not any("swordfish" in line for line in lines)
    assert all({"time", "level", "message"} <= json.loads(line).keys() for line in lines)


def test_requests_and_frames_are_counted(server: RunningServer):
    revision = server.parse("garden", "x", threshold=1).json["revision"]
    label = f'{{model="garden",revision="{revision}"}}'
    before = server.metrics()
    server.ask("POST", "/v1/models/garden/batch", {"texts": ["x", "y", "z"], "threshold": 1})
    server.parse("gardn", "x")
    after = server.metrics()

    def more(name: str) -> float:
        return after[f"bilstm_nlu_{name}"] - before.get(f"bilstm_nlu_{name}", 0)

    assert more(f"frames_total{label}") == 3 and more(f"rejected_frames_total{label}") == 3
    assert more(f"request_seconds_count{label}") == 1
    assert more('requests_total{route="/v1/models/{name}/batch",status="200"}') == 1
    assert more('requests_total{route="/v1/models/{name}/parse",status="404"}') == 1
    assert after["bilstm_nlu_models_loaded"] >= 1 and after["bilstm_nlu_queue_length"] == 0
