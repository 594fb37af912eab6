"""The cards of released checkpoints: each is written again from the data next to it and compared."""

import re
from pathlib import Path

import pytest
from odd_checkpoints import ROOT
from test_card import FACTS
from test_scripts import run

from modeling_bilstm_nlu import NluError
from modeling_bilstm_nlu.hub import CardData, pull, push_repository, render_card, write_repository
from modeling_bilstm_nlu.hub.card_data_file import read_card_data, write_card_data
from modeling_bilstm_nlu.hub.refresh import gather_card_data, release_card

CARDS = ROOT / "model_cards"


def check_cards(folder: Path) -> list[str]:
    """Make sure that every card of a folder is what its data says; returns their names."""
    cards = {path.stem for path in folder.glob("*.md")} - {"README"}
    assert cards == {path.stem for path in folder.glob("*.json")}, "a card without its data, or data without a card"
    for name in cards:
        card_data = read_card_data(folder / f"{name}.json")
        assert card_data is not None and card_data.model_name.rpartition("/")[2] == name
        again = f"`python scripts/release_card.py {folder.name}/{name}.json --into {folder.name}` writes it again"
        assert (folder / f"{name}.md").read_text(encoding="utf-8") == render_card(card_data), again
    return sorted(cards)


def test_every_released_card_is_what_its_facts_say():
    check_cards(CARDS)
    assert "python scripts/release_card.py" in (CARDS / "README.md").read_text(encoding="utf-8")


def test_a_card_that_was_edited_or_lacks_its_facts_is_found(tmp_path: Path):
    write_card_data(tmp_path / "card.json", FACTS)
    card = release_card(tmp_path / "card.json", tmp_path / "cards")
    assert check_cards(tmp_path / "cards") == ["bilstm-nlu-home"]
    text = card.read_text()
    card.write_text(text.replace("0.9800", "0.9900"))
    with pytest.raises(AssertionError, match="release_card.py cards/bilstm-nlu-home.json"):
        check_cards(tmp_path / "cards")
    release_card(tmp_path / "cards" / "bilstm-nlu-home.json", tmp_path / "cards")
    assert card.read_text() == text
    (tmp_path / "cards" / "bilstm-nlu-home.json").unlink()
    with pytest.raises(AssertionError, match="a card without its data"):
        check_cards(tmp_path / "cards")


def test_a_checkpoint_is_released_by_one_command(at_hub, model, tokenizer, tmp_path: Path):
    card_data = CardData.from_model(
        "odd", model, tokenizer, metrics=FACTS.metrics, learning_curve=FACTS.learning_curve
    )
    folder = write_repository(tmp_path / "odd", model, tokenizer, card_data)
    push_repository(folder, "ann/released")

    def release(*words: str) -> str:
        result = run("release_card", *words, "--into", str(tmp_path / "cards"))
        assert result.exit_code == 0, result.output
        return result.output

    said = release("ann/released")
    assert said == f"written: {tmp_path}/cards/released.md, and its data in {tmp_path}/cards/released.json\n"
    release(str(folder), "--name", "acme/other-name")
    assert check_cards(tmp_path / "cards") == ["other-name", "released"]
    card = (tmp_path / "cards" / "released.md").read_text()
    pushed = (pull("ann/released").folder / "README.md").read_text()
    assert re.sub(r"!\[errors.*\n\n", "", pushed) == card, "the picture alone is not there"
    assert '(model="acme/other-name", ' in (tmp_path / "cards" / "other-name.md").read_text()


@pytest.mark.parametrize("name", ["README", "a b", "", ".hidden", ".."])
def test_a_name_that_is_none_for_a_file_is_refused(name: str, tmp_path: Path):
    write_card_data(tmp_path / "card.json", FACTS)
    with pytest.raises(NluError, match="owner/name"):
        release_card(tmp_path / "card.json", tmp_path / "cards", repo_id=f"acme/{name}")
    assert not (tmp_path / "cards").exists()


def test_no_name_leads_out_of_the_folder(tmp_path: Path):
    write_card_data(tmp_path / "card.json", FACTS)
    assert release_card(tmp_path / "card.json", tmp_path / "cards", repo_id="../../x") == tmp_path / "cards" / "x.md"


def test_what_cannot_be_released_is_one_line(tmp_path: Path):
    for given, message in [("nowhere", "nowhere"), (str(tmp_path), "config.json")]:
        with pytest.raises(NluError, match=message) as raised:
            gather_card_data(given)
        assert "\n" not in str(raised.value)
