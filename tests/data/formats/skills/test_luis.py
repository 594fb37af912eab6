"""LUIS bots, as .lu text and as JSON: nested marks, roles, lists, patterns, imports."""

import json
from pathlib import Path

import pytest

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data import SlotCatalog, load_skill, read
from modeling_bilstm_nlu.data.drop_reasons import DropReason
from modeling_bilstm_nlu.data.formats.registry import format_for

DATA = Path(__file__).parents[3] / "samples"
TINY = DATA / "luis_tiny"
TINY_JSON = DATA / "luis_tiny.json"


def frames(raw):
    return [
        (u.intent, u.text, [(s.slot_type, u.text[s.start : s.end]) for s in u.spans])
        for u in raw.splits.get("train", ())
    ]


def bot(tmp_path, text, **options):
    path = tmp_path / "bot.lu"
    path.write_text(text, encoding="utf-8")
    return read(path, **options)


def test_a_bot_of_several_files():
    raw = read(TINY)
    assert frames(raw) == [
        ("Thanks", "thank you", []),
        ("Thanks", "thanks for the oolong", [("tea", "oolong")]),
        ("OrderTea", "a large earl grey please", [("Size", "large"), ("tea", "earl grey")]),
        ("OrderTea", "send two oolong teas to Anna , thanks", [("tea", "oolong"), ("Person#receiver", "Anna")]),
        ("OrderTea", "bring me {tea} [", []),
        ("OrderTea", "a pot of tea", [("Vessel", "pot"), ("tea", "tea")]),
        ("Pay", "cash", []),
        ("Pay", "by card", [("means of payment", "card")]),
        ("Pay", "thank you", []),
        ("Pay", "thanks for the oolong", [("tea", "oolong")]),
    ]
    assert raw.dropped == {
        DropReason.UTTERANCES_JOINED: 3,
        DropReason.INTENTS_WITHOUT_UTTERANCES: 1,
        DropReason.QUESTION_ANSWER_PAIRS: 1,
        DropReason.PHRASE_LISTS: 1,
        DropReason.PREBUILT_ENTITIES: 2,
        DropReason.ENTITY_REGULAR_EXPRESSIONS: 1,
        DropReason.MARKS_AROUND_OTHER_MARKS: 1,
        DropReason.PATTERNS_WITHOUT_VALUES: 2,
    }
    assert raw.name == "luis_tiny"


def test_a_file_brings_what_it_imports():
    assert sorted(frames(read(TINY / "tea.lu"))) == sorted(frames(read(TINY)))
    assert [intent for intent, *_ in frames(read(TINY / "shared"))] == ["Thanks", "Thanks"]


def test_lists_become_catalogs_under_the_slot_types_that_they_fill():
    assert read(TINY).catalogs == {
        "Size": SlotCatalog("Size", {"small": ("little", "tiny"), "large": ("big",)}, type_name="Sizes"),
        "Biscuit": SlotCatalog("Biscuit", {"short bread": ("shortbread", "petticoat tails"), "oat cake": ()}),
    }


def test_the_outer_marks_and_no_roles():
    texts = {text: slots for _, text, slots in frames(read(TINY, nested="outermost", roles=False))}
    assert texts["send two oolong teas to Anna , thanks"] == [("Note", "two oolong teas to Anna")]
    assert read(TINY, nested="outermost").dropped[DropReason.MARKS_INSIDE_OTHER_MARKS] == 2
    assert ("Person", "Anna") in frames(read(TINY, roles=False))[3][2]
    with pytest.raises(DataError, match="nested=innermost.*nested=outermost"):
        read(TINY, nested="both")


@pytest.mark.parametrize(
    "line, inner, outer",
    [
        ("{A={B=x}}", ["B"], ["A"]),
        ("{A={B={C=x} y} z}", ["C"], ["A"]),
        ("{A={B=x} {C=y}} {D=z}", ["B", "C", "D"], ["A", "D"]),
        ("{A={B=x}} {A=x}", ["B", "A"], ["A", "A"]),
    ],
)
def test_nesting(tmp_path, line, inner, outer):
    text = f"# I\n- {line}\n"
    assert [name for name, _ in frames(bot(tmp_path, text))[0][2]] == inner
    assert [name for name, _ in frames(bot(tmp_path, text, nested="outermost"))[0][2]] == outer


