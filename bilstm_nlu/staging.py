"""Files and folders that appear whole or not at all."""

import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["staged"]

_DEAD_AFTER = 24 * 60 * 60  # seconds; nothing takes so long to build


@contextmanager
def staged(path: Path) -> Iterator[Path]:
    """A temporary path next to ``path`` at which to build a file or folder that then becomes ``path``.

    If the block ends without an error, the result replaces ``path``; otherwise it is removed. An older ``path`` is
    renamed first and deleted last. If the process dies between the two renames, the older one is still complete under
    the name ``.<name>.old-*``. Unfinished results of a killed process are removed a day later, the next time that
    something with the same name is built.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{path.name[:100]}.new-"
    _sweep(path.parent, prefix)
    workshop = Path(tempfile.mkdtemp(prefix=prefix, dir=path.parent))
    try:
        build = workshop / path.name  # the folder of mkdtemp itself is readable only by its owner
        yield build
        old = workshop.with_name(workshop.name.replace(".new-", ".old-"))
        if path.exists():
            path.rename(old)
        try:
            build.rename(path)
        except BaseException:
            if old.exists():
                old.rename(path)
            raise
        if old.is_dir():
            shutil.rmtree(old, ignore_errors=True)
        else:
            old.unlink(missing_ok=True)
    except OSError as error:
        if error.errno is not None and error.filename is None:  # an error while writing, such as a full disk
            error.filename = str(path)
        raise
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def _sweep(folder: Path, prefix: str) -> None:
    """Remove temporary folders of processes that no longer run."""
    name = re.compile(re.escape(prefix) + "[a-z0-9_]{8}")  # the names that mkdtemp makes
    for place in folder.iterdir():
        with suppress(OSError):  # already removed, or owned by another user
            if name.fullmatch(place.name) and time.time() - place.lstat().st_mtime > _DEAD_AFTER:
                shutil.rmtree(place)
