"""Single requests over the wire: who may do what, what is refused, how files are sent, what browsers get."""

import asyncio
import base64
import hashlib
import io
import json
import random
import re
import socket
import sqlite3
import zipfile
from collections import namedtuple
from collections.abc import Callable

import pytest
from running_hub import TOKENS, Reply, RunningHub, secret_of
from starlette.testclient import TestClient

from bilstm_nlu.serving.hub import Hub, HubApp, HubSettings, HubStore, Tokens, commits, parse_token, repositories
from bilstm_nlu.serving.hub.app import ROUTES
from bilstm_nlu.serving.hub.receiving import Body


@pytest.fixture(scope="session")
def repo(hub: RunningHub) -> str:
    """A public repository of acme with a few files; tests that change it restore it."""
    assert hub.create("acme/http").status == 200
    files = {
        "README.md": "---\nlicense: mit\n---\n# Hi",
        "a/b c/ü.txt": "0123456789",
        "page.html": "<script>1</script>",
    }
    assert hub.commit("models/acme/http", files).status == 200
    return "acme/http"


def lfs(hub: RunningHub, repo: str, content: bytes, *, token: str | None = "ann", **changes) -> Reply:
    item = {"oid": hashlib.sha256(content).hexdigest(), "size": len(content)} | changes
    return hub.ask(
        "POST", f"/{repo}.git/info/lfs/objects/batch", {"operation": "upload", "objects": [item]}, token=token
    )


def link_of(reply: Reply) -> str:
    """The path of the link that a content is to be sent to."""
    assert reply.status == 200, reply.text
    return "/" + reply.json["objects"][0]["actions"]["upload"]["href"].split("/", 3)[3]


# who may do what


@pytest.mark.parametrize(
    "token, status", [(None, 401), ("rob", 403), ("eve", 403), ("wrong-secret", 401), ("ann", 200)]
)
def test_only_write_tokens_of_the_owner_write(hub: RunningHub, repo: str, token: str | None, status: int):
    tries = [
        hub.commit("models/acme/http", {"README.md": "---\nlicense: mit\n---\n# Hi"}, token=token),  # type: ignore
        hub.ask("POST", f"/api/models/{repo}/preupload/main", {"files": []}, token=token),
        hub.ask("GET", f"/api/models/{repo}/auth-check/write", token=token),
        hub.ask("PUT", f"/api/models/{repo}/settings", {"private": False}, token=token),
    ]
    assert {reply.status for reply in tries} == {status}


def test_anybody_reads_what_is_public(hub: RunningHub, repo: str):
    for token in (None, "rob", "eve", "ann"):
        assert hub.ask("GET", f"/api/models/{repo}", token=token).status == 200
        assert hub.ask("GET", f"/{repo}/resolve/main/README.md", token=token).body.endswith(b"# Hi")
    wrong = hub.ask("GET", f"/api/models/{repo}", token="wrong-secret")
    assert wrong.status == 401 and wrong.headers["X-Error-Message"] == "Invalid credentials in Authorization header"


def test_private_repositories_are_not_there_for_others(hub: RunningHub):
    hub.create("acme/hidden", visibility="private")
    hub.commit("models/acme/hidden", {"secret.txt": "x"})
    urls = ["/api/models/acme/hidden", "/api/models/acme/hidden/tree/main", "/acme/hidden/resolve/main/secret.txt"]
    urls += ["/api/models/acme/hidden/refs", "/api/models/acme/hidden/commits/main", "/acme/hidden/tree/main"]
    urls += ["/api/models/acme/hidden/discussions", "/acme/hidden", "/acme/hidden/blob/main/secret.txt"]
    for url in urls:
        for token, status in ((None, 401), ("eve", 404), ("rob", 200), ("ann", 200)):
            reply = hub.ask("GET", url, token=token)
            assert reply.status == status, (url, token)
            assert status == 200 or reply.code == "RepoNotFound"
            missing = hub.ask("GET", url.replace("hidden", "not-there"), token=token)
            assert status == 200 or (missing.status, missing.text) == (reply.status, reply.text)
    for token, count in ((None, 0), ("eve", 0), ("rob", 1)):
        assert len(hub.ask("GET", "/api/models?search=hidden", token=token).json) == count
        assert ("acme/hidden" in hub.ask("GET", "/", token=token).text) == bool(count)
    assert hub.commit("models/acme/hidden", {"a": "b"}, token="eve").code == "RepoNotFound"
    assert lfs(hub, "acme/hidden", b"x", token="eve").code == "RepoNotFound"