def test_marks_of_two_lines_that_cross(tmp_path):
    raw = bot(tmp_path, "# I\n- {A=x y} z\n- x {B=y z}\n")
    assert frames(raw) == [("I", "x y z", [("A", "x y")])]
    assert raw.dropped[DropReason.CROSSING_MARKS] == 1


@pytest.mark.parametrize(
    "line, text, slots",
    [
        ("{ @a = x }", "x", [("a", "x")]),
        ("turn{a=up}now", "turnupnow", [("a", "up")]),
        ('say "{a = hi }"', 'say " hi "', [("a", "hi")]),
        ("at {t=10:30}", "at 10:30", [("t", "10:30")]),
        ("{t:start=b==c}", "b==c", [("t#start", "b==c")]),
        ("{a=x [y]} (b|c)", "x [y] (b|c)", [("a", "x [y]")]),  # a line with values is no pattern
        (r"see \[1\] \\ C:\x", r"see [1] \ C:\x", []),
        ("tea  for\ttwo", "tea for two", []),
        ("who - me? (no)", "who - me? (no)", []),
    ],
)
def test_the_notation_of_utterances(tmp_path, line, text, slots):
    assert frames(bot(tmp_path, f"# I\n- {line}\n")) == [("I", text, slots)]


@pytest.mark.parametrize("line", ["{a}", "go to {@city:from}", "(a|b) c", "a [b]", "^go", "go^", "{a=x} and {b}"])
def test_patterns(tmp_path, line):
    raw = bot(tmp_path, f"# I\n- {line}\n- go\n")
    assert len(raw.splits["train"]) == 1
    assert raw.dropped == {DropReason.PATTERNS_WITHOUT_VALUES: 1}


def test_patterns_are_filled_on_demand():
    raw = read(TINY, max_per_pattern=6, seed=1)
    made = [row for row in raw.splits["train"] if row.group]
    assert 3 < len(made) <= 6
    assert {row.group for row in made} == {"OrderTea: ^(bring|send) [me] a {size} {tea}^"}
    for row in made:
        assert row.text.startswith(("bring ", "send "))
        values = {s.slot_type: row.text[s.start : s.end] for s in row.spans}
        assert values["Size"] in ("small", "little", "tiny", "large", "big")
        assert values["tea"] in ("earl grey", "oolong", "tea")
    assert raw.dropped[DropReason.PATTERNS_OF_EMPTY_ENTITIES] == 1
    assert DropReason.VALUES_SPELLED_OUT not in raw.dropped  # the utterances of bots are typed
    assert made == [row for row in read(TINY, max_per_pattern=6, seed=1).splits["train"] if row.group]


def test_list_values_are_marked_on_demand(tmp_path):
    text = "# I\n- A Big box, not big-ger than {Box=a big one}\n@ list Size =\n- big\n    - big box, biggest\n- huge\n"
    assert frames(bot(tmp_path, text, mark_lists=True)) == [
        ("I", "A Big box, not big-ger than a big one", [("Size", "Big box"), ("Size", "big"), ("Box", "a big one")])
    ]
    assert bot(tmp_path, text).catalogs["Size"].values == {"big": ("big box", "biggest"), "huge": ()}


def test_one_language_of_several(tmp_path):
    for folder, word in (("en-us", "hello"), ("de-de", "hallo")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"greet.{folder}.lu").write_text(f"# Greet\n- {word}\n")
    (tmp_path / "any.lu").write_text("# Ok\n- ok\n")
    raw = read(tmp_path)
    assert [text for _, text, _ in frames(raw)] == ["ok", "hello"]
    assert raw.dropped == {DropReason.FILES_OF_OTHER_LOCALES: 1}
    assert [text for _, text, _ in frames(read(tmp_path, locale="de-DE"))] == ["ok", "hallo"]
    with pytest.raises(DataError, match="'fr-fr'"):
        read(tmp_path, locale="fr-fr")


