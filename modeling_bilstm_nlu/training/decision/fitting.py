"""Fit the decision of a trained model, and make it fit again after the weights changed."""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from ...data.domains import Domain
from ...data.fallback_intents import fallback_intent
from ...data.schema import Utterance
from ...decision_bilstm_nlu import SIGNALS, Decision
from ...modeling_bilstm_nlu import BiLstmNluForIntentAndSlots
from ...tokenization_bilstm_nlu import count_word_keys
from .geometry import geometry, word_table
from .measuring import Measured
from .regression import fit_logistic
from .samples import Samples, measured_samples

__all__ = ["DecisionFit", "Prior", "Standards", "default_prior", "fit_decision", "refresh_decision"]

logger = logging.getLogger(__name__)

#: Written by `scripts/fit_decision_prior.py`.
PRIOR_FILE = Path(__file__).with_name("prior.json")

#: How many held-out texts say as much as the prior: about where the signals are, about the weights, the threshold.
_WORTH, _WORTH_OF_WEIGHTS, _WORTH_OF_THRESHOLD = 10, 30.0, 100
#: Share of the skill's texts that the threshold may lose.
_LOSS = 0.01
#: Largest share of the background texts that the threshold may accept.
_MOST_ACCEPTED = 0.25
#: Foreign texts for each text of the skill, when the score is made a probability.
_FOREIGN = 0.2
_LEAST = 1e-3


@dataclass(frozen=True)
class Prior:
    """What the decisions of many skills have in common.

    Attributes:
        weight: (signals,) weights of the standard signals.
        bias: bias of the log-odds.
        shift: (signals,) where the signals of new texts of a skill are: 0 as its training texts, 1 as the background.
        slope: factor that makes the log-odds a probability.
        offset: what is added to them then.
        limit: the log-odds, before slope and offset, above which a frame is accepted.
    """

    weight: Tensor
    bias: float
    shift: Tensor
    slope: float
    offset: float
    limit: float


@cache
def default_prior() -> Prior:
    """The prior that is part of the package."""
    values = json.loads(PRIOR_FILE.read_text("utf-8"))
    places = [values["signals"].index(name) for name in SIGNALS]
    weight, shift = (torch.tensor(values[name], dtype=torch.double)[places] for name in ("weight", "shift"))
    return Prior(weight, values["bias"], shift, values["slope"], values["offset"], values["limit"])


@dataclass(frozen=True)
class Standards:
    """Where the signals of a skill's texts are, and their scale, both relative to the background.

    Attributes:
        shift: (signals,) the place of new texts of the skill: 0 as its training texts, 1 as the background.
        spread: (signals,) the scale, for a distance of 1 between training texts and background.
    """

    shift: Tensor
    spread: Tensor

    def of(self, train: Tensor, background: Tensor) -> tuple[Tensor, Tensor]:
        """Return location and scale (signals,), from the signals of training texts and of the background."""
        start, distance = middle_way(train, background)
        return start + self.shift * distance, (self.spread * distance.abs()).clamp(min=_LEAST)


def middle_way(train: Tensor, background: Tensor) -> tuple[Tensor, Tensor]:
    """Return the middle of the training texts' signals, and the way from it to that of the background."""
    start = _middle(train)
    way = _middle(background) - start
    return start, torch.where(way.abs() < _LEAST, torch.full_like(way, _LEAST), way)


def _middle(rows: Tensor) -> Tensor:
    return rows.quantile(0.5, dim=0)


@dataclass(frozen=True)
class DecisionFit:
    """What `refresh_decision` needs to keep of a fitted decision.

    Attributes:
        standards: see `Standards`.
        weight: (signals,) weights of the standard signals.
        bias: bias of the log-odds.
        threshold: the smallest score that is accepted.
        num_held_out: number of held-out texts that it was fitted on.
    """

    standards: Standards
    weight: Tensor
    bias: float
    threshold: float
    num_held_out: int


