"""Figures are read from what runs wrote, never made up."""

import json
import re

import pytest
from toy_domain import SMALL, toy_domain

from modeling_bilstm_nlu import NluError
from modeling_bilstm_nlu.hub import write_repository
from modeling_bilstm_nlu.tokenization_bilstm_nlu import build_tokenizer
from modeling_bilstm_nlu.training import build_model
from research.studies.results import repository_figures, study_figures

SCORES = {"intent_accuracy": 0.9, "slot_f1": 0.8, "frame_accuracy": 0.7, "combined_error": 0.15}


def test_figures_of_a_repository(tmp_path):
    model = build_model(toy_domain(), **SMALL)
    curve = [{"step": 5, "seconds": 30.0, **SCORES}, {"step": 10, "seconds": 90.0, **SCORES}]
    folder = write_repository(
        tmp_path / "toy", model, build_tokenizer(), metrics={"test": SCORES}, learning_curve=curve
    )
    parameters = sum(weight.numel() for weight in model.parameters())
    assert repository_figures(folder) == {**SCORES, "minutes": 1.5, "parameters": parameters}
    with pytest.raises(NluError, match="validation"):
        repository_figures(folder, "validation")


def test_figures_of_a_study(tmp_path):
    with pytest.raises(NluError, match=re.escape(str(tmp_path))):
        study_figures(tmp_path)
    (tmp_path / "summary.json").write_text(json.dumps({"transfer": {"n_runs": 3}}), encoding="utf-8")
    assert study_figures(tmp_path) == {"transfer": {"n_runs": 3}}
