"""A datasets repository: opened by `datasets`, read back whole, and a card that hostile names cannot break."""

import json
import tempfile
from pathlib import Path

import pytest
import yaml
from datasets import ClassLabel, Dataset, Features, List, Value, load_dataset
from domain_strategies import domains
from huggingface_hub import DatasetCard
from hypothesis import given, settings
from markdown_it import MarkdownIt

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data import (
    FEATURES,
    CorpusInfo,
    Domain,
    SlotCatalog,
    SlotSpan,
    Utterance,
    load_domain,
    read,
    write_domain,
)
from modeling_bilstm_nlu.data.drop_reasons import DropReason
from modeling_bilstm_nlu.data.formats.dataset import repository as dataset_repository
from modeling_bilstm_nlu.data.formats.dataset.card import render_dataset_card

TOPV2 = CorpusInfo("TOPv2", "cc-by-sa-4.0", "Chen et al. 2020", "https://example.org/topv2")
MASSIVE = CorpusInfo("MASSIVE", "cc-by-4.0", "FitzGerald et al. 2022", "https://example.org/massive")


def small() -> Domain:
    return Domain.from_utterances(
        "tea shop",
        {
            "train": [
                Utterance("green tea", "order", (SlotSpan("tea", 0, 5),), "order: {} tea"),
                Utterance("hello", None, None, None, "talk"),
                Utterance("stop", "stop", ()),
            ],
            "test": [Utterance("white tea", "order", (SlotSpan("tea", 0, 5),))],
        },
        catalogs={"tea": SlotCatalog("tea", {"green": ("sencha",), "white": ()}, {"green": "T1"}, "TEA")},
        dropped={"blank lines": 3},
        corpora=[TOPV2, MASSIVE],
    )


def test_load_dataset_opens_it(tmp_path):
    domain = small()
    assert write_domain(domain, tmp_path / "shop", "dataset") == {}
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()) == [
        "shop/README.md",
        "shop/catalogs.json",
        "shop/corpora.json",
        "shop/data/test-00000-of-00001.parquet",
        "shop/data/train-00000-of-00001.parquet",
    ]
    opened = load_dataset(str(tmp_path / "shop"))
    assert {split: rows.to_list() for split, rows in opened.items()} == {
        split: rows.to_list() for split, rows in domain.splits.items()
    }
    assert opened["train"].features == FEATURES


def test_it_is_read_back_with_catalogs(tmp_path):
    domain = small()
    write_domain(domain, tmp_path / "shop", "dataset")
    again = load_domain(tmp_path / "shop")
    assert (again.name, again.spec.intents, again.catalogs) == ("shop", domain.spec.intents, domain.catalogs)
    assert [again.utterances(split) for split in again.splits] == [domain.utterances(split) for split in domain.splits]


def test_the_card_says_what_it_is(tmp_path):
    write_domain(small(), tmp_path / "shop", "dataset")
    card = DatasetCard.load(tmp_path / "shop" / "README.md")
    assert card.data.license == "cc-by-sa-4.0" and card.data.pretty_name == "tea shop"
    assert card.data.configs == [
        {
            "config_name": "default",
            "data_files": [
                {"split": "train", "path": "data/train-*"},
                {"split": "test", "path": "data/test-*"},
            ],
        }
    ]
    assert [(split["name"], split["num_examples"]) for split in card.data.dataset_info["splits"]] == [
        ("train", 3),
        ("test", 1),
    ]
    for text in (
        "| `order` | 1 |",
        "| `tea` | 1 | 2 |",
        "| `TOPv2` | `cc-by-sa-4.0` | `Chen et al. 2020` | <https://example.org/topv2> |",
        "the same licence",
        "Keep the attribution",
        "- 3 `blank lines`",
    ):
        assert text in card.text


def test_a_card_without_a_source_asks_for_a_licence():
    text = render_dataset_card(Domain.from_utterances("mine", {"train": [Utterance("hi", "greet")]}), {"train": 10}, 9)
    metadata = yaml.safe_load(text.split("---\n")[1])
    assert "license" not in metadata and metadata["size_categories"] == "n<1K"
    assert "not known here" in text and "## Slot types" not in text


def test_hostile_names_stay_in_their_cells():
    name = "a|b\n---\n# <script>alert(1)</script> ![x](y) `"
    domain = Domain.from_utterances(
        name,
        {"train": [Utterance("hi", name, (SlotSpan(name, 0, 2),))]},
        catalogs={name: SlotCatalog(name, {"hi": ()})},
        dropped={name: 1},
        corpora=[CorpusInfo(name, "other", name, "javascript:alert(1)>")],
    )
    text = render_dataset_card(domain, {"train": 10}, 9)
    _, metadata, body = text.split("---\n", 2)
    assert "\n" not in yaml.safe_load(metadata)["pretty_name"]
    html = MarkdownIt("commonmark").enable("table").render(body)
    assert "<script" not in html and "<img" not in html and 'href="javascript' not in html
    assert html.count("<h1>") == 1 and html.count("<table>") == 5


