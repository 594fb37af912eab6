"""HINT3: three bots, two versions of the labels, most of test out of scope."""

import gzip
import shutil
from pathlib import Path

import pytest
from readme_counts import counts_of, readme_counts

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data import Utterance, available_corpora, load_domain, read
from modeling_bilstm_nlu.data.drop_reasons import DropReason
from modeling_bilstm_nlu.data.formats.registry import format_for
from modeling_bilstm_nlu.data.mixtures.mature_domains import mature

TINY = Path(__file__).parents[2] / "samples" / "hint3_tiny"


def test_the_tiny_folder():
    raw = read(TINY)
    assert raw.splits == {
        "train": [
            Utterance("do you sell cats", "SELL", None, domain="catshop"),
            Utterance("cats, how much", "PRICE", None, domain="catshop"),
            Utterance("is the shop open", "OPEN", None, domain="teashop"),
        ],
        "test": [
            Utterance("cat price", "PRICE", None, domain="catshop"),
            Utterance("good morning", "out_of_scope", None, domain="catshop"),
            Utterance("bus stop", "out_of_scope", None, domain="teashop"),
            Utterance("open now?", "OPEN", None, domain="teashop"),
        ],
    }
    assert raw.dropped == {DropReason.INTENTS_THAT_BECAME.of("NO_NODES_DETECTED", "out_of_scope"): 2}
    assert (raw.name, raw.info.licence, raw.info.is_for_evaluation_only) == ("hint3", "odbl", True)
    assert read(TINY / "v2").splits == raw.splits


def test_versions_and_subsets():
    assert len(read(TINY, version="v1").splits["train"]) == 3
    raw = read(TINY, version="v1", subset=True)
    assert {split: len(rows) for split, rows in raw.splits.items()} == {"train": 2, "test": 2}
    with pytest.raises(DataError, match="train/<bot>_subset_train.csv.*version='v1'"):
        read(TINY, subset=True)
    with pytest.raises(DataError, match="version='v3'"):
        read(TINY, version="v3")
    with pytest.raises(DataError, match="v2/train/<bot>_train.csv"):
        read(TINY.parent, "hint3")


def test_requests_out_of_scope():
    assert {u.intent for u in read(TINY, out_of_scope="keep").splits["test"]} == {"PRICE", "OPEN", "NO_NODES_DETECTED"}
    raw = read(TINY, out_of_scope="drop")
    assert len(raw.splits["test"]) == 2 and raw.dropped == {DropReason.UTTERANCES_OUT_OF_SCOPE: 2}
    with pytest.raises(DataError, match="'out_of_scope'"):
        load_domain(TINY, drop_unseen=False)
    domain = load_domain(TINY)  # what is out of scope is what the test is about
    assert domain.splits.num_rows == {"train": 3, "test": 4} and "out_of_scope" not in domain.spec.intents
    assert domain.dropped == {DropReason.INTENTS_THAT_BECAME.of("NO_NODES_DETECTED", "out_of_scope"): 2}
    assert load_domain(TINY, domains="catshop").dropped == {
        DropReason.INTENTS_THAT_BECAME.of("NO_NODES_DETECTED", "out_of_scope"): 1,
        DropReason.DOMAINS_NOT_ASKED_FOR: 3,
    }
    assert load_domain(TINY, allow_unseen=True).splits.num_rows == {"train": 3, "test": 4}


def test_it_is_for_evaluation_only():
    with pytest.raises(DataError, match="'hint3'"):
        mature(corpora=["hint3"])


def test_what_is_recognised(tmp_path):
    assert format_for(TINY).name == format_for(TINY / "v1").name == "hint3"
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / "shop_train.csv").write_text("text,intent\nhello,greet\n")
    recognises = format_for(TINY, "hint3").sniff
    assert not any(map(recognises, (TINY.parent, tmp_path, tmp_path / "train", TINY.parent / "banking77_tiny")))
    shutil.copytree(TINY, tmp_path / "hint3")
    packed = tmp_path / "hint3" / "v2" / "test" / "teashop_test.csv.gz"
    packed.write_bytes(gzip.compress(b"sentence,label\nhello,OPEN\n"))
    with pytest.raises(DataError, match="teashop_test.csv.*teashop_test.csv.gz"):
        read(tmp_path / "hint3")


@pytest.mark.parametrize("row, message", [(",SELL", "blank"), ("cats,", "intent"), ("cats", "cells")])
def test_broken_rows_name_file_and_line(tmp_path, row, message):
    shutil.copytree(TINY, tmp_path / "hint3")
    with (tmp_path / "hint3" / "v2" / "train" / "teashop_train.csv").open("a") as file:
        file.write(f"{row}\n")
    with pytest.raises(DataError, match=f"teashop_train.csv.*line 3.*{message}"):
        read(tmp_path / "hint3", on_error="raise")
    assert read(tmp_path / "hint3", on_error="drop").dropped[DropReason.BROKEN_RECORDS] == 1


@pytest.mark.parametrize("version, subset", [("v1", False), ("v1", True), ("v2", False)])
def test_the_published_files(shared_dir, version, subset):
    folder = shared_dir / "data" / "hint3"
    table = readme_counts(folder / "README.md")
    raw = read(folder, version=version, subset=subset)
    bots = available_corpora()["hint3"].domains
    for bot in bots:
        for split, name in {"train": "subset_train" if subset else "train", "test": "test"}.items():
            rows = [row for row in raw.splits[split] if row.domain == bot]
            assert counts_of(rows) == table[f"{version}/{split}/{bot}_{name}"], (bot, split)
    assert {u.domain for u in raw.splits["test"]} == set(bots)
    assert raw.dropped == {
        DropReason.INTENTS_THAT_BECAME.of("NO_NODES_DETECTED", "out_of_scope"): 1_350 if version == "v2" else 1_413
    }
