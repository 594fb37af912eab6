"""The rules of the house, read from the source: who may import whom, and how files are kept small."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from transformers.dynamic_module_utils import get_relative_import_files, get_relative_imports

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "modeling_bilstm_nlu"
#: The light package with the command, the network with all around it, and the workshop, which is not installed.
PACKAGES = {"bilstm_nlu", PACKAGE.name, "research"}
FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
HUB_FILES = sorted(path for path in PACKAGE.glob("*_bilstm_nlu.py") if path.stem != "tokenization_bilstm_nlu")
HUB_NAMES = {path.stem for path in HUB_FILES}
#: What is there wherever a checkpoint is loaded: transformers cannot be installed without safetensors.
_GIVEN = {"torch", "transformers", "safetensors"}

#: From the bottom up. A module imports from its own layer and the layers before it. The order of some neighbours is
#: free (nothing in serving needs training, say); it is written as one line so that no cycle can hide.
LAYERS = [
    "hub files",
    "bilstm_nlu.hubfiles",
    "bilstm_nlu.errors",
    "bilstm_nlu.files",
    "bilstm_nlu.escaping",
    "bilstm_nlu.staging",
    "bilstm_nlu.hub_errors",
    "bilstm_nlu.normalisation",
    "bilstm_nlu.runtime",
    "bilstm_nlu.records",
    "bilstm_nlu.serving",
    "tokenization_bilstm_nlu",
    "data",
    "metrics",
    "hub",
    "training",
    "fleet",
    "bilstm_nlu.cli",
    "research.baselines",
    "research.studies",
    "research",
]


#: Libraries that cost seconds and that hardly any work needs. They may be imported in the function that uses them.
LATE_LIBRARIES = {"onnx", "pyarrow", "seqeval", "spacy"}


def name_of(path: Path) -> str:
    """The dotted module of a file: "modeling_bilstm_nlu.data.schema"."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def layer_of(module: str) -> str:
    """The layer of a module."""
    package, _, rest = module.partition(".")
    first = rest.partition(".")[0]
    if package == PACKAGE.name:
        return "hub files" if first in HUB_NAMES else first
    if module == "bilstm_nlu.__main__":
        return "bilstm_nlu.cli"
    return f"{package}.{first}" if f"{package}.{first}" in LAYERS else package


MODULES = {name_of(path): path for path in FILES}


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imports_of(path: Path) -> Iterator[tuple[int, str]]:
    """(line, absolute dotted name) of everything a file imports, at its top or inside a function."""
    package = name_of(path) if path.name == "__init__.py" else name_of(path).rpartition(".")[0]
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")
                parents = parents[: len(parents) - node.level + 1]
                base = ".".join([*parents, *filter(None, [base])])
            for alias in node.names:
                yield node.lineno, f"{base}.{alias.name}"


def own_imports_of(path: Path) -> Iterator[tuple[int, str]]:
    """(line, module) of what a file imports from the packages of this project."""
    for line, name in imports_of(path):
        if name.split(".")[0] in PACKAGES and not name.endswith(".__version__"):
            target = name.split(".")
            while ".".join(target) not in MODULES:
                target.pop()  # a class or a function: the module that has it
            yield line, ".".join(target)


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_the_package_was_found():
    assert "labels_bilstm_nlu" in HUB_NAMES and len(FILES) > 5


