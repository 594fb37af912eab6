"""The subcommands of `bilstm-nlu hub`; what they start is tested elsewhere."""

import os
import re
import signal
import socket
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from running_process import PROCESSES
from typer.testing import CliRunner

from bilstm_nlu.cli.main import app
from bilstm_nlu.serving import hub


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["hub", *arguments])
    return done.exit_code, done.output


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> dict:
    """What the command serves, instead of serving it."""
    found: dict = {}

    def serve(root, *, on_start, **options):
        found.update(options, root=root)
        on_start("http://127.0.0.1:5")

    monkeypatch.setattr(hub, "serve", serve)
    return found


def _main(arguments: list[str], output: Path) -> None:
    with output.open("w", buffering=1) as sys.stdout:
        app(arguments)


def test_serving_until_ctrl_c(tmp_path: Path):
    arguments = ["hub", "serve", "--root", str(tmp_path / "root"), "--port", "0", "--token", "ann:write:secret-1"]
    output = tmp_path / "output"
    process = PROCESSES.Process(target=_main, args=(arguments, output))
    process.start()
    end = time.monotonic() + 60
    try:
        while not output.exists() or not (found := re.search("HF_ENDPOINT=(http://.*)\n", output.read_text())):
            assert process.is_alive() and time.monotonic() < end
            time.sleep(0.01)
        request = urllib.request.Request(f"{found[1]}/api/whoami-v2", headers={"Authorization": "Bearer secret-1"})
        assert b'"name":"ann"' in urllib.request.urlopen(request, timeout=30).read()
        os.kill(process.pid, signal.SIGINT)
        process.join(30)
    finally:
        process.kill()
    assert process.exitcode == 0 and output.read_text().endswith("\nstopped\n")


def test_serving_says_what_to_tell_the_clients(served: dict, tmp_path: Path):
    code, output = run("serve", "--root", str(tmp_path), "--port", "0", "--max-file-size", "1.5M")
    assert code == 0 and served["tokens"].is_open and served["port"] == 0 and served["host"] == "127.0.0.1"
    assert served["settings"] == hub.HubSettings(max_file_size=1_500_000)
    for line in ("HF_ENDPOINT=http://127.0.0.1:5", "HF_HUB_DISABLE_XET=1", "HF_TOKEN=local"):
        assert f"export {line}" in output


def test_serving_with_tokens(served: dict, tmp_path: Path):
    file = tmp_path / "tokens"
    file.write_text("ann+acme:write:secret-1\n")
    arguments = ["--root", str(tmp_path), "--token", "rob:read:secret-2", "--token-file", str(file)]
    code, output = run("serve", *arguments, "--regular", "--endpoint", "https://hub.example/")
    assert code == 0 and "secret-" not in output and "DISABLE_XET" not in output
    assert "export HF_ENDPOINT=https://hub.example\n" in output
    assert served["tokens"].account("Bearer secret-1", is_safe_method=False).name == "ann"
    assert served["tokens"].account("Bearer secret-2", is_safe_method=False).name == "rob"


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--token", "ann"], "NAME:write:SECRET"),
        (["--token-file", "/no/such/file"], "/no/such/file"),
        (["--max-file-size", "much"], "'much'"),
        (["--max-file-size", "-1G"], "'-1G'"),
    ],
)
def test_mistakes_end_with_one_line(served: dict, tmp_path: Path, arguments: list[str], message: str):
    code, output = run("serve", "--root", str(tmp_path), *arguments)
    assert code == 1 and message in output and len(output.splitlines()) == 1 and not served


def test_a_hub_that_others_can_reach_needs_tokens(tmp_path: Path):
    code, output = run("serve", "--root", str(tmp_path), "--host", "0.0.0.0")
    assert code == 1 and "0.0.0.0" in output and not list(tmp_path.iterdir())


def test_a_folder_in_use(tmp_path: Path):
    with hub.HubStore(tmp_path).opened():
        code, output = run("serve", "--root", str(tmp_path), "--port", "0")
    assert code == 1 and "another server has" in output


def test_a_port_in_use(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, output = run("serve", "--root", str(tmp_path), "--port", str(taken.getsockname()[1]))
    assert code == 1 and "cannot listen on 127.0.0.1" in output and "--port" in output and "Errno" not in output


def test_a_new_token_is_shown_once_and_kept_as_a_hash(tmp_path: Path):
    code, output = run("token", "ann+acme", "--write")
    assert code == 0
    secret = output.partition("HF_TOKEN=")[2].split()[0]
    token = hub.parse_token(output.rpartition(" ")[2])
    assert secret not in output.splitlines()[1] and token.hashed == hub.hash_of_secret(secret)
    assert token.account.name == "ann" and token.account.owners == ("acme",) and token.account.can_write
    assert run("token", "a/b")[0] == 1


def test_checking_a_hub(tmp_path: Path):
    assert run("check", "--root", str(tmp_path / "none"))[0] == 1
    with hub.HubStore(tmp_path).opened() as store, store.write() as db:
        repo = hub.repositories.create(db, "model", "acme", "home")
        blob = store.blobs.put(b"content")
        made = hub.commits.first_commit(db, repo, "ann", [hub.commits.regular_file("a.txt", blob)], "first")
    assert run("check", "--root", str(tmp_path)) == (0, "all intact: 1 repository, 1 commit, 1 content\n")
    store.blobs.path(blob.sha256).unlink()
    code, output = run("check", "--root", str(tmp_path))
    assert code == 1 and f"damaged: acme/home: a.txt in commit {made.oid[:8]} ({blob.sha256})\n" in output
    assert "push the same content again" in output and "1 damaged content; checked: 1 repository" in output