def test_gated_files_are_for_the_owner(hub: RunningHub):
    hub.create("acme/gated")
    assert hub.ask("PUT", "/api/models/acme/gated/settings", {"gated": "manual"}, token="ann").status == 200
    assert hub.ask("GET", "/api/models/acme/gated").json["gated"] == "manual"
    for token, status in ((None, 401), ("eve", 403), ("rob", 200)):
        reply = hub.ask("GET", "/acme/gated/resolve/main/.gitattributes", token=token)
        assert reply.status == status and (status == 200 or reply.code == "GatedRepo")


def test_a_hash_is_no_way_to_read_a_private_content(hub: RunningHub):
    content = b"private weights " * 100
    sha256 = hashlib.sha256(content).hexdigest()
    hub.create("acme/weights", visibility="private")
    assert hub.ask("PUT", link_of(lfs(hub, "acme/weights", content)), content).status == 200
    hub.create("eve/thief", token="eve")
    assert "actions" in lfs(hub, "eve/thief", content, token="eve").json["objects"][0], "she has to send it herself"
    line = {"key": "lfsFile", "value": {"path": "w.bin", "algo": "sha256", "oid": sha256, "size": len(content)}}
    body = json.dumps({"key": "header", "value": {"summary": "x"}}) + "\n" + json.dumps(line)
    reply = hub.ask("POST", "/api/models/eve/thief/commit/main", body.encode(), token="eve")
    assert reply.status == 400 and "not uploaded" in reply.text
    assert hub.ask("POST", "/api/models/acme/weights/commit/main", body.encode(), token="ann").status == 200


# what is refused


@pytest.mark.parametrize(
    "path", ["../x", "/etc/passwd", "a/../../x", "..\\x", "a\0b", ".git/hooks/x", "\ud800", "", "a//b"]
)
def test_paths_that_lead_elsewhere_are_refused(hub: RunningHub, repo: str, path: str):
    assert hub.commit("models/acme/http", {path: "x"}).status == 400
    asked = {"files": [{"path": path, "size": 1, "sample": ""}]}
    assert hub.ask("POST", f"/api/models/{repo}/preupload/main", asked, token="ann").status == 400


@pytest.mark.parametrize(
    "path", ["..%2F..%2Fhub.sqlite3", "%2Fetc%2Fpasswd", "../../../hub.sqlite3", "a/%2e%2e/x", "%00", "%ff"]
)
def test_no_file_outside_can_be_read(hub: RunningHub, repo: str, path: str):
    for url in (
        f"/{repo}/resolve/main/{path}",
        f"/{repo}/blob/main/{path}",
        f"/{repo}/tree/main/{path}",
        f"/-/{path}",
    ):
        assert hub.ask("GET", url).status in (400, 404)


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "..", "a/b", "x.git", "a\r\nX: y", "é", "", 5, None, ["a"]]
)
def test_hostile_names_are_refused(hub: RunningHub, name: object):
    reply = hub.ask("POST", "/api/repos/create", {"name": name, "organization": "acme"}, token="ann")
    assert reply.status == 400 and "<script>" not in reply.text
    assert hub.ask("POST", "/api/repos/create", {"name": "a", "organization": name}, token="ann").status in (
        200,
        400,
        403,
        409,
    )


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'{"key": "header"}', b'{"key": 1, "value": {}}', b'{"key": "header", "value": []}']
    + [b"\xff\xfe", b"[" * 3000, b'{"key": "header", "value": {"summary": 1}}', b'{"key": "x", "value": {}}']
    + [b'{"key": "header", "value": {}}\n{"key": "file", "value": {"path": "a", "content": "!", "encoding":"base64"}}']
    + [b'{"key": "header", "value": {}}\n{"key": "file", "value": {"path": "a"}}']
    + [b'{"key": "header", "value": {}}\n{"key": "lfsFile", "value": {"path": "a", "oid": "../../x", "size": 1}}']
    + [
        b'{"key": "header", "value": {}}\n{"key": "lfsFile", "value": {"path": "a", "oid": "'
        + b"a" * 64
        + b'", "size": -1}}'
    ]
    + [b'{"key": "header", "value": {}}\n{"key": "deletedFolder", "value": {"path": "/"}}'],
)
def test_broken_commits_are_refused(hub: RunningHub, repo: str, body: bytes):
    before = hub.ask("GET", f"/api/models/{repo}").json["sha"]
    assert hub.ask("POST", f"/api/models/{repo}/commit/main", body, token="ann").status == 400
    assert hub.ask("GET", f"/api/models/{repo}").json["sha"] == before


