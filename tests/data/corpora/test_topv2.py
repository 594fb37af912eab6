"""TOPv2: trees over tokens become spans in the text; nested slots, UNSUPPORTED intents and small splits by option."""

import shutil
from pathlib import Path

import pytest
from datasets import Dataset
from hypothesis import given
from hypothesis import strategies as st
from readme_counts import counts_of, readme_counts

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import read_lines
from modeling_bilstm_nlu.data import available_corpora, load_domain, read
from modeling_bilstm_nlu.data.corpora.topv2 import parse_tree
from modeling_bilstm_nlu.data.drop_reasons import DropReason
from modeling_bilstm_nlu.data.formats.registry import RawDomain, format_for

TINY = Path(__file__).parents[2] / "samples" / "topv2_tiny"


def frames(rows):
    return {u.text: (u.intent, [(slot_type, u.text[a:b]) for slot_type, a, b in u.spans]) for u in rows}


def test_the_tiny_folder():
    raw = read(TINY)
    assert raw.name == "topv2" and raw.info.licence == "cc-by-sa-4.0"
    assert {split: len(rows) for split, rows in raw.splits.items()} == {"train": 6, "validation": 1, "test": 3}
    assert frames(raw.splits["train"]) == {
        'feed "Mimi" at 8am': ("FEED_PET", [("PET", '"Mimi"'), ("DATE_TIME", "at 8am")]),
        "remind  me to call the vet's nurse tonight": (
            "CREATE_REMINDER",
            [("PERSON", "me"), ("CONTACT", "the vet's nurse"), ("DATE_TIME", "tonight")],
        ),
        "find the cat": ("FIND_PET", [("PET", "the cat")]),
        "marry the cat today": ("out_of_scope", [("DATE_TIME", "today")]),
        "make tea": ("MAKE_TEA", []),
        "make green tea": ("MAKE_TEA", [("KIND", "green")]),
    }
    assert {u.domain for u in raw.splits["train"]} == {"pets", "tea"}
    assert raw.dropped == {
        DropReason.SLOTS_THAT_HOLD_OTHER_SLOTS: 1,
        DropReason.SLOTS_WITHOUT_WORDS: 1,
        DropReason.INTENTS_THAT_BECAME.of("UNSUPPORTED", "out_of_scope"): 2,
    }


def test_nested_slots():
    text = "remind  me to call the vet's nurse tonight"
    raw = read(TINY, nested="outermost")
    assert frames(raw.splits["train"])[text][1] == [("PERSON", "me"), ("TODO", "call the vet's nurse tonight")]
    assert raw.dropped[DropReason.SLOTS_INSIDE_ANOTHER_SLOT] == 2
    raw = read(TINY, nested="drop")
    assert len(raw.splits["train"]) == 5 and raw.dropped[DropReason.UTTERANCES_WITH_SLOTS_IN_SLOTS] == 1
    with pytest.raises(DataError, match="nested='inner'"):
        read(TINY, nested="inner")


def test_unsupported_intents():
    assert "UNSUPPORTED_PETS" in {u.intent for u in read(TINY, unsupported="keep").splits["test"]}
    raw = read(TINY, unsupported="drop")
    assert len(raw.splits["train"]) == 5 and raw.dropped[DropReason.UNSUPPORTED_INTENTS] == 2
    with pytest.raises(DataError, match="unsupported"):
        read(TINY, unsupported="")


def test_small_splits():
    raw = read(TINY, low_resource=10)
    assert [u.text for u in raw.splits["train"]] == ["feed the old cat", "feed the hen", "make tea", "make green tea"]
    assert [u.text for u in raw.splits["validation"]] == ["feed Rex"] and len(raw.splits["test"]) == 3
    alone = read(TINY / "low_resource_splits", low_resource=5)
    assert {split: len(rows) for split, rows in alone.splits.items()} == {"train": 1, "validation": 1}
    with pytest.raises(DataError, match="low_resource=7.*5, 10"):
        read(TINY, low_resource=7)
    with pytest.raises(DataError, match="pets"):
        read(TINY, low_resource=5, domains="tea")
    with pytest.raises(DataError, match="low_resource"):
        read(TINY / "low_resource_splits")
    with pytest.raises(DataError, match="low_resource"):
        read(TINY / "pets_train.tsv", low_resource=5)


def test_one_domain_and_one_file(tmp_path):
    shutil.copytree(TINY, tmp_path / "topv2")
    (tmp_path / "topv2" / "tea_train.tsv").write_text("broken")  # not even read
    assert len(read(tmp_path / "topv2", domains="pets").splits["train"]) == 4
    with pytest.raises(DataError, match="'peat'"):
        read(TINY, domains="peat")
    assert list(read(TINY / "pets_eval.tsv").splits) == ["validation"]
    assert list(read(TINY / "low_resource_splits" / "pets_valid_5spis.tsv").splits) == ["validation"]


