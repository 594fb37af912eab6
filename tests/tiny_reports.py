"""A tiny checkpoint and data with its labels, for the tests of reports and of the commands that print them."""

import json
from pathlib import Path

import pytest
from tiny_models import INTENTS, TEXTS, save


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a checkpoint that decides, with random weights."""
    folder = tmp_path_factory.mktemp("tiny") / "model"
    save("decision", folder)
    return folder


@pytest.fixture(scope="session")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of 48 utterances with intents and slots; the model knows all but one intent."""
    path = tmp_path_factory.mktemp("rows") / "rooms.jsonl"
    lines = []
    for number in range(48):
        text = f"{TEXTS[number % 5]} number {number}"
        spans = [{"slot_type": "genre", "start": 0, "end": len(text.split()[0])}] if number % 3 else []
        intent = "sing" if number == 7 else INTENTS[number % 4]
        lines.append(json.dumps({"text": text, "intent": intent, "spans": spans}) + "\n")
    path.write_text("".join(lines), encoding="utf-8")
    return path
