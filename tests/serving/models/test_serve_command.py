"""The command `bilstm-nlu serve`: what it loads, and what it says about options that are wrong."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from running_server import RunningServer
from tiny_models import TEXTS
from typer.testing import CliRunner

from bilstm_nlu import Nlu
from bilstm_nlu.cli.main import app
from bilstm_nlu.serving.models import ServerSettings

ROOT = Path(__file__).resolve().parents[3]


def test_a_server_loads_neither_torch_nor_the_client_of_the_hub(
    checkpoints: Path, direct: dict[str, Nlu], tmp_path: Path
):
    code = """if True:
        import sys
        from bilstm_nlu.cli.main import app
        try:
            app(sys.argv[1:])
        finally:
            heavy = {"torch", "transformers", "datasets", "modeling_bilstm_nlu", "huggingface_hub", "numpy"}
            print("heavy:", *sorted(heavy & set(sys.modules)), file=sys.stderr)
    """
    arguments = ["serve", f"garden={checkpoints / 'garden'}", "--port", "0", "--poll", "0", "--max-text", "200"]
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    found = re.search(r"http://127.0.0.1:(\d+)", process.stdout.readline())
    assert found, process.communicate()
    server = RunningServer(ServerSettings(), tmp_path)
    server.port = int(found[1])
    assert server.parse("garden", TEXTS[0]).json["frame"] == direct["garden"](TEXTS[0])
    assert server.parse("garden", "x" * 201).status == 413
    process.send_signal(2)
    output, errors = process.communicate(timeout=60)
    assert "stopped" in output
    (heavy,) = [line for line in errors.splitlines() if line.startswith("heavy:")]
    assert not {"torch", "transformers", "modeling_bilstm_nlu", "huggingface_hub"} & set(heavy.split()), heavy


@pytest.mark.parametrize(
    "options, culprit",
    [
        ([], "--models"),
        (["--models", "nowhere"], "--models"),
        (["GARDEN", "--weights", "float8"], "int8"),
        (["GARDEN", "--canary", "garden=5%"], "NAME@REVISION=SHARE"),
        (["GARDEN", "--host", "0.0.0.0"], "--token"),
        (["GARDEN", "--token", "ann:write:secret-of-ann"], "NAME:read:SECRET"),
        (["GARDEN", "--token-file", "nowhere"], "nowhere"),
        (["GARDEN", "--memory", "much"], "much"),
        (["GARDEN", "--queue", "0"], "queue"),
    ],
    ids=str,
)
def test_wrong_options_are_named(checkpoints: Path, options: list[str], culprit: str):
    given = [option.replace("GARDEN", str(checkpoints / "garden")) for option in options]
    result = CliRunner().invoke(app, ["serve", *given])
    assert result.exit_code in (1, 2) and culprit in result.output
    assert "secret-of" not in result.output


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_port_in_use_is_said_with_its_cure(checkpoints: Path, workers: str, capfd: pytest.CaptureFixture[str]):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = CliRunner().invoke(
            app, ["serve", str(checkpoints / "garden"), "--port", port, "--workers", workers, "--poll", "0"]
        )
    assert result.exit_code == 1 and f"127.0.0.1:{port}" in result.output and "--port" in result.output
    assert "Errno" not in result.output + "".join(capfd.readouterr())
