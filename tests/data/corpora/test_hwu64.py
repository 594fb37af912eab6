"""HWU64: a CSV file an intent with inline slots, and the single file of all annotations."""

import gzip
import shutil
from pathlib import Path

import pytest
from readme_counts import counts_of, readme_counts

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data import available_corpora, load_domain, read
from modeling_bilstm_nlu.data.drop_reasons import DropReason
from modeling_bilstm_nlu.data.formats.registry import format_for

DATA = Path(__file__).parents[2] / "samples"
TINY, WHOLE = DATA / "hwu64_tiny", DATA / "hwu64_whole_tiny"
HEADER = "answerid;scenario;intent;answer_annotation;answer_from_anno;answer_from_user\n"


def frames(rows):
    return {u.text: (u.intent, [(slot_type, u.text[a:b]) for slot_type, a, b in u.spans]) for u in rows}


def test_the_tiny_folder():
    raw = read(TINY)
    assert frames(raw.splits["train"]) == {
        "feed the old cat at six": ("pets_feed", [("pet", "old cat"), ("time", "six")]),
        "give the cat's bowl some milk": ("pets_feed", [("pet", "cat's")]),
        'make some "green" tea; now': ("tea_make", []),
    }
    assert frames(raw.splits["test"]) == {"feed Rex": ("pets_feed", [("pet", "Rex")]), "make tea": ("tea_make", [])}
    assert [u.domain for u in raw.splits["train"]] == ["pets", "pets", "tea"]
    assert {u.group for rows in raw.splits.values() for u in rows} == {None} and raw.dropped == {}
    assert (raw.name, raw.info.licence, raw.info.family) == ("hwu64", "cc-by-4.0", "slurp")
    assert read(TINY / "KFold_1").splits == raw.splits
    assert len(read(TINY / "KFold_1" / "trainset" / "pets_feed.csv").splits["train"]) == 2


def test_folds(tmp_path):
    shutil.copytree(TINY, tmp_path / "hwu64")
    shutil.copytree(TINY / "KFold_1" / "testset" / "csv", tmp_path / "hwu64" / "KFold_2" / "trainset")
    assert [u.text for u in read(tmp_path / "hwu64", fold=2).splits["train"]] == ["feed Rex", "make tea"]
    with pytest.raises(DataError, match="KFold_3/trainset.*NLU-Data"):
        read(TINY, fold=3)


def test_the_file_of_all_annotations():
    raw = read(WHOLE)
    assert frames(raw.splits["train"]) == {
        "feed the old cat at six": ("pets_feed", [("pet", "old cat"), ("time", "six")]),
        "please feed Rex": ("pets_feed", [("pet", "Rex")]),
        "make tea": ("tea_make", []),
    }
    assert [u.group for u in raw.splits["train"]] == ["11", "11", "14"]
    assert raw.dropped == {DropReason.IRRELEVANT_ROWS: 1, DropReason.ROWS_WITHOUT_AN_ANSWER: 1}
    assert read(WHOLE / "NLU-Data-Home-Domain-Annotated-All.csv").splits == raw.splits


def test_what_is_recognised(tmp_path):
    files = (TINY / "KFold_1" / "trainset" / "pets_feed.csv", WHOLE / "NLU-Data-Home-Domain-Annotated-All.csv")
    assert {format_for(path).name for path in (TINY, TINY / "KFold_1", WHOLE, *files)} == {"hwu64"}
    (tmp_path / "other.csv").write_text("text;intent\nhello;greet\n")
    recognises = format_for(TINY, "hwu64").sniff
    assert not any(map(recognises, (DATA, DATA / "banking77_tiny", tmp_path, tmp_path / "other.csv")))


@pytest.mark.parametrize(
    "row, message",
    [
        ("1;pets;feed;feed [pet : Rex;;", "unbalanced"),
        ("1;pets;feed;feed [Rex];;", "' : '"),
        ("1;pets;feed;feed [pet : ];;", "empty"),
        ("1;pets;feed;;;", "blank"),
        ("1; ;feed;feed Rex;;", "scenario"),
        ("1;pets;;feed Rex;;", "scenario"),
        ("1;pets;feed;feed Rex", "4 cells.*6"),
        ('1;pets;feed;"feed" Rex;;', "cells"),
    ],
)
def test_broken_rows_name_file_and_line(tmp_path, row, message):
    path = tmp_path / "pets_feed.csv"
    path.write_text(HEADER + "0;pets;feed;feed Mimi;;\n" + row + "\n")
    with pytest.raises(DataError, match=f"pets_feed.csv.*line 3.*{message}"):
        read(path, on_error="raise")
    raw = read(path, on_error="drop")
    assert [u.text for u in raw.splits["train"]] == ["feed Mimi"] and raw.dropped == {DropReason.BROKEN_RECORDS: 1}


def test_other_tables_and_doubled_files(tmp_path):
    shutil.copytree(TINY, tmp_path / "hwu64")
    file = tmp_path / "hwu64" / "KFold_1" / "trainset" / "pets_feed.csv"
    (file.parent / "pets_feed.csv.gz").write_bytes(gzip.compress(file.read_bytes()))
    with pytest.raises(DataError, match="pets_feed.csv.*pets_feed.csv.gz"):
        read(tmp_path / "hwu64")
    file.write_text("text;intent\n")
    with pytest.raises(DataError, match="answerid;.*userid;.*text;intent"):
        read(file, "hwu64")
    file.write_text("")
    with pytest.raises(DataError, match="header"):
        read(file, "hwu64")


def test_the_published_fold(shared_dir):
    folder = shared_dir / "data" / "hwu64"
    raw = read(folder)
    table = readme_counts(folder / "README.md")
    assert {f"KFold_1/{split}": counts_of(rows) for split, rows in raw.splits.items()} == table
    assert raw.dropped == {}
    assert {u.domain for u in raw.splits["train"]} == set(available_corpora()["hwu64"].domains)


def test_a_published_domain_by_its_name(shared_dir):
    domain = load_domain("hwu64/alarm", data_dir=shared_dir / "data")
    assert domain.spec.intents == ("alarm_query", "alarm_remove", "alarm_set")
    assert domain.splits.num_rows == {"train": 456, "test": 47}
    assert domain.dropped[DropReason.UNSEEN_LABELS] == 2
