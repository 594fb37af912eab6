"""Any source to a domain; low-resource draws; mixtures."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from datasets import Dataset, DatasetDict

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data import (
    FEATURES,
    Domain,
    SlotCatalog,
    SlotSpan,
    Utterance,
    load_domain,
    load_skill,
    load_unsplit,
    merge_domains,
    read,
    sample_utterances,
    sources,
    to_dataset,
    write_jsonl,
)
from modeling_bilstm_nlu.data.checks import check_domain
from modeling_bilstm_nlu.data.drop_reasons import DropReason

DATA = Path(__file__).parents[1] / "samples"


def commands(num_intents=4, per_intent=10):
    return [
        Utterance(f"do {n} for {i}", f"intent {i}", (SlotSpan(f"slot {i % 2}", 3, 4),))
        for i in range(num_intents)
        for n in range(per_intent)
    ]


def test_a_single_file_is_cut_into_splits(tmp_path):
    path = tmp_path / "home.jsonl"
    write_jsonl(path, commands())
    domain = load_domain(path)
    assert (domain.name, domain.splits.num_rows) == ("home", {"train": 24, "validation": 8, "test": 8})
    assert all(rows.features == FEATURES for rows in domain.splits.values())
    assert domain.spec.intents == tuple(f"intent {i}" for i in range(4))
    assert load_domain(str(path), seed=0).splits["test"]["text"] == domain.splits["test"]["text"]
    assert load_domain(path, seed=1).splits["test"]["text"] != domain.splits["test"]["text"]
    whole = load_domain(path, validation_size=0, test_size=0, name="mine")
    assert (whole.name, whole.splits.num_rows, whole.spec.name) == ("mine", {"train": 40}, "mine")


def test_splits_of_the_source_are_kept_as_they_are():
    assert load_domain(DATA / "jsonl_tiny").splits.num_rows == {"train": 6, "validation": 1}
    assert load_domain(DATA / "seq_tiny", intents=["on"]).splits.num_rows == {"train": 2, "test": 1}


def test_data_without_any_label_is_refused(tmp_path):
    path = tmp_path / "texts.jsonl"
    write_jsonl(path, [Utterance("hi", None, None), Utterance("bye", None, ())])
    with pytest.raises(DataError, match="'texts'.*intent_column"):
        load_domain(path)
    domain = load_unsplit(path)
    (error,) = (finding for finding in check_domain(domain).findings if finding.is_error)
    assert error.kind == "no labels" and "intent_column" in error.cure
    write_jsonl(path, [Utterance("hi", None, None), Utterance("bye bob", None, (SlotSpan("who", 4, 7),))])
    assert load_domain(path).spec.slot_types == ("who",)


def test_labels_that_training_never_saw(tmp_path):
    write_jsonl(tmp_path / "train.jsonl", commands())
    write_jsonl(tmp_path / "test.jsonl", [*commands(1, 1), Utterance("fly", "flying", (SlotSpan("wing", 0, 3),))])
    message = "test.*'flying'.*'wing'.*drop_unseen=True.*allow_unseen=True"
    with pytest.raises(DataError, match=message):
        load_domain(tmp_path)
    assert load_domain(tmp_path, drop_unseen=True).splits.num_rows == {"train": 40, "test": 1}
    kept = load_domain(tmp_path, allow_unseen=True)
    assert kept.splits.num_rows == {"train": 40, "test": 2} and "flying" not in kept.spec.intents


@pytest.mark.parametrize(
    "source, options, message",
    [
        ("nowhere.jsonl", {}, "'nowhere.jsonl'.*home_assistant, smart_garden"),
        ("data/nowhere.jsonl.gz", {}, "'data/nowhere.jsonl.gz'"),
        ("nobody/nothing.v1", {}, "nobody/nothing"),
        ("nobody/nothing", {}, "nobody/nothing"),
        ("nobody/nothing", {"locale": "x"}, "locale"),
        (DATA / "seq_tiny" / "test", {}, "training.*test"),
        ("smart_garden", {"locale": "de-DE"}, "'smart_garden'.*locale"),
    ],
)
def test_sources_that_cannot_be_read(source, options, message):
    with pytest.raises(DataError, match=message):
        load_domain(source, **options)


def test_a_datasets_repository(monkeypatch):
    rows = [{"text": "play jazz", "intent": "play", "slots": [{"slot": "genre", "start": 5, "end": 9}]}] * 3
    tables = DatasetDict(
        {
            "train": Dataset.from_list(rows),
            "dev": Dataset.from_list(rows[:1]),
            "extra": rows and Dataset.from_list(rows),
        }
    )
    monkeypatch.setattr(sources, "load_dataset", lambda *args, **kwargs: tables)
    domain = load_domain("acme/music", intents=["play"])
    assert (domain.name, domain.splits.num_rows) == ("music", {"train": 3, "validation": 1})
    assert domain.dropped == {DropReason.ROWS_OF_SPLIT.of("extra"): 3} and domain.spec.slot_types == ("genre",)
    broken = Dataset.from_list([{"words": "play"}])
    monkeypatch.setattr(sources, "load_dataset", lambda *args, **kwargs: DatasetDict({"train": broken}))
    with pytest.raises(DataError, match="acme/music.*train.*row 0.*'text'.*words.*text_column"):
        load_domain("acme/music", on_error="raise")
    with pytest.raises(DataError, match="'music'"):  # what the message advises works
        load_domain("acme/music", on_error="drop")
    with pytest.raises(DataError, match=r"\bx\b.*intents, domains, exclude_domains, .*on_error"):
        load_domain("acme/music", x=1)


def test_a_corpus_of_the_hub_takes_options(monkeypatch):
    tree = "[IN:CREATE_REMINDER call [SL:TODO my [SL:WHO mum ] ] ]"
    rows = [{"domain": "reminder", "utterance": "call my mum", "semantic_parse": tree}] * 2
    rows.append({**rows[0], "semantic_parse": "[IN:CREATE_REMINDER"})
    monkeypatch.setattr(
        sources, "load_dataset", lambda *args, **kwargs: DatasetDict({"train": Dataset.from_list(rows)})
    )
    monkeypatch.delenv("BILSTM_NLU_DATA", raising=False)
    for options, slot_types in (({}, ("WHO",)), ({"nested": "outermost"}, ("TODO",))):
        domain = load_domain("topv2/reminder", **options)
        assert domain.spec.slot_types == slot_types and domain.dropped["broken records (of any domain)"] == 1
    with pytest.raises(DataError, match=r"train.*row 2.*'\]'"):
        load_domain("topv2/reminder", on_error="raise")
    known = "known.*: intents, domains, exclude_domains, nested, unsupported, on_error"
    with pytest.raises(DataError, match=f"'WillHeld/top_v2'.*low_resource.*{known}"):
        load_domain("topv2/reminder", low_resource=10)
    with pytest.raises(DataError, match="'pass'.*on_error"):
        load_domain("topv2/reminder", on_error="pass")


def test_a_corpus_that_is_not_at_hand(tmp_path, monkeypatch):
    monkeypatch.delenv("BILSTM_NLU_DATA", raising=False)
    layout = "FOLDER/{0} .*{1}.*data_dir.*BILSTM_NLU_DATA"
    for name, summary in (("massive", "MASSIVE JSON Lines"), ("slurp", "SLURP JSON Lines")):
        with pytest.raises(DataError, match="corpora.*" + layout.format(name, summary)):
            load_domain(name)
        with pytest.raises(DataError, match=f"{tmp_path / name}.*" + layout.format(name, summary)):
            load_domain(name, data_dir=tmp_path)
    (tmp_path / "slurp").mkdir()
    shutil.copy(DATA / "slurp_tiny" / "test.jsonl", tmp_path / "slurp")
    message = "'slurp'.*'test'.*https://github.*slurp"
    with pytest.raises(DataError, match=message):
        load_domain("slurp", data_dir=tmp_path)


@pytest.mark.parametrize("name", ["slurp", "topv2/weather", "mature"])
def test_a_path_goes_before_a_corpus_of_its_name_and_it_is_said(tmp_path, monkeypatch, caplog, name):
    monkeypatch.chdir(tmp_path)
    Path(name).mkdir(parents=True)
    shutil.copy(DATA / "jsonl_tiny" / "train.jsonl", name)
    assert load_domain(name).spec == load_domain(tmp_path / name / "train.jsonl", name=Path(name).name).spec
    [record] = [record for record in caplog.records if record.levelname == "WARNING"]
    assert name in record.getMessage()


def test_an_embedded_domain_goes_before_a_path_and_it_is_said(tmp_path, monkeypatch, caplog):
    monkeypatch.chdir(tmp_path)
    Path("smart_garden").mkdir()
    shutil.copy(DATA / "jsonl_tiny" / "train.jsonl", "smart_garden")
    assert load_domain("smart_garden", max_per_carrier=1).skill is not None
    assert "./smart_garden" in caplog.text
    assert load_domain("./smart_garden").skill is None


def test_a_skill_is_a_domain():
    assert load_skill is load_domain


def test_a_path_that_cannot_be_looked_up():
    for load in (load_domain, load_unsplit, read):
        with pytest.raises(DataError, match="path"):
            load("x" * 300 + ".jsonl")


def test_a_domain_in_one_line():
    domain = Domain.from_utterances("home", {"train": commands(), "test": commands(4, 2)})
    assert repr(domain) == "<Domain 'home': 40 train, 8 test; 4 intents, 2 slot types>"


@pytest.mark.parametrize("source", ["../nofolder", "./nofolder", "~/nofolder", "a/../b", "x" * 300, "x" * 300 + "/y"])
def test_a_path_is_not_asked_for_on_the_hub(source, monkeypatch):
    asked = []
    monkeypatch.setattr(sources, "load_dataset", lambda *args, **kwargs: asked.append(args))
    with pytest.raises(DataError, match="nofolder|a/../b|xxx"):
        load_domain(source)
    assert not asked


def test_low_resource_draws_are_nested_and_hold_every_intent():
    dataset = to_dataset([*commands(), Utterance("no intent", None)])
    draws = {n: sample_utterances(dataset, n, seed=5)["text"] for n in (1, 4, 10, 30, 41)}
    assert all(list(draws[41])[:n] == list(draws[n]) and len(set(draws[n])) == n for n in draws)
    assert set(sample_utterances(dataset, 4, seed=5)["intent"]) == {f"intent {i}" for i in range(4)}
    assert list(sample_utterances(dataset, 10, seed=6)["text"]) != list(draws[10])
    for n in (0, 42):
        with pytest.raises(DataError, match="1 to 41"):
            sample_utterances(dataset, n)


def test_selecting_intents():
    domain = Domain.from_utterances(
        "home",
        {"train": commands(), "test": commands(4, 2)},
        catalogs={f"slot {i}": SlotCatalog(f"slot {i}", {"1": ()}) for i in range(2)},
    )
    part = domain.select_intents(["intent 1", "intent 3"], name="part")
    assert (part.name, part.splits.num_rows) == ("part", {"train": 20, "test": 4})
    assert (part.spec.intents, part.spec.slot_types) == (("intent 1", "intent 3"), ("slot 1",))
    assert list(part.catalogs) == ["slot 1"]
    with pytest.raises(DataError, match="'x'"):
        domain.select_intents(["x"])
    with pytest.raises(DataError, match="validation.*train, test"):
        domain.utterances("validation")


def test_the_utterances_of_a_split_are_read_once_and_again_if_it_was_replaced(monkeypatch):
    domain = Domain.from_utterances("whole", {"train": commands(2), "test": commands(1)})
    read_rows, from_row = [], Utterance.from_row
    monkeypatch.setattr(Utterance, "from_row", lambda row: read_rows.append(row) or from_row(row))
    domain.utterances("train").clear()  # the list belongs to the caller
    assert domain.utterances("train") == commands(2)
    assert len(read_rows) == 20
    domain.splits["train"] = sample_utterances(domain.splits["train"], 5, seed=1)
    assert (len(domain.utterances("train")), len(domain.utterances("test"))) == (5, 10)
    assert len(read_rows) == 35


def test_merging():
    one = Domain.from_utterances("one", {"train": commands(2), "test": commands(1, 1)}, dropped={"lost": 1})
    two = Domain.from_utterances(
        "two",
        {"train": [Utterance("do 1 for 0", "intent 0", (SlotSpan("slot 0", 3, 4),), "g"), Utterance("x", None, None)]},
        catalogs={"slot 0": SlotCatalog("slot 0", {"1": ("one",)}, {"1": "ID"})},
        dropped={"lost": 2},
    )
    both = merge_domains("both", [one, two])
    assert (both.splits.num_rows, both.spec.intents) == ({"train": 22, "test": 1}, ("intent 0", "intent 1"))
    assert (both.dropped, both.catalogs["slot 0"].ids) == ({"lost": 3}, {"1": "ID"})
    apart = merge_domains("apart", [one, two], prefix=True)
    assert apart.spec.intents == ("one.intent 0", "one.intent 1", "two.intent 0")
    assert apart.utterances("train")[-2] == Utterance(
        "do 1 for 0", "two.intent 0", (SlotSpan("two.slot 0", 3, 4),), "two.g"
    )
    assert list(apart.catalogs) == ["two.slot 0"]
    three = replace(two, catalogs={"slot 0": SlotCatalog("slot 0", {"1": (), "2": ("two",)})})
    assert merge_domains("all", [two, three]).catalogs["slot 0"].values == {"1": ("one",), "2": ("two",)}
