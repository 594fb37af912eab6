"""The pages of models: facts in the list, answers of the hub itself, and two revisions next to each other."""

import json
from pathlib import Path
from urllib.parse import quote

import pytest
from running_hub import RunningHub
from tiny_models import save

pytest.importorskip("nh3")

HTML = {"Accept": "text/html"}
SCORES = {"intent_accuracy": 0.9, "slot_f1": 0.8, "frame_accuracy": 0.75, "num_utterances": 40}


def put(hub: RunningHub, name: str, folder: Path, *, token: str = "ann", **card: object) -> str:
    """Commit a checkpoint with a card, and return the hash of the commit."""
    files: dict[str, bytes | str] = {path.name: path.read_bytes() for path in folder.iterdir()}
    files["card.json"] = json.dumps({"metrics": {"test": SCORES}, "licence": "mit", "base_model": "acme/base", **card})
    files["README.md"] = "---\nlicense: mit\n---\n# A model\n"
    reply = hub.commit(f"models/{name}", files, token=token)
    assert reply.status == 200, reply.text
    return reply.json["commitOid"]


@pytest.fixture(scope="module")
def model(hub: RunningHub, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str, str]:
    """A repository with two revisions of a model, and the hashes of their commits."""
    hub.create("acme/tiny-pages")
    first, second = (tmp_path_factory.mktemp("model") / name for name in ("first", "second"))
    save("decision", first)
    save("several intents", second)
    config = json.loads((second / "config.json").read_text())
    examples = [{"text": "stop", "slots": []}, {"text": "play jazz", "slots": [{}]}]
    commits = [
        put(hub, "acme/tiny-pages", first),
        put(hub, "acme/tiny-pages", second, examples=examples, metrics={"test": {**SCORES, "slot_f1": 0.85}}),
    ]
    assert config["intents"] == ["ask", "none", "play", "set"]
    return "acme/tiny-pages", *commits


def page(hub: RunningHub, path: str, **more: str) -> str:
    reply = hub.ask("GET", path, **HTML, **more)
    assert reply.status == 200, reply.text
    assert "script-src" not in reply.headers["Content-Security-Policy"]
    return reply.text


def test_the_list_has_the_facts(hub: RunningHub, model: tuple[str, str, str]):
    found = page(hub, "/?q=tiny-pages")
    for fact in ("75.0% (test, 40 utterances)", "licence mit", "from acme/base", "kB", "/acme/tiny-pages/try"):
        assert fact in found, fact


@pytest.mark.parametrize(
    "card", ["", "[]", "{", '{"metrics": 7, "licence": {}, "base_model": [1]}', '{"metrics": {"a": 1}}']
)
def test_a_broken_card_leaves_facts_out(hub: RunningHub, card: str):
    hub.create("acme/odd-card")
    assert hub.commit("models/acme/odd-card", {"card.json": card, "config.json": card}).status == 200
    assert "acme/odd-card" in page(hub, "/?q=odd-card")
    assert hub.ask("GET", "/acme/odd-card/try", **HTML).status == 404


def test_the_hub_answers(hub: RunningHub, model: tuple[str, str, str]):
    name, first, second = model
    found = page(hub, f"/{name}/try?text=" + quote("play some jazz in the living room"))
    assert "ccepted</span>" in found and "<meter" in found and "play jazz" in found
    assert found.index("play jazz") < found.index(">stop<")  # an example with slots comes first
    assert second[:10] in found and first[:10] not in found
    older = page(hub, f"/{name}/try?revision={first}&text=x")
    assert first[:10] in older and f'name="revision" value="{first}"' in older


def test_what_is_typed_is_only_text(hub: RunningHub, model: tuple[str, str, str]):
    attack = "<script>x</script> \u202e {{7*7}} \x00"
    found = page(hub, f"/{model[0]}/try?text={quote(attack)}")
    assert "<script" not in found and "\u202e" not in found and "{{7*7}}" in found
    too_long = page(hub, f"/{model[0]}/try?text={'x' * 501}")
    assert 'role="alert"' in too_long and "501" in too_long


def test_a_damaged_model_says_why(hub: RunningHub, model: tuple[str, str, str]):
    hub.create("acme/damaged-pages")
    files = {"config.json": '{"model_type": "bilstm_nlu"}', "model.safetensors": b"\0" * 20}
    assert hub.commit("models/acme/damaged-pages", files).status == 200
    found = page(hub, "/acme/damaged-pages/try?text=x")
    assert 'role="alert"' in found and "/tmp" not in found


def test_the_base_of_a_delta_is_never_fetched_from_elsewhere(hub: RunningHub):
    hub.create("acme/delta-pages")
    sha = "0" * 64
    delta = {"format_version": 1, "base": {"name": "evil/base", "revision": None, "sha256": sha}, "sha256": sha}
    files = {"config.json": '{"model_type": "bilstm_nlu"}', "delta.json": json.dumps(delta), "delta.safetensors": b""}
    assert hub.commit("models/acme/delta-pages", files).status == 200
    found = page(hub, "/acme/delta-pages/try?text=x")
    assert 'role="alert"' in found


def test_who_may_not_read_may_not_ask(hub: RunningHub, tmp_path: Path):
    hub.create("acme/private-pages", private=True)
    save("decision", tmp_path / "model")
    put(hub, "acme/private-pages", tmp_path / "model")
    for path in ("/acme/private-pages/try?text=x", "/acme/private-pages/compare"):
        assert hub.ask("GET", path, **HTML).status in (401, 404)
        assert hub.ask("GET", path, token="ann", **HTML).status == 200
    assert "private-pages" not in page(hub, "/?q=pages")


def test_two_revisions(hub: RunningHub, model: tuple[str, str, str]):
    name, first, second = model
    found = page(hub, f"/{name}/compare")
    assert first[:10] in found and second[:10] in found
    assert "80.0%" in found and "85.0%" in found and "+5.0" in found
    assert "model.safetensors" in found and "The same intents." in found
    assert "The same files." in page(hub, f"/{name}/compare?from=main&to={second}")
    assert hub.ask("GET", f"/{name}/compare?from=nowhere", **HTML).status == 404
    gone = page(hub, f"/{name}/compare?from=main&to={hub_root(hub, name)}")
    assert "Intents that are gone:" in gone and "deleted" in gone


def hub_root(hub: RunningHub, name: str) -> str:
    """The first commit of a repository, which has no model yet."""
    return hub.ask("GET", f"/api/models/{name}/commits/main").json[-1]["id"]