@pytest.mark.parametrize(
    "method, url",
    [
        ("POST", "/api/repos/create"),
        ("POST", "/api/repos/move"),
        ("DELETE", "/api/repos/delete"),
        ("POST", "/api/validate-yaml"),
    ]
    + [("POST", "/api/models/acme/http/preupload/main"), ("POST", "/acme/http.git/info/lfs/objects/batch")]
    + [("POST", "/api/models/acme/http/tag/main"), ("POST", "/api/models/acme/http/discussions")],
)
@pytest.mark.parametrize(
    "body", [b"", b"{", b"[1]", b"\x00", b'{"name": {}}', b'{"files": [1], "objects": [1], "operation": "upload"}']
)
def test_broken_bodies_are_refused(hub: RunningHub, repo: str, method: str, url: str, body: bytes):
    assert 400 <= hub.ask(method, url, body, token="ann").status < 500


ODD_PARTS = [
    "ann",
    "x",
    "main",
    "refs%2Fpr%2F2",
    "refs%2Fpr%2F",
    "refs/pr/2",
    "1",
    "a",
    "%20",
    "%00",
    "%ff",
    "%ed%a0%80",
]
ODD_PARTS += [
    "%2e%2e",
    "%F0%9F%A4%96",
    "a" * 3000,
    "0" * 40,
    "0000000",
    "%3Cscript%3E",
    "*",
    "[",
    "HEAD",
    "'",
    "%22;--",
]
ODD_PARTS += ["9" * 9, "9" * 30, "refs%2Fpr%2F" + "9" * 30]
ODD_VALUES = [
    None,
    True,
    0,
    -1,
    10**30,
    1.5,
    float("nan"),
    "",
    "x",
    "main",
    "ann/x",
    "model",
    "\ud800",
    "\x00",
    "a" * 5000,
]
ODD_VALUES += [
    [],
    {},
    [[]],
    [{}],
    ["x", 1],
    [{"path": "a", "size": 1}],
    [{"oid": "a" * 64, "size": 5}],
    "open",
    "upload",
]
ODD_KEYS = [
    "name",
    "organization",
    "type",
    "visibility",
    "private",
    "sdk",
    "fromRepo",
    "toRepo",
    "repository",
    "gated",
]
ODD_KEYS += ["content", "repoType", "files", "objects", "operation", "startingPoint", "tag", "title", "description"]
ODD_KEYS += ["pullRequest", "comment", "status", "key", "value", "path", "oid", "size", "encoding"]


