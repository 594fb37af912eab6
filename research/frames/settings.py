"""What the measurements of frames have in common: where the data is, trained models that are kept, intervals."""

import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from transformers import PreTrainedTokenizerFast

from bilstm_nlu.files import read_json, write_json
from modeling_bilstm_nlu.data.domains import Domain
from modeling_bilstm_nlu.hub.load import load_checkpoint
from modeling_bilstm_nlu.modeling_bilstm_nlu import BiLstmNluForIntentAndSlots
from modeling_bilstm_nlu.training.automatic import automatic_training
from modeling_bilstm_nlu.training.recipes import build_recipe
from modeling_bilstm_nlu.training.runs import run

from ..studies.skill_folders import FoundSkill

__all__ = ["Findings", "Settings", "interval", "kept", "key_of_skill", "mean_of", "model_folder", "trained"]

logger = logging.getLogger(__name__)

#: Key -> value, and what belongs to it, such as an interval.
Findings = dict[str, dict[str, Any]]

_DRAWS = 2000


@dataclass(frozen=True)
class Settings:
    """Settings of a measurement.

    Args:
        work: folder for trained models and for what is measured already; a second run continues there.
        checkpoint: folder or hub id of the generic checkpoint that models start from.
        data: folder of the public corpora.
        skills: folder of the skills of other authors.
        limit: the most skills to measure; `None` measures all.
        seed: seed of trainings and draws.
    """

    work: Path
    checkpoint: str
    data: Path
    skills: Path
    limit: int | None = None
    seed: int = 0


def trained(
    settings: Settings, name: str, domain: Domain, **training: Any
) -> tuple[BiLstmNluForIntentAndSlots, PreTrainedTokenizerFast]:
    """Return a model of a domain, trained as the command trains it, or kept from an earlier run.

    Args:
        settings: settings of the measurement.
        name: name of the model, and of its folder.
        domain: the data.
        training: training arguments that replace those that the command would choose.
    """
    folder = model_folder(settings, name)
    if not (folder / "config.json").exists():
        has_validation = "validation" in domain.splits
        chosen = automatic_training(
            len(domain.splits["train"]),
            is_transfer=True,
            is_skill=domain.skill is not None,
            has_validation=has_validation,
        )
        document = {
            "data": {"source": domain.name, "split": "test" if "test" in domain.splits else "validation"},
            "base": {"checkpoint": settings.checkpoint},
            "training": {**chosen, **training},
            "packed": True,
            "output_dir": str(folder),
            "seed": settings.seed,
            "last_fit": False,  # it would learn the test split
        }
        run(build_recipe(document, name), domain=domain)
    return load_checkpoint(folder)


def model_folder(settings: Settings, name: str) -> Path:
    """Return the folder of a trained model, which may not exist yet."""
    return settings.work / "models" / name


def key_of_skill(skill: FoundSkill) -> str:
    """Return the name of a skill's model and record."""
    return f"{skill.collection}__{skill.name}".replace("/", "_")[:80]


def kept(settings: Settings, name: str, make: Callable[[], Any]) -> Any:
    """Return a record of an earlier run, or make and keep it; `name` is its file in the folder of work."""
    path = settings.work / f"{name}.json"
    if path.exists():
        return read_json(path)
    record = make()
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, record)
    return record


def interval(values: Sequence[float], *, seed: int = 0) -> list[float]:
    """Return the 95 % bootstrap interval of the mean: the 2.5 % and 97.5 % quantiles of 2,000 draws with repeats."""
    rng = random.Random(seed)
    means = sorted(fmean(rng.choices(values, k=len(values))) for _ in range(_DRAWS))
    return [means[int(0.025 * _DRAWS)], means[int(0.975 * _DRAWS) - 1]]


def mean_of(values: Sequence[float], **more: Any) -> dict[str, Any]:
    """A finding: the mean of values with its interval, and the number of values."""
    return {"value": fmean(values), "interval": interval(values), "num": len(values), **more}