def fit_decision(
    model: BiLstmNluForIntentAndSlots,
    tokenizer: PreTrainedTokenizerFast,
    domain: Domain,
    *,
    prior: Prior | None = None,
    seed: int = 0,
) -> DecisionFit | None:
    """Fit the decision of a trained model on its domain, and give it to the model.

    The geometry and the words come from the train split and the background. Where new texts of the skill are, the
    weights, the threshold and the calibration come from the validation split; the fewer utterances it has, the more
    they come from the prior.

    Args:
        model: the trained model; its decision, threshold and fallback intent are replaced.
        tokenizer: tokenizer of the model.
        domain: domain with a train split.
        prior: what decisions have in common; that of the package by default.
        seed: seed of the draws.

    Returns:
        What `refresh_decision` needs; `None` if no utterance has an intent that is not the fallback intent, so that
        the model gets no decision.
    """
    prior = prior or default_prior()
    held_out = domain.utterances("validation") if "validation" in domain.splits else []
    samples = measured_samples(
        model, tokenizer, domain, train=domain.utterances("train"), held_out=held_out, seed=seed
    )
    if samples is None:
        model.set_decision(None, fallback_intent=fallback_intent(domain))
        return None
    decision, tensors = shaped(model, tokenizer, domain, samples)
    train, unseen, background = signals_of(decision, samples)
    standards = standards_of(train, unseen[samples.is_right], background, prior)
    location, scale = standards.of(train, background)
    fit = _calibrated(
        DecisionFit(standards, prior.weight, prior.bias, 0.0, len(unseen)),
        standard(unseen, location, scale),
        samples.is_right,
        standard(background, location, scale),
        prior,
    )
    _give(model, domain, tensors, fit, location, scale)
    logger.info(
        "%s: the decision was fitted on %d training texts, %d held-out texts and %d background texts (%d more were "
        "near to the skill); threshold %.3f",
        domain.name,
        len(train),
        len(unseen),
        len(background),
        samples.num_near,
        fit.threshold,
    )
    return fit


def refresh_decision(
    model: BiLstmNluForIntentAndSlots,
    tokenizer: PreTrainedTokenizerFast,
    domain: Domain,
    fit: DecisionFit,
    *,
    train: Sequence[Utterance],
    seed: int = 0,
) -> None:
    """Make a fitted decision fit to weights that were trained further, on all data.

    Geometry, words, and where the signals are, are computed again; weights, threshold and calibration stay.

    Args:
        model: the model with the new weights; its decision is replaced.
        tokenizer: tokenizer of the model.
        domain: the domain of the model.
        fit: the result of `fit_decision`, before the weights changed.
        train: the utterances that trained the new weights.
        seed: seed of the draws.
    """
    samples = measured_samples(model, tokenizer, domain, train=train, seed=seed)
    assert samples is not None, "a domain that had texts of its own has them still"
    decision, tensors = shaped(model, tokenizer, domain, samples)
    train_signals, _, background = signals_of(decision, samples)
    _give(model, domain, tensors, fit, *fit.standards.of(train_signals, background))


def shaped(
    model: BiLstmNluForIntentAndSlots, tokenizer: PreTrainedTokenizerFast, domain: Domain, samples: Samples
) -> tuple[Decision, dict[str, Tensor]]:
    """Compute geometry and words: a decision with them, and its buffers so far."""
    background = samples.background.rows((~samples.is_new).nonzero()[:, 0])
    forms = [form for catalog in domain.catalogs.values() for form in catalog.surface_forms()]
    tensors = {
        **geometry(samples.train, samples.train_intents, background, model.config.num_intents),
        **word_table(samples.train, background, count_word_keys(forms, tokenizer) if forms else ()),
    }
    tensors = {
        name: tensor.float().half().float() if tensor.is_floating_point() else tensor  # as packed weights are
        for name, tensor in tensors.items()
    }
    size, dims = tensors["projection"].shape
    decision = Decision(size, model.config.num_intents, dims, len(tensors["word_keys"]))
    for name, tensor in tensors.items():
        decision.get_buffer(name).copy_(tensor)
    return decision, tensors