def test_no_request_makes_the_hub_fail(start_hub: Callable[..., RunningHub]):
    hub = start_hub()
    rng = random.Random(0)
    hub.create("ann/x")
    hub.commit("models/ann/x", {"a": "b"})
    hub.commit("models/ann/x", {"a": "c"}, revision="main?create_pr=1")

    def part(match: re.Match[str]) -> str:
        usual = {"types": "models", "web": "", "sha256": "a" * 64, "ns": "ann", "name": "x"}.get(match[1])
        return rng.choice(ODD_PARTS) if usual is None or (match[1] in ("ns", "name") and rng.random() < 0.2) else usual

    for _ in range(800):
        route = rng.choice(ROUTES)
        query = "&".join(
            f"{key}={rng.choice(ODD_PARTS)}" for key in rng.sample(["recursive", "limit", "cursor", "p", "q"], 2)
        )
        values = [{key: rng.choice(ODD_VALUES) for key in rng.sample(ODD_KEYS, 8)} for _ in range(2)]
        lines = [
            {"key": rng.choice(["header", "file", "lfsFile", "deletedFolder"]), "value": value} for value in values
        ]
        body = rng.choice(
            [b"\n".join(json.dumps(line).encode() for line in lines), json.dumps(values[0]).encode(), b"\xff"]
        )
        url = re.sub(r"\{(\w+)\}", part, route.pattern)
        reply = hub.ask(route.method, f"{url}?{query}", body, token=rng.choice(["ann", "eve", None]))
        assert reply.status < 500, (route.method, url, query, body)


def test_what_does_not_exist_says_what(hub: RunningHub, repo: str):
    for url, code in [
        ("/api/models/acme/none", "RepoNotFound"),
        ("/api/models/gpt2", "RepoNotFound"),
        ("/gpt2/resolve/main/config.json", "RepoNotFound"),
        (f"/api/models/{repo}/revision/none", "RevisionNotFound"),
        (f"/{repo}/resolve/{'0' * 40}/README.md", "RevisionNotFound"),
        (f"/{repo}/resolve/main/none.json", "EntryNotFound"),
        (f"/api/models/{repo}/tree/main/README.md", "EntryNotFound"),
        ("/api/collections", None),
        ("/api/models/acme/http/super-squash/main", None),
    ]:
        reply = hub.ask("GET", url, token="ann")
        assert (reply.status, reply.code) == (404, code), url
    assert len(hub.ask("GET", f"/{repo}/resolve/main/none.json").headers["X-Repo-Commit"]) == 40
    wrong_method = hub.ask("DELETE", f"/api/models/{repo}", token="ann")
    assert wrong_method.status == 405 and wrong_method.headers["Allow"] == "GET"


def test_xet_clients_are_told_the_cure(hub: RunningHub, repo: str):
    reply = hub.ask("GET", f"/api/models/{repo}/xet-write-token/main", token="ann")
    assert reply.status == 307, "the client shows nothing but the URL of the last answer"
    location = reply.headers["Location"]
    assert "HF_HUB_DISABLE_XET=1" in location
    last = hub.ask("GET", location.removeprefix(hub.url), token="ann")
    assert last.status == 400 and "HF_HUB_DISABLE_XET=1" in last.headers["X-Error-Message"]


HOSTILE = {
    "bool": {"README.md": "---\na: !!bool foo\n---\n"},
    "int": {"README.md": "---\na: !!int ''\n---\n"},
    "lines": {"README.md": "---\n" + "\n" * 100_000},
    "map": {"config.json": '{"model_type": "x", "auto_map": {"a": ' + "[" * 900 + "]" * 900 + "}}"},
    "deep": {"config.json": "[" * 100_000},
    "brackets": {"README.md": "[" * 150_000},
}


def test_one_readme_does_not_hide_the_others(start_hub: Callable[..., RunningHub]):
    hub = start_hub()
    for name, files in HOSTILE.items():
        hub.create(f"ann/{name}")
        assert hub.commit(f"models/ann/{name}", files).status == 200
    hub.create("ann/lost")
    with sqlite3.connect(hub.root / "hub.sqlite3") as db:
        db.execute("DELETE FROM refs WHERE repo = (SELECT id FROM repos WHERE name = 'lost')")
    for url in (
        "/api/models",
        "/api/models?sort=lastModified",
        "/api/models?author=ann",
        "/api/settings/repositories",
    ):
        reply = hub.ask("GET", url, token="ann")
        assert reply.status == 200, url
        assert {item["id"] for item in reply.json} == {f"ann/{name}" for name in [*HOSTILE, "lost"]}
    assert hub.ask("GET", "/", token="ann").text.count('href="/ann/') >= len(HOSTILE)
    for name in HOSTILE:
        assert hub.ask("GET", f"/api/models/ann/{name}", token="ann").status == 200
        assert hub.ask("GET", f"/ann/{name}", token="ann").status == 200
    pages = [hub.ask("GET", f"/api/models?limit=2&skip={skip}", token="ann") for skip in (0, 2, 4, 6)]
    assert len({item["id"] for page in pages for item in page.json}) == 7
    assert "[[[[" in hub.ask("GET", "/ann/brackets", token="ann").text
    assert ["Link" in page.headers for page in pages] == [True, True, True, False]


