"""Training against the background: which texts, and what the network learns from them."""

import pytest
import torch
from toy_domain import SMALL, toy_domain

from modeling_bilstm_nlu.modeling_bilstm_nlu import BiLstmNluForIntentAndSlots
from modeling_bilstm_nlu.tokenization_bilstm_nlu import build_tokenizer
from modeling_bilstm_nlu.training.arguments import NluTrainingArguments
from modeling_bilstm_nlu.training.build import build_model
from modeling_bilstm_nlu.training.decision.background import background_for
from modeling_bilstm_nlu.training.decision.measuring import measure
from modeling_bilstm_nlu.training.trainer import NluTrainer
from modeling_bilstm_nlu.training.training_rows import with_background


def trained(folder, share: float) -> tuple[NluTrainer, BiLstmNluForIntentAndSlots]:
    args = NluTrainingArguments(
        output_dir=str(folder),
        max_steps=120,
        learning_rate=2e-2,
        background_share=share,
        fit_decision=False,
        fit_segments=False,
    )
    trainer = NluTrainer(build_model(toy_domain(), **SMALL), args, toy_domain())
    trainer.train()
    return trainer, trainer.bare_model


def test_each_variant_gets_other_texts_and_none_that_is_held_back():
    domain = toy_domain()
    own = domain.splits["train"]
    rows, count = with_background(own, len(own), domain, share=2.0, seed=0)
    assert count == 3 * len(own)
    assert rows["text"][: len(own)] == own["text"][:]
    added = rows["text"][len(own) :]
    assert set(rows["intent"][len(own) :]).isdisjoint(domain.spec.intents)
    assert not set(added) & {row.text for row in background_for(domain) if row.is_held_back}
    half = len(own) // 2
    twice, count = with_background(own, half, domain, share=2.0, seed=0)
    assert count == half + 100, "the least number"
    assert not set(twice["text"][half:count]) & set(twice["text"][count + half :])


def test_the_intents_of_the_background_become_improbable(tmp_path):
    domain, tokenizer = toy_domain(), build_tokenizer()
    trainer, model = trained(tmp_path / "with", 0.3)
    assert model.config.none_class
    new = [row.text for row in background_for(domain) if row.is_held_back][:200]
    ours = measure(model, tokenizer, domain.splits["test"]["text"][:]).intent_logits.logsumexp(1)
    theirs = measure(model, tokenizer, new).intent_logits.logsumexp(1)
    assert (ours > 0).double().mean() > 0.9, "the logit of the class for other texts is 0"
    assert (theirs < 0).double().mean() > 0.9
    assert trainer.evaluate()["eval_intent_accuracy"] > 0.95


def test_without_it_nothing_is_added(tmp_path):
    trainer, model = trained(tmp_path / "without", 0.0)
    assert not model.config.none_class
    assert int(trainer.train_dataset.intents.max()) < model.config.num_intents


def test_the_class_for_other_texts_has_the_logit_0():
    model = build_model(toy_domain(), **SMALL)
    count = model.config.num_intents
    intents, tags = torch.randn(2, count), torch.zeros(2, 3, model.config.num_slot_tags)
    labels = torch.tensor([0, count])
    model.config.none_class = True
    loss = model.joint_loss(intents, tags, labels, None)
    both = torch.cat([intents, torch.zeros(2, 1)], 1).log_softmax(1)
    assert loss == pytest.approx(-(both[0, 0] + both[1, count]).item() / 2, abs=1e-5)


@pytest.mark.parametrize("share", [-0.1, 1.5])
def test_shares_out_of_range_are_refused(share):
    with pytest.raises(ValueError, match="background_share"):
        NluTrainingArguments(background_share=share)