def test_references(tmp_path):
    (tmp_path / "other.en-us.lu").write_text("# Yes\n- yes\n- [no](x.lu)\n# No\n- no\n- {a}\n")
    main = tmp_path / "main.en-us.lu"
    main.write_text("[one](other.lu#Yes)\n# All\n- [a](other.en-us.lu#*utterances*)\n- [q](./*#?)\n[f](./more/**)\n")
    raw = read(main)
    assert frames(raw) == [("All", "yes", []), ("All", "no", []), ("Yes", "yes", [])]
    followed = DropReason.REFERENCES_NOT_FOLLOWED
    assert raw.dropped == {followed: 4, DropReason.PATTERNS_WITHOUT_VALUES: 1}


def test_wordings_of_a_pattern_share_its_limit_and_keep_their_counts(tmp_path):
    text = "# I\n- (get|bring) {size}\n- go to {size} end\n@ list size = \n\t- 5-star :\n\t\t- small\n"
    raw = bot(tmp_path, text, max_per_pattern=4)
    assert sorted(u.text for u in raw.splits["train"]) == [
        *("bring 5-star", "bring small", "get 5-star", "get small"),
        *("go to 5-star end", "go to small end"),
    ]
    raw = bot(tmp_path, "# I\n- (red|{color}) now\n@ list color = \n\t- red :\n\t\t- red\n", max_per_pattern=4)
    assert frames(raw) == [("I", "red now", [])]
    assert raw.dropped == {DropReason.CARRIER_PHRASES_WITHOUT_A_FILLING: 1}


def test_references_stay_in_the_folder_of_the_bot(tmp_path):
    (tmp_path / "secret.lu").write_text("# Leak\n- a secret\n")
    folder = tmp_path / "bot"
    (folder / "inner").mkdir(parents=True)
    (folder / "shared.lu").write_text("# Shared\n- hello\n")
    outside = ["../secret.lu#Leak", "../../secret.lu", f"{tmp_path}/secret.lu", r"\\server\x.lu#Leak", "C:\\x.lu"]
    (folder / "inner" / "main.lu").write_text(
        "# I\n- go\n- [a](../../secret.lu#Leak)\n[s](../shared.lu)\n"
        + "".join(f"[x]({target})\n" for target in outside[1:])
    )
    raw = read(folder)
    assert sorted(frames(raw)) == [("I", "go", []), ("Shared", "hello", [])]
    followed = DropReason.REFERENCES_NOT_FOLLOWED
    assert raw.dropped == {followed: 5}
    (folder / "leak.lu").symlink_to(tmp_path / "secret.lu")
    (folder / "inner" / "main.lu").write_text("# I\n- go\n[x](../leak.lu#Leak)\n")
    assert read(folder / "inner" / "main.lu").dropped == {followed: 1}


def test_names_of_folders_that_are_no_locales(tmp_path):
    for name in ("tea-shop", "my-bots"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "bot.lu").write_text(f"# I\n- from {name}\n")
    assert len(read(tmp_path).splits["train"]) == 2
    with pytest.raises(DataError, match="'en-us'") as caught:
        (tmp_path / "de-de").mkdir()
        (tmp_path / "zh-hans").mkdir()
        for name in ("de-de", "zh-hans"):
            (tmp_path / name / "bot.lu").write_text("# I\n- x\n")
        read(tmp_path)
    assert "de-de, zh-hans" in str(caught.value) and [cure.option for cure in caught.value.cures] == ["locale"]


@pytest.mark.parametrize(
    "line, text, slots",
    [
        ("play {@song= a {@mood=calm} tune }now", "play a calm tune now", ["a calm tune"]),
        ("play{@song= a tune }now", "play a tune now", ["a tune"]),
        ("play {@song=\u00a0a tune\t}.", "play a tune .", ["a tune"]),
        ("two {@song=tune}s", "two tunes", ["tune"]),
    ],
)
def test_white_space_at_the_edges_of_an_annotation_stays_in_the_text(tmp_path, line, text, slots):
    ((_, said, values),) = frames(bot(tmp_path, f"# I\n- {line}\n", nested="outermost"))
    assert said == text and [value for _, value in values] == slots


@pytest.mark.parametrize(
    "line, text",
    [
        (r"see \(page 2\)", "see (page 2)"),
        (r"see {@item=lamp \(new\)} \[a\]", "see lamp (new) [a]"),
        (r"yes \(or|no\)", "yes (or|no)"),
        (r"a \| b \[c\] \{d\} \\e", r"a | b [c] {d} \e"),
        (r"C:\music \now", r"C:\music \now"),
    ],
)
def test_escaped_signs_are_text(tmp_path, line, text):
    assert [said for _, said, _ in frames(bot(tmp_path, f"# I\n- {line}\n"))] == [text]