# limits come before the work


async def untouched() -> dict:
    """A body that must not be read."""
    raise AssertionError("the body was read before the request was refused")


ANYWHERE = ["/api/repos/create", "/api/models/acme/http/discussions", "/acme/http.git/info/lfs/objects/batch"]


@pytest.mark.parametrize("token, status", [(None, 401), ("rob", 403), ("eve", 403)])
@pytest.mark.parametrize("url", ["/api/models/acme/http/commit/main", "/api/models/acme/http/preupload/main"])
def test_who_may_not_write_is_refused_before_the_body(tmp_path, url: str, token: str | None, status: int):
    assert answer_before_the_body(tmp_path, url, token) == status


@pytest.mark.parametrize("url", ANYWHERE)
def test_who_is_unknown_is_refused_before_the_body(tmp_path, url: str):
    assert answer_before_the_body(tmp_path, url, None) == 401


def test_what_does_not_fit_on_the_disk_is_refused_before_it_is_sent(tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda path: namedtuple("usage", "free")(1_000_000))
    assert answer_before_the_body(tmp_path, "/api/models/acme/http/commit/main", "ann", length=2_000_000) == 507


async def _not_drained(body: Body) -> None:
    """Refused bodies are read to their end, so that clients see the answer; not in these tests."""


def answer_before_the_body(root, url: str, token: str | None, *, length: int = 100_000) -> int:
    """The status of the answer to a request of which only the headers have arrived."""
    headers = {"host": "localhost", "content-length": str(length)}
    if token is not None:
        headers["authorization"] = f"Bearer {secret_of(token)}"
    scope = {"type": "http", "method": "POST", "path": url, "raw_path": url.encode(), "query_string": b""}
    scope |= {"headers": [(name.encode(), value.encode()) for name, value in headers.items()], "scheme": "http"}
    statuses = []

    async def send(message: dict) -> None:
        statuses.append(message.get("status"))

    with HubStore(root).opened() as store:
        with store.write() as db:
            made = repositories.create(db, "model", "acme", "http")
            commits.first_commit(db, made, "ann", [], "first")
        app = HubApp(Hub(store, Tokens(map(parse_token, TOKENS.values()))))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Body, "drain", _not_drained)
            asyncio.run(app(scope, untouched, send))
    return statuses[0]


def test_lists_in_a_request_are_bounded(hub: RunningHub, repo: str):
    objects = [{"oid": f"{number:064x}", "size": 1} for number in range(1001)]
    batch = {"operation": "upload", "objects": objects}
    assert hub.ask("POST", f"/{repo}.git/info/lfs/objects/batch", batch, token="ann").status == 400
    files = {"files": [{"path": f"{number}", "size": 1, "sample": ""} for number in range(1001)]}
    assert hub.ask("POST", f"/api/models/{repo}/preupload/main", files, token="ann").status == 400


def test_a_commit_of_too_many_operations_stores_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(commits, "MAX_FILES", 3)
    lines = [{"key": "header", "value": {"summary": "x"}}]
    lines += [{"key": "file", "value": {"path": f"{n}", "content": f"{n}", "encoding": "utf-8"}} for n in range(9)]
    with HubStore(tmp_path).opened() as store:
        client = TestClient(HubApp(Hub(store)), base_url="http://localhost")
        assert client.post("/api/repos/create", json={"name": "x"}).status_code == 200
        body = b"\n".join(json.dumps(line).encode() for line in lines)
        assert client.post("/api/models/local/x/commit/main", content=body).status_code == 400
        assert len(list(store.blobs)) <= 4


