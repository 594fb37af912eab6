"""What `pyproject.toml` declares: what the package imports, nothing more, with lower bounds that are tested."""

import ast
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

tomllib = pytest.importorskip("tomllib")

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = [ROOT / "bilstm_nlu", ROOT / "modeling_bilstm_nlu"]
TOOLS = [ROOT / "research", ROOT / "scripts", ROOT / "tests"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = {name: [Requirement(line) for line in lines] for name, lines in PROJECT["optional-dependencies"].items()} | {
    "": [Requirement(line) for line in PROJECT["dependencies"]]
}

#: Extras for work on the package: what ships imports none of them.
_TOOLS = {"baselines", "bench", "browser", "dev", "docs"}
#: What is imported under another name than it is installed by.
_IMPORTED_AS = {
    "markdown-it-py": "markdown_it",
    "pillow": "PIL",
    "python-dateutil": "dateutil",
    "scikit-learn": "sklearn",
    "pyyaml": "yaml",
    "text2num": "text_to_num",
}
#: What comes with another library, in versions that this library decides.
_COMES_WITH = {
    "anyio": "starlette",
    "markupsafe": "jinja2",
    "numpy": "transformers",
    "pandas": "datasets",
    "psutil": "accelerate",
    "safetensors": "transformers",
    "tokenizers": "transformers",
}


def _imported(folders: list[Path]) -> set[str]:
    """Names of the libraries that the modules of folders import."""
    found = set()
    for path in (path for folder in folders for path in folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                found.add((node.module or "").partition(".")[0])
            elif isinstance(node, ast.Constant) and node.value == "matplotlib.figure":  # imported by its name
                found.add("matplotlib")
    return found - set(sys.stdlib_module_names) - {package.name for package in PACKAGES}


def _declared(*, with_tools: bool) -> dict[str, Requirement]:
    """Name -> requirement, of all extras, without the extras of this package itself."""
    return {
        line.name: line
        for name, lines in EXTRAS.items()
        for line in lines
        if line.name != PROJECT["name"] and (with_tools or name not in _TOOLS)
    }


def test_what_is_imported_is_declared_and_what_is_declared_is_imported():
    declared = {_IMPORTED_AS.get(name, name.replace("-", "_")) for name in _declared(with_tools=False)}
    assert _imported(PACKAGES) - set(_COMES_WITH) == declared
    assert set(_COMES_WITH.values()) <= declared and set(_COMES_WITH) <= _imported(PACKAGES + TOOLS)


def test_what_the_tools_and_tests_import_is_declared():
    declared = {_IMPORTED_AS.get(name, name.replace("-", "_")) for name in _declared(with_tools=True)}
    own = {path.stem for folder in TOOLS for path in [folder, *folder.rglob("*")]}
    assert _imported(TOOLS) - own <= declared | set(_COMES_WITH)


def test_every_extra_is_part_of_all_or_for_work_on_the_package():
    everything = {"all", *_TOOLS, ""}
    for line in EXTRAS["all"]:
        assert line.name == PROJECT["name"]
        everything |= line.extras
    nested = {
        extra for name in everything for line in EXTRAS[name] if line.name == PROJECT["name"] for extra in line.extras
    }
    assert everything | nested == set(EXTRAS)


def test_a_library_has_one_lower_bound():
    bounds: dict[str, set[str]] = {}
    for lines in EXTRAS.values():
        for line in lines:
            bounds.setdefault(line.name, set()).add(str(line.specifier))
    assert not {name: found for name, found in bounds.items() if len(found) > 1}


def test_the_lowest_versions_are_those_that_are_tested():
    lines = (ROOT / "constraints-lowest.txt").read_text(encoding="utf-8").splitlines()
    pins = {line.name: line for line in map(Requirement, filter(lambda line: line and line[0] != "#", lines))}
    shipped = _declared(with_tools=False)
    for name, line in _declared(with_tools=True).items():
        if name == "torch" or (name not in pins and name not in shipped):
            continue  # see the file
        (lowest,) = [part.version for part in line.specifier if part.operator == ">="]
        assert name in pins, f"constraints-lowest.txt lacks {name}"
        (pin,) = pins[name].specifier
        assert Version(pin.version) == Version(lowest), f"{name}: {pin} is not the lower bound {lowest}"
