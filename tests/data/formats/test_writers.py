"""Writing a domain: which writer, what is in the way, whole or not at all; and JSON Lines there and back."""

import tempfile
from pathlib import Path

import pytest
from domain_strategies import domains
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_domain import toy_domain

from bilstm_nlu.errors import DataError
from bilstm_nlu.staging import staged
from modeling_bilstm_nlu.data import Domain, Utterance, available_writers, read, write_domain
from modeling_bilstm_nlu.data.drop_reasons import DropReason
from modeling_bilstm_nlu.data.formats.writing import writer_for


def listing(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.mark.parametrize(
    "path, format, name",
    [
        ("a.jsonl", None, "jsonl"),
        ("a.JSON", None, "ask"),
        ("a.bio", None, "conll"),
        ("a.yaml", None, "rasa"),
        ("a.zip", None, "lex"),
        ("a.json", "clu", "clu"),
        ("a", "jsonl", "jsonl"),
        ("data.v2", "dataset", "dataset"),
        ("a.iob2", "conll", "conll"),
    ],
)
def test_the_writer_is_told_by_format_or_suffix(path, format, name):
    assert writer_for(Path(path), format)[0] == name


@pytest.mark.parametrize(
    "path, format, message",
    [
        ("a", None, "a.*ask, clu, conll"),
        ("a.lu", None, "a.lu"),
        ("a.jsonl", "luis-lu", "'luis-lu'"),
        ("a.jsonl", "dataset", "dataset.*folder"),
        ("a", "ask", r"ask.*\.json"),
        ("a.txt", "jsonl", ".jsonl"),
    ],
)
def test_a_path_that_does_not_go_with_the_format(path, format, message):
    with pytest.raises(DataError, match=message):
        writer_for(Path(path), format)


def test_every_writer_has_a_reader_of_its_name(tmp_path):
    domain = toy_domain(num_train=20)
    for name, writer in available_writers().items():
        path = tmp_path / f"{name}{writer.suffixes[0] if writer.suffixes else ''}"
        write_domain(domain, path, name)
        raw = read(path, name)
        assert {row.intent for row in raw.splits["train"]} == set(domain.spec.intents), name
        assert writer.suffixes or writer.is_for_folders
        if writer.is_for_folders:
            write_domain(domain, tmp_path / f"{name}-folder", name)
            assert read(tmp_path / f"{name}-folder", name).splits["train"], name
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


@settings(max_examples=60)
@given(domains(), st.sampled_from(sorted(available_writers())))
def test_what_a_writer_writes_its_reader_takes_back(domain, name):
    writer = available_writers()[name]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"out{writer.suffixes[0] if writer.suffixes else ''}"
        try:
            lost = write_domain(domain, path, name)
        except DataError:
            return
        raw = read(path, name, on_error="raise")
    assert raw.splits["train"]
    assert not set(raw.dropped) & {DropReason.BROKEN_RECORDS, DropReason.SLOTS_WITHOUT_A_TEXT}, lost


@pytest.mark.parametrize("name, suffix", [("ask", ".json"), ("lex", ".zip")])
def test_a_skill_without_a_sample_is_not_written(tmp_path, name, suffix):
    domain = Domain.from_utterances("mute", {"train": [Utterance("!", "shout"), Utterance("hi", "out_of_scope")]})
    rows = domain.utterances("train")[: 1 if name == "ask" else 2]
    with pytest.raises(DataError, match="'mute'"):
        write_domain(Domain.from_utterances("mute", {"train": rows}), tmp_path / f"a{suffix}", name)
    assert listing(tmp_path) == []


@pytest.mark.parametrize("name, suffix", [("ask", ".json"), ("clu", ".json"), ("lex", ".zip"), ("rasa", ".yml")])
def test_groups_and_domains_that_are_lost_are_counted(tmp_path, name, suffix):
    rows = [Utterance(text, "go", (), group) for text, group in (("go", "a"), ("move on", "a"), ("run", None))]
    rows.append(Utterance("stop it", "stop", (), None, "b"))
    lost = write_domain(Domain.from_utterances("a", {"train": rows}), tmp_path / f"a{suffix}", name)
    assert lost[DropReason.GROUPS_AND_DOMAINS] == 3


def test_a_file_says_what_it_has_no_place_for(tmp_path):
    domain = toy_domain(num_train=20)
    assert write_domain(domain, tmp_path / "a.jsonl") == {
        DropReason.SPLITS_IN_ONE_FILE: 40,
        DropReason.SLOT_CATALOGS_IN_ONE_FILE: 2,
    }
    assert write_domain(domain, tmp_path / "a", "jsonl") == {}
    assert listing(tmp_path / "a") == ["catalogs.json", "test.jsonl", "train.jsonl", "validation.jsonl"]


@settings(max_examples=60)
@given(domains())
def test_json_lines_there_and_back(domain):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "out"
        assert write_domain(domain, path, "jsonl") == {}
        raw = read(path)
    assert raw.splits == {split: domain.utterances(split) for split in domain.splits}
    assert raw.catalogs == domain.catalogs


def test_what_exists_is_not_overwritten_unless_asked(tmp_path):
    domain = toy_domain(num_train=20)
    path = tmp_path / "a.jsonl"
    path.write_text("mine")
    with pytest.raises(DataError, match="a.jsonl"):
        write_domain(domain, path)
    assert path.read_text() == "mine"
    write_domain(domain, path, overwrite=True)
    assert len(read(path).splits["train"]) == 60 and listing(tmp_path) == ["a.jsonl"]


def test_a_folder_is_replaced_only_by_all_of_its_files(tmp_path):
    domain = toy_domain(num_train=20)
    write_domain(domain, tmp_path / "a", "dataset")
    write_domain(toy_domain(num_train=30), tmp_path / "a", "dataset", overwrite=True)
    assert len(read(tmp_path / "a").splits["train"]) == 30
    (tmp_path / "a" / "notes.txt").write_text("mine")
    before = listing(tmp_path)
    with pytest.raises(DataError, match="notes.txt"):
        write_domain(domain, tmp_path / "a", "dataset", overwrite=True)
    assert listing(tmp_path) == before and len(read(tmp_path / "a").splits["train"]) == 30
    (tmp_path / "plain").write_text("mine")
    with pytest.raises(DataError, match="plain"):
        write_domain(domain, tmp_path / "plain", "jsonl", overwrite=True)
    assert (tmp_path / "plain").read_text() == "mine"


def test_what_a_writer_refuses_names_the_path_and_leaves_nothing(tmp_path):
    domain = Domain.from_utterances("slots alone", {"train": [Utterance("play it", None, ())]})
    with pytest.raises(DataError, match="'slots alone'") as caught:
        write_domain(domain, tmp_path / "a.yml")
    assert str(caught.value).startswith(f"{tmp_path / 'a.yml'}: ") and listing(tmp_path) == []


@pytest.mark.parametrize("is_folder", [False, True])
def test_staging_leaves_nothing_behind(tmp_path, is_folder):
    path = tmp_path / "sub" / "a"
    with pytest.raises(RuntimeError), staged(path) as build:
        _make(build, is_folder, "half")
        raise RuntimeError
    assert listing(tmp_path / "sub") == []
    for text in ("first", "second"):
        with staged(path) as build:
            _make(build, is_folder, text)
    with pytest.raises(RuntimeError), staged(path) as build:
        _make(build, is_folder, "half")
        raise RuntimeError
    assert (path / "x" if is_folder else path).read_text() == "second"
    assert listing(tmp_path / "sub") == (["a", "a/x"] if is_folder else ["a"])


def _make(build: Path, is_folder: bool, text: str) -> None:
    if is_folder:
        build.mkdir()
        (build / "x").write_text(text)
    else:
        build.write_text(text)


def test_tables_by_their_usual_names(tmp_path):
    assert writer_for(tmp_path / "a.csv", "csv") == writer_for(tmp_path / "a.tsv", "tsv") == writer_for(Path("a.csv"))