# contents


def test_contents_need_a_valid_link_the_right_size_and_the_right_hash(hub: RunningHub, repo: str):
    content = b"weights" * 1000
    link = link_of(lfs(hub, repo, content))
    assert hub.ask("PUT", link.replace("signature=", "signature=0"), content).status == 403
    assert hub.ask("PUT", link.partition("?")[0], content).status == 403
    assert hub.ask("PUT", link.replace("/7000?", "/7001?"), content + b"x").status == 403
    assert hub.ask("PUT", link, content[:-1]).status == 400
    assert hub.ask("PUT", link, content + b"x").status == 413
    assert hub.ask("PUT", link, content[:-1] + b"x").status == 400
    verify = link.replace("?", "/verify?")
    assert hub.ask("POST", verify, {}).status == 404
    assert hub.ask("PUT", link, content).status == 200
    assert hub.ask("POST", verify, {}).status == 200
    assert "actions" not in lfs(hub, repo, content).json["objects"][0], "what has arrived is not asked for again"
    for changes in ({"oid": "../../etc/passwd"}, {"oid": "A" * 64}, {"size": -1}, {"size": "7"}, {"size": True}):
        assert lfs(hub, repo, content, **changes).status == 400


def test_a_broken_upload_leaves_nothing(hub: RunningHub, repo: str):
    content = b"y" * 3_000_000
    link = link_of(lfs(hub, repo, content))
    with socket.create_connection(("127.0.0.1", int(hub.url.rpartition(":")[2]))) as wire:
        wire.sendall(f"PUT {link} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(content)}\r\n\r\n".encode())
        wire.sendall(content[:2_000_000])
    assert hub.ask("PUT", link, content).status == 200
    head = hub.ask("GET", f"/api/models/{repo}").json["sha"]
    line = json.dumps({"key": "header", "value": {"summary": "cut"}}) + "\n"
    line += json.dumps({"key": "file", "value": {"path": "cut", "content": "x"}}) + "\n"
    with socket.create_connection(("127.0.0.1", int(hub.url.rpartition(":")[2]))) as wire:
        target = f"POST /api/models/{repo}/commit/main HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000000\r\n"
        wire.sendall(f"{target}Authorization: Bearer {secret_of('ann')}\r\n\r\n{line}".encode())
    assert hub.ask("GET", f"/api/models/{repo}").json["sha"] == head
    assert list((hub.root / "unfinished").iterdir()) == []


def test_limits(start_hub: Callable[..., RunningHub]):
    hub = start_hub(settings=HubSettings(max_file_size=1000))
    hub.create("ann/x")
    too_long = hub.ask(
        "POST", "/api/models/ann/x/preupload/main", {"files": [{"path": "a", "size": 1001}]}, token="ann"
    )
    assert too_long.status == 413 and "1000 bytes" in too_long.headers["X-Error-Message"]
    assert lfs(hub, "ann/x", b"x" * 1001).json["objects"][0]["error"]["code"] == 413
    assert hub.commit("models/ann/x", {"a": "x" * 1001}).status == 413
    assert hub.commit("models/ann/x", {"a": "x" * 1000}).status == 200
    huge = b'{"content": "' + b"x" * 9_000_000 + b'"}'
    assert hub.ask("POST", "/api/validate-yaml", huge).status == 413
    assert hub.commit("models/ann/x", {"a": "x" * 70_000_000}).status == 413


@pytest.mark.parametrize(
    "asked, status, start, end",
    [("bytes=2-4", 206, 2, 5), ("bytes=7-", 206, 7, 10), ("bytes=-3", 206, 7, 10), ("bytes=0-99", 206, 0, 10)]
    + [("bytes=-99", 206, 0, 10), ("bytes=0-0,2-3", 200, 0, 10), ("lines=1-2", 200, 0, 10), ("bytes=-", 200, 0, 10)],
)
def test_ranges(hub: RunningHub, repo: str, asked: str, status: int, start: int, end: int):
    reply = hub.ask("GET", f"/{repo}/resolve/main/a/b%20c/%C3%BC.txt", Range=asked)
    assert (reply.status, reply.body) == (status, b"0123456789"[start:end])
    assert reply.headers.get("Content-Range") == (f"bytes {start}-{end - 1}/10" if status == 206 else None)


