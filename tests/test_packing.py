"""Weights in less space: what is lost, and that every way to save and to load knows of it."""

from pathlib import Path

import pytest
import torch
from hub.odd_checkpoints import TEXTS, odd_model
from safetensors.torch import load_file, save_file
from toy_domain import toy_domain

from modeling_bilstm_nlu import BiLstmNluConfig, BiLstmNluForIntentAndSlots, BiLstmNluModel, build_tokenizer
from modeling_bilstm_nlu.hub.card_data import CardData, parse_with
from modeling_bilstm_nlu.hub.card_data_file import CARD_DATA_FILE, read_card_data
from modeling_bilstm_nlu.hub.load import load_checkpoint
from modeling_bilstm_nlu.hub.publish import publish
from modeling_bilstm_nlu.hub.refresh import refresh_repository
from modeling_bilstm_nlu.hub.writing import write_repository
from modeling_bilstm_nlu.packing_bilstm_nlu import is_packed_file, pack, unpack
from modeling_bilstm_nlu.training import NluTrainer, NluTrainingArguments
from modeling_bilstm_nlu.training.domain_card_data import example_texts

WORDS = "encoder.embeddings.words.weight"
EMBEDDINGS = {WORDS, "encoder.embeddings.ngrams.weight"}


def rounded_model() -> BiLstmNluForIntentAndSlots:
    """The odd model as a packed file holds it."""
    return odd_model().as_saved(packed=True)


def assert_same_weights(one: torch.nn.Module, two: torch.nn.Module) -> None:
    for name, weight in one.state_dict().items():
        assert torch.equal(two.state_dict()[name], weight), name


def test_embeddings_lose_less_than_a_hundredth_of_their_rows_largest_number_and_nothing_the_second_time():
    weights = odd_model().state_dict()
    weights[WORDS][weights["encoder.embeddings.table"].nonzero()[0]] = 0
    packed = pack(weights)
    assert {name for name, tensor in packed.items() if tensor.dtype == torch.int8} == EMBEDDINGS
    assert {tensor.dtype for tensor in packed.values() if tensor.is_floating_point()} == {torch.half}
    rounded = unpack(packed)
    assert rounded.keys() == weights.keys()
    free = weights["encoder.embeddings.table"] == 0
    free[0] = False  # unknown words use row 0
    assert 0 < free.sum() == len(free) - len(packed[WORDS]) and not rounded[WORDS][free].any()
    weights[WORDS][free] = 0
    for name, weight in weights.items():
        if name in EMBEDDINGS:
            largest = weight.abs().amax(1, keepdim=True)
            assert ((rounded[name] - weight).abs() <= largest / 200 + 1e-6).all()
        else:
            assert torch.allclose(rounded[name].double(), weight.double(), rtol=1e-3, atol=1e-7)
    again = unpack(pack(rounded))
    assert all(torch.equal(again[name], rounded[name]) for name in rounded)


def test_weights_that_are_not_packed_unpack_to_themselves(tmp_path: Path):
    weights = {"crf.start": torch.tensor([0.1]), "encoder.embeddings.table": torch.tensor([2**40])}
    assert all(torch.equal(unpack(weights)[name], weights[name]) for name in weights)
    for packed, name in ((weights, "whole"), (pack(odd_model().state_dict()), "packed")):
        save_file(packed, tmp_path / name)
        assert is_packed_file(tmp_path / name) == (name == "packed")


def test_a_packed_model_is_saved_and_loaded_by_every_way(tmp_path: Path):
    model, rounded = odd_model(), rounded_model()
    model.save_pretrained(tmp_path / "whole")
    assert not model.config.packed_weights
    model.save_pretrained(tmp_path / "packed", packed=True)
    assert model.config.packed_weights
    assert_same_weights(odd_model(), model)
    sizes = [(tmp_path / name / "model.safetensors").stat().st_size for name in ("whole", "packed")]
    assert sizes[1] < sizes[0] / 2 + 10_000
    loaded = BiLstmNluForIntentAndSlots.from_pretrained(tmp_path / "packed")
    assert loaded.config.packed_weights and loaded.name_or_path == str(tmp_path / "packed")
    assert {weight.dtype for weight in loaded.parameters()} == {torch.float32}
    assert_same_weights(rounded, loaded)
    assert_same_weights(rounded.encoder, BiLstmNluModel.from_pretrained(tmp_path / "packed"))
    loaded.encoder.save_pretrained(tmp_path / "encoder", packed=True)
    assert_same_weights(rounded.encoder, BiLstmNluModel.from_pretrained(tmp_path / "encoder"))
    changed, notes = BiLstmNluForIntentAndSlots.from_pretrained(
        tmp_path / "packed", dropout=0.25, output_loading_info=True
    )
    assert changed.config.dropout == 0.25 and not notes["missing_keys"] and not notes["unexpected_keys"]
    half = BiLstmNluForIntentAndSlots.from_pretrained(tmp_path / "packed", dtype=torch.bfloat16)
    assert half.dtype == torch.bfloat16


def test_a_model_from_a_packed_file_is_saved_in_full_precision_unless_asked(tmp_path: Path):
    odd_model().save_pretrained(tmp_path / "packed", packed=True)
    model = BiLstmNluForIntentAndSlots.from_pretrained(tmp_path / "packed")
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(torch.full_like(weight, 1e-4))  # as training would
    model.save_pretrained(tmp_path / "again")
    file = tmp_path / "again" / "model.safetensors"
    assert not is_packed_file(file) and not BiLstmNluConfig.from_pretrained(tmp_path / "again").packed_weights
    assert all(torch.equal(tensor, model.state_dict()[name]) for name, tensor in load_file(file).items())
    assert_same_weights(model, BiLstmNluForIntentAndSlots.from_pretrained(tmp_path / "again"))
    with pytest.raises(ValueError, match="packed"):
        model.save_pretrained(tmp_path / "pushed", packed=True, push_to_hub=True)


