"""Texts worth annotating: what is chosen, what is put together, and that training reads the table back."""

import csv
from pathlib import Path

import pytest

from modeling_bilstm_nlu.data.loading import load_domain
from modeling_bilstm_nlu.data.schema import SlotSpan
from modeling_bilstm_nlu.hub.embedded import DEFAULT_BASE
from modeling_bilstm_nlu.hub.load import load_checkpoint
from modeling_bilstm_nlu.training.suggesting import Suggestion, cluster, worth_annotating


def frame(text: str) -> dict:
    """Rejects texts with "weather", is unsure of "maybe", and sure of all others."""
    accepted = "weather" not in text
    score = 0.1 if not accepted else 0.6 if "maybe" in text else 0.9
    return {
        "accepted": accepted,
        "score": score,
        "intent": "play" if accepted else None,
        "intents": [{"intent": "play", "score": score}, {"intent": "stop", "score": 0.0}],
        "slots": [{"slot_type": "song", "start": 0, "end": 5}] if accepted else [],
    }


def frames_of(texts: list[str]) -> list[dict]:
    return list(map(frame, texts))


def test_rejected_and_unsure_texts_are_listed_and_counted_once():
    said = ["Weather today?", "weather today", "weather  today", "maybe jazz", "play jazz", " ", "weather in rome"]
    found, num_texts, num_different = worth_annotating(said, frames_of, unsure=0.8)
    assert (num_texts, num_different) == (6, 4)
    assert [(one.text, one.times) for one in found] == [
        ("weather today", 3),
        ("weather in rome", 1),
        ("maybe jazz", 1),
    ]
    assert {one.guess for one in found} == {"play"} and [one.accepted for one in found] == [False, False, True]
    assert found[2].spans == (SlotSpan("song", 0, 5),)
    assert worth_annotating(said, frames_of, unsure=0.0)[0] == found[:2]


def test_similar_texts_are_put_together_and_named():
    cards = [f"has my credit card {what} yet" for what in ("arrived", "been approved", "been sent")]
    coins = [f"{how} flip a coin" for how in ("please", "can you", "now")]
    texts = [*zip(cards, (1, 2, 1), strict=True), *zip(coins, (5, 1, 1), strict=True)]
    suggestions = [Suggestion(text, times, False, 0.1, "play") for text, times in texts]
    clusters = cluster(suggestions, *load_checkpoint(DEFAULT_BASE))
    assert [sorted(one.text for one in found.suggestions) for found in clusters] == [sorted(coins), sorted(cards)]
    assert [found.times for found in clusters] == [7, 4]
    assert "coin" in clusters[0].name and "card" in clusters[1].name
    alone = cluster(suggestions[:1], *load_checkpoint(DEFAULT_BASE))
    assert [one.suggestions for one in alone] == [suggestions[:1]]


@pytest.mark.parametrize("text", ["what [is](this) [here]", "=1+1 please", "a \\ b", "- stop"])
def test_training_reads_the_texts_back(tmp_path: Path, text: str):
    row = Suggestion(text, 1, True, 0.5, "play", (SlotSpan("song", 0, 1),)).as_row("a cluster")
    assert row["marked_text"][0] not in "=+-@" and row["why"] == "unsure" and row["guess"].startswith("play: ")
    path = tmp_path / "suggestions.csv"
    with path.open("w", newline="") as file:
        table = csv.DictWriter(file, list(row))
        table.writeheader()
        table.writerows([{**row, "intent": "play"}, {**row, "marked_text": "and more", "intent": ""}])
    plain = load_domain("smart_garden")
    domain = load_domain("smart_garden", more=[path])
    assert set(domain.spec.intents) == {*plain.spec.intents, "play"}
    texts = {row.text for split in domain.splits for row in domain.utterances(split)}
    assert " ".join(text.split()) in texts and "and more" not in texts
    assert sum(number for reason, number in domain.dropped.items() if str(path) in reason) == 1
    assert not any("which is not read" in reason or "empty" in reason for reason in domain.dropped)


def test_brackets_that_are_not_annotations_are_named_with_their_lines(tmp_path: Path, caplog):
    path = tmp_path / "more.csv"
    wrong = ["play [jazz (genre)", "play [rock] (genre)", "play pop](genre)", "stop [the] (song)"]
    rows = ["play [blues](genre),play", *(f"{text},play" for text in wrong)]
    path.write_text("\n".join(["marked_text,intent", *rows]) + "\n")
    domain = load_domain("smart_garden", more=[path])
    assert sum(number for reason, number in domain.dropped.items() if "brackets" in reason) >= 3
    named = [record.message for record in caplog.records if "more.csv" in record.message]
    assert any(f"{path}, line 4: " in message and "[value](slot)" in message for message in named)
    assert len([message for message in named if ", line " in message]) == 3 and named[-1].startswith(f"{path}: 1 more")
