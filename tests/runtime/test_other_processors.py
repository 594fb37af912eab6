"""The kernel for 64-bit Arm processors, run by an emulator: it computes what plain C computes."""

import shutil
import subprocess
from pathlib import Path

import pytest

from bilstm_nlu.runtime import native
from bilstm_nlu.runtime.native import INSTRUCTIONS

SOURCES = Path(native.__file__).parent / "kernel"
PROGRAM = """
#include "plan.h"
int main(void) { return kernel_instructions() >> %d & 1 && kernel_check(%d) ? 0 : 1; }
"""


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ["armv8-a", "armv8.2-a+dotprod"])
def test_neon_computes_what_plain_c_computes(architecture: str, tmp_path: Path):
    compiler, emulator = shutil.which("aarch64-linux-gnu-gcc"), shutil.which("qemu-aarch64-static")
    if compiler is None or emulator is None:
        pytest.skip("there is no compiler and emulator for 64-bit Arm (gcc-aarch64-linux-gnu, qemu-user-static)")
    program = tmp_path / "check.c"
    program.write_text(PROGRAM % (INSTRUCTIONS["neon"], INSTRUCTIONS["neon"]))
    sources = [str(path) for path in (program, *sorted(SOURCES.glob("*.c")))]
    flags = [f"-march={architecture}", "-std=c11", "-O2", "-static", f"-I{SOURCES}"]
    subprocess.run([compiler, *flags, "-o", str(tmp_path / "check"), *sources, "-lm"], check=True)
    assert subprocess.run([emulator, str(tmp_path / "check")]).returncode == 0
