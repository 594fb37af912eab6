"""Measure what the package costs to install, to start and to read: new environments, new processes, its texts."""

import importlib.util
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import venv
import zipfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import textstat

__all__ = ["PARTS", "Measures", "copy_checkout", "help_texts", "installed", "measure", "prose_of"]

#: Name -> value, unit and the command that measured it.
Measures = dict[str, dict[str, Any]]

_PACKAGES = ("bilstm_nlu", "modeling_bilstm_nlu")
_COMMAND = "bilstm-nlu"
_NUM_STARTS = 5
#: Measures how much memory an import adds: resident pages before and after. Linux counts them in /proc.
_MEMORY = """
import os
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
before = resident()
import {module}
print(resident() - before)
"""
#: Prints the help texts of a command and of what is below it, as JSON.
_HELPS = """
import json
import typer
from {module} import app
def helps(command, context):
    yield command.help
    yield from (getattr(parameter, "help", None) for parameter in command.params)
    for name in getattr(command, "list_commands", lambda _: [])(context):
        child = command.get_command(context, name)
        yield from helps(child, type(context)(child, parent=context))
command = typer.main.get_command(app)
print(json.dumps(list(helps(command, typer.Context(command)))))
"""


def measure(parts: list[str], root: Path) -> Measures:
    """Measure some parts of a checkout of the repository.

    Args:
        parts: keys of `PARTS`.
        root: the folder with `pyproject.toml`.

    Returns:
        Name, such as `install.core_mb` -> `value`, `unit` and `command`.

    Raises:
        KeyError: there is no such part.
        subprocess.CalledProcessError: a command of the measurement failed.
    """
    found: Measures = {}
    for part in parts:
        found |= PARTS[part](root)
    return found


def _install(root: Path) -> Measures:
    """Megabytes and distributions that an install adds to a new virtual environment: of the core, and for training."""
    found: Measures = {}
    for name, extra in (("core", ""), ("train", "[train]")):
        command = f"pip install -c constraints.txt .{extra}"
        with TemporaryDirectory() as folder:
            copy = copy_checkout(root, Path(folder, "source"))
            venv.create(Path(folder, "venv"), with_pip=True)
            before = installed(Path(folder, "venv"))
            pip = [str(Path(folder, "venv/bin/python")), "-m", "pip", "install", "--quiet", "-c", "constraints.txt"]
            subprocess.run([*pip, f"{copy}{extra}"], check=True, cwd=copy)
            after = installed(Path(folder, "venv"))
        note = f"python -m venv, {command}; without pip and setuptools"
        found[f"install.{name}_mb"] = _value(round((after[0] - before[0]) / 1e6, 1), "MB of 10^6 bytes", note)
        found[f"install.{name}_distributions"] = _value(after[1] - before[1], "distributions", note)
    return found


def copy_checkout(root: Path, folder: Path) -> Path:
    """Copy the files of the repository to another folder, because a build leaves files behind and reads older ones.

    Args:
        root: the checkout.
        folder: the folder to write to.
    """
    listed = subprocess.run(["git", "ls-files", "-z"], check=True, capture_output=True, text=True, cwd=root).stdout
    for name in filter(None, listed.split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / name, folder / name)
    return folder


def installed(folder: Path) -> tuple[int, int]:
    """The bytes of all files in a virtual environment, and the number of its distributions.

    Args:
        folder: the folder of the environment.
    """
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    num_installed = sum(path.name == "METADATA" and path.parent.suffix == ".dist-info" for path in files)
    return sum(path.stat().st_size for path in files), num_installed


def _start(root: Path) -> Measures:
    """CPU seconds of the command's help, and the memory that importing the package adds to a process."""
    code = f"from {_entry(root)} import app; app(['--help'])"
    # the first start fills the file cache
    seconds = [_cpu_seconds([sys.executable, "-c", code], root) for _ in range(1 + _NUM_STARTS)][
        1:
    ]  # the first is cold
    shown = f'python -c "{code}" (user and system, median of {_NUM_STARTS})'
    found = {"start.help_cpu_s": _value(round(median(seconds), 2), "CPU seconds", shown)}
    for module in filter(lambda module: (root / module).is_dir(), _PACKAGES):
        command = [sys.executable, "-c", _MEMORY.format(module=module)]
        grown = int(subprocess.run(command, check=True, capture_output=True, text=True, cwd=root).stdout)
        found[f"start.import_{module}_mb"] = _value(
            round(grown / 1e6, 1), "MB of 10^6 bytes", f'python -c "import {module}" (growth of resident memory)'
        )
    return found


