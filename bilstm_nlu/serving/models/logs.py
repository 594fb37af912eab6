"""Logs: one JSON object per line, without what users said. Texts go to a file of their own, if it is asked for."""

import json
import logging
import os
from collections.abc import Iterable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ...errors import NluError

__all__ = ["JsonLines", "TextLog", "utc_now"]

logger = logging.getLogger(__name__)


def utc_now() -> str:
    """The moment in UTC, to the millisecond."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class JsonLines(logging.Formatter):
    """Writes a record of a log as one line of JSON. What a record has as `fields` are keys of their own."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, Any] = {
            "time": utc_now(),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line)


class TextLog:
    """A file with what users said and what was understood, one JSON object per line. Only its owner may read it.

    Each line is written at once, so several processes can write to the same file. A file that was moved away is made
    again, so it can be rotated.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file, self._identity = -1, (0, 0)

    def open(self) -> None:
        """Open the file.

        Raises:
            NluError: it cannot be written.
        """
        try:
            self._file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._identity = _identity(os.fstat(self._file))
        except OSError as error:
            raise NluError(f"--log-texts {self.path}: cannot be written ({error.strerror})") from error

    def reopen(self) -> None:
        """Open the file again if it was moved away."""
        try:
            if _identity(os.stat(self.path)) == self._identity:
                return
        except FileNotFoundError:
            pass
        old = self._file
        self.open()
        os.close(old)

    def write(self, name: str, revision: str, frames: Iterable[dict[str, Any]]) -> None:
        """Write the frames of a request.

        Args:
            name: of the model.
            revision: that answered.
            frames: the frames.
        """
        moment, lines = utc_now(), []
        for frame in frames:
            line = {
                "time": moment,
                "model": name,
                "revision": revision,
                "text": frame["text"][frame.get("start", 0) : frame.get("end")],
                "intent": frame["intent"],
                "score": frame["score"],
                "accepted": frame["accepted"],
            }
            lines.append(json.dumps(line))
        try:
            os.write(self._file, "".join(f"{line}\n" for line in lines).encode())
        except OSError as error:
            logger.error("%s: texts cannot be logged (%s)", self.path, error.strerror)


def _identity(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino
