"""Rasa NLU data: three notations, one project, catalogs out of lookup tables and synonyms."""

import gzip
import json
import shutil
from pathlib import Path

import pytest

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data import load_domain, read
from modeling_bilstm_nlu.data.drop_reasons import DropReason
from modeling_bilstm_nlu.data.formats.registry import format_for
from modeling_bilstm_nlu.data.formats.skills.rasa.annotations import parse_annotations
from modeling_bilstm_nlu.data.formats.skills.rasa.content import RasaContent

TINY = Path(__file__).parents[3] / "samples" / "rasa_tiny"


def found(raw):
    """Intent, text and slots of the train split."""
    return [
        (u.intent, u.text, [(s.slot_type, u.text[s.start : s.end]) for s in u.spans or ()])
        for u in raw.splits["train"]
    ]


def test_the_tiny_project():
    raw = read(TINY)
    assert found(raw) == [
        ("book_table", "a table for two at Luigi's", [("num_people", "two"), ("place", "Luigi's")]),
        ("book_table", "a table in the capital please", [("city", "the capital")]),
        ("book_table", "a table in berlin", [("city", "berlin")]),
        ("book_table", "-5 is [no] table", []),
        ("yes", "yes please", []),
        ("yes", "sure", []),
        ("faq", "what does it cost", []),
        ("travel", "from here to Rome", [("city#from", "here"), ("city#to", "Rome")]),
        ("book_table", "room for three", [("num_people", "three")]),
        ("book_table", "Rome", [("city", "Rome")]),
        ("book_room", "a room in the capital", [("city", "the capital")]),
        ("book_room", "room for 4", [("num_people", "4")]),
        ("book_room", "no entities", []),
    ]
    assert raw.dropped == {
        DropReason.LINES_WITHOUT_A_LEADING_DASH: 1,
        DropReason.BRACKETS_THAT_ARE_NO_MARKS: 1,
        DropReason.EXAMPLES_WITHOUT_A_TEXT: 1,
        DropReason.RESPONSE_KEYS: 1,
        DropReason.REGULAR_EXPRESSIONS: 3,
        DropReason.ITEMS_WITHOUT_EXAMPLES: 1,
        DropReason.REPEATED_EXAMPLES: 1,
        DropReason.UNKNOWN_HEADINGS: 1,
        DropReason.LINES_UNDER_UNKNOWN_HEADINGS: 1,
        DropReason.MISSING_LOOKUP_FILES: 2,
        DropReason.UNUSED_SYNONYMS: 1,
    }


def test_catalogs_of_the_tiny_project():
    catalogs = read(TINY).catalogs
    assert catalogs["num_people"].values == {"3": ("three",), "4": ("four",)}
    assert catalogs["place"].values == {"Luigi's": (), "Da Vinci": (), "Chez Paul": ()}
    assert catalogs["city"].values == {"Rome": (), "Berlin": ("the capital", "berlin", "Capital"), "New York": ()}
    assert catalogs["city#from"].values["Berlin"] == ("here", "Capital", "berlin")
    assert {label: catalog.type_name for label, catalog in catalogs.items() if catalog.type_name} == {
        "city#from": "city",
        "city#to": "city",
    }


def test_options():
    assert {"city"} == {
        slot for _, _, slots in found(read(TINY, roles=False)) for slot, _ in slots if slot.startswith("city")
    }
    raw = read(TINY, response_keys=True)
    assert ("faq/price", "what does it cost", []) in found(raw)
    assert DropReason.RESPONSE_KEYS not in raw.dropped


@pytest.mark.parametrize(
    "marked, text, marks, num_stray",
    [
        ("a [b](c) d", "a b d", [("c", 2, 3, None)], 0),
        ("[b](c:d e)[f](g)", "bf", [("c", 0, 1, "d e"), ("g", 1, 2, None)], 0),
        ('[b]{"entity": "c", "value": 3}', "b", [("c", 0, 1, "3")], 0),
        ('[b]{"entity": "c", "value": "}"}!', "b!", [("c", 0, 1, "}")], 0),
        ("[b] (c)", "[b] (c)", [], 1),
        ("[fedora]](caps)", "[fedora]](caps)", [], 1),
        ("(2)[number] 2[n]", "(2)[number] 2[n]", [], 2),
        ("[b](c [d](e)", "b", [("c [d](e", 0, 1, None)], 0),  # as Rasa reads it
        ("[a [b](c)", "a [b", [("c", 0, 4, None)], 0),
        ("[b](:c) [b](c:) [b]() [](c) [b](", "[b](:c) [b](c:) [b]() [](c) [b](", [], 4),
        ("[b]{} [b]{ [b]{x", "[b]{} [b]{ [b]{x", [], 3),
        ('[b][{"entity": "c"}, {"entity": "d"}] e', "b e", [("c", 0, 1, None)], 0),
        ('[b][{"entity": "c", "value": "]"}](f)', "b(f)", [("c", 0, 1, "]")], 0),
        ("[b][c] [d][](e)", "[b][c] [d][](e)", [], 3),
        ("]a[ b", "]a[ b", [], 0),
        ("[ ](c) [b](c)", "[ ](c) b", [("c", 7, 8, None)], 0),
    ],
)
def test_marks(marked, text, marks, num_stray):
    plain, parsed, stray = parse_annotations(marked)
    assert plain == text
    assert [(mark.entity, mark.start, mark.end, mark.value) for mark in parsed] == marks
    assert stray == num_stray