def _cpu_seconds(command: list[str], folder: Path) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def _wheel(root: Path) -> Measures:
    """Kilobytes of the packed wheel, without the weights of the checkpoints in it."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    with TemporaryDirectory() as folder:
        copy = copy_checkout(root, Path(folder, "source"))
        subprocess.run([*command, "--wheel-dir", folder, str(copy)], check=True)
        (path,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(path) as wheel:
            packed = sum(info.compress_size for info in wheel.infolist() if not info.filename.endswith(".safetensors"))
    return {"wheel.kb": _value(round(packed / 1e3), "kB of 1000 bytes", "pip wheel --no-deps . (without weights)")}


def _readme(root: Path) -> Measures:
    """Lines of the README."""
    lines = (root / "README.md").read_text(encoding="utf-8").splitlines()
    return {"readme.lines": _value(len(lines), "lines", "wc -l README.md")}


def _readability(root: Path) -> Measures:
    """The readability of the README and of the command's help."""
    texts = {"readme": prose_of((root / "README.md").read_text(encoding="utf-8")), "help": "\n".join(help_texts(root))}
    return {
        f"readability.{name}_flesch": _value(
            round(textstat.flesch_reading_ease(text), 1),
            "Flesch reading ease",
            f"textstat.flesch_reading_ease of the sentences of the {name} (textstat {version('textstat')})",
        )
        for name, text in texts.items()
    }


def prose_of(markdown: str) -> str:
    """The sentences of a Markdown page, without code, tables, headings and URLs. Each list item is one sentence."""
    text = re.sub(r"^```.*?^```", "", markdown, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    blocks: list[str] = []
    for line in text.splitlines():
        item = re.match(r"\s*(?:[-*]|\d+\.) ", line)
        if not line.strip() or line.lstrip().startswith(("|", "#", "<")):
            blocks.append("")
        elif item or not blocks or not blocks[-1]:
            blocks.append(line[item.end() :] if item else line)
        else:
            blocks[-1] += " " + line.strip()
    sentences = (re.sub(r"[`*]", "", block).strip().rstrip(":;") for block in blocks)
    return "\n".join(_ended(sentence) for sentence in sentences if sentence)


def help_texts(root: Path) -> list[str]:
    """The help texts of the command of a checkout, of its subcommands and of their options."""
    command = [sys.executable, "-c", _HELPS.format(module=_entry(root))]
    shown = subprocess.run(command, check=True, capture_output=True, text=True, cwd=root).stdout
    return [_ended(" ".join(text.split())) for text in json.loads(shown) if text]


def _entry(root: Path) -> str:
    """The module that the command of a checkout starts in."""
    found = re.search(rf'^{_COMMAND} = "([\w.]+):app"$', (root / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    assert found is not None, f"{root / 'pyproject.toml'} has no script {_COMMAND}"
    return found[1]


def _ended(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _rooms(root: Path) -> Measures:
    """Count the packages that are installed, and the imports from a lower layer to a higher one."""
    folders = [path.parent for name in _PACKAGES for path in (root / name).rglob("__init__.py")]
    rules = _layering(root)
    upward = [found for path in rules.FILES for found in rules.upward_imports(path)]
    return {
        "rooms.packages": _value(len(folders), "packages", "folders with __init__.py in what ships"),
        "rooms.upward_imports": _value(len(upward), "imports", "upward_imports of tests/test_layering.py"),
    }


def _layering(root: Path) -> Any:
    spec = importlib.util.spec_from_file_location("layering_rules", root / "tests" / "test_layering.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _value(value: float, unit: str, command: str) -> dict[str, Any]:
    return {"value": value, "unit": unit, "command": command, "cpus": os.cpu_count()}


#: Part -> the function that measures it; its argument is the folder of the checkout.
PARTS: dict[str, Callable[[Path], Measures]] = {
    "install": _install,
    "start": _start,
    "wheel": _wheel,
    "readme": _readme,
    "readability": _readability,
    "rooms": _rooms,
}