def test_escaped_signs_in_patterns_and_values(tmp_path):
    text = "# I\n- ^(see|show) \\(the\\) {lamp} \\[now\\|later\\]\n@ list lamp =\n- red \\(new\\) :\n  - rouge\\|red\n"
    raw = bot(tmp_path, text, max_per_pattern=20)
    assert raw.catalogs["lamp"].values == {"red (new)": ("rouge|red",)}
    forms = {f"{verb} (the) {value} [now|later]" for verb in ("see", "show") for value in ("red (new)", "rouge|red")}
    assert {said for _, said, _ in frames(raw)} == forms
    assert {value for _, _, slots in frames(raw) for _, value in slots} == {"red (new)", "rouge|red"}


SECTIONS = "# Greet\n## Hello\n- hi\n## Bye\n- bye\n### Late\n- good night\n# Help\n- help me\n## Stop\n- stop\n"


@pytest.mark.parametrize(
    "settings, intents",
    [
        ("", {"hi": "Hello", "bye": "Bye", "good night": "Late", "help me": "Help", "stop": "Stop"}),
        (
            "> !# @enableSections = true\n",
            {"hi": "Greet", "bye": "Greet", "good night": "Greet", "help me": "Help", "stop": "Stop"},
        ),
        (
            ">!# @enableSections=true\n> !# @enableMergeIntents = false\n",
            {"hi": "Hello", "bye": "Bye", "good night": "Late", "help me": "Help", "stop": "Stop"},
        ),
        (
            "> !# @enableMergeIntents = true\n",
            {"hi": "Hello", "bye": "Bye", "good night": "Late", "help me": "Help", "stop": "Stop"},
        ),
    ],
)
@pytest.mark.parametrize("is_first", [True, False])
def test_sections(tmp_path, settings, intents, is_first):
    raw = bot(tmp_path, settings + SECTIONS if is_first else SECTIONS + settings)
    assert {said: intent for intent, said, _ in frames(raw)} == intents
    has_sections = "enableSections" in settings
    assert raw.dropped.get(DropReason.INTENTS_WITHOUT_UTTERANCES, 0) == (not has_sections)


def test_a_section_that_is_written_twice(tmp_path):
    text = "> !# @enableSections = true\n# A\n- one\n# B\n## C\n- two\n# A\n## D\n- three\n"
    assert [(intent, said) for intent, said, _ in frames(bot(tmp_path, text))] == [
        ("A", "one"),
        ("A", "three"),
        ("B", "two"),
    ]


@pytest.mark.parametrize(
    "text, line, message",
    [
        ("- hello\n", 1, "intent"),
        ("# I\n- a\n#\n", 3, "heading"),
        ("# I\n- {a=b\n", 2, "'}'"),
        ("# I\n- a} b\n", 2, "'}'"),
        ("# I\n- {a {b=c}}\n", 2, "'{'"),
        ("# I\n- {=b}\n", 2, r"\bname"),
        ("# I\n- {a= } b\n", 2, "value"),
        ("# I\nhello\n", 2, ".lu"),
        ("@ list\n", 1, "entity"),
        ("$x\n", 1, r"\$x"),
        ("# ? q\n```\nanswer\n", 2, "never ends"),
        (f"[x]({300 * 'x'}.lu)\n", 1, "xxx"),
        ("[x](gone.lu)\n", 1, "'gone.lu'"),
        ("# I\n- [x](bot.lu#J)\n", 2, "'J'"),
    ],
)
def test_broken_lines_are_named(tmp_path, text, line, message):
    with pytest.raises(DataError, match=message) as caught:
        bot(tmp_path, text, on_error="raise")
    assert f"bot.lu, line {line}: " in str(caught.value)
    assert bot(tmp_path, text, on_error="drop").dropped[DropReason.BROKEN_RECORDS] == 1


def test_an_empty_bot(tmp_path):
    assert bot(tmp_path, "").splits == {}
    (tmp_path / "none").mkdir()
    with pytest.raises(DataError, match=r"\.lu"):
        read(tmp_path / "none", "luis-lu")


