"""The heads that split texts: fitted after training, from joined utterances of the train split."""

from pathlib import Path

import pytest
import torch
from toy_domain import SMALL, toy_domain

from modeling_bilstm_nlu import BiLstmNluForIntentAndSlots, BiLstmNluPipeline, build_tokenizer
from modeling_bilstm_nlu.data import Domain, SlotSpan, Utterance
from modeling_bilstm_nlu.training import NluTrainer, NluTrainingArguments, build_model, segment_fitting
from modeling_bilstm_nlu.training.segment_fitting import fit_segment_heads

SETTINGS = {"max_steps": 120, "learning_rate": 2e-2, "use_cpu": True, "disable_tqdm": True, "logging_strategy": "no"}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> BiLstmNluForIntentAndSlots:
    folder, domain = tmp_path_factory.mktemp("run"), toy_domain()
    trainer = NluTrainer(
        build_model(domain, **SMALL), NluTrainingArguments(output_dir=str(folder), **SETTINGS), domain
    )
    trainer.train()
    trainer.save_model(str(folder / "saved"))
    return BiLstmNluForIntentAndSlots.from_pretrained(folder / "saved")


def test_a_trained_model_splits_texts(trained: BiLstmNluForIntentAndSlots):
    nlu = BiLstmNluPipeline(model=trained, tokenizer=build_tokenizer())
    parts = ["switch on the light in the living room", "play yellow submarine", "make the garage brighter"]
    for between in (" and ", " and then ", ", ", " "):
        text = between.join(parts)
        frames = nlu(text, multi=True)
        assert [text[frame["start"] : frame["end"]] for frame in frames] == parts, between
        assert [frame["intent"] for frame in frames] == ["light", "play", "light"]
        assert [slot["value"] for frame in frames for slot in frame["slots"]] == [
            "living room", "yellow submarine", "garage"
        ]  # fmt: skip
    utterances = [row.text for row in toy_domain().utterances("test")]
    assert [len(frames) for frames in nlu(utterances, multi=True)] == [1] * len(utterances)


def test_a_conjunction_in_a_value_stays_whole(tmp_path: Path):
    items = ("salt", "pepper", "milk", "brown bread", "eggs")
    rows = [
        Utterance(f"{verb} {item}{end}", verb, (SlotSpan("item", len(verb) + 1, len(verb) + 1 + len(item)),))
        for verb in ("add", "remove")
        for item in items
        for end in ("", " please")
    ]
    domain = Domain.from_utterances("list", {"train": rows})
    model = build_model(domain, **SMALL)
    NluTrainer(model, NluTrainingArguments(output_dir=str(tmp_path), **SETTINGS), domain).train()
    nlu = BiLstmNluPipeline(model=model, tokenizer=build_tokenizer())
    texts = {"add salt and pepper": 1, "remove milk and brown bread please": 1, "add salt and remove pepper": 2}
    assert {text: len(frames) for text, frames in zip(texts, nlu(list(texts), multi=True), strict=True)} == texts


def test_the_fit_changes_no_other_weight_and_no_random_state():
    domain = toy_domain()
    model = build_model(domain, **SMALL)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    assert fit_segment_heads(model, domain, build_tokenizer(), seed=1) and model.training
    assert torch.equal(torch.rand(1), expected)
    after = model.state_dict()
    assert all(torch.equal(after[name], tensor) for name, tensor in before.items())
    assert {name.partition(".")[0] for name in set(after) - set(before)} == {"segment_heads"}
    first = {name: tensor.clone() for name, tensor in after.items()}
    fit_segment_heads(model, domain, build_tokenizer(), seed=1)
    assert all(torch.equal(first[name], tensor) for name, tensor in model.state_dict().items())
    assert all(weight.grad is None or not weight.grad.any() for weight in model.parameters())
    model.reset_heads(["a"], [])
    assert model.segment_heads is None and model.config.segment_hidden == 0


def test_joined_texts_are_read_by_the_encoder_alone(monkeypatch: pytest.MonkeyPatch):
    model = build_model(toy_domain(), **SMALL)
    counts, pool = [], model._pool
    monkeypatch.setattr(model, "_pool", lambda states, encoded: counts.append(len(states)) or pool(states, encoded))
    monkeypatch.setattr(segment_fitting, "_fit_whole", lambda heads, right, wrong: counts.append((right, wrong)))
    assert fit_segment_heads(model, toy_domain(), build_tokenizer())
    right, wrong = counts.pop()
    assert sum(counts) == len(right) + len(wrong)


def test_too_few_utterances_give_no_heads():
    domain = Domain.from_utterances("tiny", {"train": [Utterance("play", "play"), Utterance("hello", None)]})
    model = build_model(domain, **SMALL)
    assert not fit_segment_heads(model, domain, build_tokenizer())
    assert model.segment_heads is None and model.config.segment_hidden == 0


def test_it_can_be_turned_off_and_old_heads_are_removed(tmp_path):
    domain = toy_domain()
    model = build_model(domain, **SMALL)
    model.set_segment_heads(3)
    args = NluTrainingArguments(output_dir=str(tmp_path), fit_segments=False, **SETTINGS | {"max_steps": 1})
    NluTrainer(model, args, domain).train()
    assert model.segment_heads is None
