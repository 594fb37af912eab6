"""Tables: columns by name, number or look, delimiters and quotes, inline marks, and the way back."""

from pathlib import Path

import pytest
from domain_strategies import is_visible
from hypothesis import given, settings
from hypothesis import strategies as st

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data import Domain, SlotCatalog, SlotSpan, Utterance, load_domain, read
from modeling_bilstm_nlu.data.drop_reasons import DropReason
from modeling_bilstm_nlu.data.formats.registry import format_for
from modeling_bilstm_nlu.data.formats.table.writer import write_table

TINY = Path(__file__).parents[2] / "samples" / "table_tiny"


def table(tmp_path, content, name="a.csv", **options):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read(path, "table", **options)


def pairs(raw):
    return [(row.text, row.intent) for row in raw.splits.get("train", ())]


def test_the_tiny_folder():
    assert format_for(TINY).name == "table"
    raw = read(TINY)
    assert raw.splits == {
        "train": [
            Utterance("play jazz, please", "play", (SlotSpan("genre", 5, 9),), domain="music"),
            Utterance("stop", "stop", (), domain="music"),
            Utterance('say "hi there"', None, (), domain="social"),
        ],
        "test": [Utterance("play old blues", "play", (SlotSpan("genre", 5, 14),))],
    }
    assert (raw.name, raw.dropped) == ("table_tiny", {DropReason.EMPTY_CELLS_OF_INTENTS: 1})


@pytest.mark.parametrize(
    "content",
    [
        "text,intent\ngo on,a\nstop,b\n",
        "intent;text\na;go on\nb;stop\n",
        "text|notes|label\ngo on|x, y|a\nstop||b\n",
        "\ufeffID\tSentence\tclass\r\n1\tgo on\ta\r\n2\tstop\tb\r\n",
        "text\tintent\r\ngo on\ta\r\nstop\tb\r\n".encode("utf-16"),
        "sep=;\ntext;intent\ngo on;a\nstop;b\n",
        'text, intent\n"go on", a\n"stop", b\n',
        "text,intent,\ngo on,a,\nstop,b,,\n\n,,\n",
        "text,intent\rgo on,a\rstop,b\r",
    ],
)
def test_delimiters_encodings_and_columns(tmp_path, content):
    raw = table(tmp_path, content)
    assert pairs(raw) == [("go on", "a"), ("stop", "b")]
    assert raw.splits["train"][0].spans is None  # nobody annotated slots
    assert format_for(tmp_path / "a.csv").name == "table"


def test_columns_by_name_and_number(tmp_path):
    content = "what,Intent,fold,text\nhello  you,greet,dev,x\nbye,,test,y\n"
    raw = table(tmp_path, content, text_column="WHAT", split_column="fold")
    assert raw.splits == {
        "validation": [Utterance("hello you", "greet", None)],
        "test": [Utterance("bye", None, None)],
    }
    assert pairs(table(tmp_path, content, text_column=1, intent_column="")) == [("hello you", None), ("bye", None)]
    assert pairs(table(tmp_path, content, text_column="4", intent_column=3)) == [("x", "dev"), ("y", "test")]


def test_tables_without_a_header(tmp_path):
    content = "turn on,light_on\nlights please,light_on\nstop,off\n"
    expected = [("turn on", "light_on"), ("lights please", "light_on"), ("stop", "off")]
    assert pairs(table(tmp_path, content)) == expected  # the first label comes again, so it is no name
    assert format_for(tmp_path / "a.csv").name == "table"
    turned = "".join(",".join(reversed(line.split(","))) + "\n" for line in content.splitlines())
    assert pairs(table(tmp_path, turned)) == expected
    unsure = "turn on,light_on\nstop,off\n"
    with pytest.raises(DataError, match="text_column=NAME.*header=false"):
        table(tmp_path, unsure)
    with pytest.raises(DataError, match="reader"):
        format_for(tmp_path / "a.csv")
    assert pairs(table(tmp_path, unsure, header=False)) == [("turn on", "light_on"), ("stop", "off")]
    assert pairs(table(tmp_path, "a,b c,d\n", header=False, text_column=2, intent_column=1)) == [("b c", "a")]
    assert pairs(table(tmp_path, "go\nstop\n", header=False)) == [("go", None), ("stop", None)]


def test_slots_in_a_column(tmp_path):
    content = (
        "text,spans\n"
        '"from  rome to rome","[{""slot_type"": ""to"", ""start"": 11, ""end"": 15}]"\n'
        '"from rome to rome","{""from"": ""rome"", ""to"": [""rome""]}"\n'
        "stop,\n"
        "go,[]\n"
    )
    assert [row.spans for row in table(tmp_path, content).splits["train"]] == [
        (SlotSpan("to", 10, 14),),
        (SlotSpan("from", 5, 9), SlotSpan("to", 13, 17)),
        (),
        (),
    ]


def test_when_brackets_are_marks(tmp_path):
    content = "text,intent\nsee [a](b),x\nsee [1],x\n"
    found = [(row.text, row.spans) for row in table(tmp_path, content).splits["train"]]
    assert found == [("see a", (SlotSpan("b", 4, 5),)), ("see [1]", ())]
    found = [(row.text, row.spans) for row in table(tmp_path, content, marks=False).splits["train"]]
    assert found == [("see [a](b)", None), ("see [1]", None)]
    assert [r.spans for r in table(tmp_path, "text,intent\ngo,x\n", marks=True).splits["train"]] == [()]
    assert [r.spans for r in table(tmp_path, "annotated,intent\ngo,x\n").splits["train"]] == [()]


def test_what_a_table_leaves_open_is_counted(tmp_path):
    content = "text,intent\nplay [jazz](genre),x\nplay [jazz] (genre), \nplay [jazz](genre,\nsee [1],x\n"
    broken = DropReason.BRACKETS_THAT_ARE_NO_MARKS
    blank = DropReason.EMPTY_CELLS_OF_INTENTS
    raw = table(tmp_path, content)
    assert raw.dropped == {broken: 2, blank: 2}
    assert pairs(raw)[1:3] == [("play [jazz] (genre)", None), ("play [jazz](genre", None)]
    assert table(tmp_path, content, marks=False).dropped == {blank: 2}
    assert table(tmp_path, content, intent_column="").dropped == {broken: 2}


@pytest.mark.parametrize(
    "content, line, message",
    [
        ("text,intent\ngo,x\ngo, on,x\n", 3, "3 cells.*2"),
        ("text,intent\ngo\n", 2, "1 cell.*2"),
        ("text,intent\n,x\n", 2, "blank"),
        ('text,intent\ngo,x\n"stop,x\nand,x\n', 3, "quote.*line 4"),
        ('text,intent\n"go" on,x\n', 2, "cells"),
        ('text,intent\n"' + 30 * "go\n" + '",x\n', 2, "31 lines"),
        ('text,intent\n"' + 200_000 * "o" + '",x\n', 2, "line 2"),
        ("text,intent\ngo,x\nst\0op,x\n", 3, "NUL"),
        (b"text,intent\ngo,x\ncaf\xe9,x\n", 3, "0xe9.*UTF-8"),
        ("text,split\ngo,half\n", 2, "'half'"),
        ("text,intent\n[](a),x\n", 2, "value"),
        ('text,slots\ngo,"{""a"": ""stop""}"\n', 2, "'stop'.*'go'"),
        ('text,slots\ngo,"{""a"": 1}"\n', 2, "'a'.* 1"),
        ("text,slots\ngo,a=go\n", 2, "slots.*JSON"),
        ('text,slots\n[go](a),"[{""slot"": ""a"", ""start"": 0, ""end"": 2}]"\n', 2, "slots"),
    ],
)
def test_broken_rows_are_named(tmp_path, content, line, message):
    with pytest.raises(DataError, match=message) as caught:
        table(tmp_path, content, on_error="raise")
    assert f"a.csv, line {line}: " in str(caught.value)
    is_whole_file = any(word in str(caught.value) for word in ("quote", "NUL", "utf-8"))
    if not is_whole_file:
        assert table(tmp_path, content, on_error="drop").dropped == {DropReason.BROKEN_RECORDS: 1}


@pytest.mark.parametrize(
    "options, message",
    [
        ({"text_column": "what"}, "'what'.*text, intent"),
        ({"intent_column": 3}, "column 3"),
        ({"text_column": ""}, "column"),
        ({"header": False, "text_column": "text"}, "2 columns"),
        ({"delimiter": ", "}, "delimiter"),
        ({"encoding": "utf-99"}, "'utf-99'"),
        ({"encoding": "rot13"}, "'rot13'"),
    ],
)
def test_options_that_do_not_fit(tmp_path, options, message):
    with pytest.raises(DataError, match=message):
        table(tmp_path, "text,intent\ngo,x\n", **options)


def test_quotes_and_encodings_by_option(tmp_path):
    content = 'text\tintent\n"go" on\tx\n'
    assert pairs(table(tmp_path, content, "a.tsv", quotes=False)) == [('"go" on', "x")]
    assert pairs(table(tmp_path, "text,intent\ncafé,x\n".encode("cp1252"), encoding="cp1252")) == [("café", "x")]
    with pytest.raises(DataError, match="'a'"):
        table(tmp_path, "a,a\nx,y\n", text_column="a")


def test_files_without_utterances(tmp_path):
    assert table(tmp_path, "text,intent\n").splits == {}
    assert table(tmp_path, "").splits == {}
    (tmp_path / "none").mkdir()
    with pytest.raises(DataError, match="train.csv.*train.tsv"):
        read(tmp_path / "none", "table")


names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=6).map(
    lambda name: " ".join(name.split())
)
names = names.filter(is_visible)


@st.composite
def utterances(draw):
    sign = st.sampled_from('[]()\\",\n\t ab') | st.characters(exclude_categories=["Cs"], exclude_characters="\0")
    text = " ".join(draw(st.text(sign, min_size=1, max_size=16)).split()) or "x"
    edges = sorted(draw(st.lists(st.integers(0, len(text)), unique=True, max_size=6)))
    spans = []
    for start, end in zip(edges[::2], edges[1::2], strict=False):
        if text[start] != " " != text[end - 1]:
            spans.append(SlotSpan(draw(names), start, end))
    return Utterance(text, draw(st.none() | names), tuple(spans), draw(st.none() | names), draw(st.none() | names))


