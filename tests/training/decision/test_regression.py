"""Logistic regression with a prior."""

import math

import pytest
import torch

from modeling_bilstm_nlu.training.decision.regression import fit_logistic


def test_without_decay_the_bias_is_the_log_odds():
    rows = torch.zeros(4, 1).double()
    labels = torch.tensor([1.0, 1.0, 1.0, 0.0]).double()
    _, bias = fit_logistic(rows, labels, torch.ones(4).double(), decay=1.0)
    assert bias == pytest.approx(math.log(3))


def test_counts_are_repeats():
    rows = torch.tensor([[0.0], [1.0], [2.0]]).double()
    labels = torch.tensor([0.0, 1.0, 1.0]).double()
    repeated = fit_logistic(rows[[0, 0, 1, 2]], labels[[0, 0, 1, 2]], torch.ones(4).double(), decay=0.1)
    counted = fit_logistic(rows, labels, torch.tensor([2.0, 1.0, 1.0]).double(), decay=0.1)
    assert torch.allclose(repeated[0], counted[0]) and repeated[1] == pytest.approx(counted[1])


def test_a_strong_prior_keeps_the_start():
    rows = torch.randn(20, 2, generator=torch.Generator().manual_seed(0)).double()
    labels = (rows[:, 0] > 0).double()
    start = torch.tensor([0.5, -2.0])
    weights, bias = fit_logistic(
        rows, labels, torch.ones(20).double(), decay=1e9, start=start, start_bias=0.7, bias_decay=1e9
    )
    assert torch.allclose(weights.float(), start, atol=1e-4) and bias == pytest.approx(0.7, abs=1e-4)


def test_separable_data_gives_finite_weights():
    rows = torch.tensor([[-1.0], [1.0]]).double()
    weights, bias = fit_logistic(rows, torch.tensor([0.0, 1.0]).double(), torch.ones(2).double(), decay=1e-3)
    assert weights.isfinite().all() and math.isfinite(bias) and weights[0] > 1
