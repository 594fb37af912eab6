"""The files of deploy/: what they run is what the command takes, and the steps of the image give a server."""

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from typer.main import get_command

from bilstm_nlu.cli.main import app
from modeling_bilstm_nlu.hub.embedded import DEFAULT_BASE, embedded_folder

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"


def instructions() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile, without comments and with continued lines joined."""
    lines = [line for line in (DEPLOY / "Dockerfile").read_text().splitlines() if not line.startswith("#")]
    whole = "\n".join(lines).replace("\\\n", " ")
    return [tuple(line.split(maxsplit=1)) for line in whole.splitlines() if line.strip()]  # type: ignore[misc]


def words_of(instruction: str) -> list[str]:
    """The last instruction of this name, which is written as a JSON list."""
    (*_, last) = (rest for name, rest in instructions() if name == instruction)
    return json.loads(last)


def unit() -> list[str]:
    """What the service runs."""
    (line,) = re.findall(r"^ExecStart=(.*)$", (DEPLOY / "bilstm-nlu.service").read_text(), re.MULTILINE)
    return shlex.split(line)


def services() -> dict[str, Any]:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]


def objects() -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text()))


def containers() -> list[dict[str, Any]]:
    return [
        one
        for found in objects()
        if found["kind"] == "Deployment"
        for one in found["spec"]["template"]["spec"]["containers"]
    ]


def commands() -> dict[str, list[str]]:
    return {
        "image": words_of("CMD"),
        "service": unit()[1:],
        **{f"compose {name}": service["command"] for name, service in services().items()},
        **{f"kubernetes {one['name']}": one["args"] for one in containers()},
    }


@pytest.mark.parametrize("place", commands())
def test_the_command_takes_these_arguments(place: str):
    """The arguments are parsed by the command itself, which then does not run."""
    command: Any = get_command(app)
    arguments = commands()[place]
    while hasattr(command, "commands"):
        command, arguments = command.commands[arguments[0]], arguments[1:]
    context = command.make_context(place, list(arguments))
    assert context.params["host"] == "0.0.0.0" and context.params["token_file"] is not None
    assert context.params["port"] in (8123, 8124)


def test_the_image_copies_what_is_there_and_nothing_else_reaches_the_build():
    sent = {line[1:] for line in (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines() if line[:1] == "!"}
    copied = {
        source
        for name, rest in instructions()
        if name == "COPY" and "--from" not in rest
        for source in rest.split()[:-1]
    }
    assert copied == sent and all((ROOT / name).exists() for name in copied)
    assert words_of("ENTRYPOINT") == ["bilstm-nlu"]
    assert not any("torch" in rest or "[train" in rest for name, rest in instructions() if name == "RUN")


def test_the_services_of_compose_know_each_other():
    document = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    hub, server = document["services"]["hub"], document["services"]["server"]
    port = hub["command"][hub["command"].index("--port") + 1]
    assert server["environment"]["HF_ENDPOINT"] == f"http://hub:{port}"
    for service in (hub, server):
        assert set(service["secrets"]) <= set(document["secrets"])
        assert {volume.partition(":")[0] for volume in service["volumes"]} <= set(document["volumes"])
        assert (
            DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]
        ).resolve() == DEPLOY / "Dockerfile"


def test_kubernetes_accepts_the_objects():
    for one in objects():
        kubernetes_validate.validate(one, "1.32", strict=True)
    kinds = {one["kind"]: one for one in objects()}
    labels = kinds["Deployment"]["spec"]["template"]["metadata"]["labels"]
    assert kinds["Service"]["spec"]["selector"].items() <= labels.items()
    (one,) = containers()
    volumes = {volume["name"] for volume in kinds["Deployment"]["spec"]["template"]["spec"]["volumes"]}
    assert {mount["name"] for mount in one["volumeMounts"]} == volumes
    assert kinds["Service"]["spec"]["ports"][0]["targetPort"] == one["ports"][0]["name"]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_accepts_the_service(tmp_path: Path):
    """The program is not where the service looks for it, so another one is named."""
    path = tmp_path / "bilstm-nlu.service"
    path.write_text((DEPLOY / "bilstm-nlu.service").read_text().replace(unit()[0], "/bin/true"))
    result = subprocess.run(["systemd-analyze", "verify", str(path)], capture_output=True, text=True)
    assert result.returncode == 0 and "bilstm-nlu" not in result.stderr, result.stderr


def run(command: str, place: Path, **variables: str) -> None:
    result = subprocess.run(
        ["sh", "-ec", command], cwd=place, env={**os.environ, **variables}, capture_output=True, text=True
    )
    assert result.returncode == 0, f"{command}\n{result.stdout}\n{result.stderr}"


@pytest.mark.slow
def test_the_steps_of_the_image_give_a_server_without_torch(tmp_path: Path):
    """Docker is not needed: the files are copied, and `pip` of a new environment does what the image does."""
    source, wheels, models = tmp_path / "source", tmp_path / "wheels", tmp_path / "models"
    source.mkdir()
    for name, rest in instructions():
        if name == "COPY" and "--from" not in rest:
            for copied in rest.split()[:-1]:
                place = ROOT / copied
                if place.is_dir():
                    shutil.copytree(place, source / copied, ignore=shutil.ignore_patterns("__pycache__", "*.so"))
                else:
                    shutil.copy(place, source)
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    path = f"{tmp_path / 'venv/bin'}:{os.environ['PATH']}"
    steps = [part for name, rest in instructions() if name == "RUN" for part in rest.split("&&") if " pip " in part]
    assert len(steps) == 2
    for step in steps:
        run(step.replace("/wheels", str(wheels)), source, PATH=path, PYTHONPATH="")  # else pip sees this checkout
    folder = embedded_folder(DEFAULT_BASE)
    assert folder is not None
    shutil.copytree(folder, models / "generic")
    tokens = tmp_path / "tokens"
    tokens.write_text("app:read:a-secret-of-the-test\n")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    places = {"/models": str(models), "8124": port, "/run/secrets/tokens": str(tokens)}
    command = [
        str(tmp_path / "venv/bin" / words_of("ENTRYPOINT")[0]),
        *(places.get(word, word) for word in words_of("CMD")),
    ]
    server = subprocess.Popen(command, cwd=tmp_path, env={"PATH": path, "HOME": str(tmp_path)})
    try:
        health = json.loads(re.search(r"CMD (\[.*\])", dict(instructions())["HEALTHCHECK"]).group(1))  # type: ignore[union-attr]
        health = [str(tmp_path / "venv/bin/python"), *(word.replace("8124", port) for word in health[1:])]
        while subprocess.run(health, capture_output=True).returncode:
            assert server.poll() is None, "the server ended"
            time.sleep(0.2)
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/v1/models/generic/parse",
            json.dumps({"text": "play some jazz"}).encode(),
            {"Authorization": "Bearer a-secret-of-the-test"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert json.load(answer)["frame"]["text"] == "play some jazz"
    finally:
        server.terminate()
        assert server.wait(20) in (0, -signal.SIGTERM)
    run("! pip list | grep -i -E '^(torch|transformers|numpy) '", source, PATH=path)
