"""One run of the protocol: what its record says, for every method."""

import pytest
from toy_domain import SMALL, toy_domain

from modeling_bilstm_nlu.hub import write_repository
from modeling_bilstm_nlu.tokenization_bilstm_nlu import build_tokenizer
from modeling_bilstm_nlu.training import build_model
from research.studies import Arm, Protocol, run_arm

PROTOCOL = Protocol(steps=4, eval_steps=2, batch_size=8, measure_cost=True)


def test_a_record_says_what_was_measured(tmp_path):
    folder = tmp_path / "generic"
    write_repository(folder, build_model(toy_domain("other", seed=9), **SMALL), build_tokenizer())
    arm = Arm("transfer", base=str(folder), training={"bf16": False, "use_cpu": True})
    record = run_arm(arm, toy_domain(), 6, 0, PROTOCOL, tmp_path)
    assert (record["arm"], record["domain"], record["size"], record["seed"]) == ("transfer", "toy", 6, 0)
    assert [point["step"] for point in record["curve"]] == [0, 2, 4]
    assert record["validation"] == record["curve"][-1] and record["train_utterances"] == 6
    assert record["test"]["num_utterances"] == 20 and record["seconds"] > 0
    assert record["latency_ms"] > 0 and record["size_bytes"] > 50_000


def test_the_baseline_of_the_paper_is_an_arm_like_others(tmp_path):
    arm = Arm("maxent", method="maxent_crf", options={"slots_see_intent": False})
    record = run_arm(arm, toy_domain(), 30, 0, PROTOCOL, tmp_path)
    assert record["curve"] == [] and record["seconds"] > 0
    assert record["test"]["num_utterances"] == 20 and record["test"]["combined_error"] < 0.3
    assert record["validation"]["num_utterances"] == 20
    assert record["latency_ms"] > 0 and record["size_bytes"] > 1000


def test_a_sentence_encoder_is_an_arm_like_others(tmp_path, monkeypatch):
    asked = {}

    class Encoder:
        predict = save = None

        def __init__(self, encoder):
            asked["encoder"] = encoder

        def fit(self, domain, *, seed, max_steps):
            asked.update({"train": len(domain.splits["train"]), "seed": seed, "max_steps": max_steps})

        def score(self, utterances):
            return {"num_utterances": len(utterances), "combined_error": 0.5}

    monkeypatch.setattr("research.baselines.JointEncoder", Encoder)
    arm = Arm("minilm", method="sentence_encoder", options={"encoder": "some/encoder", "max_steps": 7})
    record = run_arm(arm, toy_domain(), 30, 3, Protocol(), tmp_path)
    assert asked == {"encoder": "some/encoder", "train": 30, "seed": 3, "max_steps": 7}
    assert record["test"] == {"num_utterances": 20, "combined_error": 0.5} and "latency_ms" not in record


@pytest.mark.parametrize("option", ["gazetteers", "slots_see_intent"])
def test_options_reach_the_baseline(tmp_path, option, monkeypatch):
    seen = {}

    class Baseline:
        predict = save = None

        def __init__(self, **options):
            seen.update(options)

        def fit(self, domain, **options):
            seen.update(options)

        def score(self, utterances):
            return {"combined_error": 0.0}

    monkeypatch.setattr("research.baselines.MaxEntCrf", Baseline)
    arm = Arm("maxent", method="maxent_crf", options={option: False, "tune": True})
    run_arm(arm, toy_domain(), 6, 0, Protocol(), tmp_path)
    assert seen == {option: False, "tune": True, "validation": None}  # no arm chooses by the validation split
