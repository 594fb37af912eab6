"""Small skills, a tiny generic checkpoint, and one Ray for all tests of a process."""

from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
import ray
from quick_fleets import QUICK
from toy_domain import SMALL, toy_domain

from modeling_bilstm_nlu import build_tokenizer
from modeling_bilstm_nlu.data.formats.writing import write_domain
from modeling_bilstm_nlu.fleet import FleetSettings, training, worker
from modeling_bilstm_nlu.fleet.pool import Outcome
from modeling_bilstm_nlu.fleet.ray_session import ray_session
from modeling_bilstm_nlu.fleet.worker import SkillTrainer, TrainingTask
from modeling_bilstm_nlu.training import build_model


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generic checkpoint. Read it, do not change it."""
    folder = tmp_path_factory.mktemp("base") / "tiny"
    model = build_model(toy_domain("other", seed=9), seed=1, **SMALL)
    model.save_pretrained(folder)
    build_tokenizer().save_pretrained(folder)
    return folder


@pytest.fixture
def settings(base: Path) -> FleetSettings:
    return FleetSettings(QUICK, str(base), steps=2)


@pytest.fixture
def skills(tmp_path: Path) -> Path:
    """A folder with three skills, each a folder of JSON Lines."""
    for number, name in enumerate(("music", "home", "both")):
        write_domain(toy_domain(name, num_train=20, seed=number), tmp_path / "skills" / name, "jsonl")
    return tmp_path / "skills"


class LocalPool:
    """Does the tasks in this process, one after the other; to start a worker takes seconds."""

    def __init__(self, trainer: SkillTrainer):
        self.trainer = trainer

    def results(self, tasks: Iterable[TrainingTask]) -> Iterator[Outcome[TrainingTask]]:
        for task in tasks:
            yield Outcome(task, self.trainer.work(task))


@pytest.fixture
def without_ray(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trains fleets in this process."""
    monkeypatch.setattr(worker, "_set_up", lambda: None)  # it changes the whole process
    monkeypatch.setattr(training, "ray_session", lambda *args, **options: nullcontext())
    monkeypatch.setattr(
        training,
        "worker_pool",
        lambda checkpoint, settings, how, **options: LocalPool(SkillTrainer(checkpoint, settings, how.tell)),
    )


@pytest.fixture(scope="session")
def ray_of_the_tests() -> Iterator[None]:
    """Ray on this machine with two workers at a time; to start it takes seconds."""
    with ray_session(num_workers=2):
        assert ray.is_initialized()
        yield
