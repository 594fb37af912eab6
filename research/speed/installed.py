"""Measure what an installation takes that parses texts and opens models of a hub."""

import subprocess
import venv
from pathlib import Path
from tempfile import TemporaryDirectory

from ..house import copy_checkout, installed

__all__ = ["installed_mb"]


def installed_mb(root: Path) -> float:
    """Return the megabytes (of 10^6 bytes) that the package with its extra `hub` adds to a new virtual environment.

    That is all that `bilstm-nlu parse` needs: the command, the kernel, the client of the hub and the generic models.

    Args:
        root: the checkout.
    """
    with TemporaryDirectory() as folder:
        copy, environment = copy_checkout(root, Path(folder, "source")), Path(folder, "venv")
        venv.create(environment, with_pip=True)
        before, _ = installed(environment)
        pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet", "-c", "constraints.txt"]
        subprocess.run([*pip, f"{copy}[hub]"], check=True, cwd=copy)
        return round((installed(environment)[0] - before) / 1e6, 1)