def test_ranges_beyond_the_end(hub: RunningHub, repo: str):
    for asked in ("bytes=10-", "bytes=5-2", "bytes=-0"):
        reply = hub.ask("GET", f"/{repo}/resolve/main/a/b%20c/%C3%BC.txt", Range=asked)
        assert reply.status == 416 and reply.headers["Content-Range"] == "bytes */10"


def test_headers_that_caches_go_by(hub: RunningHub, repo: str):
    url = f"/{repo}/resolve/main/a/b%20c/%C3%BC.txt"
    head = hub.ask("HEAD", url)
    assert head.status == 200 and head.body == b"" and head.headers["Content-Length"] == "10"
    etag = head.headers["ETag"]
    assert etag == '"ad471007bd7f5983d273b9584e5629230150fd54"', "as git hash-object has it"
    assert len(head.headers["X-Repo-Commit"]) == 40 and head.headers["Accept-Ranges"] == "bytes"
    assert "X-Xet-Hash" not in head.headers
    for known in (etag, f"W/{etag}", f'"x", {etag}'):
        again = hub.ask("GET", url, If_None_Match=known)
        assert again.status == 304 and again.body == b"" and again.headers["ETag"] == etag
    assert hub.ask("GET", url, If_None_Match='"x"').body == b"0123456789"
    assert hub.ask("GET", url, Range="bytes=2-", If_Range='"x"').status == 200


def test_listings_come_in_pages(hub: RunningHub):
    hub.create("acme/many", type="dataset")
    hub.commit("datasets/acme/many", {f"d/{number}": "x" for number in range(5)})
    url, found = "/api/datasets/acme/many/tree/main?recursive=true&limit=2", []
    while url:
        reply = hub.ask("GET", url)
        found += [entry["path"] for entry in reply.json]
        link = reply.headers.get("Link", "")
        url = link[link.find("/api") : link.find(">")] if link else ""
    assert found == [".gitattributes", "d", "d/0", "d/1", "d/2", "d/3", "d/4"]
    first = hub.ask("GET", "/api/models?limit=1")
    assert len(first.json) == 1 and 'rel="next"' in first.headers["Link"]


@pytest.mark.slow
def test_ten_thousand_files_in_one_commit(hub: RunningHub):
    hub.create("acme/crowded")
    files = {f"d{number % 100}/{number}.txt": str(number % 10) for number in range(10_000)}
    assert hub.commit("models/acme/crowded", files).status == 200
    found = hub.ask("GET", "/api/models/acme/crowded?blobs=true").json["siblings"]
    assert {item["rfilename"] for item in found} == {".gitattributes", *files}
    assert hub.commit("models/acme/crowded", {"one": "more"}).status == 200
    assert hub.ask("GET", "/acme/crowded/tree/main/d99", Accept="text/html").text.count("/blob/main/d99/") == 100


def test_an_archive_is_a_file_like_others(hub: RunningHub):
    with zipfile.ZipFile(content := io.BytesIO(), "w") as archive:
        archive.writestr("../../../outside.txt", "x")
    hub.create("acme/archive")
    link = link_of(lfs(hub, "acme/archive", content.getvalue()))
    assert hub.ask("PUT", link, content.getvalue()).status == 200
    assert {path.name for path in hub.root.parent.rglob("outside*")} == set()


# browsers


def test_another_site_may_not_write(hub: RunningHub, start_hub: Callable[..., RunningHub]):
    body = {"name": "x", "organization": "acme"}
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec_Fetch_Site": "cross-site"}):
        assert hub.ask("POST", "/api/repos/create", body, token="ann", **headers).status == 403
    basic = base64.b64encode(b"ann:secret-of-ann").decode()
    assert (
        hub.ask("GET", "/api/whoami-v2", Authorization=f"Basic {basic}").json["auth"]["accessToken"]["role"] == "read"
    )
    assert hub.ask("POST", "/api/repos/create", body, Authorization=f"Basic {basic}").status == 401


