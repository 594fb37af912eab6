"""Only the rows of the tables that the data uses are trained: same weights, whole checkpoints, smaller optimizers."""

from contextlib import nullcontext
from pathlib import Path

import pytest
import torch
from toy_domain import SMALL, toy_domain
from transformers import TrainerCallback

from modeling_bilstm_nlu import BiLstmNluForIntentAndSlots
from modeling_bilstm_nlu.training import NluTrainer, NluTrainingArguments, build_model
from modeling_bilstm_nlu.training.used_rows import UsedRows, rows_in_use

WIDE = {**SMALL, "vocabulary_size": 512, "ngram_buckets": 4096}


class Watch(TrainerCallback):
    """Notes the numbers of rows that the optimizer has, and what the model says in evaluation, at the last step."""

    def on_step_end(self, args, state, control, model, optimizer, **kwargs):
        self.sizes = {len(weight) for group in optimizer.param_groups for weight in group["params"]}
        self.inside = {name: weight.clone() for name, weight in model.state_dict().items()}
        self.unseen = model.eval()(torch.tensor([[70, 300, 301, 302]])).intent_logits.detach()
        model.train()


def trained(folder: Path, watch: Watch, **settings) -> NluTrainer:
    domain = toy_domain()
    args = NluTrainingArguments(
        output_dir=str(folder),
        max_steps=8,
        use_cpu=True,
        disable_tqdm=True,
        logging_strategy="no",
        background_share=0,  # its words use most of these small tables
        **settings,
    )
    trainer = NluTrainer(build_model(domain, **WIDE), args, domain, callbacks=[watch])
    trainer.train()
    return trainer


def test_the_weights_are_those_of_a_training_of_all_rows(tmp_path, monkeypatch: pytest.MonkeyPatch):
    few, all_rows = Watch(), Watch()
    trainer = trained(tmp_path, few)
    monkeypatch.setattr(UsedRows, "trained", lambda self: nullcontext())
    other = trained(tmp_path, all_rows)
    assert {512, 4096} <= all_rows.sizes and not {512, 4096} & few.sizes
    for name, weight in other.bare_model.state_dict().items():
        torch.testing.assert_close(trainer.bare_model.state_dict()[name], weight, rtol=1e-4, atol=1e-6)
    for name, weight in few.inside.items():  # more heads may be fitted after the training
        torch.testing.assert_close(trainer.bare_model.state_dict()[name], weight)
    torch.testing.assert_close(few.unseen, all_rows.unseen)


def test_a_checkpoint_has_the_whole_tables(tmp_path):
    trainer = trained(tmp_path, Watch(), save_strategy="steps", save_steps=8)
    loaded = BiLstmNluForIntentAndSlots.from_pretrained(tmp_path / "checkpoint-8")
    for name, weight in loaded.state_dict().items():
        torch.testing.assert_close(trainer.bare_model.state_dict()[name], weight)


def test_a_second_training_goes_on_with_the_same_optimizer(tmp_path):
    trainer = trained(tmp_path, Watch())
    before = trainer.bare_model.encoder.embeddings.words.weight.clone()
    trainer.train()
    after = trainer.bare_model.encoder.embeddings.words.weight
    assert isinstance(trainer.bare_model.encoder.embeddings.words, torch.nn.Embedding)
    assert (before != after).any()


@pytest.mark.parametrize("without", ["word_dim", "ngram_dim"])
def test_row_zero_is_in_use_and_tables_that_are_not_there_are_not(tmp_path, without: str):
    domain = toy_domain()
    args = NluTrainingArguments(output_dir=str(tmp_path), use_cpu=True, background_share=0)
    trainer = NluTrainer(build_model(domain, **{**WIDE, without: 0}), args, domain)
    trainer.prepare()
    (rows,) = rows_in_use(trainer.bare_model.encoder.embeddings, trainer.train_dataset).values()
    assert rows[0] == 0 and 10 < len(rows) < 400
