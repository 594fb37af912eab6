"""Checkpoints inside the package."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from huggingface_hub import ModelCard
from odd_checkpoints import TEXTS, odd_model
from safetensors.torch import load_file

from modeling_bilstm_nlu import NluError, build_tokenizer
from modeling_bilstm_nlu.hub import Ancestor, embedded, lineage, push_repository, refresh
from modeling_bilstm_nlu.hub.card_data import CardData, parse_with, source_of
from modeling_bilstm_nlu.hub.load import load_checkpoint
from modeling_bilstm_nlu.hub.refresh import gather_card_data
from modeling_bilstm_nlu.hub.writing import write_repository


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "package"
    monkeypatch.setattr(embedded, "EMBEDDED", folder)
    monkeypatch.setattr(refresh, "EMBEDDED", folder)
    return folder


def test_an_embedded_checkpoint_is_less_than_half_as_large_and_answers_alike(tmp_path: Path, package: Path):
    model, tokenizer = odd_model(), build_tokenizer()
    curve = [{"step": step, "combined_error": 1 / step} for step in (1, 2)]
    known = {"licence": "cc-by-sa-4.0", "language": ("en",), "learning_curve": curve}
    card_data = CardData.from_model("odd", model, tokenizer, **known)
    write_repository(tmp_path / "odd", model, tokenizer, card_data)
    folder = refresh.embed_checkpoint(tmp_path / "odd", "odd-en-small")
    assert folder == package / "odd-en-small" and sorted(path.name for path in folder.iterdir()) == [
        "README.md", "card.json", "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"
    ]  # fmt: skip
    card = (folder / "README.md").read_text("utf-8")
    assert "cc-by-sa-4.0" in card and "<summary>Learning curve<" in card and "learning_curve.png" not in card
    assert "Code in this repository" not in card and "modeling_bilstm_nlu.py" not in card
    packed = load_file(folder / "model.safetensors")
    assert {t.dtype for t in packed.values() if t.is_floating_point()} == {torch.half}
    assert {name for name, t in packed.items() if t.dtype == torch.int8} == {
        "encoder.embeddings.words.weight", "encoder.embeddings.ngrams.weight"
    }  # fmt: skip
    size = sum(t.numel() * t.element_size() for t in packed.values())
    assert f"{size / 1e6:,.1f} MB of tensors" in (folder / "README.md").read_text("utf-8")

    loaded, its_tokenizer = load_checkpoint("odd-en-small")
    assert {weight.dtype for weight in loaded.parameters()} == {torch.float32}
    frames = [parse_with(*pair, TEXTS) for pair in ((model, tokenizer), (loaded, its_tokenizer))]
    assert [frame["intent"] for frame in frames[0]] == [frame["intent"] for frame in frames[1]]
    free = model.encoder.embeddings.table == 0
    free[0] = False
    for name, weight in model.named_parameters():
        largest, found = weight.detach().abs().max().item(), loaded.get_parameter(name)
        if name == "encoder.embeddings.words.weight":
            assert not found[free].any(), "a file has no vectors that no word uses"
            weight, found = weight[~free], found[~free]
        assert torch.allclose(found, weight, atol=1e-2 * largest + 1e-6)
    by_folder, _ = load_checkpoint(folder)
    assert all(map(torch.equal, by_folder.parameters(), loaded.parameters()))
    name, revision = source_of(loaded)
    assert name == "odd-en-small" and revision is not None and revision.startswith("sha256:")


def test_a_checkpoint_in_another_folder_says_how_to_open_it_there(
    tmp_path: Path, package: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    write_repository("odd", odd_model(), build_tokenizer())
    folder = refresh.embed_checkpoint("odd", "odd-leave-out", Path("kept"))
    assert folder == Path("kept/odd-leave-out") and not package.exists()
    opened = re.search(r'load_checkpoint\("(.*)"\)', (folder / "README.md").read_text("utf-8"))
    assert opened is not None and load_checkpoint(opened[1])[0].config.packed_weights


def test_the_package_has_a_generic_checkpoint_of_english():
    folder = embedded.embedded_folder(embedded.DEFAULT_BASE)
    assert folder is not None and sum(path.stat().st_size for path in folder.iterdir()) <= 8_000_000
    card_data = gather_card_data(embedded.DEFAULT_BASE)
    assert card_data.licence == "cc-by-sa-4.0" and list(card_data.language or ()) == ["en"] and card_data.datasets
    assert card_data.metrics["validation"]["combined_error"] < 0.15
    model, tokenizer = load_checkpoint(embedded.DEFAULT_BASE)
    asked = parse_with(model, tokenizer, ["wake me up at seven in the morning", "will it rain in paris tomorrow"])
    assert "alarm" in asked[0]["intent"].lower() and "weather" in asked[1]["intent"].lower()
    assert ("paris", "location") in [
        (slot["value"], slot["slot_type"].rpartition(".")[2].lower()) for slot in asked[1]["slots"]
    ]


@pytest.mark.parametrize("name", ["odd-en-small", "../odd", ""])
def test_other_names_are_no_embedded_checkpoints(package: Path, name: str):
    (package / "another").mkdir(parents=True)
    assert embedded.embedded_folder(name) is None
    if name:
        with pytest.raises(NluError, match=re.escape(name)):
            load_checkpoint(name)


def test_the_lineage_of_what_is_trained_from_it_leads_to_it(at_hub, tokenizer, tmp_path: Path):
    start, _ = load_checkpoint(embedded.DEFAULT_BASE)
    name, revision = source_of(start)
    end = Ancestor(embedded.DEFAULT_BASE, revision)
    assert lineage(embedded.DEFAULT_BASE) == [end] and str(revision).startswith("sha256:")
    card_data = CardData.from_model("child", odd_model(), base_model=name, base_model_revision=revision)
    folder = write_repository(tmp_path / "child", odd_model(), tokenizer, card_data)
    data = ModelCard.load(folder / "README.md").data
    assert data.base_model is None and data.to_dict()["base_model_name"] == name, (
        "a bare name is not a link on the hub"
    )
    assert lineage(folder) == [(str(folder), None), end]
    commit = push_repository(folder, "ann/child").commit
    assert lineage("ann/child") == [("ann/child", commit), end]
    next_facts = replace(card_data, base_model="ann/child", base_model_revision=commit)
    grandchild = write_repository(tmp_path / "grandchild", odd_model(), tokenizer, next_facts)
    assert lineage(grandchild) == [(str(grandchild), None), ("ann/child", commit), end]


def test_cards_from_before_and_of_other_packages_lead_to_it_too(tmp_path: Path):
    """A card without the key, one with another hash, and names that must lead nowhere."""
    name, digest = embedded.DEFAULT_BASE, f"sha256:{'ab' * 32}"
    (tmp_path / "README.md").write_text(
        f"---\ntags: []\n---\n\n## Lineage\n\nFine-tuned from `{name}`, revision `{digest}`.\n"
    )
    assert lineage(tmp_path) == [(str(tmp_path), None), (name, digest)]
    for text in (
        "base_model_name: ../generic",
        "base_model_name: nowhere",
        "base_model_name: [1]",
        "base_model: gpt2",
    ):
        (tmp_path / "README.md").write_text(f"---\n{text}\n---\n\nFine-tuned from `nowhere`.\n")
        assert lineage(tmp_path) == [(str(tmp_path), None)], text
