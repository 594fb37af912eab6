"""Files and folders that appear whole or not at all."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["staged"]


@contextmanager
def staged(path: Path) -> Iterator[Path]:
    """A path beside ``path`` at which to make a file or a folder of the same name.

    What stands there when the block ends well becomes ``path``; nothing is left of it when the block does not. An
    older ``path`` is moved aside first and deleted last. Should the process die between those two renames, it lies
    complete under the name ``.<name>.old-*``.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    workshop = Path(tempfile.mkdtemp(prefix=f".{path.name[:100]}.new-", dir=path.parent))
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
