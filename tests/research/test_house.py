"""What is measured of the house: the quick parts."""

from pathlib import Path

import pytest

from research.house import PARTS, help_texts, measure, prose_of

ROOT = Path(__file__).resolve().parents[2]


def test_prose_is_sentences_alone():
    page = "# Title\n\nRead [this](x.md) `first`:\n\n```\ncode\n```\n\n- one\n- two\n  lines\n\n| a | b |\n"
    assert prose_of(page) == "Read this first.\none.\ntwo lines."


def test_the_help_of_every_command_is_read():
    texts = help_texts(ROOT)
    assert (
        any("hub" in text for text in texts)
        and len(texts) > 80
        and all(text.endswith((".", "!", "?")) for text in texts)
    )


def test_lines_and_rooms():
    found = measure(["readme", "rooms"], ROOT)
    assert found["rooms.upward_imports"]["value"] == 0
    assert found["readme.lines"]["value"] <= 150


def test_an_unknown_part_is_refused():
    with pytest.raises(KeyError, match="cellar"):
        measure(["cellar"], ROOT)
    assert {"install", "start"} < PARTS.keys()
