"""Let one run at a time have a folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from bilstm_nlu.errors import Cure, NluError

__all__ = ["alone"]


@contextmanager
def alone(path: Path, fault: str) -> Iterator[None]:
    """Keep other runs out until the block ends. A lock of a killed process does not count.

    Args:
        path: the file of the lock.
        fault: what is wrong if another run has the lock.

    Raises:
        NluError: another run has it.
    """
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        cure = Cure("choose another folder with {}", option="output_dir")
        raise NluError(f"{fault}; wait until it ends", cure=cure) from None
    try:
        yield
    finally:
        lock.release()
