"""Run a subcommand of `bilstm-nlu` in a process of its own: it may take long, end badly, or be stopped."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from pathlib import Path

__all__ = ["CommandRun"]

_LONGEST = 4_000_000  # characters of the output that are read
_LONGEST_MESSAGE = 2_000
_ROOT = Path(__file__).resolve().parents[3]  # what the packages are imported from


class CommandRun:
    """A subcommand that runs. Make it inside a running event loop.

    Args:
        arguments: of the command.
        folder: where it runs, and where its output is kept; nothing else should be in it.
        seconds: after which it is stopped.
    """

    def __init__(self, arguments: list[str], folder: Path, seconds: float) -> None:
        self.folder = folder
        self._arguments, self._seconds = arguments, seconds
        self._started = time.monotonic()
        self._ended: float | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._code: int | None = None
        self._reason = ""
        self._task = asyncio.ensure_future(self._run())

    @property
    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return not self._task.done()

    @property
    def state(self) -> str:
        """`running`, `done`, or `failed`."""
        if self.is_running:
            return "running"
        return "done" if self._code == 0 and not self._reason else "failed"

    @property
    def seconds(self) -> float:
        """How long it ran, or has run."""
        return (self._ended or time.monotonic()) - self._started

    def output(self) -> str:
        """What it printed."""
        return self._text("output")

    def told(self, folder: str) -> list[str]:
        """The lines that it printed, without the name of a folder."""
        return [line.replace(f"{folder}/", "") for line in self.output().splitlines()]

    def problem(self, folder: str) -> str | None:
        """Why it failed, without the name of a folder; `None` if it did not."""
        if self.state != "failed":
            return None
        lines = self._text("errors").strip().splitlines()
        message = self._reason or (lines[-1].removeprefix("error: ") if lines else f"it ended with {self._code}")
        return message.replace(f"{folder}/", "")[:_LONGEST_MESSAGE]

    async def finished(self) -> None:
        """Wait for the end."""
        await asyncio.shield(self._task)

    async def stop(self) -> None:
        """End it now."""
        self.kill()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def _run(self) -> None:
        # one thread each, and no network: what visitors send stays on this machine
        environment = {name: value for name, value in os.environ.items() if name != "HF_TOKEN"} | {
            "HF_HUB_OFFLINE": "1",
            "HF_DATASETS_OFFLINE": "1",
            "OMP_NUM_THREADS": "1",
            "PYTHONPATH": str(_ROOT),
            "PYTHONSAFEPATH": "1",
        }
        with (self.folder / "output").open("wb") as output, (self.folder / "errors").open("wb") as errors:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bilstm_nlu", *self._arguments),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                cwd=self.folder,
                env=environment,
                start_new_session=True,
            )
            try:
                if self._reason:  # stopped before it started
                    self.kill()
                self._code = await asyncio.wait_for(self._process.wait(), self._seconds)
            except asyncio.TimeoutError:
                self._reason = f"it took longer than {self._seconds:,.0f} s and was stopped; use less data"
                self.kill()
                self._code = await self._process.wait()
            finally:
                self._ended = time.monotonic()
                self._end_group()

    def kill(self) -> None:
        """End the process and all that it has started, without waiting for it."""
        self._reason = self._reason or "it was stopped"
        self._end_group()

    def _end_group(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def _text(self, name: str) -> str:
        try:
            with (self.folder / name).open(encoding="utf-8", errors="replace") as file:
                return file.read(_LONGEST)
        except OSError:
            return ""