@pytest.mark.parametrize(
    "mark",
    [
        "{'entity': 'c'}",
        "{c}",
        '{"entity": 3}',
        '{"entity": " "}',
        '{"role": "c"}',
        '[{"entity": "c"}, {"role": "d"}]',
        '[{"entity": "c"}',
        "[{'entity': 'c'}]",
    ],
)
def test_marks_that_rasa_cannot_read_are_errors(tmp_path, mark):
    for name, text in {
        "nlu.yml": yaml_of("talk", "hi", f"a [b]{mark} d"),
        "nlu.md": f"## intent:talk\n- hi\n- a [b]{mark}",
    }.items():
        path = write(tmp_path / name, text)
        with pytest.raises(DataError) as caught:
            read(path, on_error="raise")
        number = 5 if name == "nlu.yml" else 3
        assert f"{name}, line {number}: " in str(caught.value) and mark[:3] in str(caught.value)
        raw = read(path, on_error="drop")
        assert len(raw.splits["train"]) == 1 and raw.dropped == {DropReason.BROKEN_RECORDS: 1}


def test_a_text_of_several_entities(tmp_path):
    mark = '[acme][{"entity": "firm", "role": "buyer", "value": "Acme"}, {"entity": "name"}, {"entity": "org"}]'
    raw = read(write(tmp_path / "nlu.yml", yaml_of("talk", f"call {mark} now")))
    assert found(raw) == [("talk", "call acme now", [("firm#buyer", "acme")])]
    assert raw.dropped == {DropReason.FURTHER_ENTITIES: 2}
    assert raw.catalogs["firm#buyer"].values == {"Acme": ("acme",)}


def test_comments_and_plain_headings_do_not_end_a_section(tmp_path):
    text = (
        "## intent:greet\n- hi\n# more\n- hello\n## in the morning\n- good morning\n### intent:bye\n- see you\n"
        "## story: a\n- lost\n# intent: shout\n- gone\n## synonym:acme\n- the firm\n# and\n- the shop\n"
        "## synonym x\n- y\n"
    )
    raw = read(write(tmp_path / "nlu.md", text))
    texts = {text: intent for intent, text, _ in found(raw)}
    assert texts == {"hi": "greet", "hello": "greet", "good morning": "greet", "see you": "bye"}
    assert raw.dropped == {
        DropReason.UNKNOWN_HEADINGS: 6,
        DropReason.LINES_UNDER_UNKNOWN_HEADINGS: 3,
        DropReason.UNUSED_SYNONYMS: 2,
    }


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


def yaml_of(intent, *lines):
    return f"nlu:\n- intent: {intent}\n  examples: |\n" + "".join(f"    - {line}\n" for line in lines)


def test_names_are_text_whatever_yaml_thinks(tmp_path):
    items = (f"- intent: {name}\n  examples: '- hi'\n" for name in ("no", "1.0", "~"))
    path = write(tmp_path / "nlu.yml", "nlu:\n" + "".join(items))
    assert [u.intent for u in read(path).splits["train"]] == ["no", "1.0", "~"]


def test_splits_by_name(tmp_path):
    for name, text in {"training_data": "hi", "test_data": "bye"}.items():
        write(tmp_path / f"{name}.yml", yaml_of("talk", text))
    assert {split: [u.text for u in rows] for split, rows in read(tmp_path).splits.items()} == {
        "train": ["hi"],
        "test": ["bye"],
    }
    (tmp_path / "training_data.yml").rename(tmp_path / "nlu.yml")
    assert set(read(tmp_path).splits) == {"train"}


def test_what_belongs_to_a_project(tmp_path):
    write(tmp_path / "bot" / "data" / "nlu.yml", yaml_of("talk", "hi"))
    write(tmp_path / "bot" / "train_test_split" / "test_data.yml", yaml_of("talk", "cut off"))
    write(tmp_path / "bot" / "README.md", "## intent:readme\n- hi\n")
    write(tmp_path / "bot" / "data" / "stories.md", "## story: a\n* talk\n  - utter_hi\n")
    for path in (tmp_path, tmp_path / "bot", tmp_path / "bot" / "data", tmp_path / "bot" / "data" / "nlu.yml"):
        assert [u.text for u in read(path).splits["train"]] == ["hi"]
    assert read(tmp_path).dropped == {DropReason.FILES_THAT_REPEAT_OTHERS.of("train_test_split"): 1}
    assert [u.text for u in read(tmp_path / "bot" / "train_test_split").splits["train"]] == ["cut off"]
    write(tmp_path / "other" / "data" / "nlu.yml", yaml_of("talk", "hi"))
    with pytest.raises(DataError, match="bot.*other"):
        read(tmp_path)


@pytest.mark.parametrize("name", ["models", "results"])
def test_data_in_folders_that_rasa_writes_is_read_if_there_is_no_other(tmp_path, name):
    copy = write(tmp_path / "bot" / name / "nlu.yml", yaml_of("talk", "hi", "hello"))
    assert format_for(tmp_path).name == "rasa"
    assert len(read(tmp_path).splits["train"]) == 2 and read(tmp_path).dropped == {}
    write(tmp_path / "bot" / "data" / "nlu.yml", yaml_of("talk", "hi"))
    raw = read(tmp_path)
    assert [text for _, text, _ in found(raw)] == ["hi"]
    assert raw.dropped == {DropReason.FILES_THAT_REPEAT_OTHERS.of(name): 1}
    assert len(read(copy.parent).splits["train"]) == 2


def test_data_deep_in_a_project(tmp_path):
    write(tmp_path.joinpath("bot", *"abcdefgh", "nlu.yml"), yaml_of("talk", "hi"))
    assert [text for _, text, _ in found(read(tmp_path))] == ["hi"]


@pytest.mark.parametrize("space", ["\x1c", "\x1f", "\u00a0", "\u2028"])
def test_slot_values_have_no_white_space_at_their_edges(tmp_path, space):
    write(tmp_path / "cities.txt", f"{space}New{space}York{space}\n")
    text = f"## intent:go\n- to [{space}Rome{space}](city){space}now\n## lookup:city\ncities.txt\n"
    raw = read(write(tmp_path / "nlu.md", text))
    assert found(raw) == [("go", "to Rome now", [("city", "Rome")])]
    assert list(raw.catalogs["city"].values) == ["New York"]


def json_of(text, start, end, value, entity="city"):
    marks = [{"entity": entity, "start": start, "end": end, "value": value}]
    example = {"text": text, "intent": "go", "entities": marks}
    return json.dumps({"rasa_nlu_data": {"common_examples": [example]}})


@pytest.mark.parametrize(
    "text, place, value, slot, reason",
    [
        ("food around Mumbai", (8, 14), "Mumbai", "Mumbai", DropReason.SLOTS_MOVED_TO_THEIR_VALUES),
        ("go to rome", (5, 9), "Rome", "rome", DropReason.SLOTS_MOVED_TO_THEIR_VALUES),
        ("in new  york", (3, 10), "New York", "new york", DropReason.SLOTS_MOVED_TO_THEIR_VALUES),
        ("rome", (1, 9), "rome", "rome", DropReason.SLOTS_MOVED_TO_THEIR_VALUES),  # outside the text
        ("food around Mumbai", (8, 14), "Bombay", None, DropReason.SLOTS_NOT_AT_THEIR_VALUES),
        ("rome to rome", (1, 4), "Rome", None, DropReason.SLOTS_NOT_AT_THEIR_VALUES),
        ("romeo and some", (10, 12), "me", None, DropReason.SLOTS_NOT_AT_THEIR_VALUES),
        ("to the capital", (3, 14), "Berlin", "the capital", None),  # a synonym
        ("two tunes", (4, 8), "Tune", "tune", None),  # cuts a word, and is its value
        ("我想去北京吧", (3, 5), "Beijing", "北京", None),  # a script without spaces
        ("서울에 가자", (0, 2), "Seoul", "서울", None),
    ],
)
def test_places_that_are_not_at_their_values(tmp_path, text, place, value, slot, reason):
    raw = read(write(tmp_path / "nlu.json", json_of(text, *place, value)))
    ((_, _, slots),) = found(raw)
    assert slots == ([] if slot is None else [("city", slot)])
    assert raw.dropped == ({} if reason is None else {reason: 1})


def test_files_of_other_kinds_are_left_to_others(tmp_path):
    write(tmp_path / "config.yml", "nlu: en\nlanguage: en\n")
    write(tmp_path / "stories.yml", "stories:\n- story: a\n  steps:\n  - intent: b\n")
    write(tmp_path / "notes.md", "# Notes\n- intent: [a](b)\n")
    write(tmp_path / "data.json", '{"data": []}')
    for path in [tmp_path, *tmp_path.iterdir()]:
        with pytest.raises(DataError, match="reader"):
            read(path)
    with pytest.raises(DataError, match="NLU"):
        read(tmp_path, "rasa")


@pytest.mark.parametrize("suffix", [".yml", ".md", ".json"])
def test_a_packed_file(tmp_path, suffix):
    (source,) = (TINY / "data" / "nlu").glob(f"*{suffix}")
    path = tmp_path / f"nlu{suffix}.gz"
    path.write_bytes(gzip.compress(source.read_bytes()))
    assert format_for(path).name == "rasa"
    assert found(read(path)) == found(read(source))


def test_lookup_tables_outside_the_project_are_not_read(tmp_path):
    write(tmp_path / "secret.txt", "secret\n")
    head = "## intent:go\n- to [Rome](city)\n"
    for reference in ("../secret.txt", str(tmp_path / "secret.txt"), "a\x00b", "x" * 5000, "."):
        raw = read(write(tmp_path / "bot" / "nlu.md", f"{head}## lookup:city\n{reference}\n"))
        assert raw.catalogs == {} and raw.dropped == {DropReason.MISSING_LOOKUP_FILES: 1}
    write(tmp_path / "bot" / "tables" / "cities.txt", "Rome\n")
    for name in ("nlu.md", "data/nlu.md", "data/nlu/nlu.md"):
        path = write(tmp_path / "bot" / name, f"{head}## lookup:city\n  tables/cities.txt\n")
        for asked in (path, path.parent, tmp_path / "bot"):
            assert read(asked).catalogs["city"].values == {"Rome": ()}
        path.unlink()


@pytest.mark.parametrize(
    "content, message",
    [
        ("nlu: x\n", "line 1.*list"),
        ("nlu:\n- intent: a\n- b\n", "line 3.*object"),
        ("nlu:\n- intent: [a]\n", "line 2.*text"),
        ("nlu:\n- intent: ''\n", "line 2.*intent"),
        ("nlu:\n- intent: a\n  examples: {b: c}\n", "line 3.*text"),
        ("nlu:\n- intent: a\n  examples: x\n  examples: y\n", "line 4.*'examples'"),
        ("nlu:\n- intent: a\n\t- b\n", "line 3.*YAML"),
        ("nlu:\n- intent: a\n  examples: *b\n", "line 3.*'b'"),
        ("nlu: []\n---\n- intent: a\n", "line 3.*document"),
        ("- intent: a\n", "object"),
        ("", "object"),
        ("stories: []\n", "'nlu'"),
        ("nlu:\n", "example"),
        ("nlu:\n- intent: a\n  examples: |\n    - \x00\n", "YAML"),
        ("nlu:\n" + "- " * 5000, "nested"),
        ("nlu: " + "[" * 5000, "nested"),
        ("nlu:\n- &a\n  intent: a\n  examples: |\n    - " + "b" * 5000 + "\n" + "- *a\n" * 5000, "aliases"),
        ("nlu: &a [*a]\n", "list"),
    ],
)
def test_broken_yaml_names_file_and_line(tmp_path, content, message):
    path = write(tmp_path / "nlu.yml", content)
    with pytest.raises(DataError, match=message) as caught:
        read(path, "rasa")
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    "change, message",
    [
        ({"text": None}, "common_examples 2.*text"),
        ({"intent": 4}, "common_examples 2.*4"),
        ({"entities": {}}, "common_examples 2.*entities"),
        ({"entities": [4]}, "common_examples 2.*entities"),
        ({"entities": [{"entity": "city", "start": 0.0, "end": 2}]}, "'city'"),
        ({"entities": [{"entity": "city", "start": 0, "end": 99}]}, "outside"),
        ({"entities": [{"entity": "city", "start": -2, "end": 2}]}, "outside"),
        ({"entities": [{"entity": "a", "start": 0, "end": 2}, {"entity": "b", "start": 1, "end": 3}]}, "overlaps"),
        ({"entities": [{"entity": "city", "start": 2, "end": 3}]}, "empty"),
        ({"text": "\ud83c"}, "surrogate"),
    ],
)
def test_broken_json_names_file_and_example(tmp_path, change, message):
    good = {"text": "to Rome", "intent": "go"}
    document = {"rasa_nlu_data": {"common_examples": [good, {**good, **change}]}}
    path = write(tmp_path / "nlu.json", json.dumps(document))
    with pytest.raises(DataError, match=message) as caught:
        read(path, on_error="raise")
    assert str(path) in str(caught.value)
    raw = read(path, on_error="drop")
    assert raw.dropped == {DropReason.BROKEN_RECORDS: 1} and len(raw.splits["train"]) == 1


