"""Dialogflow agents: parts to spans, entity types to catalogs, folders and archives alike."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data import RawDomain, read
from modeling_bilstm_nlu.data.drop_reasons import DropReason
from modeling_bilstm_nlu.data.formats.registry import format_for
from modeling_bilstm_nlu.data.formats.skills.dialogflow.export import find_exports
from modeling_bilstm_nlu.data.formats.skills.dialogflow.reader import read_entity_types
from modeling_bilstm_nlu.data.text import text_key

TINY = Path(__file__).parents[3] / "samples" / "dialogflow_tiny"


def found(raw):
    """Intent, text and slots of the train split."""
    return [
        (u.intent, u.text, [(s.slot_type, u.text[s.start : s.end]) for s in u.spans or ()])
        for u in raw.splits["train"]
    ]


def test_the_tiny_agent():
    raw = read(TINY)
    assert found(raw) == [
        ("confirm", "yes", []),
        ("confirm", "business!", [("seats", "business")]),
        (
            "flight.find: follow",
            "emissions from Mumbai to Pune please",
            [("origin", "Mumbai"), ("destination", "Pune")],
        ),
        ("flight.find: follow", "two seats in", [("seats", "two")]),
        ("flight.find: follow", "Yes", []),
    ]
    assert raw.dropped == {
        DropReason.SLOTS_WITHOUT_A_TEXT: 1,
        DropReason.SLOTS_PARTED_FROM_THE_NEXT_WORD: 1,
        DropReason.TEMPLATE_EXAMPLES: 1,
        DropReason.REPEATED_EXAMPLES: 1,
        DropReason.BLANK_EXAMPLES: 1,
        DropReason.COMPOSITE_VALUES: 1,
        DropReason.BLANK_VALUES: 1,
        DropReason.REGULAR_EXPRESSION_VALUES: 1,
    }


def test_catalogs_of_the_tiny_agent():
    catalogs = read(TINY).catalogs
    assert catalogs["destination"].values == {"Pune": ("Poona",)} and catalogs["destination"].type_name == "city"
    assert catalogs["cabin"].values == catalogs["seats"].values == {"business": ("first class",)}
    assert catalogs["place"].values == {"window": ("by the window",)}  # no slot uses it
    assert set(catalogs) == {"destination", "cabin", "seats", "place"}


def test_options():
    assert found(read(TINY, locale="de")) == [("confirm", "ja", [])]
    with pytest.raises(DataError, match="'fr'"):
        read(TINY, locale="fr")
    raw = read(TINY, drop_shared=True)
    assert raw.dropped[DropReason.TEXTS_OF_SEVERAL_INTENTS] == 2
    assert {text for _, text, _ in found(raw)}.isdisjoint({"yes", "Yes"})


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "agent.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for source in sorted(TINY.rglob("*.json")):
            file.write(source, source.relative_to(TINY).as_posix())
    return path


def test_an_archive_reads_as_its_folder(archive):
    assert format_for(archive).name == "dialogflow"
    raw, unpacked = read(archive), read(TINY)
    assert raw.name == "agent"
    assert (raw.splits, raw.catalogs, raw.dropped) == (unpacked.splits, unpacked.catalogs, unpacked.dropped)


def test_broken_archives(archive, tmp_path):
    content = archive.read_bytes()
    broken = tmp_path / "broken.zip"
    broken.write_bytes(content[:500] + b"\x00" * 40 + content[540:])
    with pytest.raises(DataError, match="broken.zip"):
        read(broken, "dialogflow")
    for number in range(0, len(content), 97):  # any other damage
        broken.write_bytes(content[:number] + bytes([content[number] ^ 0x55]) + content[number + 1 :])
        try:
            read(broken, "dialogflow")
        except DataError as error:
            assert "broken.zip" in str(error)
    broken.write_bytes(content[: len(content) // 2])
    with pytest.raises(DataError, match="zip"):
        read(broken, "dialogflow")
    with pytest.raises(DataError, match="reader"):
        read(broken)


def test_archives_that_blow_up_are_refused(tmp_path):
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for number in range(2):
            file.writestr(f"intents/a{number}_usersays_en.json", b" " * 65_000_000)
    with pytest.raises(DataError, match="64,000,000"):
        read(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as file:
        file.writestr("intents/a_usersays_en.json", "[]")
    with pytest.raises(DataError, match="a_usersays_en"):
        read(path)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("other.json", "[]")
    with pytest.raises(DataError, match="reader"):
        read(path)


def test_where_an_agent_may_lie(tmp_path):
    shutil.copytree(TINY, tmp_path / "bot" / "agent")
    assert found(read(tmp_path / "bot")) == found(read(tmp_path)) == found(read(TINY))
    shutil.copytree(TINY, tmp_path / "other")
    with pytest.raises(DataError, match="bot/agent, other"):
        read(tmp_path)
    with pytest.raises(DataError, match=r"\bagent"):
        read(TINY / "intents", "dialogflow")


@pytest.mark.parametrize(
    "content, message",
    [
        ("{}", "dict"),
        ("[4]", "item 1.*4"),
        ('[{"data": {}}]', "example 1.*data"),
        ('[{"data": [4]}]', "example 1.*data"),
        ('[{"data": [{"text": null}]}]', "example 1.*text"),
        ('[{"data": [{"text": "a\\ud83c"}]}]', "surrogate"),
        ('[{"data": [{"text": "a", "alias": "b\\ud83c"}]}]', "surrogate"),
        ("[{", "JSON"),
    ],
)
def test_broken_examples_name_file_and_example(tmp_path, content, message):
    shutil.copytree(TINY, tmp_path / "agent")
    path = tmp_path / "agent" / "intents" / "confirm_usersays_en.json"
    path.write_text(content)
    with pytest.raises(DataError, match=message) as caught:
        read(tmp_path, on_error="raise")
    assert str(path) in str(caught.value)
    if "example 1" in message:
        raw = read(tmp_path, on_error="drop")
        assert raw.dropped[DropReason.BROKEN_RECORDS] == 1 and len(raw.splits["train"]) == 3


@pytest.mark.parametrize(
    "content, message",
    [
        ("{}", "list"),
        ('[{"value": []}]', "entry 1.*value"),
        ('[{"value": "a", "synonyms": "b"}]', "entry 1.*synonyms"),
        ('[{"value": "a", "synonyms": ["\\ud83c"]}]', "surrogate"),
    ],
)
def test_broken_entries_name_file_and_entry(tmp_path, content, message):
    shutil.copytree(TINY, tmp_path / "agent")
    path = tmp_path / "agent" / "entities" / "city_entries_en.json"
    path.write_text(content)
    with pytest.raises(DataError, match=message) as caught:
        read(tmp_path, on_error="raise")
    assert str(path) in str(caught.value)


def test_odd_settings_do_no_harm(tmp_path):
    shutil.copytree(TINY, tmp_path / "agent")
    for content in ("[]", '{"responses": 4, "name": 3}', '{"responses": [4, {"parameters": [4, {"name": []}]}]}'):
        (tmp_path / "agent" / "intents" / "confirm.json").write_text(content)
        (tmp_path / "agent" / "entities" / "city.json").write_text(content)
        assert found(read(tmp_path)) == found(read(TINY))


def agent_of(folder, entries):
    """Write an agent with one intent that has a slot of the type drink with these entries."""
    for name, content in {
        "intents/Order_usersays_en.json": [
            {"data": [{"text": "bring "}, {"text": "tea", "alias": "drink", "meta": "@drink"}]}
        ],
        "entities/drink.json": {"name": "drink"},
        "entities/drink_entries_en.json": entries,
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(json.dumps(content))
    return folder


def test_templates_in_synonyms_leave_the_value(tmp_path):
    entries = [
        {"value": "tea", "synonyms": ["tea", "cuppa", "@color:color tea", "a @sys.number:n litre tea"]},
        {"value": "me@home", "synonyms": ["me@home", "meet @home", "@home", "a@b:c", "at @ 9:30"]},
        {"value": "@color:color wine", "synonyms": ["wine"]},
        {"value": "@drink", "synonyms": ["@drink"]},
        {"value": "@sys.number", "synonyms": ["@sys.number"]},
    ]
    raw = read(agent_of(tmp_path, entries))
    assert raw.catalogs["drink"].values == {
        "tea": ("cuppa",),
        "me@home": ("meet @home", "@home", "a@b:c", "at @ 9:30"),
    }
    assert raw.dropped == {DropReason.COMPOSITE_SYNONYMS: 2, DropReason.COMPOSITE_VALUES: 3}


def test_another_language_is_an_option(tmp_path):
    with pytest.raises(DataError, match=r"'fr'.*en.*locale") as caught:
        read(agent_of(tmp_path, []), locale="fr")
    assert [cure.option for cure in caught.value.cures] == ["locale"]


@pytest.mark.parametrize("language", ["en", "de", None])
@pytest.mark.parametrize("is_packed", [False, True])
def test_an_export_of_2017(tmp_path, language, is_packed):
    part = {"text": "tea", "alias": "drink", "meta": "@drink", "userDefined": True}
    files = {
        "agent.json": {} if language is None else {"language": language},
        "intents/Order.json": {
            "name": "order.drink",
            "userSays": [{"data": [{"text": "bring "}, part], "isTemplate": False, "count": 0}, {"data": [4]}],
            "responses": [{"parameters": [{"name": "drink", "dataType": "@drink"}]}],
        },
        "intents/Fallback.json": {"name": "fallback", "userSays": []},
        "entities/drink.json": {"name": "drink", "entries": [{"value": "tea", "synonyms": ["tea", "cuppa"]}]},
    }
    for name, content in files.items():
        (tmp_path / "bot" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "bot" / name).write_text(json.dumps(content))
    path = tmp_path / "bot"
    if is_packed:
        path = Path(shutil.make_archive(str(tmp_path / "packed"), "zip", tmp_path, "bot"))
    assert format_for(path).name == "dialogflow"
    with pytest.raises(DataError, match=r"Order\.json, example 2"):
        read(path, locale=language or "en", on_error="raise")
    raw = read(path, locale=language or "en", on_error="drop")
    assert found(raw) == [("order.drink", "bring tea", [("drink", "tea")])]
    assert raw.catalogs["drink"].values == {"tea": ("cuppa",)} and raw.language == (language or "en")
    with pytest.raises(DataError, match="'xx'.*locale"):
        read(path, locale="xx")


def plain(text: str) -> str:
    """A text as the collection's manifest counts it: lower case, without punctuation at the end of words."""
    return " ".join(filter(None, (word.rstrip(".?!,;:") for word in text.lower().split())))