@pytest.mark.parametrize("path", HUB_FILES, ids=relative)
def test_hub_files_need_only_torch_transformers_and_their_siblings(path: Path):
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            roots = [alias.name.partition(".")[0] for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            roots = [(node.module or "").partition(".")[0]]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 1 and node.module in HUB_NAMES, (
                f"{relative(path)}:{node.lineno}: write `from .<sibling>_bilstm_nlu import <thing>` in a hub file"
            )
            continue
        else:
            continue
        strange = [root for root in roots if root not in sys.stdlib_module_names | _GIVEN]
        assert not strange, f"{relative(path)}:{node.lineno}: {strange} must be installed before a checkpoint loads"


@pytest.mark.parametrize("path", HUB_FILES, ids=relative)
def test_the_scan_of_transformers_sees_the_same_siblings(path: Path):
    # It reads raw text: an indented "from .x import y" in a docstring would drag x along.
    siblings = {module.rpartition(".")[2] for _, module in own_imports_of(path)}
    assert set(get_relative_imports(str(path))) == siblings


@pytest.mark.parametrize("entry", ["configuration", "modeling", "pipeline"])
def test_a_file_that_a_checkpoint_names_names_all_files_that_it_needs(entry: str):
    # From a local folder, transformers 5.0 copies the files that this one names, and not what those need in turn.
    path = PACKAGE / f"{entry}_bilstm_nlu.py"
    named = {str(PACKAGE / f"{name}.py") for name in get_relative_imports(str(path))}
    assert set(get_relative_import_files(str(path))) - {str(path)} == named


def upward_imports(path: Path) -> list[str]:
    """The imports of a file from the layers above its own, each with its place."""
    module = name_of(path)
    if module in PACKAGES:
        return []  # a package itself gathers public names from its layers
    known = LAYERS[: LAYERS.index(layer_of(module)) + 1]
    return [
        f"{relative(path)}:{line}: {layer_of(module)} must not import from {layer_of(target)}, which is above it"
        for line, target in own_imports_of(path)
        if layer_of(target) not in known
    ]


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_imports_point_down_the_layers(path: Path):
    module = name_of(path)
    if module in PACKAGES:
        return
    assert layer_of(module) in LAYERS, f"{relative(path)} belongs to no layer; known: {LAYERS}"
    for line, target in own_imports_of(path):
        assert target not in PACKAGES, (
            f"{relative(path)}:{line}: import the module that defines the name, not the package"
        )
    assert not upward_imports(path)


def test_the_steps_of_training_know_no_trainer():
    training = f"{PACKAGE.name}.training"
    steps = [name for name in MODULES if name.startswith((f"{training}.transfer", f"{training}.pretraining"))]
    trainers = {name for name in steps if name.endswith(".trainer")} | {f"{training}.trainer"}
    assert len(steps) > 10 and len(trainers) == 3
    for name in set(steps) - trainers:
        known = {target for _, target in own_imports_of(MODULES[name])}
        assert not known & {*trainers, training, f"{training}.build", f"{training}.runs"}, f"{name} imports a trainer"


def test_no_import_cycle():
    graph = {name_of(path): {target for _, target in own_imports_of(path)} - {name_of(path)} for path in FILES}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"modules import each other in a circle: {' -> '.join(error.args[1])}")


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_only_the_named_libraries_are_imported_inside_a_function(path: Path):
    if path.is_relative_to(ROOT / "bilstm_nlu" / "cli"):
        return  # a command loads what it needs when it runs, so that `--help` loads nothing
    for function in ast.walk(tree_of(path)):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for line, name in _imports_in(function):
                assert name.partition(".")[0] in LATE_LIBRARIES, (
                    f"{relative(path)}:{line}: an import of {name or 'a sibling'} inside {function.name}(); "
                    f"move it to the top, only {sorted(LATE_LIBRARIES)} may stay"
                )


