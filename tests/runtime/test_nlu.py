"""Two doors, one answer: `bilstm_nlu.load` and the pipeline in torch give the same frames."""

import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_models import CONFIGS, TEXTS, TOKENIZER, save
from transformers import pipeline

from bilstm_nlu.errors import NluError
from bilstm_nlu.runtime.engines import make_net
from bilstm_nlu.runtime.finding import find_checkpoint
from bilstm_nlu.runtime.kernel_net import KernelNet
from bilstm_nlu.runtime.native import Kernel
from bilstm_nlu.runtime.nlu import Nlu, load
from bilstm_nlu.runtime.numpy_net import NumpyNet
from bilstm_nlu.runtime.packed_file import read_checkpoint
from modeling_bilstm_nlu import TASK

ROOT = Path(__file__).resolve().parents[2]
ODD_TEXTS = [
    "",
    " \t\n\u00a0 ",
    "half \ud83d pair",
    "b\x00c",
    "\U0001d15e",
    "e\u0301\u0327 jazz",
    "a" * 10_000,
    "ab cd " * 1_000,
    "jazz" + " " * 40_000 + "jazz",
]


def assert_same(found: Iterable[Any], expected: Iterable[Any]) -> None:
    """Frames are equal, and scores too but for rounding."""
    for one, other in zip(found, expected, strict=True):
        assert one["score"] == pytest.approx(other["score"], abs=1e-4), one
        choices, others = one.get("intents", []), other.get("intents", [])
        assert [choice["score"] for choice in choices] == pytest.approx([c["score"] for c in others], abs=1e-4)
        assert [choice["intent"] for choice in choices] == [choice["intent"] for choice in others], one
        assert {**one, "score": 0, "intents": 0} == {**other, "score": 0, "intents": 0}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a checkpoint."""
    path = tmp_path_factory.mktemp("checkpoint")
    save("slots of intents", path)
    return path


@pytest.fixture(scope="module")
def torch_nlu(folder: Path) -> Any:
    return pipeline(TASK, model=str(folder), device="cpu")


@pytest.fixture(scope="module", params=["kernel", "numpy"])
def nlu(request: pytest.FixtureRequest, folder: Path) -> Nlu:
    checkpoint = read_checkpoint(folder)
    net: Any = NumpyNet(checkpoint)
    if request.param == "kernel":
        net = KernelNet(checkpoint, request.getfixturevalue("kernel"), weights="float32")
    return Nlu(net, checkpoint.settings, checkpoint.catalogs)


@pytest.mark.parametrize("name", CONFIGS)
def test_frames_are_those_of_the_pipeline(name: str, kernel: Kernel, tmp_path: Path):
    model = save(name, tmp_path)
    checkpoint = read_checkpoint(tmp_path)
    expected = pipeline(TASK, model=model, tokenizer=TOKENIZER, device="cpu")(TEXTS, top_k=None)
    is_half = any(tensor.kind == "F16" for tensor in checkpoint.tensors.values())
    for weights in ("float16", "float32") if is_half else ("float32",):  # float16 rounds the weights of other files
        nlu = Nlu(KernelNet(checkpoint, kernel, weights=weights), checkpoint.settings, checkpoint.catalogs)
        assert_same(nlu(TEXTS, top_k=None), expected)


def test_frames_of_odd_texts_are_those_of_the_pipeline(nlu: Nlu, torch_nlu: Any):
    assert_same(nlu(ODD_TEXTS), torch_nlu(ODD_TEXTS))
    assert_same(map(nlu, ODD_TEXTS), torch_nlu(ODD_TEXTS))


@given(st.lists(st.text(max_size=30), max_size=5))
@settings(max_examples=30)
def test_a_batch_gives_the_frames_of_its_texts(nlu: Nlu, texts: list[str]):
    assert_same(nlu(texts), map(nlu, texts))


def test_series_give_lists_and_iterators_give_iterators(nlu: Nlu):
    frames = [nlu(text) for text in TEXTS]
    assert_same(nlu(tuple(TEXTS), batch_size=3), frames)
    found = nlu(iter(TEXTS), batch_size=1)
    assert isinstance(found, Iterator)
    assert_same(found, frames)
    assert nlu([]) == []


@pytest.mark.parametrize("thing", [None, 5, b"play", {"text": "play"}, [None], [b"x"]])
def test_what_is_not_a_text_is_refused(nlu: Nlu, thing: Any):
    with pytest.raises(TypeError, match="must be a str"):
        nlu(thing)


@pytest.mark.parametrize(
    "arguments", [{"top_k": 0}, {"batch_size": 0}, {"prefer": "sideways"}, {"normalise": print, "prefer": "past"}]
)
def test_wrong_arguments_are_refused(nlu: Nlu, arguments: dict[str, Any]):
    with pytest.raises(ValueError, match="|".join(arguments)):
        nlu("play", **arguments)
    with pytest.raises(TypeError, match="normalise"):
        nlu("play", normalise=5)


def test_a_function_normalises_what_catalogs_do_not_have(nlu: Nlu, torch_nlu: Any):
    def normalise(type_name: str, text: str) -> dict[str, str]:
        return {"value": f"{type_name}:{text}"}

    frames = nlu(TEXTS, normalise=normalise)
    assert_same(frames, torch_nlu(TEXTS, normalise=normalise))
    assert any("resolved" in slot for frame in frames for slot in frame["slots"])


def test_names_and_folders_are_found(folder: Path, tmp_path: Path):
    assert find_checkpoint(str(folder)) == folder
    assert find_checkpoint("bilstm-nlu-generic-en").name == "bilstm-nlu-generic-en"
    with pytest.raises(NluError, match="bilstm-nlu-generic-en'"):
        find_checkpoint("bilstm-nlu-generic-en-small")  # it was in the package
    for name in (str(tmp_path / "nothing"), "./nothing", "nothing", Path("owner/name")):
        with pytest.raises(NluError, match="nothing|owner/name"):
            find_checkpoint(name)


def test_unknown_engines_and_weights_are_refused(folder: Path):
    for arguments in ({"weights": "int4"}, {"engine": "gpu"}):
        with pytest.raises(ValueError, match="|".join(arguments)):
            load(folder, **arguments)


def test_without_the_kernel_numpy_computes(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("bilstm_nlu.runtime.engines.load_kernel", lambda: None)
    assert make_net(read_checkpoint(folder)).engine == "numpy"
    with pytest.raises(NluError, match="kernel"):
        load(folder, engine="kernel")


def test_parsing_loads_nothing_but_the_standard_library(folder: Path, kernel: Kernel):
    code = f"""if True:
        import ctypes, sys
        import bilstm_nlu
        from bilstm_nlu.runtime import engines, native
        engines.load_kernel = lambda: native.Kernel(ctypes.CDLL({kernel.path!r}))
        frame = bilstm_nlu.load({str(folder)!r})("play some jazz", normalise=None)
        assert frame["intent"], frame
        roots = {{name.partition(".")[0] for name in sys.modules}}
        print(*sorted(roots - sys.stdlib_module_names - {{"bilstm_nlu", "__main__", "sitecustomize"}}))
    """
    result = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == []
