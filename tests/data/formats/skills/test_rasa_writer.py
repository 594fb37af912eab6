"""Rasa training data: what is written comes back, and what cannot be written is counted."""

import json
import re
import tempfile
from pathlib import Path

import pytest
from domain_strategies import is_visible
from hypothesis import given, settings
from hypothesis import strategies as st

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data import SlotCatalog, SlotSpan, Utterance, load_domain, read
from modeling_bilstm_nlu.data.domains import Domain
from modeling_bilstm_nlu.data.drop_reasons import DropReason
from modeling_bilstm_nlu.data.formats.skills.rasa.annotations import label_of, parse_annotations, write_annotations
from modeling_bilstm_nlu.data.formats.skills.rasa.writer import write_rasa
from modeling_bilstm_nlu.data.text import normalise_spaces

TINY = Path(__file__).parents[3] / "samples" / "rasa_tiny"

#: Everything that means something to YAML, to Rasa's marks or to JSON, white space and control characters included.
TRICKY = "ab1 é🎵ש\u200d\ufeff\x00\x7f\u2028\x85\t\n[](){}\"'\\:#-*&!|>%@,?/<`~="
texts = st.text(TRICKY, max_size=12)
labels = st.one_of(
    st.sampled_from(
        ["city", "city#from", "amount-of-money", "sys.date", "a b", "é", "x:y", "a)b", "c}d", 'q"\\', "#"]
    ),
    st.text(TRICKY, min_size=1, max_size=6).filter(is_visible).filter(lambda label: label == " ".join(label.split())),
)


intents = st.sampled_from(["greet", "yes", "1e3", "a b", "book: it", "é", "- x", "null", 'q"', "faq\\n"])

UNMARKABLE = DropReason.UTTERANCES_THAT_LOOK_LIKE_MARKS


@st.composite
def utterances(draw):
    """An utterance out of pieces of text, some of which are slots."""
    text, spans = draw(texts), []
    for piece, label, after in draw(st.lists(st.tuples(texts, labels, texts), max_size=3)):
        if piece.strip():
            spans.append(SlotSpan(label, len(text), len(text) + len(piece)))
        text += piece + after
    return Utterance(text if text.strip() else "x", draw(intents), tuple(spans))


def as_rasa_reads(line):
    """Text and slots of a line of the file, by Rasa's rule: the leftmost bracket with a label behind its partner."""
    text, slots, position = "", [], 0
    for match in re.finditer(r"\[([^\]]+)\](?:\(([^:)]+)(?::[^)]+)?\)|(\{[^}]+\}))", line):
        attributes = json.loads(match[3]) if match[3] else {"entity": match[2]}
        text += line[position : match.start()] + match[1]
        label = attributes["entity"] + ("#" + attributes["role"] if "role" in attributes else "")
        slots.append((label, len(text) - len(match[1]), len(text)))
        position = match.end()
    return text + line[position:], slots


@given(utterances())
@settings(max_examples=300)
def test_rasa_reads_a_line_as_it_was_meant_or_it_is_refused(utterance):
    text, spans = normalise_spaces(utterance.text, utterance.spans)
    line = write_annotations(text, spans)
    if line is None:
        assert "[" in text or "]" in text
    else:
        assert as_rasa_reads(line) == (text, list(spans))
        plain, marks, _ = parse_annotations(line)
        assert (plain, [(label_of(m.entity, m.role), m.start, m.end) for m in marks]) == (text, list(spans))


@given(st.lists(utterances(), min_size=1, max_size=15))
@settings(max_examples=30)
def test_texts_intents_and_spans_come_back(rows):
    rows = [*rows, Utterance("plain", "greet", (SlotSpan("city", 0, 5),))]
    expected = {}
    num_refused = 0
    for row in rows:
        text, spans = normalise_spaces(row.text, row.spans)
        if write_annotations(text, spans) is None:
            num_refused += 1
        else:
            expected.setdefault(row.intent, {})[Utterance(text, row.intent, spans)] = None
    raw, lost = round_trip(rows)
    assert raw.splits["train"] == [row for of_intent in expected.values() for row in of_intent]
    assert lost.get(UNMARKABLE, 0) == num_refused


def round_trip(rows, catalogs=None):
    domain = Domain.from_utterances("trip", {"train": rows}, catalogs=catalogs)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "nlu.yml"
        lost = write_rasa(path, domain)
        return read(path), lost


@given(texts.map(lambda text: " ".join(text.split())))
def test_text_without_slots_is_itself_or_refused(text):
    line = write_annotations(text, ())
    assert line in (text, None)
    if not any(mark in text for mark in ("](", "]{", "][")):
        assert line == text


def test_refused_texts():
    span = (SlotSpan("city", 3, 7),)
    assert write_annotations("in Rome now", span) == "in [Rome](city) now"
    assert write_annotations("[a](b) Rome", ()) is None
    assert write_annotations("say [a]{b} now", ()) is None  # Rasa would stop at it
    assert write_annotations("a [b] (c) {d} ]( e", ()) == "a [b] (c) {d} ]( e"
    assert write_annotations("in Ro]e now", span) is None
    assert write_annotations("[n Rome now", span) is None
    assert write_annotations("in R[me now", span) == "in [R[me](city) now"


@pytest.mark.parametrize("label", ["city#from", "a:b", "a)b", "a}b", 'a"b', "é#ü", "a\\b", "[", "#a", "a#"])
def test_labels_that_need_json(label):
    line = write_annotations("in Rome", (SlotSpan(label, 3, 7),))
    assert line is not None and line.count("}") <= 1
    plain, (mark,), _ = parse_annotations(line)
    assert plain == "in Rome" and label == (f"{mark.entity}#{mark.role}" if mark.role else mark.entity)


def test_the_tiny_project_comes_back(tmp_path):
    domain = load_domain(TINY, validation_size=0, test_size=0)
    path = tmp_path / "nlu.yml"
    assert write_rasa(path, domain) == {}
    again = load_domain(path, validation_size=0, test_size=0)
    assert sorted(map(str, again.utterances("train"))) == sorted(map(str, domain.utterances("train")))
    for label, catalog in domain.catalogs.items():
        assert set(again.catalogs[label].surface_forms()) >= set(catalog.surface_forms())
        assert again.catalogs[label].values.keys() >= catalog.values.keys()


def test_the_written_file(tmp_path):
    rows = [
        Utterance("go to the capital", "travel", (SlotSpan("city#to", 6, 17),)),
        Utterance("yes", "yes"),
        Utterance("beep\x07", "beep"),
    ]
    catalogs = {"city#to": SlotCatalog("city#to", {"Berlin": ("the capital",)}, {"Berlin": "B"}, "city")}
    path = tmp_path / "nlu.yml"
    lost = write_rasa(path, Domain.from_utterances("bot", {"train": rows}, catalogs=catalogs))
    assert lost == {DropReason.CATALOG_VALUE_IDS: 1}
    assert path.read_text(encoding="utf-8") == (
        'version: "3.1"\n\nnlu:\n'
        "- intent: travel\n  examples: |\n"
        '    - go to [the capital]{"entity": "city", "role": "to"}\n\n'
        '- intent: "yes"\n  examples: |\n    - yes\n\n'
        '- intent: beep\n  examples: "- beep\\a\\n"\n\n'
        "- lookup: city\n  examples: |\n    - Berlin\n    - the capital\n\n"
        "- synonym: Berlin\n  examples: |\n    - the capital\n"
    )
    assert read(path).catalogs["city#to"].values == {"Berlin": ("the capital",)}


names = st.text("ab é🎵[](){}:#-'\"\\\x00", min_size=1, max_size=6).map(lambda s: " ".join(s.split())).filter(bool)


