"""Check how this machine is set up for the package: what is fine, what deserves a look, and what is broken."""

import os
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, NamedTuple

from .. import __version__
from ..runtime.native import load_kernel

__all__ = ["BROKEN", "LOOK", "OK", "Check", "State", "check_machine", "size_of"]

State = Literal["ok", "look", "broken"]
OK: State = "ok"
LOOK: State = "look"
BROKEN: State = "broken"

#: Extra -> the distributions that it brings and that this check names.
_LIBRARIES = {
    "train": ("torch", "transformers", "datasets", "tokenizers", "safetensors", "accelerate"),
    "hub": ("huggingface-hub",),
    "server": ("starlette", "uvicorn"),
    "normalise": ("dateparser", "text2num"),
    "fleet": ("ray",),
    "parquet": ("pyarrow",),
    "suggest": ("scikit-learn",),
}
#: What each extra is for.
_USES = {
    "train": "train, score and push models",
    "hub": "open models of a hub by name",
    "server": "serve models, and run a hub",
    "normalise": "say what dates and numbers mean",
    "fleet": "train many skills at a time",
    "parquet": "read and write Parquet files",
    "suggest": "find texts that are worth annotating",
}
_GIGABYTE = 1000**3
_FEW_BYTES, _TOO_FEW_BYTES = 2 * _GIGABYTE, 200 * 1000**2
_THREADS = ("BILSTM_NLU_THREADS", "OMP_NUM_THREADS")


class Check(NamedTuple):
    """The result of a check.

    Attributes:
        name: what was checked.
        state: `ok`, `look` (it works, but read this) or `broken`.
        message: what was found.
        cure: what to do, if there is something to do.
    """

    name: str
    state: State
    message: str
    cure: str | None = None


def check_machine() -> Iterator[Check]:
    """Yield the checks of Python, libraries, the engine, threads, bfloat16 and disks."""
    yield _python()
    yield Check("package", OK, f"bilstm-nlu {__version__} in {Path(__file__).resolve().parents[2]}")
    yield from _libraries()
    yield _engine()
    yield _threads()
    yield _bfloat16()
    yield _cache()
    yield _disk(Path.cwd(), "disk of this folder")


def size_of(number: float) -> str:
    """A number of bytes for people: 7.3 MB."""
    for unit, factor in (("GB", _GIGABYTE), ("MB", 1000**2), ("kB", 1000)):
        if number >= factor:
            return f"{number / factor:,.1f} {unit}"
    return f"{number:,.0f} byte{'s' * (number != 1)}"


def _python() -> Check:
    found = ".".join(map(str, sys.version_info[:3]))
    return Check("Python", OK, f"{found} in {sys.prefix}")


def _libraries() -> Iterator[Check]:
    """Yield the libraries of each extra, with their versions."""
    for extra, names in _LIBRARIES.items():
        found = {name: _version(name) for name in names}
        missing = [name for name, number in found.items() if number is None]
        told = ", ".join(f"{name} {number}" for name, number in found.items() if number is not None)
        where = f"extra {extra}"
        if not missing:
            yield Check(where, OK, told)
            continue
        install = f'pip install "bilstm-nlu[{extra}]"'
        if told:
            yield Check(where, LOOK, f"{told}; not installed: {', '.join(missing)}", f"run {install}")
        else:
            yield Check(where, LOOK, f"not installed; it is needed to {_USES[extra]}", f"if you need it: {install}")


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _engine() -> Check:
    kernel = load_kernel()
    has_numpy = find_spec("numpy") is not None
    cure = "install the package again on a machine with a C compiler (pip install --no-cache-dir --force-reinstall)"
    if kernel is not None and (instructions := kernel.instructions()):
        best = instructions[0]
        if best == "plain":
            return Check("engine", LOOK, "the kernel in plain C: this processor has no instructions that it can use")
        return Check("engine", OK, f"the kernel in C, with {best}")
    reason = "the kernel is not installed" if kernel is None else "the kernel gives wrong results on this processor"
    if has_numpy:
        return Check("engine", LOOK, f"NumPy {_version('numpy')}, which is slower: {reason}", cure)
    return Check("engine", BROKEN, f"{reason}, and neither is NumPy", f"run pip install numpy, or {cure}")


def _threads() -> Check:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    told = f"{cores} core{'s' * (cores != 1)} for this process"
    own, openmp = (os.environ.get(name, "") for name in _THREADS)
    if own:
        if not own.isdecimal() or int(own) < 1:
            cure = "set it to a whole number above 0, or unset it"
            return Check("threads", BROKEN, f"BILSTM_NLU_THREADS is {own!r}; {told}", cure)
        number, source = int(own), "BILSTM_NLU_THREADS"
    else:
        first = openmp.partition(",")[0].strip()
        is_set = first.isdecimal() and int(first) > 0
        number, source = (int(first), "OMP_NUM_THREADS") if is_set else (1, "the default")
    message = f"{number} compute thread{'s' * (number != 1)} ({source}); {told}"
    if number > cores:
        cure = f"more threads than cores are much slower; set BILSTM_NLU_THREADS={cores}"
        return Check("threads", LOOK, message, cure)
    return Check("threads", OK, message)


def _bfloat16() -> Check:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            flags = next((line for line in file if line.startswith("flags")), "").split()
    except OSError:
        return Check("bfloat16", OK, "not known on this system; training uses single precision without a GPU")
    if "avx512_bf16" in flags:
        return Check("bfloat16", OK, "this processor has it, so long trainings are about twice as fast")
    return Check("bfloat16", OK, "this processor does not have it; training uses single precision")


def cache_folder() -> Path:
    """The folder that the hub's client keeps downloads in."""
    if own := os.environ.get("HF_HUB_CACHE"):
        return Path(own).expanduser()
    return hub_home() / "hub"


def hub_home() -> Path:
    """The folder of the hub's client."""
    if own := os.environ.get("HF_HOME"):
        return Path(own).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "huggingface"


def _cache() -> Check:
    folder = cache_folder()
    parent = next(path for path in (folder, *folder.parents) if path.exists())
    if not parent.is_dir() or not os.access(parent, os.W_OK):
        cure = "set HF_HOME to a folder that you may write to"
        return Check("cache", BROKEN, f"{folder}: {parent} is not a folder that you may write to", cure)
    if not folder.is_dir():
        return Check("cache", OK, f"{folder}: empty; models of a hub are kept there")
    repositories = [path for path in folder.glob("models--*") if path.is_dir()]
    number = len(repositories)
    size = sum(_blob_sizes(repositories))
    message = f"{folder}: {number:,} model{'s' * (number != 1)}, {size_of(size)}"
    disk = _disk(folder, "cache")
    if disk.state != OK:
        return Check("cache", disk.state, f"{message}; {disk.message}", disk.cure)
    return Check("cache", OK, message)


def _blob_sizes(repositories: list[Path]) -> Iterator[int]:
    """Yield the sizes of the files of repositories in the cache; snapshots are links to them."""
    for repository in repositories:
        for blob in (repository / "blobs").glob("*"):
            try:
                yield blob.stat().st_size
            except OSError:
                continue  # removed meanwhile


def _disk(folder: Path, name: str) -> Check:
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return Check(name, LOOK, f"{folder}: its free space is not known ({error.strerror or error})")
    message = f"{size_of(free)} free"
    if free < _TOO_FEW_BYTES:
        return Check(name, BROKEN, message, "free some space; a training writes up to 100 MB")
    if free < _FEW_BYTES:
        return Check(name, LOOK, message, "free some space soon, or set HF_HOME to a folder on another disk")
    return Check(name, OK, message)
