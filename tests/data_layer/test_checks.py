"""What spoils training or scores is found, with numbers and a cure."""

from modeling_bilstm_nlu.data import (
    Domain,
    SlotCatalog,
    SlotSpan,
    Utterance,
    check_domain,
    drop_leaked,
    drop_unseen,
)

SONG = (SlotSpan("song", 5, 10),)


def messy():
    return Domain.from_utterances(
        "messy",
        {
            "train": [
                *[Utterance(f"play song {n}", "play", (SlotSpan("song", 10, 11),)) for n in range(8)],
                Utterance("play hello", "play", SONG),
                Utterance("Play  Hello", "greet", ()),
                Utterance("stop", "stop"),
                Utterance("stop", "stop"),
            ],
            "validation": [Utterance("STOP", "stop"), Utterance("halt", "stop")],
            "test": [Utterance("fly", "fly", (SlotSpan("wing", 0, 3),)), Utterance("halt", "stop")],
        },
        catalogs={"song": SlotCatalog("song", {"hello": ()}), "genre": SlotCatalog("genre", {"jazz": ()})},
        dropped={"blank samples": 2},
    )


def test_every_fault_is_found_with_its_number():
    report = check_domain(messy())
    found = {finding.kind: finding for finding in report.findings}
    assert {kind: finding.count for kind, finding in found.items()} == {
        "unseen labels": 2,
        "leakage": 2,
        "label conflicts": 1,
        "duplicates": 1,
        "rare intents": 2,
        "unused slot types": 1,
        "lost on reading": 2,
    }
    assert report.findings[0].kind == "unseen labels" and not report.is_clean
    assert found["unseen labels"].examples == ("test: intent fly", "test: slot type wing")
    assert found["rare intents"].examples == ("greet: 1", "stop: 2")
    assert found["unused slot types"].examples == ("genre",)
    assert "play {'song': 'hello'} or greet {}" in found["label conflicts"].examples[0]
    assert all(finding.cure for finding in report.findings)
    assert report.counts["train"] == {
        "utterances": 12,
        "distinct_texts": 10,
        "intents": 3,
        "slot_types": 1,
        "slots": 9,
    }


def test_the_report_reads_as_text():
    text = str(check_domain(messy()))
    assert text.startswith("domain messy\n  train: 12 utterances, 10 distinct texts")
    assert "ERROR: 2 labels occur outside training only" in text and "checks.drop_unseen" in text


def test_the_cures_cure():
    domain = drop_leaked(drop_unseen(messy()))
    assert domain.dropped == {
        "blank samples": 2,
        "utterances with labels that training never saw": 1,
        "utterances whose text stands in an earlier split": 2,
    }
    assert domain.splits.num_rows == {"train": 12, "validation": 1}
    kinds = {finding.kind for finding in check_domain(domain, min_examples=1).findings}
    assert kinds == {"label conflicts", "duplicates", "unused slot types", "lost on reading"}


def test_one_intent_says_nothing():
    domain = Domain.from_utterances("one", {"train": [Utterance(f"play {n}", "play") for n in range(9)]})
    (finding,) = check_domain(domain).findings
    assert finding.kind == "single intent" and drop_leaked(domain).dropped == {}
