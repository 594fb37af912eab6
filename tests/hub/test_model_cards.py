"""The cards of released checkpoints: each is written again from the facts beside it and compared."""

import re
from pathlib import Path

import pytest
from odd_checkpoints import ROOT
from test_card import FACTS
from typer.testing import CliRunner

from bilstm_nlu.cli.main import app
from modeling_bilstm_nlu import NluError
from modeling_bilstm_nlu.hub import CardFacts, pull, push_repository, render_card, write_repository
from modeling_bilstm_nlu.hub.facts_file import read_facts, write_facts
from modeling_bilstm_nlu.hub.renew import gather_facts, release_card

CARDS = ROOT / "model_cards"


def check_cards(folder: Path) -> list[str]:
    """Make sure that every card of a folder is what its facts say; returns their names."""
    cards = {path.stem for path in folder.glob("*.md")} - {"README"}
    assert cards == {path.stem for path in folder.glob("*.json")}, "a card without its facts, or facts without a card"
    for name in cards:
        facts = read_facts(folder / f"{name}.json")
        assert facts is not None and facts.model_name.rpartition("/")[2] == name
        again = f"`bilstm-nlu card {folder.name}/{name}.json --release {folder.name}` writes it again"
        assert (folder / f"{name}.md").read_text(encoding="utf-8") == render_card(facts), again
    return sorted(cards)


def test_every_released_card_is_what_its_facts_say():
    check_cards(CARDS)
    command = re.search(r"^bilstm-nlu (card .*)$", (CARDS / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert command is not None and "--release model_cards" in command[1]


def test_a_card_that_was_edited_or_lacks_its_facts_is_found(tmp_path: Path):
    write_facts(tmp_path / "facts.json", FACTS)
    card = release_card(tmp_path / "facts.json", tmp_path / "cards")
    assert check_cards(tmp_path / "cards") == ["bilstm-nlu-home"]
    text = card.read_text()
    card.write_text(text.replace("0.9800", "0.9900"))
    with pytest.raises(AssertionError, match="card cards/bilstm-nlu-home.json --release cards`"):
        check_cards(tmp_path / "cards")
    release_card(tmp_path / "cards" / "bilstm-nlu-home.json", tmp_path / "cards")
    assert card.read_text() == text
    (tmp_path / "cards" / "bilstm-nlu-home.json").unlink()
    with pytest.raises(AssertionError, match="facts"):
        check_cards(tmp_path / "cards")


def test_a_checkpoint_is_released_by_one_command(at_hub, model, tokenizer, tmp_path: Path):
    facts = CardFacts.from_model("odd", model, tokenizer, metrics=FACTS.metrics, learning_curve=FACTS.learning_curve)
    folder = write_repository(tmp_path / "odd", model, tokenizer, facts)
    push_repository(folder, "ann/released")

    def release(*words: str) -> str:
        run = CliRunner().invoke(app, ["card", *words, "--release", str(tmp_path / "cards")])
        assert run.exit_code == 0, run.output
        return run.output

    said = release("ann/released")
    assert said == f"written: {tmp_path}/cards/released.md, and its facts in {tmp_path}/cards/released.json\n"
    release(str(folder), "--name", "acme/other-name")
    assert check_cards(tmp_path / "cards") == ["other-name", "released"]
    card = (tmp_path / "cards" / "released.md").read_text()
    pushed = (pull("ann/released").folder / "README.md").read_text()
    assert re.sub(r"!\[errors.*\n\n", "", pushed) == card, "the picture alone is not there"
    assert '(model="acme/other-name", ' in (tmp_path / "cards" / "other-name.md").read_text()


@pytest.mark.parametrize("name", ["README", "a b", "", ".hidden", ".."])
def test_a_name_that_is_none_for_a_file_is_refused(name: str, tmp_path: Path):
    write_facts(tmp_path / "facts.json", FACTS)
    with pytest.raises(NluError, match="owner/name"):
        release_card(tmp_path / "facts.json", tmp_path / "cards", repo_id=f"acme/{name}")
    assert not (tmp_path / "cards").exists()


def test_no_name_leads_out_of_the_folder(tmp_path: Path):
    write_facts(tmp_path / "facts.json", FACTS)
    assert release_card(tmp_path / "facts.json", tmp_path / "cards", repo_id="../../x") == tmp_path / "cards" / "x.md"


def test_what_cannot_be_released_is_one_line(tmp_path: Path):
    for given, message in [("nowhere", "nowhere"), (str(tmp_path), "config.json")]:
        with pytest.raises(NluError, match=message) as raised:
            gather_facts(given)
        assert "\n" not in str(raised.value)
    for words in (["x", "--write", "--release", "y"], ["x", "--name", "a/b"]):
        assert words[1] in CliRunner().invoke(app, ["card", *words]).output