def test_what_is_recognised(tmp_path):
    for path in (TINY, TINY / "low_resource_splits", TINY / "tea_test.tsv"):
        assert format_for(path).name == "topv2"
    recognises = format_for(TINY, "topv2").sniff
    (tmp_path / "sales_train.tsv").write_text("text\tintent\nhello\tgreet\n")
    (tmp_path / "sales_test.tsv").write_text("")
    assert not any(map(recognises, (tmp_path, tmp_path / "sales_train.tsv", tmp_path / "sales_test.tsv", TINY.parent)))


@st.composite
def trees(draw, depth=0):
    """Random words and nodes: (tree tokens, letters, slots by (start, end, depth))."""
    tokens, letters, slots = [], "", []
    for kind in draw(st.lists(st.sampled_from(["word", "slot", "intent"]), max_size=3 if depth < 3 else 0)):
        if kind == "word":
            word = draw(st.text("aé🎵8:.", min_size=1, max_size=4))
            tokens.append(word)
            letters += word
        else:
            inner, inside, found = draw(trees(depth + 1))
            tokens += ["[SL:S" if kind == "slot" else "[IN:I", *inner, "]"]
            start = len(letters)
            letters += inside
            found = [(start + a, start + b, d + (kind == "slot")) for a, b, d in found]
            slots += [(start, len(letters), 0), *found] if kind == "slot" else found
    return tokens, letters, slots


@given(trees())
def test_any_tree(tree):
    tokens, letters, slots = tree
    parsed = parse_tree(" ".join(["[IN:ROOT", *tokens, "]"]))
    assert (parsed.intent, parsed.letters) == ("ROOT", letters)
    assert [(slot.start, slot.end, slot.depth) for slot in parsed.slots] == slots
    spoken = [slot for slot in parsed.slots if slot.end > slot.start]
    for chosen in ([s for s in spoken if not s.holds_slots], [s for s in spoken if not s.depth]):
        assert all(first.end <= second.start for first, second in zip(chosen, chosen[1:], strict=False))
    assert bool(spoken) == any(not slot.holds_slots for slot in spoken)


@pytest.mark.parametrize(
    "row, message",
    [
        ("pets\tfeed", "2.*columns"),
        ("\tfeed\t[IN:A feed ]", "domain"),
        ("pets\tfeed\t[IN:A feed", "']'"),
        ("pets\tfeed\t[IN:A feed ] ]", r"root(?!/)"),
        ("pets\tfeed\t[IN:A feed ] [IN:B ]", r"root(?!/)"),
        ("pets\tfeed\tfeed [IN:A ]", "intent"),
        ("pets\tfeed\t[SL:A [IN:B feed ] ]", "intent"),
        ("pets\tfeed\t", "intent"),
        ("pets\tfeed\t[IN: feed ]", r"\bname"),
        ("pets\tfeed\t[IN:A food ]", "'feed'"),
        ("pets\t \t[IN:A ]", "' '"),
    ],
)
def test_broken_records_name_file_and_line(tmp_path, row, message):
    path = tmp_path / "pets_train.tsv"
    path.write_text((TINY / "pets_train.tsv").read_text() + row + "\n")
    with pytest.raises(DataError, match=message) as caught:
        read(path, on_error="raise")
    assert f"{path}, line 6" in str(caught.value)
    raw = read(path, on_error="drop")
    assert raw.dropped[DropReason.BROKEN_RECORDS] == 1 and len(raw.splits["train"]) == 4


def test_broken_folders(tmp_path):
    with pytest.raises(DataError, match="<domain>_train.tsv"):
        read(tmp_path, "topv2")
    (tmp_path / "pets_train.tsv").write_text("")
    with pytest.raises(DataError, match="pets_train.tsv.*line 1"):
        read(tmp_path, "topv2")
    (tmp_path / "pets_train.tsv.gz").write_text("")
    with pytest.raises(DataError, match="pets_train.tsv.*pets_train.tsv.gz"):
        read(tmp_path, "topv2")