@settings(max_examples=40)
@given(domains())
def test_round_trip(domain):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "out"
        assert write_domain(domain, path, "dataset") == {}
        raw = read(path)
    assert raw.splits == {split: domain.utterances(split) for split in domain.splits}
    assert raw.catalogs == domain.catalogs


def test_large_splits_are_several_files(tmp_path, monkeypatch):
    monkeypatch.setattr(dataset_repository, "_ROWS_IN_A_FILE", 2)
    write_domain(small(), tmp_path / "shop", "dataset")
    assert sorted(path.name for path in (tmp_path / "shop/data").glob("train*")) == [
        "train-00000-of-00002.parquet",
        "train-00001-of-00002.parquet",
    ]
    assert read(tmp_path / "shop").splits["train"] == small().utterances("train")
    assert len(load_dataset(str(tmp_path / "shop"))["train"]) == 3


def test_plain_tables_of_others_are_read_too(tmp_path):
    rows = [
        {"text": "hi", "label": 3, "intent": None},
        {"text": "jazz", "label": None, "intent": "play"},
    ]
    Dataset.from_list(rows).to_parquet(tmp_path / "dev.parquet")
    Dataset.from_list(rows[:1]).to_parquet(tmp_path / "train.parquet")
    raw = read(tmp_path)
    assert [(row.text, row.intent, row.spans) for row in raw.splits["validation"]] == [
        ("hi", None, None),
        ("jazz", "play", None),
    ]
    assert raw.dropped == {DropReason.VALUES_OF_UNREAD_COLUMNS.of("'label'"): 2}


def test_names_of_classes_and_other_usual_columns(tmp_path):
    features = Features(
        {
            "Sentence": Value("string"),
            "label": ClassLabel(names=["bye", "greet"]),
            "entities": {"slot": List(Value("string")), "start": List(Value("int32")), "end": List(Value("int32"))},
            "fold": Value("string"),
        }
    )
    spans = {"slot": ["who"], "start": [3], "end": [6]}
    empty = {"slot": [], "start": [], "end": []}
    rows = [
        {"Sentence": "hi bob", "label": 1, "entities": spans, "fold": "train"},
        {"Sentence": "hello", "label": -1, "entities": empty, "fold": "dev"},
    ]
    path = tmp_path / "all.parquet"
    Dataset.from_list(rows, features=features).to_parquet(path)
    raw = read(path, split_column="FOLD")
    assert raw.splits == {
        "train": [Utterance("hi bob", "greet", (SlotSpan("who", 3, 6),))],
        "validation": [Utterance("hello", None, ())],
    }
    assert raw.dropped == {} and raw.name == "all"
    with pytest.raises(DataError, match="'what'.*'label'"):
        read(path, intent_column="what")


@pytest.mark.parametrize(
    "rows, message",
    [
        ([{"text": 4}], "row 0.*'text'"),
        ([{"text": "hi", "intent": 2}], "row 0.*intent.*2"),
        ([{"words": "hi"}], "row 0.*'text'.*words.*text_column"),
    ],
)
def test_broken_rows_are_named(tmp_path, rows, message):
    Dataset.from_list(rows).to_parquet(tmp_path / "train.parquet")
    with pytest.raises(DataError, match=message):
        read(tmp_path)
    assert read(tmp_path, on_error="drop").dropped == {DropReason.BROKEN_RECORDS: 1}


def test_broken_files_are_named(tmp_path):
    write_domain(small(), tmp_path / "shop", "dataset")
    table = tmp_path / "shop/data/train-00000-of-00001.parquet"
    whole = table.read_bytes()
    for broken in (b"", b"PAR1", whole[: len(whole) // 2], whole[:-5] + b"\xff" * 5, b"\x00" * 100):
        table.write_bytes(broken)
        with pytest.raises(DataError, match="Parquet") as caught:
            read(tmp_path / "shop")
        assert str(table) in str(caught.value)
    with pytest.raises(DataError, match="train.parquet"):
        read(tmp_path, "dataset")


@pytest.mark.parametrize(
    "document, message",
    [
        ([], "slot types"),
        ({"a": []}, "values"),
        ({"a": {"values": [3]}}, "'value'"),
        ({"a": {"values": [{"value": "x", "synonyms": "y"}]}}, "'x'"),
        ({"a": {"values": [{"value": "x", "id": 3}]}}, "'x'.*3"),
        ({"a": {"values": [], "type_name": 3}}, "type name.*3"),
    ],
)
def test_broken_catalogs_are_named(tmp_path, document, message):
    (tmp_path / "train.jsonl").write_text('{"text": "hi"}\n')
    (tmp_path / "catalogs.json").write_text(json.dumps(document))
    with pytest.raises(DataError, match=message) as caught:
        read(tmp_path)
    assert str(tmp_path / "catalogs.json") in str(caught.value)