def test_an_export():
    raw = read(TINY_JSON)
    assert frames(raw) == [
        ("OrderTea", "a big oolong to Berlin", [("Tea", "oolong"), ("Place::To", "Berlin")]),
        ("OrderTea", "🍵🍵 oolong", [("Tea", "oolong")]),
        ("OrderTea", "a huge one", [("Size#cup", "huge")]),
    ]
    values = {"large": ("big", "huge"), "small": ()}
    assert raw.catalogs == {"Size#cup": SlotCatalog("Size#cup", values, type_name="Size")}
    assert raw.dropped == {
        DropReason.PHRASE_LISTS: 1,
        DropReason.PREBUILT_ENTITIES: 2,
        DropReason.ENTITY_REGULAR_EXPRESSIONS: 1,
        DropReason.INTENTS_WITHOUT_UTTERANCES: 1,
        DropReason.MARKS_AROUND_OTHER_MARKS: 2,
        DropReason.PATTERNS_WITHOUT_VALUES: 1,
    }
    assert [slots for *_, slots in frames(read(TINY_JSON, nested="outermost"))][:2] == [
        [("Order", "big oolong"), ("Place::To", "Berlin")],
        [("Order", "oolong")],
    ]
    assert ("Size", "big") in frames(read(TINY_JSON, mark_lists=True))[0][2]
    assert len(read(TINY_JSON, max_per_pattern=4).splits["train"]) == 7


def test_children_of_entities(tmp_path):
    parent = {
        "entity": "Order",
        "startPos": 0,
        "endPos": 4,
        "children": [{"entity": "Tea", "startPos": 2, "endPos": 4}],
    }
    document = {"luis_schema_version": "7.0.0", "utterances": [{"text": "a tea", "intent": "I", "entities": [parent]}]}
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "export.json").write_text(json.dumps(document))
    (tmp_path / "package.json").write_text("{}")
    (tmp_path / "other.json").write_bytes(b"\xff")
    assert frames(read(tmp_path)) == [("I", "a tea", [("Tea", "tea")])]
    assert frames(read(tmp_path, nested="outermost")) == [("I", "a tea", [("Order", "a tea")])]


def export(path, version, utterances, *, is_key_last=False):
    """Write an export of (text, first, last), where ``first`` and ``last`` are the place of an entity a."""
    rows = [
        {"text": text, "intent": "I", "entities": [{"entity": "a", "startPos": first, "endPos": last}]}
        for text, first, last in utterances
    ]
    document = {"luis_schema_version": version, "utterances": rows}
    path.write_text(json.dumps(dict(reversed(document.items())) if is_key_last else document))
    return path


@pytest.mark.parametrize("version", ["1.0", "1.3.1", 1])
def test_places_of_schema_1_count_words(tmp_path, version):
    utterances = [("in the bath-room.", 2, 4), ("what's on 🍵 now", 4, 4), ("à paris", 1, 1)]
    raw = read(export(tmp_path / "old.json", version, utterances))
    assert [value for _, _, slots in frames(raw) for _, value in slots] == ["bath-room", "🍵", "paris"]
    with pytest.raises(DataError, match="utterance 1.*'a' at 3-9.*schema 1"):
        read(export(tmp_path / "old.json", version, [("in the bathroom", 3, 9)]))


@pytest.mark.parametrize("version", ["10.0.0", "2.1.0"])
def test_places_of_later_schemas_count_characters(tmp_path, version):
    assert frames(read(export(tmp_path / "new.json", version, [("in rome", 3, 6)])))[0][2] == [("a", "rome")]


def test_an_export_whose_version_is_the_last_key(tmp_path):
    utterances = [(f"say word number {number}", 4, 7) for number in range(2000)]
    path = export(tmp_path / "long.json", "7.0.0", utterances, is_key_last=True)
    assert path.stat().st_size > 1 << 16
    assert format_for(path).name == format_for(tmp_path).name == "luis-json"
    assert len(read(tmp_path).splits["train"]) == 2000