def test_tables_of_the_hub():
    def table(*names):
        rows = [line.split("\t") for name in names for line in read_lines(TINY / name)[1:]]
        return Dataset.from_dict(
            dict(zip(("domain", "utterance", "semantic_parse"), map(list, zip(*rows, strict=True)), strict=True))
        )

    from_hub = format_for("", "topv2").from_hub
    tables = {"eval": table("pets_eval.tsv"), "test": table("pets_test.tsv", "tea_test.tsv")}
    tables["train"] = table("pets_train.tsv", "tea_train.tsv")
    raw, local = from_hub(tables), read(TINY)
    assert raw.splits == local.splits and raw.dropped == local.dropped
    broken = Dataset.from_dict({"domain": ["pets", None], "utterance": ["hi", "hi"], "semantic_parse": ["hi", None]})
    assert from_hub({"train": broken, "extra": broken}).dropped == {
        DropReason.BROKEN_RECORDS: 2,
        DropReason.ROWS_OF_SPLIT.of("extra"): 2,
    }
    assert (
        from_hub(tables, nested="drop", unsupported="drop").splits
        == read(TINY, nested="drop", unsupported="drop").splits
    )
    with pytest.raises(DataError, match="nested='x'"):
        from_hub(tables, nested="x")
    with pytest.raises(DataError, match="train.*row 0"):
        from_hub({"train": broken}, on_error="raise")
    with pytest.raises(DataError, match="'semantic_parse'"):
        from_hub({"train": broken.remove_columns("semantic_parse")})


# --- the published files


def size(name: str, raw: RawDomain) -> tuple[int, ...]:
    """The counts of "train" or "alarm/eval", as in the README."""
    domain, _, split = name.rpartition("/")
    rows = raw.splits[{"eval": "validation"}.get(split, split)]
    return counts_of(row for row in rows if domain in ("", row.domain))


def test_the_published_files_by_outermost_slots(shared_dir):
    folder = shared_dir / "data" / "topv2"
    raw = read(folder, nested="outermost", unsupported="keep")
    table = readme_counts(folder / "README.md")
    for name in (name for name in table if not name.startswith("low_resource")):
        assert size(name, raw)[:4] == table[name][:4], name  # utterances, distinct texts, domains, intents
    types, spans = size("train", raw)[4:]
    assert (types, spans) == (66, 210_209 - 15)  # 15 of the README's outermost slots in train have no words
    every_depth = sum(table[split][5] for split in ("train", "eval", "test"))
    assert sum(size(split, raw)[5] for split in ("train", "eval", "test")) + sum(raw.dropped.values()) == every_depth
    assert raw.dropped == {DropReason.SLOTS_INSIDE_ANOTHER_SLOT: 42_942, DropReason.SLOTS_WITHOUT_WORDS: 24}


def test_the_published_files_by_leaves(shared_dir):
    folder = shared_dir / "data" / "topv2"
    raw = read(folder)
    assert [size(split, raw)[3:] for split in ("train", "eval", "test")] == [
        (62, 80, 219_141),
        (58, 71, 29_809),
        (60, 73, 67_125),
    ]
    assert sum(u.intent == "out_of_scope" for u in raw.splits["train"]) == 4_564
    assert raw.dropped == {
        DropReason.SLOTS_THAT_HOLD_OTHER_SLOTS: 30_240,
        DropReason.SLOTS_WITHOUT_WORDS: 24,
        DropReason.INTENTS_THAT_BECAME.of("UNSUPPORTED", "out_of_scope"): 6_538,
    }
    assert set(available_corpora()["topv2"].domains) == {u.domain for u in raw.splits["train"]}


def test_every_slot_of_every_published_file(shared_dir):
    folder = shared_dir / "data" / "topv2"
    outermost = 0
    for name, (num_rows, *_, num_types, num_slots) in readme_counts(folder / "README.md").items():
        if "/" not in name:
            continue  # sums of the rows that follow
        file = folder / f"{name if name.startswith('low') else name.replace('/', '_')}.tsv.gz"
        parsed = [parse_tree(line.split("\t")[2]) for line in read_lines(file)[1:]]
        slots = [slot for tree in parsed for slot in tree.slots]
        assert (len(parsed), len({s.slot_type for s in slots}), len(slots)) == (num_rows, num_types, num_slots), name
        outermost += sum(not slot.depth for slot in slots) if name.endswith("/train") else 0
    assert outermost == 210_209


@pytest.mark.parametrize("samples", [10, 25, 50, 100, 250, 500, 1000])
def test_the_published_small_splits(shared_dir, samples):
    folder = shared_dir / "data" / "topv2"
    table = readme_counts(folder / "README.md")
    raw = read(folder / "low_resource_splits", low_resource=samples, unsupported="keep")
    for domain in ("reminder", "weather"):
        for split, name in (("train", "train"), ("validation", "valid")):
            rows = [row for row in raw.splits[split] if row.domain == domain]
            assert counts_of(rows)[:4] == table[f"low_resource_splits/{domain}_{name}_{samples}spis"][:4]


def test_a_published_domain_by_its_name(shared_dir):
    domain = load_domain("topv2/weather", data_dir=shared_dir / "data", low_resource=25)
    assert domain.splits.num_rows == {"train": 176, "validation": 147, "test": 5_682}
    assert domain.spec.intents == ("GET_SUNRISE", "GET_SUNSET", "GET_WEATHER", "out_of_scope")