@given(st.dictionaries(names, st.lists(names, max_size=3), min_size=1, max_size=4))
@settings(max_examples=30)
def test_catalogs_come_back(values):
    seen: set[str] = set()
    kept = {}
    for value, synonyms in values.items():  # a form of two values has no place in Rasa
        forms = [form for form in dict.fromkeys((value, *synonyms)) if form.lower() not in seen]
        seen.update(form.lower() for form in forms)
        if value in forms:
            kept[value] = tuple(forms[1:])
    raw, lost = round_trip([Utterance("hi", "greet")], {"city": SlotCatalog("city", kept)})
    assert lost == {}
    assert {v: set(s) for v, s in raw.catalogs["city"].values.items()} == {v: set(s) for v, s in kept.items()}


def test_what_is_lost_is_counted():
    rows = [
        Utterance("hi", "greet"),
        Utterance("hi", "greet", None),
        Utterance("no  intent"),
        Utterance("a [b](c)", "greet"),
        Utterance("price?", "faq/price", (), "faq: price?"),
        Utterance(" much   space ", "greet", (), None, "small talk"),
    ]
    catalogs = {
        "a": SlotCatalog("a", {"x": ("z", " "), " ": ("y",)}, type_name="AMAZON.City"),
        "b": SlotCatalog("b", {"y": ("Z",)}),
    }
    raw, lost = round_trip(rows, catalogs)
    assert lost == {
        DropReason.UTTERANCES_WITHOUT_AN_INTENT: 1,
        UNMARKABLE: 1,
        DropReason.REPEATED_UTTERANCES: 1,
        DropReason.SLOTS_NOT_ANNOTATED: 1,
        DropReason.UTTERANCE_SPACES_COLLAPSED: 1,
        DropReason.GROUPS_AND_DOMAINS: 2,
        DropReason.INTENTS_WITH_A_SLASH: 1,
        DropReason.CATALOG_TYPE_NAMES: 1,
        DropReason.SYNONYMS_OF_A_SECOND_VALUE: 1,
    }
    assert [u.text for u in raw.splits["train"]] == ["hi", "much space", "price?"]


def test_splits(tmp_path):
    splits = {
        "train": [Utterance("hi", "greet"), Utterance("hello", "greet")],
        "test": [Utterance("hey", "greet")],
        "validation": [Utterance("[a](b)", "greet")],
    }
    domain = Domain.from_utterances("bot", splits, catalogs={"a": SlotCatalog("a", {"b": ()})})
    assert write_rasa(tmp_path / "bot", domain) == {UNMARKABLE: 1}
    assert sorted(file.name for file in (tmp_path / "bot").iterdir()) == ["test.yml", "train.yml"]
    raw = read(tmp_path / "bot")
    assert {split: [u.text for u in rows] for split, rows in raw.splits.items()} == {
        "train": ["hi", "hello"],
        "test": ["hey"],
    }
    assert raw.catalogs["a"].values == {"b": ()}
    lost = write_rasa(tmp_path / "bot.yaml", domain)
    assert lost == {DropReason.OTHER_SPLITS_WRITTEN_WITH_TRAIN: 2, UNMARKABLE: 1}
    assert [u.text for u in read(tmp_path / "bot.yaml").splits["train"]] == ["hi", "hello", "hey"]


def test_refused_paths_and_domains(tmp_path):
    domain = Domain.from_utterances("bot", {"train": [Utterance("hi", "greet")]})
    for name in ("bot.json", "bot.md"):
        with pytest.raises(DataError, match=r"\.yml"):
            write_rasa(tmp_path / name, domain)
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match=r"\.yml"):
        write_rasa(tmp_path / "file", domain)
    domain = Domain.from_utterances("bot", {"train": [Utterance("hi")]})
    with pytest.raises(DataError, match="'bot'"):
        write_rasa(tmp_path / "bot.yml", domain)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