@pytest.mark.parametrize(
    "key, value, message",
    [
        ("utterances", {}, "list"),
        ("utterances", ["hi"], "utterances, item 1.*'hi'"),
        ("utterances", [{"intent": "I"}], "text"),
        ("utterances", [{"text": " ", "intent": "I"}], "blank"),
        ("utterances", [{"text": "hi", "intent": "\ud800"}], "surrogate"),
        ("utterances", [{"text": "hi", "intent": "I", "entities": [{"entity": "a"}]}], "numbers"),
        (
            "utterances",
            [{"text": "hi", "intent": "I", "entities": [{"entity": "a", "startPos": 0, "endPos": 2}]}],
            "'a' at 0-2",
        ),
        ("closedLists", [{"name": "a", "subLists": [{"canonicalForm": "x", "list": "y"}]}], "list"),
        ("closedLists", [{"name": "a", "subLists": [{"list": ["y"]}]}], "canonicalForm"),
    ],
)
def test_broken_exports_are_named(tmp_path, key, value, message):
    path = tmp_path / "bot.json"
    path.write_text(json.dumps({"luis_schema_version": "2.1.0", key: value}))
    with pytest.raises(DataError, match=message) as caught:
        read(path)
    assert str(path) in str(caught.value)


def test_who_reads_what(tmp_path):
    assert [format_for(path).name for path in (TINY, TINY / "tea.lu", TINY_JSON)] == [
        "luis-lu",
        "luis-lu",
        "luis-json",
    ]
    (tmp_path / "a.json").write_text('{"utterances": []}')
    for path in (tmp_path, tmp_path / "a.json"):
        with pytest.raises(DataError, match="reader"):
            format_for(path)
        with pytest.raises(DataError, match="luis_schema_version"):
            read(path, "luis-json")


def compared(text):
    """How the manifest tells utterances apart: case, white space and end punctuation are passed over."""
    return " ".join(text.lower().split()).rstrip(" .?!,;:")


#: Where the counts differ. The lines "book {MeetingRoom=room}" and "{MeetingRoom=book} room" of one intent are one
#: utterance with both marks here, and one with the first line's mark there.
MORE_SPANS = {"microsoft__botframework-skills-calendarskill": 1}


def test_real_bots_agree_with_their_manifest(shared_dir):
    folder = shared_dir / "skills" / "luis"
    for line in (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        raw = read(folder / entry["id"])
        assert format_for(folder / entry["id"]).name == entry["format"]
        rows = {}
        for row in raw.splits["train"]:
            rows.setdefault((row.intent, compared(row.text)), row)
        spans = [span for row in rows.values() for span in row.spans]
        values = {c.type_name or name: c.values for name, c in raw.catalogs.items()}
        found = {
            "n_intents": len({intent for intent, _ in rows}),
            "n_utterances": len({text for _, text in rows}),
            "n_entity_types": len({span.slot_type.partition("#")[0] for span in spans}),
            "n_slot_labels": len({span.slot_type for span in spans}),
            "n_spans": len(spans) - MORE_SPANS.get(entry["id"], 0),
            "n_lookup_values": sum(map(len, values.values())),
            # a synonym that differs from its canonical value by case alone is not counted there
            "n_synonyms": sum(
                synonym.lower() != value.lower()
                for known in values.values()
                for value, synonyms in known.items()
                for synonym in synonyms
            ),
            "n_patterns": raw.dropped.get(DropReason.PATTERNS_WITHOUT_VALUES, 0),
        }
        assert {key: (entry["id"], entry[key]) for key in found} == {k: (entry["id"], v) for k, v in found.items()}
        assert load_skill(folder / entry["id"], allow_unseen=True).splits["train"].num_rows > 30


def test_recognition_finds_the_version_anywhere_in_a_file(tmp_path):
    recognises = format_for(TINY_JSON).sniff
    (tmp_path / "a.json").write_text(json.dumps({"note": "x" * 200_000, "luis_schema": "7.0.0"}))
    assert not recognises(tmp_path / "a.json") and not recognises(tmp_path)
    (tmp_path / "bot.JSON").write_text(TINY_JSON.read_text().rstrip().removesuffix("}") + " " * 200_000 + "}")
    assert recognises(tmp_path / "bot.JSON") and recognises(tmp_path)
    assert read(tmp_path, "luis-json").splits == read(TINY_JSON).splits