def _imports_in(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[tuple[int, str]]:
    for node in ast.walk(function):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, "" if node.level else node.module or ""


@pytest.mark.parametrize("path", [*FILES, *sorted((ROOT / "scripts").rglob("*.py"))], ids=relative)
def test_files_stay_small_and_have_a_subject(path: Path):
    num_lines = len(path.read_text(encoding="utf-8").splitlines())
    assert num_lines <= 400, f"{relative(path)} has {num_lines} lines; split it by subject"
    assert path.stem not in {"utils", "helpers", "common", "misc"}, f"{relative(path)}: name the file by its subject"


@pytest.mark.parametrize("path", sorted((ROOT / "bilstm_nlu").rglob("*.py")), ids=relative)
def test_the_light_package_loads_nothing_heavy_when_it_is_imported(path: Path):
    """Whatever is at the top of a file, outside functions and `if TYPE_CHECKING`, is imported with it."""
    if path.stem == "hub_errors" or path.stem.startswith("numpy_"):
        return  # loaded by those who use the hub's client, or who have no kernel
    for node in tree_of(path).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            roots = {name.partition(".")[0] for name in names} if getattr(node, "level", 0) == 0 else set()
            if path.is_relative_to(ROOT / "bilstm_nlu" / "cli") or path.parent == ROOT / "bilstm_nlu":
                assert roots <= sys.stdlib_module_names | {"typer", "bilstm_nlu"}, f"{relative(path)}:{node.lineno}"
            else:  # a room with an extra of its own
                assert not roots & {"torch", "transformers", "datasets", "numpy"}, f"{relative(path)}:{node.lineno}"


@pytest.mark.parametrize("library, home", [("seqeval", "slots"), ("evaluate", "nlu_metric")])
def test_a_library_that_breaks_easily_has_one_home(library: str, home: str):
    users = {name_of(path) for path in FILES if any(name.split(".")[0] == library for _, name in imports_of(path))}
    assert users <= {f"modeling_bilstm_nlu.metrics.{home}"}


def in_a_new_process(code: str) -> str:
    """What a script prints in an interpreter of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.parametrize("name", ["bilstm_nlu", "bilstm_nlu.__main__", "bilstm_nlu.cli.main"])
def test_the_light_package_and_its_help_load_no_torch(name: str):
    code = f"""if True:
        import sys, {name}
        from typer.testing import CliRunner
        from bilstm_nlu.cli.main import app
        assert CliRunner().invoke(app, ["train", "--help"]).exit_code == 0
        heavy = {{"torch", "transformers", "datasets", "numpy", "huggingface_hub", "yaml", "modeling_bilstm_nlu"}}
        print(*sorted(heavy & set(sys.modules)))
    """
    assert in_a_new_process(code).split() == []


def test_importing_the_package_is_light():
    # scipy and scikit-learn are not in the list: transformers itself imports them wherever they are installed.
    code = """if True:
        import sys
        heavy = {"datasets", "dateparser", "evaluate", "holidays", "pandas", "seqeval", "text_to_num"}
        import modeling_bilstm_nlu
        print("package:", *sorted(heavy & set(sys.modules)))
        import modeling_bilstm_nlu.hub
        print("hub:", *sorted(heavy & set(sys.modules)))
        import modeling_bilstm_nlu.metrics, modeling_bilstm_nlu.training.trainer, modeling_bilstm_nlu.training.runs
        print("training:", *sorted({"evaluate", "seqeval"} & set(sys.modules)))
    """
    assert in_a_new_process(code).splitlines() == ["package:", "hub:", "training:"], (
        "what only some work needs is loaded by everyone"
    )


@pytest.mark.parametrize(
    "entrance", ["data.formats.registry", "data.formats.writing", "data.values.builtin_types", "data.sources"]
)
def test_what_reads_data_needs_neither_torch_nor_transformers(entrance: str):
    seen: set[str] = set()
    waiting, heavy = [f"{PACKAGE.name}.{entrance}"], set()
    while waiting:
        module = waiting.pop()
        seen.add(module)
        heavy |= {(module, name.split(".")[0]) for _, name in imports_of(MODULES[module])}
        waiting += {target for _, target in own_imports_of(MODULES[module])} - seen
    assert not {(module, name) for module, name in heavy if name in {"torch", "transformers"}}


def test_the_quickstart_needs_the_extras_train_and_demo_alone():
    hidden = {
        "dateparser",
        "evaluate",
        "holidays",
        "nh3",
        "seqeval",
        "sklearn",
        "sklearn_crfsuite",
        "starlette",
    }
    code = f"""if True:
        import sys
        from importlib.machinery import PathFinder

        class Installed(PathFinder):
            @classmethod
            def find_spec(cls, name, path=None, target=None):
                return None if name.partition(".")[0] in {hidden} else super().find_spec(name, path, target)

        sys.meta_path[sys.meta_path.index(PathFinder)] = Installed
        import research.quickstart
        print("imported")
    """
    assert in_a_new_process(code).splitlines()[-1] == "imported"


def test_training_needs_neither_seqeval_nor_evaluate_nor_what_they_bring():
    code = """if True:
        import sys
        from importlib.machinery import PathFinder

        class Installed(PathFinder):
            @classmethod
            def find_spec(cls, name, path=None, target=None):
                if name.partition(".")[0] not in {"evaluate", "scipy", "seqeval", "sklearn"}:
                    return super().find_spec(name, path, target)

        sys.meta_path[sys.meta_path.index(PathFinder)] = Installed
        import modeling_bilstm_nlu.metrics, modeling_bilstm_nlu.training.trainer, modeling_bilstm_nlu.training.runs
        from modeling_bilstm_nlu.pipeline_bilstm_nlu import BiLstmNluPipeline
        from bilstm_nlu.errors import NluError
        from modeling_bilstm_nlu.metrics import slot_scores_from_tags
        try:
            slot_scores_from_tags([["O"]], [["O"]])
        except NluError as error:
            print(error)
    """
    assert "bilstm-nlu[metrics]" in in_a_new_process(code)


def test_hub_files_that_need_no_torch_are_shared_without_loading_it():
    code = """if True:
        import sys
        from bilstm_nlu.hubfiles.catalogs_bilstm_nlu import SlotCatalogs
        from bilstm_nlu.hubfiles.companions_bilstm_nlu import COMPANIONS
        from bilstm_nlu.hubfiles.format_bilstm_nlu import PAD_TOKEN_ID
        from bilstm_nlu.hubfiles.labels_bilstm_nlu import tags_to_spans
        from bilstm_nlu.hubfiles.resolution_bilstm_nlu import ValueIndex
        loaded = {name.partition(".")[0] for name in sys.modules}
        print(*sorted(loaded & {"torch", "transformers", "numpy", "modeling_bilstm_nlu"}))
        from modeling_bilstm_nlu.catalogs_bilstm_nlu import SlotCatalogs as theirs
        print(sys.modules[theirs.__module__].__file__ == sys.modules[SlotCatalogs.__module__].__file__)
        print(theirs is SlotCatalogs)
    """
    assert in_a_new_process(code).splitlines() == ["", "True", "False"]
