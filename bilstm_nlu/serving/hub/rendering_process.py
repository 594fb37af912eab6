"""Render Markdown in a process of its own, which is ended if it takes too long, so that no text stalls the hub."""

import json
import subprocess
import sys
import threading
from functools import lru_cache

from . import rendering
from .rendering import as_plain_text

__all__ = ["Renderer"]

_PATIENCE = 30  # seconds that a start or an answer may take on a busy machine
_TURN = 1  # seconds to wait for the request before
_PROGRAM = """
import importlib.util, json, sys
path, sys.path[:] = sys.argv[1], json.loads(sys.argv[2])
spec = importlib.util.spec_from_file_location("rendering", path)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
module.answer_requests(float(sys.argv[3]))
"""


class Renderer:
    """Renders Markdown, one text at a time, and remembers what came of it.

    Args:
        seconds: of computing time that a text may take.
    """

    def __init__(self, seconds: float = 2.0) -> None:
        self.seconds = seconds
        self._process: subprocess.Popen[str] | None = None
        self._turn = threading.Lock()
        self._remembered = lru_cache(maxsize=64)(self._ask)

    def html(self, text: str, *, files: str = "", pages: str = "") -> str:
        """HTML that is safe to show; the text as it is, if it takes too long or others are waiting.

        Args:
            text: the Markdown.
            files: URL that paths of pictures are relative to, ending with a slash.
            pages: URL that links are relative to, ending with a slash.
        """
        try:
            found = self._remembered(text, files, pages)
        except TimeoutError:
            found = None
        return as_plain_text(text) if found is None else found

    def close(self) -> None:
        """End the process."""
        with self._turn:
            self._end()

    def _ask(self, text: str, files: str, pages: str) -> str | None:
        """The HTML; `None` if the text takes too long.

        Raises:
            TimeoutError: other texts are being rendered.
        """
        if not self._turn.acquire(timeout=_TURN):
            raise TimeoutError
        try:
            process = self._running()
            answer = self._answer(process, json.dumps({"text": text, "files": files, "pages": pages}))
            if not answer:
                self._end()
                return None
            return str(json.loads(answer))
        finally:
            self._turn.release()

    def _running(self) -> "subprocess.Popen[str]":
        if self._process is None or self._process.poll() is not None:
            self._end()
            command = [sys.executable, "-c", _PROGRAM, rendering.__file__, json.dumps(sys.path), str(self.seconds)]
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                start_new_session=True,  # Ctrl-C is for the hub
            )
            self._answer(self._process)  # a blank line: it is ready
        return self._process

    @staticmethod
    def _answer(process: "subprocess.Popen[str]", line: str | None = None) -> str:
        """Send a line and read one; it is empty if the process has ended."""
        assert process.stdin is not None and process.stdout is not None
        guard = threading.Timer(_PATIENCE, process.kill)
        guard.start()
        try:
            if line is not None:
                process.stdin.write(line + "\n")
                process.stdin.flush()
            return process.stdout.readline()
        except BrokenPipeError:
            return ""
        finally:
            guard.cancel()

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None