def test_broken_markdown(tmp_path):
    path = write(tmp_path / "nlu.md", "# intents\n- a\n")
    with pytest.raises(DataError, match="'## intent:name'"):
        read(path, "rasa")
    path.write_bytes(b"## intent:a\n- \xff\n")
    with pytest.raises(DataError, match="line 2.*UTF-8"):
        read(path)


def test_unfinished_comments_and_brackets_take_no_time(tmp_path):
    body = "<!--" * 20_000 + "[" * 50_000 + "](" * 50_000 + '[x]{"":' * 5_000
    assert len(read(write(tmp_path / "nlu.md", f"## intent:a\n- {body}\n")).splits["train"]) == 1


def test_a_domain(tmp_path):
    shutil.copytree(TINY, tmp_path / "bot")
    lines = [f"table number {n} for [{n}](num_people)" for n in range(30)]
    write(tmp_path / "bot" / "data" / "more.yml", yaml_of("book_table", *lines))
    domain = load_domain(tmp_path / "bot", allow_unseen=True)
    assert domain.name == "bot" and "num_people" in domain.spec.slot_types


def plain(text: str) -> str:
    """A text as the collection's manifest counts it: lower case, without punctuation at the end of words."""
    return " ".join(filter(None, (word.rstrip(".?!,;:") for word in text.lower().split())))


def bots(shared_dir):
    folder = shared_dir / "skills" / "rasa"
    if not folder.is_dir():
        pytest.skip(f"no bots at {folder}; point BILSTM_NLU_SHARED at the folder that holds skills/")
    for line in (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        yield entry, folder / entry["id"]


def test_every_public_bot_is_counted_as_its_collector_counted_it(shared_dir):
    num_bots = num_stray = 0
    for entry, path in bots(shared_dir):
        raw = read(path)
        assert set(raw.splits) == {"train"}
        rows = raw.splits["train"]
        first = {(u.intent, plain(u.text)): u for u in reversed(rows)}  # spans count once for each of these
        labels = [span.slot_type for utterance in first.values() for span in utterance.spans or ()]
        texts = {plain(u.text) for u in rows} - {""}  # one bot has the example "?"
        counts = (len({u.intent for u in rows}), len(texts), len(set(labels)), len(labels))
        assert counts == tuple(entry[f"n_{what}"] for what in ("intents", "utterances", "slot_labels", "spans")), path
        assert len({label.partition("#")[0] for label in labels}) == entry["n_entity_types"]
        num_bots += 1
        num_stray += raw.dropped.get(DropReason.BRACKETS_THAT_ARE_NO_MARKS, 0)
    assert num_bots == 16 and num_stray == 8


def test_lookup_values_and_synonyms_of_every_public_bot(shared_dir, monkeypatch):
    """The catalogs join lookup tables and synonyms, so both are counted where they come in."""
    contents = []
    finish = RasaContent.finish
    monkeypatch.setattr(RasaContent, "finish", lambda content: (contents.append(content), finish(content))[1])
    for entry, path in bots(shared_dir):
        raw = read(path)
        content = contents.pop()
        assert sum(map(len, content.lookups.values())) == entry["n_lookup_values"], path
        pairs = {(value.lower(), form.lower()) for value, forms in content.forms.items() for form in forms}
        marked = {(v.lower(), form.lower()) for uses in content.uses.values() for form, v in uses.items() if v}
        pairs |= {(value, form) for value, form in marked if value != form}
        assert len(pairs) == entry["n_synonyms"], path
        forms = {form for catalog in raw.catalogs.values() for form in catalog.surface_forms()}
        assert forms >= {value for values in content.lookups.values() for value in values}, path


def test_the_files_of_a_bot_one_by_one(shared_dir):
    for entry, path in bots(shared_dir):
        together = {(u.intent, u.text, u.spans) for u in read(path).splits["train"]}
        apart = set()
        for name in entry["files"]:
            if not name.endswith("cities.yml"):  # a lookup table and no intent
                rows = read(path.parent / name).splits["train"]
                apart |= {(u.intent, u.text, u.spans) for u in rows}
        assert apart == together, path