@settings(max_examples=40)
@given(
    st.lists(utterances(), min_size=1, max_size=4),
    st.lists(utterances(), max_size=2),
    st.sampled_from([".csv", ".tsv"]),
)
def test_what_is_written_is_read_back(tmp_path_factory, train, test, suffix):
    path = tmp_path_factory.mktemp("round") / f"a{suffix}"
    splits = {"train": train, "test": test} if test else {"train": train}
    assert write_table(path, Domain.from_utterances("a", splits)) == {}
    assert read(path).splits == splits


def test_slots_that_nobody_annotated_stay_so(tmp_path):
    rows = [Utterance("see [a](b)", "x", None), Utterance("stop", "y", None)]
    assert write_table(tmp_path / "a.csv", Domain.from_utterances("a", {"train": rows})) == {}
    assert read(tmp_path / "a.csv").splits["train"] == rows


def test_what_a_table_cannot_say_is_counted(tmp_path):
    rows = [
        Utterance("go\n on", " a  b", (SlotSpan("x", 2, 4),)),
        Utterance("stop", None, None),
        Utterance("n\0l", "c"),
    ]
    domain = Domain.from_utterances("a", {"train": rows}, catalogs={"x": SlotCatalog("x", {"go": ()})})
    assert write_table(tmp_path / "a.tsv", domain) == {
        DropReason.SLOT_CATALOGS: 1,
        DropReason.TEXT_SPACES_JOINED: 1,
        DropReason.LABEL_SPACES_JOINED: 1,
        DropReason.BLANK_SLOTS: 1,
        DropReason.SLOTS_NOT_ANNOTATED_IN_TABLES: 1,
        DropReason.UTTERANCES_WITH_NUL_CHARACTERS: 1,
    }
    assert read(tmp_path / "a.tsv").splits["train"] == [Utterance("go on", "a b"), Utterance("stop")]
    with pytest.raises(DataError, match=r"\.csv.*\.tsv"):
        write_table(tmp_path / "a.xlsx", domain)


def test_public_corpora_can_be_read_as_tables(shared_dir):
    banking = read(shared_dir / "data" / "banking77", "table")
    assert {split: len(rows) for split, rows in banking.splits.items()} == {"train": 10_003, "test": 3_080}
    assert len({row.intent for row in banking.splits["train"]}) == 77
    assert all(row.spans is None and "\n" not in row.text for row in banking.splits["train"])
    hint3 = shared_dir / "data" / "hint3" / "v2"
    counts = {"curekart": (599, 28, 991), "powerplay11": (471, 57, 983), "sofmattress": (328, 21, 397)}
    for bot, (num_train, num_intents, num_test) in counts.items():
        train = read(hint3 / "train" / f"{bot}_train.csv.gz", "table").splits["train"]
        assert (len(train), len({row.intent for row in train})) == (num_train, num_intents)
        assert len(read(hint3 / "test" / f"{bot}_test.csv.gz", "table").splits["train"]) == num_test
    assert load_domain(shared_dir / "data" / "banking77", format="table").spec.slot_types == ()


def test_names_of_columns(tmp_path):
    content = "Sentence,Label,intents,note\ngo,a,b,x\nstop,c,,\n"
    raw = table(tmp_path, content)
    assert pairs(raw) == [("go", "a"), ("stop", "c")]
    assert sorted(raw.dropped.values()) == [1, 1] and "'intents'" in min(raw.dropped) and "'note'" in max(raw.dropped)
    assert pairs(table(tmp_path, content, intent_column="Intents")) == [("go", "b"), ("stop", None)]
    for header, option in (
        ("text,class,category", "'class', 'category'.*intent_column"),
        ("query,sentence,intent", "'query', 'sentence'.*text_column"),
        ("text,Intent,intent", "'Intent', 'intent'.*intent_column"),
    ):
        with pytest.raises(DataError, match=option) as caught:
            table(tmp_path, f"{header}\ngo,a,b\n")
        assert "a.csv: " in str(caught.value)
    labels = 'text,labels\nto rome,"[[3, 7, ""city""]]"\nstop,[]\n'
    assert [row.spans for row in table(tmp_path, labels).splits["train"]] == [(SlotSpan("city", 3, 7),), ()]
    assert pairs(table(tmp_path, "text,labels\ngo,a\n")) == [("go", "a")]


def test_a_table_without_a_known_column_of_labels(tmp_path):
    with pytest.raises(DataError, match="'goal', 'note'.*intent_column") as caught:
        table(tmp_path, "text,goal,note\ngo,a,x\n")
    assert "a.csv" in str(caught.value)
    assert pairs(table(tmp_path, "text,goal\ngo,a\n", intent_column="")) == [("go", None)]
    assert pairs(table(tmp_path, "text\ngo\n")) == [("go", None)]
    assert table(tmp_path, "text,goal\n[go](a),a\n").splits["train"] == [Utterance("go", None, (SlotSpan("a", 0, 2),))]