def test_what_is_packed_is_told_by_the_file(tmp_path: Path):
    odd_model().save_pretrained(tmp_path / "packed", packed=True)
    odd_model().save_pretrained(tmp_path / "whole")
    for config in (BiLstmNluConfig.from_pretrained(tmp_path / "whole"), str(tmp_path / "whole")):
        loaded = BiLstmNluForIntentAndSlots.from_pretrained(tmp_path / "packed", config=config)
        assert_same_weights(rounded_model(), loaded)
        assert loaded.config.packed_weights
    whole = BiLstmNluForIntentAndSlots.from_pretrained(tmp_path / "whole", packed_weights=True)
    assert_same_weights(odd_model(), whole)
    assert not whole.config.packed_weights


def test_arguments_that_give_other_weights_or_another_precision(tmp_path: Path):
    model = odd_model()
    model.save_pretrained(tmp_path, packed=True)
    with pytest.raises(ValueError, match="state_dict"):  # as the library has it, packed or not
        BiLstmNluForIntentAndSlots.from_pretrained(tmp_path, state_dict=model.state_dict())
    for option in ("dtype", "torch_dtype"):
        assert BiLstmNluForIntentAndSlots.from_pretrained(tmp_path, **{option: "auto"}).dtype == torch.float32
        assert BiLstmNluForIntentAndSlots.from_pretrained(tmp_path, **{option: torch.half}).dtype == torch.half
    model.save_pretrained(tmp_path / "other", state_dict=odd_model().state_dict(), packed=True)
    assert is_packed_file(tmp_path / "other" / "model.safetensors")


@pytest.mark.slow
def test_a_stranger_runs_a_packed_repository_alike(tmp_path: Path):
    model, tokenizer = odd_model(), build_tokenizer()
    done = publish(tmp_path / "odd", model, tokenizer, texts=TEXTS, packed=True)
    assert done.num_verified == len(TEXTS)
    assert load_file(tmp_path / "odd" / "model.safetensors").keys() > model.state_dict().keys()
    frames = parse_with(rounded_model(), tokenizer, TEXTS)
    assert parse_with(*load_checkpoint(tmp_path / "odd"), TEXTS) == frames


def test_the_card_tells_whether_the_weights_are_packed(tmp_path: Path):
    model, tokenizer = odd_model(), build_tokenizer()
    of_the_other = CardData.from_model("odd", model, tokenizer, packed=False)
    for card_data in (None, of_the_other):
        folder = write_repository(tmp_path / "odd", model, tokenizer, card_data, packed=True)
        told = read_card_data(folder / CARD_DATA_FILE)
        size = sum(t.numel() * t.element_size() for t in load_file(folder / "model.safetensors").values())
        assert told is not None and told.config["packed_weights"] is True and told.size_in_bytes == size
        assert "packed: embeddings in 8 bits" in (folder / "README.md").read_text("utf-8")
    refresh_repository(folder)
    assert is_packed_file(folder / "model.safetensors")
    write_repository(folder, *load_checkpoint(folder))
    assert not is_packed_file(folder / "model.safetensors")
    assert "packed: embeddings" not in (folder / "README.md").read_text("utf-8")


def test_a_trainer_saves_in_full_precision_unless_asked(tmp_path: Path):
    domain = toy_domain()
    args = NluTrainingArguments(
        output_dir=str(tmp_path / "run"),
        max_steps=2,
        save_strategy="steps",
        save_steps=2,
        use_cpu=True,
        fit_segments=False,  # these heads are not in the checkpoints of a run
        fit_decision=False,  # the table of words of the decision would be most of this small model
    )
    odd_model().save_pretrained(tmp_path / "base", packed=True)
    model = BiLstmNluForIntentAndSlots.from_pretrained(tmp_path / "base")
    model.reset_heads(domain.spec.intents, domain.spec.slot_types)
    trainer = NluTrainer(model, args, domain)
    trainer.train()
    weights = {name: weight.clone() for name, weight in model.state_dict().items()}
    trainer.save_model(str(tmp_path / "saved"))
    trainer.write_repository(tmp_path / "whole")
    for folder in ("run/checkpoint-2", "saved", "whole"):
        saved = load_file(tmp_path / folder / "model.safetensors")
        assert all(torch.equal(saved[name], weight) for name, weight in weights.items()), folder
    folder = trainer.write_repository(tmp_path / "packed", packed=True)
    assert all(torch.equal(weights[name], weight) for name, weight in model.state_dict().items())  # not rounded
    assert_same_weights(model.as_saved(packed=True), load_checkpoint(folder)[0])
    card_data = read_card_data(folder / CARD_DATA_FILE)
    texts = example_texts(domain, "validation")
    assert card_data is not None and list(card_data.examples) == parse_with(*load_checkpoint(folder), texts)
    assert load_file(folder / "model.safetensors")["encoder.embeddings.ngrams.weight"].dtype == torch.int8
    sizes = [read_card_data(tmp_path / name / CARD_DATA_FILE).size_in_bytes for name in ("whole", "packed")]  # type: ignore
    assert sizes[1] < sizes[0] / 2 + 10_000
