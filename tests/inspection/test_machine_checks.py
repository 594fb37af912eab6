"""What `doctor` says about a machine: good ones, bad ones, and never a secret."""

import subprocess
import sys
from collections import namedtuple
from pathlib import Path
from types import SimpleNamespace

import pytest

from bilstm_nlu.inspection import checks
from bilstm_nlu.inspection.checks import Check, check_machine, size_of
from bilstm_nlu.inspection.hub_checks import check_hub

Usage = namedtuple("Usage", "total used free")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("HF_TOKEN", "HF_ENDPOINT", "HF_HUB_CACHE", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_TOKEN_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    return tmp_path


def named(name: str) -> Check:
    return next(check for check in [*check_machine(), *check_hub(lambda url: None)] if check.name == name)


def test_a_good_machine_has_nothing_broken(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(checks.shutil, "disk_usage", lambda folder: Usage(10**12, 0, 10**12))
    assert not [check for check in check_machine() if check.state == "broken"]
    assert "torch" in named("extra train").message


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch):
    known = checks._version
    monkeypatch.setattr(checks, "_version", lambda name: None if name in ("torch", "ray") else known(name))
    train, fleet = named("extra train"), named("extra fleet")
    assert train.state == "look" and "torch" in train.message and "bilstm-nlu[train]" in (train.cure or "")
    assert fleet.state == "look" and "bilstm-nlu[fleet]" in (fleet.cure or "")


@pytest.mark.parametrize(
    "kernel, has_numpy, state, told",
    [
        (("avx2", "plain"), True, "ok", "avx2"),
        (("plain",), True, "look", "plain C"),
        ((), True, "look", "NumPy"),
        (None, True, "look", "NumPy"),
        (None, False, "broken", "NumPy"),
    ],
)
def test_the_engine(monkeypatch: pytest.MonkeyPatch, kernel: tuple | None, has_numpy: bool, state: str, told: str):
    library = None if kernel is None else SimpleNamespace(instructions=lambda: kernel)
    monkeypatch.setattr(checks, "load_kernel", lambda: library)
    monkeypatch.setattr(checks, "find_spec", lambda name: object() if has_numpy else None)
    found = named("engine")
    assert found.state == state and told in found.message and (state == "ok" or kernel == ("plain",) or found.cure)


@pytest.mark.parametrize(
    "own, openmp, state, told",
    [
        ("", "", "ok", "1 compute thread (the default)"),
        ("", "1,2", "ok", "OMP_NUM_THREADS"),
        ("1", "9", "ok", "BILSTM_NLU_THREADS"),
        ("9999", "", "look", "9999"),
        ("two", "", "broken", "'two'"),
        ("0", "", "broken", "'0'"),
    ],
)
def test_threads(monkeypatch: pytest.MonkeyPatch, own: str, openmp: str, state: str, told: str):
    monkeypatch.setenv("BILSTM_NLU_THREADS", own)
    monkeypatch.setenv("OMP_NUM_THREADS", openmp)
    found = named("threads")
    assert found.state == state and told in found.message


@pytest.mark.parametrize("free, state", [(10**7, "broken"), (10**9, "look"), (10**11, "ok")])
def test_disks(monkeypatch: pytest.MonkeyPatch, free: int, state: str):
    monkeypatch.setattr(checks.shutil, "disk_usage", lambda folder: Usage(10**12, 0, free))
    assert named("disk of this folder").state == state and size_of(free) in named("disk of this folder").message


def test_the_cache_is_counted(home: Path):
    blobs = home / "hf" / "hub" / "models--owner--lamp" / "blobs"
    blobs.mkdir(parents=True)
    (blobs / "a").write_bytes(bytes(2500))
    assert "1 model, 2.5 kB" in named("cache").message


def test_a_cache_that_cannot_be_a_folder(home: Path):
    (home / "hf").write_text("a file")
    found = named("cache")
    assert found.state == "broken" and "HF_HOME" in (found.cure or "")


def test_the_hub_that_answers_and_the_one_that_does_not(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://user:secret@hub.example:81/")
    asked: list[str] = []
    found = next(check_hub(asked.append))
    assert found.state == "ok" and asked == ["http://user:secret@hub.example:81"]
    assert "http://hub.example:81" in found.message and "secret" not in found.message

    def fail(url: str) -> None:
        raise OSError("no route")

    found = next(check_hub(fail))
    assert found.state == "look" and "no route" in found.message and "HF_ENDPOINT" in (found.cure or "")
    assert "secret" not in found.message


def test_a_hub_that_is_switched_off_is_not_asked(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    asked: list[str] = []
    assert next(check_hub(asked.append)).state == "ok" and not asked


def test_an_endpoint_must_be_a_url(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HF_ENDPOINT", "localhost:80")
    assert next(check_hub(lambda url: None)).state == "broken"


def test_a_token_is_found_and_never_shown(home: Path, monkeypatch: pytest.MonkeyPatch):
    assert "not found" in named("token").message
    (home / "hf").mkdir()
    (home / "hf" / "token").write_text("hf_abcsecret\n")
    assert str(home / "hf" / "token") in named("token").message and "abcsecret" not in str(named("token"))
    monkeypatch.setenv("HF_TOKEN", "hf_othersecret")
    assert "HF_TOKEN" in named("token").message and "othersecret" not in str(named("token"))


def test_nothing_heavy_is_loaded():
    code = """if True:
        import sys
        from bilstm_nlu.inspection.checks import check_machine
        from bilstm_nlu.inspection.hub_checks import check_hub
        from bilstm_nlu.inspection.model import describe_model
        list(check_machine()), list(check_hub(lambda url: None))
        describe_model("bilstm-nlu-generic-en")
        heavy = {"torch", "transformers", "datasets", "numpy", "huggingface_hub", "modeling_bilstm_nlu"}
        print(*sorted(heavy & set(sys.modules)))
    """
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parents[2]
    )
    assert result.returncode == 0 and result.stdout.split() == [], result.stderr + result.stdout


@pytest.mark.parametrize("number, shown", [(1, "1 byte"), (999, "999 bytes"), (7_300_000, "7.3 MB"), (2e9, "2.0 GB")])
def test_sizes_for_people(number: float, shown: str):
    assert size_of(number) == shown
