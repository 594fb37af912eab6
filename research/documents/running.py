"""Running the code blocks of a page as a reader would: one after the other, in one folder."""

import contextlib
import csv
import io
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
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml
from typer.testing import CliRunner

from bilstm_nlu.cli.main import app
from bilstm_nlu.errors import NluError

from .blocks import Block, read_blocks, starting_page
from .shown import Shown, steps_of

__all__ = ["Documents", "PageRun"]

ROOT = Path(__file__).resolve().parents[2]
#: The ports that the documents name. In a test each is replaced by a free one.
_PORTS = ("8123", "8124")
#: What the pages show in place of the folder of a test.
_READERS_FOLDER = "~/garden"
#: What only a shell can do.
_SHELL = re.compile(r"[|<>;&*$`]")
_SECONDS_TO_START = 120


class PageRun:
    """The blocks of one page in a folder. Use it as a context: at its end, servers that were started are stopped.

    Args:
        folder: where the blocks run; it may have the files of another page.
        whole: run the commands as the page shows them, and not as the comments shorten them for tests.
    """

    def __init__(self, folder: Path, *, whole: bool = False):
        self.folder = folder
        self.whole = whole
        self._names: dict[str, Any] = {"__name__": "__main__"}
        self._printed = ""
        self._servers: list[subprocess.Popen[str]] = []
        self._ports = {port: str(_free_port()) for port in _PORTS}
        self._exported: dict[str, str] = {}

    def __enter__(self) -> "PageRun":
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers:
            os.killpg(server.pid, signal.SIGTERM)  # the shell and the server in it
            server.wait()

    def run(self, block: Block) -> list[Shown]:
        """Run, write or parse a block.

        Returns:
            What it shows, and what was printed now: for each command of a console block, or for what a Python block
            prints.

        Raises:
            NluError: a command failed, or did not fail where it should; the text of a file cannot be parsed.
        """
        if block.title:
            path = self.folder / block.title
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        if block.language == "console":
            return self._console(block)
        if block.language == "bash":
            for command in _lines(block.text):
                self._command(command, block)
        elif block.language == "python":
            self._printed = self._python(block)
        elif block.is_output:
            return [Shown("", block.text, self._printed)]
        else:
            _parse(block)
        return []

    def _console(self, block: Block) -> list[Shown]:
        steps = steps_of(block.text)
        return [
            Shown(
                command,
                output,
                self._command(command, block, may_fail=block.note == "fails" and command == steps[-1][0]),
            )
            for command, output in steps
        ]

    def _command(self, command: str, block: Block, *, may_fail: bool = False) -> str:
        command = self._shortened(command, block)
        if found := re.fullmatch(r"export (\w+)=(\S+)", command):
            self._exported[found[1]] = self._with_ports(found[2])
            return ""
        if command.endswith(" &"):
            self._start(self._with_ports(command[:-2]), block)
            return ""
        code, output, errors = self._outcome(self._with_ports(command))
        if bool(code) != may_fail:
            raise NluError(f"{block.place}: `{command}` ended with code {code}: {output[-500:]} {errors[-2000:]}")
        told = errors if may_fail else output
        for port, free in self._ports.items():
            told = told.replace(free, port)
        told = told.replace(str(self.folder.resolve()), _READERS_FOLDER).replace(str(self.folder), _READERS_FOLDER)
        return "".join(f"{line.rstrip()}\n" for line in told.strip("\n").splitlines())

    def _outcome(self, line: str) -> tuple[int, str, str]:
        """Exit code, output and errors of a command. Ours runs in this process, which has loaded torch already."""
        ours, _, rest = line.partition(" | ")
        output = None
        if ours.startswith("bilstm-nlu ") and not _SHELL.search(ours) and not self._exported:
            code, output, errors = self._in_this_process(shlex.split(ours)[1:])
            if code or not rest:
                return code, output, errors
        result = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", line if output is None else rest],
            cwd=self.folder,
            env=self._environment(),
            input=output or "",
            capture_output=True,
            encoding="utf-8",
        )
        return result.returncode, result.stdout, result.stderr

    def _in_this_process(self, arguments: Sequence[str]) -> tuple[int, str, str]:
        with _inside(self.folder):
            result = CliRunner().invoke(app, arguments)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.stdout, result.stderr

    def _python(self, block: Block) -> str:
        printed = io.StringIO()
        code = compile(self._with_ports(self._shortened(block.text, block)), block.place, "exec")
        with _inside(self.folder), contextlib.redirect_stdout(printed):
            exec(code, self._names)  # noqa: S102 - the code of our own pages
        return printed.getvalue()

    def _start(self, command: str, block: Block) -> None:
        """Start a server, and wait until it answers."""
        server = subprocess.Popen(
            ["bash", "-c", command],
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=(self.folder / "server.log").open("w"),
            start_new_session=True,
            text=True,
        )
        self._servers.append(server)
        (port,) = [free for free in self._ports.values() if free in command]
        limit = time.monotonic() + _SECONDS_TO_START
        while not _answers(int(port)):
            if server.poll() is not None or time.monotonic() > limit:
                log = (self.folder / "server.log").read_text("utf-8")
                raise NluError(f"{block.place}: `{command}` did not start: {log[-2000:]}")
            time.sleep(0.05)

    def _shortened(self, text: str, block: Block) -> str:
        old, new = block.shortening
        return text.replace(old, new) if old and not self.whole else text

    def _with_ports(self, text: str) -> str:
        if re.search(r"bilstm-nlu hub serve\b", text) and " --port" not in text:
            text += f" --port {_PORTS[0]}"
        elif re.search(r"bilstm-nlu serve\b", text) and " --port" not in text:
            text += f" --port {_PORTS[1]}"
        for port, free in self._ports.items():
            text = re.sub(rf"\b{port}\b", free, text)
        return text

    def _environment(self) -> dict[str, str]:
        commands = self.folder / ".commands"
        if not commands.is_dir():
            commands.mkdir()
            for name, arguments in (("bilstm-nlu", "-m bilstm_nlu "), ("python", "")):
                script = commands / name
                script.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {arguments}"$@"\n', "utf-8")
                script.chmod(0o755)
        environment = {**os.environ, "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false", "OMP_NUM_THREADS": "1"}
        environment["PATH"] = os.pathsep.join((str(commands), environment.get("PATH", os.defpath)))
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        if "HF_ENDPOINT" in self._exported:  # a hub of the page itself
            environment |= {"HF_HUB_OFFLINE": "0", "HF_HOME": str(self.folder / ".hub_cache")}
        return environment | self._exported


