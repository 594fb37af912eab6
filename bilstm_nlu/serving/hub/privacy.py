"""Keep the files of a hub from other users of the machine."""

import logging
import os
import stat
from collections.abc import Iterable
from pathlib import Path

__all__ = ["make_private"]

logger = logging.getLogger(__name__)


def make_private(paths: Iterable[Path]) -> None:
    """Let only the owner read and write files (mode 0600), and enter folders (0700). Links are left as they are.

    Where that is not allowed, because another user owns the file, a line in the log says so.
    """
    refused: list[Path] = []
    for path in paths:
        try:
            mode = path.lstat().st_mode
            wanted = 0o700 if stat.S_ISDIR(mode) else 0o600
            if not stat.S_ISLNK(mode) and stat.S_IMODE(mode) != wanted:
                os.chmod(path, wanted)
        except FileNotFoundError:
            continue
        except PermissionError:
            refused.append(path)
    if refused:
        logger.warning(
            "%s and %d more: others may read them; make this user their owner", refused[0], len(refused) - 1
        )