def agents(shared_dir):
    folder = shared_dir / "skills" / "dialogflow"
    if not folder.is_dir():
        pytest.skip(f"no agents at {folder}; point BILSTM_NLU_SHARED at the folder that holds skills/")
    for line in (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        yield entry, folder / entry["id"]


def test_every_public_agent_is_counted_as_its_collector_counted_it(shared_dir):
    for entry, path in agents(shared_dir):
        rows = read(path).splits["train"]
        first = {(u.intent, plain(u.text)): u for u in reversed(rows)}  # spans count once for each of these
        labels = [span.slot_type for utterance in first.values() for span in utterance.spans or ()]
        counts = (len({u.intent for u in rows}), len({plain(u.text) for u in rows}), len(set(labels)), len(labels))
        assert counts == tuple(entry[f"n_{what}"] for what in ("intents", "utterances", "slot_labels", "spans")), path


def test_the_values_of_every_public_agent(shared_dir):
    num_agents = 0
    for entry, path in agents(shared_dir):
        ((export),) = find_exports(path).values()
        export.load("en")
        notes = RawDomain(entry["id"])
        types = read_entity_types(export, "en", notes, "raise")
        values = {(name, value.lower()) for name, catalog in types.items() for value in catalog.values}
        pairs = {
            (value.lower(), form.lower())
            for catalog in types.values()
            for value, forms in catalog.values.items()
            for form in forms
        }
        assert len(values) == entry["n_lookup_values"]
        assert len({(value, form) for value, form in pairs if value != form}) == entry["n_synonyms"]
        assert notes.dropped.get(DropReason.COMPOSITE_VALUES, 0) == entry["n_patterns"]
        num_agents += 1
    assert num_agents == 2


def test_texts_that_only_the_dialogue_tells_apart(shared_dir):
    num_surplus = {}
    for entry, path in agents(shared_dir):
        rows = read(path).splits["train"]
        kept = read(path, drop_shared=True)
        lost = {text_key(u.text) for u in rows} - {text_key(u.text) for u in kept.splits["train"]}
        num_dropped = kept.dropped[DropReason.TEXTS_OF_SEVERAL_INTENTS]
        assert len(rows) - len(kept.splits["train"]) == num_dropped
        num_surplus[entry["id"]] = num_dropped - len(lost)  # the collection counts the listings after the first
    assert num_surplus["mihirapatel__step-capstone"] == 155