def signals_of(decision: Decision, samples: Samples) -> tuple[Tensor, Tensor, Tensor]:
    """Return the signals (texts, signals) of training texts, held-out texts and new background texts."""
    new = samples.background.rows(samples.is_new.nonzero()[:, 0])

    def of(texts: Measured | None) -> Tensor:
        if texts is None:
            return torch.zeros(0, len(SIGNALS), dtype=torch.double)
        return texts.signals(decision, samples.fallback).double()

    return of(samples.train), of(samples.held_out), of(new)


def standards_of(train: Tensor, right: Tensor, background: Tensor, prior: Prior) -> Standards:
    """Find where new texts of the skill are, from the held-out ones that are right."""
    start, way = middle_way(train, background)
    shift, num = prior.shift, len(right)
    if num:
        own = (_middle(right) - start) / way
        shift = (num * own + _WORTH * prior.shift) / (num + _WORTH)
    spread = (right if num > 1 else train).std(0) if max(num, len(train)) > 1 else torch.zeros_like(way)
    scale = torch.maximum((way * (1 - shift)).abs(), 0.5 * (spread + background.std(0)))
    return Standards(shift, (scale / way.abs()).clamp(min=_LEAST))


def standard(signals: Tensor, location: Tensor, scale: Tensor) -> Tensor:
    return ((signals - location) / scale).clamp(-4, 4)


def _calibrated(fit: DecisionFit, held_out: Tensor, is_right: Tensor, background: Tensor, prior: Prior) -> DecisionFit:
    """Fit weights, threshold and calibration on the standard signals of held-out texts and of the background."""
    weight, bias, limit = prior.weight, prior.bias, prior.limit
    slope, offset = prior.slope, prior.offset
    num, num_right = len(held_out), int(is_right.sum())
    rows = torch.cat([held_out, background])
    is_wrong = torch.cat([(~is_right).double(), torch.ones(len(background)).double()])
    if num:
        per_text = max(num, _WORTH_OF_WEIGHTS) / len(background)
        counts = torch.cat([torch.ones(num), torch.full((len(background),), per_text)]).double()
        weight, bias = fit_logistic(
            rows,
            is_wrong,
            counts,
            decay=_WORTH_OF_WEIGHTS,
            start=prior.weight,
            start_bias=prior.bias,
            bias_decay=_WORTH_OF_WEIGHTS,
        )
    foreign = background @ weight + bias
    if num_right:
        own = (held_out[is_right] @ weight + bias).quantile(1 - _LOSS)
        limit = float((num_right * own + _WORTH_OF_THRESHOLD * limit) / (num_right + _WORTH_OF_THRESHOLD))
    limit = min(limit, float(foreign.quantile(_MOST_ACCEPTED)))
    if num:
        often = torch.full((len(background),), _FOREIGN * num / len(background))
        counts = torch.cat([torch.ones(num), often]).double()
        logits = -(rows @ weight + bias)[:, None]
        slopes, offset = fit_logistic(
            logits,
            1 - is_wrong,
            counts,
            decay=_WORTH_OF_WEIGHTS,
            start=torch.tensor([prior.slope]),
            start_bias=prior.offset,
            bias_decay=_WORTH_OF_WEIGHTS,
        )
        slope = max(float(slopes[0]), 0.1)
    # the model has -weight, because its log-odds are those of a text that is right
    threshold = torch.tensor(offset - slope * limit).sigmoid().item()
    return DecisionFit(fit.standards, slope * weight, offset - slope * bias, round(threshold, 4), fit.num_held_out)


def _give(
    model: BiLstmNluForIntentAndSlots,
    domain: Domain,
    tensors: dict[str, Tensor],
    fit: DecisionFit,
    location: Tensor,
    scale: Tensor,
) -> None:
    more = {"location": location, "spread": scale, "weight": fit.weight, "bias": torch.tensor([fit.bias])}
    model.set_decision(
        {**tensors, **{name: tensor.float() for name, tensor in more.items()}},
        threshold=fit.threshold,
        fallback_intent=fallback_intent(domain),
    )
