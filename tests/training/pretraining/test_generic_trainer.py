"""Pretraining on a mixture: one corpus a batch with tags of its own, and a sentence encoder as a teacher."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
from toy_domain import SMALL
from toy_mixture import mixture
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from modeling_bilstm_nlu import BiLstmNluForIntentAndSlots, NluError
from modeling_bilstm_nlu.tokenization_bilstm_nlu import build_tokenizer
from modeling_bilstm_nlu.training import GenericTrainer, NluTrainingArguments, PretrainingArguments, build_model
from modeling_bilstm_nlu.training.pretraining import extra_words, teacher_states
from modeling_bilstm_nlu.training.pretraining import trainer as trainer_module
from modeling_bilstm_nlu.training.pretraining.distillation import distance_from
from modeling_bilstm_nlu.training.pretraining.teacher_states import read_with_teacher
from modeling_bilstm_nlu.training.recipes import build_recipe
from modeling_bilstm_nlu.training.runs import run

SCRIPT = Path(__file__).with_name("pretrain_in_processes.py")
PIECES = ["[PAD]", "[UNK]", "play", "hey", "jude", "switch", "on", "the", "light", "in", "kitchen", "ask", "##s"]
UNKNOWN = ["teapot", "saucer"]  # to the mixture
PIECES += UNKNOWN


@pytest.fixture(scope="module")
def teacher(tmp_path_factory) -> str:
    """A sentence encoder of one small layer, with random weights."""
    folder = tmp_path_factory.mktemp("teacher")
    torch.manual_seed(0)
    sizes = {"hidden_size": 24, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    BertModel(BertConfig(vocab_size=len(PIECES), **sizes)).save_pretrained(folder)
    tokenizer = Tokenizer(models.WordPiece({piece: i for i, piece in enumerate(PIECES)}, unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizers.Lowercase(), pre_tokenizers.BertPreTokenizer()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]").save_pretrained(folder)
    return str(folder)


def arguments(folder: Path, **changes: object) -> PretrainingArguments:
    settings: dict = {"max_steps": 60, "per_device_train_batch_size": 8, "learning_rate": 1e-2, "warmup_steps": 0}
    settings |= {"use_cpu": True, "disable_tqdm": True, "logging_strategy": "no"}
    return PretrainingArguments(output_dir=str(folder), **{**settings, **changes})


def test_learns_all_corpora_and_leaves_out_the_tags_of_others(tmp_path):
    domain = mixture()
    model = build_model(domain, **SMALL)
    assert model.config.intent_slots == {
        "quiz.ask": ["quiz.what"],
        "toy.light": ["toy.room"],
        "toy.play": ["toy.song"],
    }
    assert not model.config.intents_by_slots, "tags of several corpora are never weighed against one another"
    trainer = GenericTrainer(model, arguments(tmp_path), domain)
    trainer.prepare()
    assert [tags.tolist() for tags in trainer.tags] == [[0, 3, 4, 5, 6], [0, 1, 2]]
    batches = list(trainer.get_train_dataloader())
    assert {int(batch["corpus"]) for batch in batches} == {0, 1}
    trainer.train()
    assert trainer.evaluate()["eval_frame_accuracy"] > 0.9


def test_a_generic_checkpoint_keeps_rows_free_for_the_words_of_later_domains():
    table = build_model(mixture(), **{**SMALL, "vocabulary_size": 10}).encoder.embeddings.table
    assert 0 < (table != 0).sum() <= 6


def test_tags_of_other_corpora_get_no_gradient(tmp_path):
    trainer = GenericTrainer(build_model(mixture(), **SMALL), arguments(tmp_path), mixture())
    trainer.prepare()
    batch = next(batch for batch in trainer.get_train_dataloader() if int(batch["corpus"]) == 1)
    trainer.compute_loss(trainer.model, batch).backward()
    gradient = trainer.model.slot_head.weight.grad.abs().sum(1)
    assert (gradient[:3] > 0).all() and not gradient[3:].any()


def test_values_of_the_corpus_are_marked_as_those_of_a_catalog(tmp_path):
    domain = mixture()
    trainer = GenericTrainer(build_model(domain, **SMALL), arguments(tmp_path, catalog_share=1.0), domain)
    trainer.prepare()
    ids = torch.tensor([build_tokenizer()("play hey jude in the kitchen")["input_ids"]])
    drawn = [trainer.catalogs.draw(corpus=0, input_ids=ids)[0].tolist() for _ in range(50)]
    nothing, song, inside = [False, False], [True, False], [False, True]
    place = [nothing, song, inside, nothing, nothing]
    assert {tuple(map(tuple, marks[:5])) for marks in drawn} == {
        tuple(map(tuple, row)) for row in ([nothing] * 5, place)
    }
    assert {tuple(marks[5]) for marks in drawn} == {(False, False), (True, False)}, "each value by itself"
    assert not trainer.catalogs.draw(corpus=1, input_ids=ids).any(), "another corpus has other values"
    trainer.train()
    assert trainer.model.any_catalog.slot_weight.any()


def test_without_a_share_there_are_no_marks(tmp_path):
    trainer = GenericTrainer(build_model(mixture(), **SMALL), arguments(tmp_path), mixture())
    trainer.train()
    assert trainer.catalogs is None and not trainer.model.any_catalog.slot_weight.any()


@pytest.mark.slow
def test_a_teacher_draws_the_states_near_its_own(tmp_path, teacher, monkeypatch):
    monkeypatch.setattr(teacher_states, "default_cache", lambda: tmp_path / "cache")
    domain = mixture()
    model = build_model(domain, **SMALL)
    drawn = model.encoder.embeddings.words.weight.detach().clone()
    trainer = GenericTrainer(model, arguments(tmp_path, teacher=teacher, max_steps=80), domain)
    assert torch.equal(model.encoder.embeddings.words.weight, drawn), "the constructor changes nothing"
    trainer.prepare()
    started = model.encoder.embeddings.words.weight.detach()
    is_word = model.encoder.embeddings.table != 0
    assert not torch.equal(started[is_word], drawn[is_word]) and torch.equal(started[~is_word], drawn[~is_word])

    def distance() -> float:
        batch = next(iter(trainer.get_train_dataloader()))
        ids, words, sentences = batch["input_ids"], batch["words"], batch["sentences"]
        with torch.no_grad():
            return float(distance_from(sentences, words, *maps(*model.eval().features(ids))))

    maps = model.distillation
    before = distance()
    trainer.train()
    assert not any("distillation" in name for name in model.state_dict()), "the maps are no part of the checkpoint"
    assert distance() < 0.7 * before
    model(torch.tensor([[2, 3]]), output_hidden_states=True)  # without the maps
    trainer.write_repository(tmp_path / "generic")
    loaded = BiLstmNluForIntentAndSlots.from_pretrained(tmp_path / "generic")
    assert loaded.config.intent_slots == model.config.intent_slots


def test_common_words_are_added_at_the_end(tmp_path, teacher, monkeypatch):
    monkeypatch.setattr(teacher_states, "default_cache", lambda: tmp_path / "cache")
    monkeypatch.setattr(extra_words, "_FEWEST_KNOWN", 1)
    domain = mixture()
    model = build_model(domain, **SMALL)
    before = int((model.encoder.embeddings.table != 0).sum())
    GenericTrainer(model, arguments(tmp_path, teacher=teacher, max_steps=2, extra_words=300), domain).train()
    assert int((model.encoder.embeddings.table != 0).sum()) == before + len(UNKNOWN)
    monkeypatch.setattr(extra_words, "_FEWEST_KNOWN", 10_000)
    with pytest.raises(NluError, match="10000"):
        args = arguments(tmp_path, teacher=teacher, extra_words=300)
        GenericTrainer(build_model(domain, **SMALL), args, domain).train()
    with pytest.raises(ValueError, match="extra_words"):
        arguments(tmp_path, extra_words=300)


def test_the_card_tells_of_the_mixture_and_its_teacher(tmp_path, teacher, monkeypatch):
    monkeypatch.setattr(teacher_states, "default_cache", lambda: tmp_path / "cache")
    training = {"max_steps": 2, "corpus_temperature": 1.5, "teacher": teacher, "use_cpu": True, "eval_strategy": "no"}
    document = {"data": {"source": "mature", "split": "validation"}, "model": SMALL, "training": training}
    recipe = build_recipe({**document, "output_dir": str(tmp_path / "generic")})
    folder = run(recipe, domain=mixture()).folder
    told = json.loads((folder / "card.json").read_text())["hyper_parameters"]
    assert told["corpus_temperature"] == 1.5 and told["catalog_share"] == 0.0
    assert told["teacher"] == Path(teacher).name and told["distillation_weight"] == 1.0
    assert f"| `teacher` | `{Path(teacher).name}` |" in (folder / "README.md").read_text()


def test_a_teacher_leaves_mixed_precision_on(tmp_path, teacher, monkeypatch):
    monkeypatch.setattr(teacher_states, "default_cache", lambda: tmp_path / "cache")
    domain = mixture()
    args = arguments(tmp_path, teacher=teacher, max_steps=3, bf16=True)
    trainer = GenericTrainer(build_model(domain, **SMALL), args, domain)
    seen: list[torch.dtype] = []
    trainer.model.intent_head.register_forward_hook(lambda *call: seen.append(call[-1].dtype))
    trainer.train()
    assert seen == [torch.bfloat16] * 3


@pytest.mark.slow
def test_several_processes_train_one_model(tmp_path, teacher):
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", str(SCRIPT)]
    paths = os.pathsep.join([str(SCRIPT.parents[2]), os.environ.get("PYTHONPATH", "")])
    run = subprocess.run(
        [*command, str(tmp_path), teacher],
        env={**os.environ, "PYTHONPATH": paths, "HF_HOME": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    first, second = (json.loads((tmp_path / f"{rank}.json").read_text()) for rank in (0, 1))
    assert first == second and first["processes"] == 2
    assert first["maps_moved"] and first["frame_accuracy"] > 0.8


def test_an_interrupted_training_with_a_teacher_goes_on(tmp_path, teacher, monkeypatch):
    monkeypatch.setattr(teacher_states, "default_cache", lambda: tmp_path / "cache")

    started: list[str] = []
    start_words = trainer_module.start_words_from
    monkeypatch.setattr(
        trainer_module, "start_words_from", lambda *args: started.append("words") or start_words(*args)
    )

    def train(folder: str, checkpoint: str | None = None, **changes: object) -> dict[str, torch.Tensor]:
        args = arguments(tmp_path / folder, teacher=teacher, max_steps=12, save_steps=6, **changes)
        trainer = GenericTrainer(build_model(mixture(), **SMALL), args, mixture())
        trainer.train(resume_from_checkpoint=checkpoint)
        return trainer.model.state_dict()

    whole = train("whole", save_strategy="steps", save_total_limit=5)
    assert started == ["words"]
    resumed = train("again", str(tmp_path / "whole" / "checkpoint-6"))
    assert started == ["words"], "they come from the checkpoint"
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


def test_evaluating_before_the_mixture_was_read_is_an_error(tmp_path):
    trainer = GenericTrainer(build_model(mixture(), **SMALL), arguments(tmp_path), mixture())
    with pytest.raises(NluError, match=r"train\(\)"):
        trainer.evaluate()


def test_plain_arguments_do_and_stay_as_they_are(tmp_path):
    args = NluTrainingArguments(output_dir=str(tmp_path), max_steps=1, use_cpu=True, disable_tqdm=True)
    GenericTrainer(build_model(mixture(), **SMALL), args, mixture()).train()
    assert args.remove_unused_columns and not hasattr(args, "teacher")


def counting(calls: list[list[str]], read: Callable[..., Any]) -> Callable[..., Any]:
    """The reading function, which also keeps what it is called with."""
    return lambda texts, *rest: calls.append(texts) or read(texts, *rest)


class TestReading:
    texts = ("play hey jude", "kitchens", "switch on the light", "ask")
    lengths = (3, 1, 4, 1)

    def read(self, teacher: str, folder: Path, **options: int):
        return read_with_teacher(self.texts, self.lengths, teacher, build_tokenizer(), cache_dir=folder, **options)

    def test_states_stand_in_the_order_of_the_texts(self, tmp_path, teacher):
        states = self.read(teacher, tmp_path)
        assert (states.sentence_size, states.word_size) == (24, 24)
        vectors = [states.of(i)[0].numpy() for i in range(4)]
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-2)
        alone = read_with_teacher(
            self.texts[:1], self.lengths[:1], teacher, build_tokenizer(), cache_dir=tmp_path / "b"
        )
        assert np.allclose(alone.of(0)[0], vectors[0], atol=1e-2), "padding changes nothing"
        assert [states.of(i)[1].shape for i in range(4)] == [(3, 24), (1, 24), (4, 24), (1, 24)]
        words = np.concatenate([states.of(i)[1] for i in range(4)])
        assert np.allclose(words.mean(0), 0, atol=1e-3) and words.std() == pytest.approx(1, rel=0.05)
        assert self.read(teacher, tmp_path, word_size=5).of(2)[1].shape == (4, 5)

    def test_what_was_read_is_kept_and_an_interrupted_reading_goes_on(self, tmp_path, teacher, monkeypatch):
        monkeypatch.setattr(teacher_states, "BATCH_SIZE", 1)
        monkeypatch.setattr(teacher_states, "_TEXTS_PER_PART", 1)
        whole = self.read(teacher, tmp_path / "whole")
        read = teacher_states.states_of
        calls: list[list[str]] = []

        def failing(texts, *rest):
            if len(calls) == 2:
                raise KeyboardInterrupt
            calls.append(texts)
            return read(texts, *rest)

        monkeypatch.setattr(teacher_states, "states_of", failing)
        with pytest.raises(KeyboardInterrupt):
            self.read(teacher, tmp_path / "cut")
        monkeypatch.setattr(
            teacher_states, "states_of", lambda texts, *rest: calls.append(texts) or read(texts, *rest)
        )
        calls.clear()
        cut = self.read(teacher, tmp_path / "cut")
        assert len(calls) == 2, "two texts were left"
        for i in range(4):
            assert all(torch.equal(*pair) for pair in zip(cut.of(i), whole.of(i), strict=True))
        calls.clear()
        self.read(teacher, tmp_path / "cut")
        assert not calls

    def test_another_mixture_reads_only_what_is_new(self, tmp_path, teacher, monkeypatch):
        self.read(teacher, tmp_path)
        calls: list[list[str]] = []
        read = teacher_states.states_of
        monkeypatch.setattr(
            teacher_states, "states_of", lambda texts, *rest: calls.append(texts) or read(texts, *rest)
        )
        texts, lengths = ("ask", "switch on hey", "ask", "kitchens"), (1, 3, 1, 1)
        states = read_with_teacher(texts, lengths, teacher, build_tokenizer(), cache_dir=tmp_path)
        assert calls == [["switch on hey"]]
        assert torch.equal(states.of(0)[0], states.of(2)[0]) and states.of(1)[1].shape[0] == 3

    def test_a_teacher_that_is_not_there(self, tmp_path):
        with pytest.raises(NluError, match="'acme/none'"):
            self.read("acme/none", tmp_path)
