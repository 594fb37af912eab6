"""CoNLL columns are written so that reading restores text, slots and labels, or says what it cannot."""

import tempfile
from pathlib import Path

from domain_strategies import domains, plain_labels, utterances
from hypothesis import given, settings

from modeling_bilstm_nlu.data import Domain, SlotCatalog, SlotSpan, Utterance, read, write_domain
from modeling_bilstm_nlu.data.drop_reasons import DropReason


def written(*rows: Utterance, **more) -> tuple[str, dict[str, int], list[Utterance]]:
    """The file of some training utterances, what was lost, and what is read back."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.conll"
        lost = write_domain(Domain.from_utterances("a", {"train": rows}, **more), path)
        return path.read_text(encoding="utf-8"), lost, read(path).splits.get("train", [])


def test_words_are_those_of_the_network():
    row = Utterance("What's up, Zoë?", "greet", (SlotSpan("name", 11, 14),), "g: {}", "talk")
    text, lost, back = written(row, Utterance("play it", None, (SlotSpan("song-name", 5, 7),)))
    assert text == (
        "# intent: greet\n# domain: talk\n# group: g: {}\n# text = What's up, Zoë?\n"
        "What\tO\n's\tO\nup\tO\n,\tO\nZoë\tB-name\n?\tO\n\n"
        "play\tO\nit\tB-song-name\n\n"
    )
    assert lost == {} and back[0] == row and back[1].text == "play it"


def test_what_columns_cannot_say_is_counted():
    rows = [
        Utterance("set 70degrees", "x", (SlotSpan("number", 4, 5),)),  # 70 is a word: 7 is cut
        Utterance("ab", "x", (SlotSpan("l", 0, 1), SlotSpan("l", 1, 2))),
        Utterance("two\nlines ", " x\n y ", None),
        Utterance("\x1c \u00a0a"),
    ]
    text, lost, back = written(*rows, catalogs={"l": SlotCatalog("l", {"a": ()})})
    assert lost == {
        DropReason.SLOTS_WIDENED: 2,
        DropReason.SLOTS_THAT_MET_WHEN_WIDENED: 1,
        DropReason.SLOTS_NOT_ANNOTATED: 1,
        DropReason.LABEL_SPACES_CHANGED: 1,
        DropReason.TEXT_SPACES_CHANGED: 2,
        DropReason.SLOT_CATALOGS_IN_CONLL: 1,
    }
    assert [(row.text, row.intent, row.spans) for row in back] == [
        ("set 70degrees", "x", (("number", 4, 6),)),
        ("ab", "x", (("l", 0, 2),)),
        ("two lines", "x y", ()),
        ("a", None, ()),
    ]


def test_a_folder_keeps_the_splits_apart_and_a_file_counts_them(tmp_path):
    domain = Domain.from_utterances("a", {"train": [Utterance("a b")], "test": [Utterance("c d")]})
    assert write_domain(domain, tmp_path / "folder", "conll") == {}
    assert sorted(path.name for path in (tmp_path / "folder").iterdir()) == ["test.conll", "train.conll"]
    assert read(tmp_path / "folder").splits["test"][0].text == "c d"
    (reason,) = write_domain(domain, tmp_path / "all.bio")
    assert reason == DropReason.SPLITS_IN_ONE_FILE
    assert [row.text for row in read(tmp_path / "all.bio").splits["train"]] == ["a b", "c d"]


def test_a_text_comment_that_does_not_fit_is_passed_over(tmp_path):
    path = tmp_path / "a.conll"
    path.write_text("# text = Luigi's!\nLuigi B-name\n's I-name\n\n# text = so it is\nso O\nit B-x\n")
    raw = read(path)
    assert [row.text for row in raw.splits["train"]] == ["Luigi 's", "so it"]
    assert raw.dropped == {DropReason.TEXT_COMMENTS_UNLIKE_THEIR_TOKENS: 2}


@settings(max_examples=40)
@given(domains(utterances(plain_labels, on_word_edges=True)))
def test_round_trip(domain):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "out"
        lost = write_domain(domain, path, "conll")
        raw = read(path, "conll")
    assert not any("cut a word" in reason or "white space was" in reason for reason in lost)
    for split in domain.splits:
        rows = [row for row in domain.utterances(split)]
        assert len(raw.splits[split]) == len(rows)
        for row, back in zip(rows, raw.splits[split], strict=True):
            assert (back.intent, back.group, back.domain) == (row.intent, row.group, row.domain)
            assert values(back) == values(row)
            if row.text == row.text.strip() and not set(row.text) & set("\t\n\r"):
                assert (back.text, back.spans) == (row.text, row.spans or ())


@settings(max_examples=40)
@given(domains())
def test_nothing_breaks_the_columns(domain):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "out"
        lost = write_domain(domain, path, "conll")
        raw = read(path, "conll")
    num_wordless = lost.get(DropReason.UTTERANCES_WITHOUT_A_WORD, 0)
    assert sum(map(len, raw.splits.values())) == sum(domain.splits.num_rows.values()) - num_wordless
    assert raw.dropped == {}


def values(row: Utterance) -> list[tuple[str, str]]:
    return [(slot_type, "".join(row.text[start:end].split())) for slot_type, start, end in row.spans or ()]
