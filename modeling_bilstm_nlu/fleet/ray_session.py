"""Start Ray in this process, or connect to a cluster; Ray stays quiet and sends nothing to others."""

import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ray

from bilstm_nlu.errors import NluError

__all__ = ["ray_session"]

#: Ray refuses less than 75 MB. The checkpoint is all that is stored there, with the results on their way.
_LEAST_STORE = 100_000_000
#: Ray's sockets are in this folder, and a socket's path has at most 107 characters.
_SHORT_TEMPORARY = Path("/tmp")


@contextmanager
def ray_session(address: str | None = None, *, num_workers: int | None = None, num_bytes: int = 0) -> Iterator[None]:
    """Connect to Ray, and disconnect at the end. If this process is already connected, that connection is used.

    Args:
        address: of a cluster, such as `ray://head:10001`; `None` starts Ray on this machine, without a dashboard.
        num_workers: number of workers, if Ray is started here; `None` takes one for each core.
        num_bytes: size of what is put into the object store.

    Raises:
        NluError: the cluster cannot be reached, or Ray cannot be started.
    """
    if ray.is_initialized():
        yield
        return
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ.setdefault("RAY_DEDUP_LOGS", "0")
    logging.getLogger("ray").setLevel(logging.ERROR)
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    folder = None
    try:
        if address is not None:
            ray.init(address, **quiet)
        else:
            os.environ.setdefault("RAY_worker_niceness", "0")  # as for `train`: they are the work of this command
            folder = _temporary()
            ray.init(
                num_cpus=num_workers,
                num_gpus=0,
                include_dashboard=False,
                object_store_memory=max(_LEAST_STORE, 2 * num_bytes),
                _temp_dir=None if folder is None else str(folder),
                **quiet,
            )
    except (ConnectionError, RuntimeError, ValueError, OSError, TimeoutError) as error:
        _remove(folder)
        reason = " ".join(str(error).split())[:300]
        if address is None:
            raise NluError(f"Ray does not start: {reason}; give a cluster that runs with --address") from error
        raise NluError(
            f"{address}: Ray cannot be reached there ({reason}); check the address, and set "
            "RAY_AUTH_MODE=token if the cluster wants a token"
        ) from error
    try:
        yield
    finally:
        ray.shutdown()
        _remove(folder)


def _temporary() -> Path | None:
    """A folder for the files of Ray, which is removed at the end; `None` lets Ray choose."""
    if not _SHORT_TEMPORARY.is_dir():
        return None
    return Path(tempfile.mkdtemp(prefix="bilstm-nlu-ray-", dir=_SHORT_TEMPORARY))


def _remove(folder: Path | None) -> None:
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)