def test_a_hub_without_tokens_is_for_this_machine(start_hub: Callable[..., RunningHub]):
    hub = start_hub(tokens={})
    assert hub.ask("GET", "/api/whoami-v2").json["name"] == "local"
    assert hub.create("any/one", token="whatever").status == 200
    assert hub.commit("models/any/one", {"a": "b"}, token="other").status == 200
    assert hub.ask("GET", "/api/whoami-v2", Host="evil.example").status == 403, "a name made to lead here"
    assert hub.ask("GET", "/api/whoami-v2", Host="127.0.0.1:1@evil.example").status == 400
    assert "sign in" not in hub.ask("GET", "/").text


def test_pages_show_text_and_run_nothing(hub: RunningHub):
    hub.create("acme/pages")
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    readme = f"---\nlicense: mit\ntags: ['{evil}']\nbase_model: '{evil}'\n---\n# The card\n{evil}\n![c](curve.png)"
    hub.commit(
        "models/acme/pages", {"README.md": readme, "<b>x.html": evil, "d/x.md": evil}, summary=evil, description=evil
    )
    hub.ask("POST", "/api/models/acme/pages/discussions", {"title": evil, "description": evil}, token="eve")
    hub.commit("models/acme/pages", {"new.txt": "x"}, token="eve", revision="main?create_pr=1", summary=evil)
    sha = hub.ask("GET", "/api/models/acme/pages").json["sha"]
    tabs = ["", "/tree/main", "/tree/main/d", "/blob/main/%3Cb%3Ex.html", "/blob/main/d/x.md", "/commits/main"]
    tabs += [f"/commit/{sha}", "/discussions", "/discussions/1", "/discussions/2", "/tree/refs%2Fpr%2F2"]
    urls = [f"/acme/pages{tab}" for tab in tabs] + ["/", "/acme", f"/?q={evil.replace(' ', '+')}", "/acme/none"]
    for url in urls:
        reply = hub.ask("GET", url, Accept="text/html")
        assert reply.status == (200 if url != "/acme/none" else 401), url
        assert reply.headers["Content-Type"].startswith("text/html"), url
        assert "<script" not in reply.text and "<img src=x" not in reply.text.replace('<img src="x"', ""), url
        assert "onerror=alert" not in reply.text.replace("&lt;img src=x onerror=alert", ""), url
        policy = reply.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "script-src" not in policy
        assert (
            " style=" not in reply.text.replace("<style", "") and reply.headers["X-Content-Type-Options"] == "nosniff"
        )
    card = hub.ask("GET", "/acme/pages").text
    assert "<h1>The card</h1>" in card and f'src="/acme/pages/resolve/{sha}/curve.png"' in card
    assert "/static" not in card and "/-/style.css" in card and hub.ask("GET", "/-/style.css").status == 200


def test_files_of_others_are_shown_as_text_or_saved(hub: RunningHub, repo: str):
    page = hub.ask("GET", f"/{repo}/resolve/main/page.html")
    assert page.headers["Content-Type"] == "application/octet-stream"
    assert page.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in page.headers["Content-Security-Policy"]
    assert hub.ask("GET", f"/{repo}/resolve/main/README.md").headers["Content-Type"].startswith("text/plain")


def test_signing_in_with_a_browser(hub: RunningHub):
    hub.create("acme/behind-the-door", visibility="private")
    asked = hub.ask("GET", "/sign-in", Accept="text/html")
    assert asked.status == 401 and asked.headers["WWW-Authenticate"].startswith("Basic")
    known = {"Authorization": "Basic " + base64.b64encode(b"rob:secret-of-rob").decode()}
    assert hub.ask("GET", "/sign-in", **known).headers["Location"] == "/"
    assert hub.ask("GET", "/acme/behind-the-door", **known).status == 200
    wrong = {"Authorization": "Basic " + base64.b64encode(b"ann:secret-of-rob").decode()}
    assert hub.ask("GET", "/sign-in", **wrong).status == 401
