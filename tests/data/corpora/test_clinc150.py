"""CLINC150: four sizes of train, domains, requests out of scope, and the same from the hub."""

import json
from pathlib import Path

import pytest
from datasets import ClassLabel, Dataset, Features, Value
from readme_counts import counts_of, readme_counts

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import read_json
from modeling_bilstm_nlu.data import Utterance, available_corpora, load_domain, read
from modeling_bilstm_nlu.data.drop_reasons import DropReason
from modeling_bilstm_nlu.data.formats.registry import format_for

TINY = Path(__file__).parents[2] / "samples" / "clinc150_tiny"


def test_the_tiny_folder():
    raw = read(TINY)
    assert raw.splits["train"] == [
        Utterance("wake me at nine", "alarm", None, domain="utility"),
        Utterance("who made you", "who_made_you", None, domain="small_talk"),
        Utterance("feed the cat", "feed_cat", None),
        Utterance("how high is a cat", "out_of_scope", None),
    ]
    assert [u.intent for u in raw.splits["validation"]] == ["out_of_scope", "alarm"]
    assert [u.intent for u in raw.splits["test"]] == ["out_of_scope", "alarm"]
    assert raw.dropped == {DropReason.INTENTS_THAT_BECAME.of("oos", "out_of_scope"): 3}
    assert (raw.name, raw.info.licence, len(raw.info.domains)) == ("clinc150", "cc-by-3.0", 10)


def test_variants():
    assert [u.text for u in read(TINY, variant="small").splits["train"]] == ["wake me at ten"]
    assert read(TINY / "data_small.json").splits == read(TINY, variant="small").splits
    with pytest.raises(DataError, match="data_oos_plus.json"):
        read(TINY, variant="oos_plus")
    with pytest.raises(DataError, match="variant='large'"):
        read(TINY, variant="large")


def test_requests_out_of_scope():
    assert {u.intent for u in read(TINY, out_of_scope="keep").splits["test"]} == {"oos", "alarm"}
    raw = read(TINY, out_of_scope="drop")
    assert len(raw.splits["train"]) == 3 and raw.dropped == {DropReason.UTTERANCES_OUT_OF_SCOPE: 3}
    with pytest.raises(DataError, match="out_of_scope='none'"):
        read(TINY, out_of_scope="none")


def test_what_is_recognised(tmp_path):
    assert format_for(TINY).name == format_for(TINY / "data_full.json").name == "clinc150"
    (tmp_path / "data_full.json").write_text('{"intents": []}')
    recognises = format_for(TINY, "clinc150").sniff
    assert not any(map(recognises, (TINY.parent, tmp_path, tmp_path / "data_full.json", TINY / "domains.json")))


@pytest.mark.parametrize(
    "document, message",
    [
        ([], "object"),
        ({"train": {}}, "object"),
        ({"extra": []}, "'extra'"),
        ({"oos_train": [["hi", "greet"], ["hi"]]}, "oos_train.*pair 2"),
        ({"train": [["hi", None]]}, "train.*pair 1"),
        ({"train": [[["hi"], "greet"]]}, "train.*pair 1"),
        ({"train": [["hi", ["greet"]]]}, "train.*pair 1"),
        ({"train": [[" ", "greet"]]}, "pair 1.*blank"),
        ({"train": [["hi", "\udc00"]]}, "pair 1.*surrogate"),
    ],
)
def test_broken_files(tmp_path, document, message):
    path = tmp_path / "data_full.json"
    path.write_text(json.dumps(document))
    with pytest.raises(DataError, match=f"data_full.json.*{message}"):
        read(path, "clinc150", on_error="raise")


def test_the_tables_of_the_hub():
    features = Features({"text": Value("string"), "intent": ClassLabel(names=["alarm", "oos"])})
    train = Dataset.from_dict({"text": ["wake me", "hm", "?"], "intent": [0, 1, None]}, features=features)
    reader = format_for(TINY, "clinc150")
    raw = reader.from_hub({"train": train, "validation": train.select([1])})
    assert raw.splits == {
        "train": [Utterance("wake me", "alarm", None, domain="utility"), Utterance("hm", "out_of_scope", None)],
        "validation": [Utterance("hm", "out_of_scope", None)],
    }
    assert raw.dropped == {DropReason.INTENTS_THAT_BECAME.of("oos", "out_of_scope"): 2, DropReason.BROKEN_RECORDS: 1}
    assert (reader.info.hub.path, reader.info.hub.config) == ("clinc/clinc_oos", "plus")


@pytest.mark.parametrize("variant", ["full", "small", "imbalanced", "oos_plus"])
def test_the_published_files(shared_dir, variant):
    folder = shared_dir / "data" / "clinc150"
    table = readme_counts(folder / "README.md")
    raw = read(folder, variant=variant)
    for split, name in {"train": "train", "validation": "val", "test": "test"}.items():
        utterances, texts, domains, *labels = counts_of(raw.splits[split])
        # requests out of scope belong to no domain, which counts_of takes for one
        assert (utterances, texts, domains - 1, *labels) == table[f"data_{variant}/{name}"]


def test_the_published_domains(shared_dir):
    folder = shared_dir / "data" / "clinc150"
    found: dict[str, set[str]] = {}
    for row in read(folder).splits["train"]:
        if row.domain is not None:
            found.setdefault(row.domain, set()).add(row.intent)
    assert found == {domain: set(intents) for domain, intents in read_json(folder / "domains.json.gz").items()}
    assert available_corpora()["clinc150"].domains == tuple(read_json(folder / "domains.json.gz"))
    domain = load_domain("clinc150/travel", data_dir=shared_dir / "data")
    assert (
        domain.splits.num_rows == {"train": 1_500, "validation": 300, "test": 450} and len(domain.spec.intents) == 15
    )
