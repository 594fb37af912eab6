"""The kernel for the tests: the installed one, or else one that is compiled here."""

import ctypes
import shutil
import subprocess
from pathlib import Path

import pytest

from bilstm_nlu.runtime import native
from bilstm_nlu.runtime.native import Kernel

SOURCES = Path(native.__file__).parent / "kernel"


@pytest.fixture(scope="session")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Kernel:
    """The kernel of this source. Skips without a compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        pytest.skip("there is no C compiler")
    library = tmp_path_factory.mktemp("kernel") / "_kernel.so"
    sources = [str(path) for path in sorted(SOURCES.glob("*.c"))]
    flags = ["-std=c11", "-O2", "-shared", "-fPIC", "-fvisibility=hidden"]
    subprocess.run([compiler, *flags, "-o", str(library), *sources, "-lm"], check=True)
    return Kernel(ctypes.CDLL(str(library)))