class Documents:
    """The pages of the documents, each run at most once.

    Args:
        root: the checkout.
        scratch: where the folders of the pages are made.
        whole: see `PageRun`.
    """

    def __init__(self, root: Path, scratch: Path, *, whole: bool = False):
        self.root = root
        self.whole = whole
        self.scratch = scratch
        self._done: dict[str, list[tuple[Block, list[Shown]]]] = {}

    def run(self, name: str) -> list[tuple[Block, list[Shown]]]:
        """Run the blocks of a page, after those of the page that it starts from.

        Args:
            name: the path of the page, seen from the checkout.

        Returns:
            Each block that is tested here, with what `PageRun.run` returns.

        Raises:
            NluError: see `PageRun.run`.
        """
        if name not in self._done:
            page, folder = self.root / name, self._folder(name)
            if (start := starting_page(page)) is not None:
                self.run(start)
                shutil.copytree(self._folder(start), folder, ignore=shutil.ignore_patterns(".commands"))
            else:
                folder.mkdir(parents=True)
            with PageRun(folder, whole=self.whole) as run:
                blocks = [block for block in read_blocks(page, self.root) if block.is_done_here]
                self._done[name] = [(block, run.run(block)) for block in blocks]
        return self._done[name]

    def _folder(self, name: str) -> Path:
        return self.scratch / name.replace("/", "_").removesuffix(".md")


def _lines(text: str) -> Iterator[str]:
    """The commands of a bash block, without comments; a line that ends with a backslash continues."""
    for line in text.replace("\\\n", " ").splitlines():
        command = re.sub(r"(?:^|\s)#.*", "", line).strip()
        if command:
            yield " ".join(command.split()) if "'" not in command and '"' not in command else command


def _parse(block: Block) -> None:
    try:
        if block.language == "json":
            try:
                json.loads(block.text)
            except ValueError:
                for line in block.text.splitlines():
                    json.loads(line)
        elif block.language == "yaml":
            list(yaml.safe_load_all(block.text))
        elif block.language == "csv":
            widths = {len(row) for row in csv.reader(io.StringIO(block.text))}
            if len(widths) != 1:
                raise ValueError(f"rows of {sorted(widths)} cells")
    except (ValueError, yaml.YAMLError) as error:
        raise NluError(f"{block.place}: {error}") from error


@contextlib.contextmanager
def _inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def _free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return server.getsockname()[1]


def _answers(port: int) -> bool:
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex(("127.0.0.1", port)) == 0
