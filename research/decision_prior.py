"""Fit what the decisions of many skills have in common, the prior of the package, on trained checkpoints of skills."""

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from bilstm_nlu.errors import NluError
from bilstm_nlu.files import write_json
from modeling_bilstm_nlu.decision_bilstm_nlu import SIGNALS
from modeling_bilstm_nlu.hub.load import load_checkpoint
from modeling_bilstm_nlu.training.decision.fitting import (
    Prior,
    middle_way,
    shaped,
    signals_of,
    standard,
    standards_of,
)
from modeling_bilstm_nlu.training.decision.regression import fit_logistic
from modeling_bilstm_nlu.training.decision.samples import measured_samples
from modeling_bilstm_nlu.training.recipes import build_recipe, read_yaml

__all__ = ["SkillSignals", "fit_prior", "signals_of_checkpoint", "write_prior"]

logger = logging.getLogger(__name__)

_NUM = 1000  # counts of a skill: all skills count the same
_OF_RIGHT, _OF_WRONG, _OF_FOREIGN = 0.45, 0.1, 0.45
_FOREIGN = 0.2  # foreign texts for each text of a skill, for the calibration
_LOSS = 0.015


class SkillSignals(NamedTuple):
    """The signals (texts, signals) of a skill's training texts, of its validation texts, and of background texts."""

    train: Tensor
    held_out: Tensor
    is_right: Tensor
    background: Tensor


def signals_of_checkpoint(folder: Path) -> SkillSignals | None:
    """Measure a checkpoint on the data of its recipe; `None` if there is no validation split with right intents.

    Raises:
        NluError: the checkpoint or its data cannot be read.
    """
    domain = build_recipe(read_yaml(folder / "recipe.yaml"), str(folder)).data.load()
    if "validation" not in domain.splits:
        return None
    model, tokenizer = load_checkpoint(str(folder))
    samples = measured_samples(
        model, tokenizer, domain, train=domain.utterances("train"), held_out=domain.utterances("validation")
    )
    if samples is None or not int(samples.is_right.sum()):
        return None
    decision, _ = shaped(model, tokenizer, domain, samples)
    train, held_out, background = signals_of(decision, samples)
    return SkillSignals(train, held_out, samples.is_right, background)


def fit_prior(skills: Sequence[SkillSignals]) -> Prior:
    """Fit the prior on the signals of several skills, each of which counts the same."""
    shifts = []
    for skill in skills:
        start, way = middle_way(skill.train, skill.background)
        shifts.append((skill.held_out[skill.is_right].quantile(0.5, dim=0) - start) / way)
    shift = torch.stack(shifts).quantile(0.5, dim=0).clamp(0, 0.9)
    nothing = torch.zeros(len(SIGNALS), dtype=torch.double)
    prior = Prior(nothing, 0.0, shift, 1.0, 0.0, 0.0)
    rows, labels, counts = [], [], []
    natural = []
    for skill in skills:
        standards = standards_of(skill.train, skill.held_out[skill.is_right], skill.background, prior)
        scaled = [
            standard(part, *standards.of(skill.train, skill.background)) for part in (skill.held_out, skill.background)
        ]
        right, wrong = scaled[0][skill.is_right], scaled[0][~skill.is_right]
        for part, label, share, often in (
            (right, 0.0, _OF_RIGHT, len(right) / len(scaled[0])),
            (wrong, 1.0, _OF_WRONG, len(wrong) / len(scaled[0])),
            (scaled[1], 1.0, _OF_FOREIGN, _FOREIGN),
        ):
            if len(part):
                rows.append(part)
                labels.append(torch.full((len(part),), label).double())
                counts.append(torch.full((len(part),), share * _NUM / len(part)).double())
                natural.append(torch.full((len(part),), often * _NUM / len(part)).double())
    inputs, is_foreign = torch.cat(rows), torch.cat(labels)
    weight, bias = _fit_positive(inputs, is_foreign, torch.cat(counts))
    logits = inputs @ weight + bias
    slope, offset = fit_logistic(-logits[:, None], 1 - is_foreign, torch.cat(natural), decay=1e-6)
    own = is_foreign == 0
    order = logits[own].argsort()
    reached = torch.cat(natural)[own][order].cumsum(0)
    limit = logits[own][order][int(torch.searchsorted(reached, (1 - _LOSS) * reached[-1]))]
    return Prior(weight, bias, shift, float(slope[0]), offset, float(limit))


def _fit_positive(rows: Tensor, labels: Tensor, counts: Tensor) -> tuple[Tensor, float]:
    """Fit a regression without negative weights: all signals grow the less a text looks like the skill's own.

    A signal that gets a negative weight, because others say the same, is left out.
    """
    decay = rows.new_ones(rows.shape[1])
    while True:
        weight, bias = fit_logistic(rows, labels, counts, decay=decay)
        if float(weight.min()) > -1e-3:
            return weight.clamp(min=0), bias
        decay[weight.argmin()] = 1e9


def write_prior(folders: Sequence[Path], out: Path) -> int:
    """Measure checkpoints, fit the prior and write it; return the number of skills that it was fitted on.

    Checkpoints that cannot be measured are left out, and the log says why.
    """
    skills = []
    for folder in folders:
        try:
            found = signals_of_checkpoint(folder)
        except NluError as error:
            logger.warning("%s: left out: %s", folder.name, error)
            continue
        if found is not None:
            skills.append(found)
            print(f"{folder.name}: {len(found.held_out)} held-out texts", flush=True)
    prior = fit_prior(skills)
    values = {
        "signals": list(SIGNALS),
        "weight": [round(value, 4) for value in prior.weight.tolist()],
        "bias": round(prior.bias, 4),
        "shift": [round(value, 4) for value in prior.shift.tolist()],
        "slope": round(prior.slope, 4),
        "offset": round(prior.offset, 4),
        "limit": round(prior.limit, 4),
        "num_skills": len(skills),
    }
    write_json(out, values)
    print(json.dumps(values, indent=1))
    return len(skills)
