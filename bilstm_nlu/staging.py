"""Files and folders that appear whole or not at all."""

import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["staged"]

_DEAD_AFTER = 24 * 60 * 60  # seconds, far longer than anything is built


@contextmanager
def staged(path: Path) -> Iterator[Path]:
    """A path beside ``path`` at which to make a file or a folder of the same name.

    What stands there when the block ends well becomes ``path``; nothing is left of it when the block does not. An
    older ``path`` is moved aside first and deleted last. Should the process die between those two renames, it lies
    complete under the name ``.<name>.old-*``. What a killed process left half-built goes a day later, when something
    of the same name is made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{path.name[:100]}.new-"
    _sweep(path.parent, prefix)
    workshop = Path(tempfile.mkdtemp(prefix=prefix, dir=path.parent))
    try:
        build = workshop / path.name  # mkdtemp's own folder would be closed to everybody else
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
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def _sweep(folder: Path, prefix: str) -> None:
    """Remove the workshops of processes that must be dead."""
    name = re.compile(re.escape(prefix) + "[a-z0-9_]{8}")  # as mkdtemp makes them
    for place in folder.iterdir():
        with suppress(OSError):  # gone already, or somebody else's
            if name.fullmatch(place.name) and time.time() - place.lstat().st_mtime > _DEAD_AFTER:
                shutil.rmtree(place)
