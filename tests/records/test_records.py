"""Files of records: every format gives the same records, broken ones are left out and counted, files appear whole."""

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from bilstm_nlu.errors import DataError
from bilstm_nlu.records import RecordFile, check_output, is_record_file, write_records
from bilstm_nlu.records.blocks import BlockParser
from bilstm_nlu.records.parquet import frame_row
from bilstm_nlu.runtime.nlu import load
from modeling_bilstm_nlu.hub.embedded import DEFAULT_BASE

ROWS: list[dict[str, Any]] = [{"id": "a", "text": "green tea"}, {"id": "b", "text": 'a "cup",\nplease'}]


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    """A file of records, written by other means than the package's."""
    if path.suffix == ".parquet":
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    elif ".jsonl" in path.name:
        content = "".join(json.dumps(row) + "\n\n" for row in rows).encode()
        path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else b"\xef\xbb\xbf" + content)
    else:
        with path.open("w", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, list(rows[0]), delimiter="\t" if path.suffix == ".tsv" else ",")
            table.writeheader()
            table.writerows(rows)
    return path


@pytest.mark.parametrize("name", ["x.jsonl", "x.jsonl.gz", "x.csv", "x.tsv", "x.parquet", "X.JSONL"])
def test_every_format_has_the_same_records(tmp_path: Path, name: str):
    path = written(tmp_path / name.lower(), ROWS).rename(tmp_path / name)
    assert is_record_file(path)
    file = RecordFile(path)
    records = list(file)
    assert [record.fields for record in records] == ROWS
    assert [record.text for record in records] == [row["text"] for row in ROWS]
    assert file.num_left_out == 0 and file.share_read > 0


@pytest.mark.parametrize("name", ["x.csv", "x.parquet"])
def test_a_column_that_is_missing_is_named_with_those_that_are_there(tmp_path: Path, name: str):
    path = written(tmp_path / name, ROWS)
    assert [record.text for record in RecordFile(path, "id")] == ["a", "b"]
    with pytest.raises(DataError, match=r"x\.\w+: .*'utterance'.*'id', 'text'.*--column"):
        list(RecordFile(path, "utterance"))


LINES = ['{"text": "tea"}', "nope", '["tea"]', '{"text": 3}', '{"id": 1}', '{"text": "milk"}']


def test_broken_records_are_left_out_and_counted(tmp_path: Path):
    path = tmp_path / "x.jsonl"
    path.write_text("\n".join(LINES))
    file = RecordFile(path)
    assert [record.text for record in file] == ["tea", "milk"]
    assert file.num_left_out == 4 and [told.split(":")[0] for told in file.left_out] == ["line 2", "line 3", "line 4"]
    with pytest.raises(DataError, match=r"x\.jsonl, line 2: .*--strict"):
        list(RecordFile(path, strict=True))


def test_half_a_surrogate_pair_is_not_a_text(tmp_path: Path):
    path = tmp_path / "x.jsonl"
    path.write_text('{"text": "a \\ud83d"}\n{"text": "a \\ud83d\\ude00"}\n')
    file = RecordFile(path)
    assert [record.text for record in file] == ["a \U0001f600"] and "surrogate" in file.left_out[0]


def test_rows_of_another_width_are_left_out(tmp_path: Path):
    path = tmp_path / "x.csv"
    path.write_text("id,text\n1,tea\n2,tea,milk\n3\n4,milk\n")
    file = RecordFile(path)
    assert [record.fields["id"] for record in file] == ["1", "4"]
    assert [told.split(":")[0] for told in file.left_out] == ["line 3", "line 4"]


def test_long_cells_are_read_and_the_limit_of_the_process_stays(tmp_path: Path):
    path = tmp_path / "x.csv"
    path.write_text(f"text\ntea\n{'o' * 300_000}\n")
    limit = csv.field_size_limit()
    texts = [(record.text, csv.field_size_limit()) for record in RecordFile(path)]
    assert [len(text) for text, _ in texts] == [3, 300_000]
    assert {seen for _, seen in texts} == {limit} == {csv.field_size_limit()}


def test_files_without_any_text_are_refused(tmp_path: Path):
    empty, broken, cut = tmp_path / "empty.jsonl", tmp_path / "broken.jsonl", tmp_path / "cut.jsonl.gz"
    empty.touch()
    broken.write_text("nope\n")
    cut.write_bytes(gzip.compress(b'{"text": "tea"}\n' * 10_000)[:60])
    not_parquet = tmp_path / "x.parquet"
    not_parquet.write_bytes(b"PAR1")
    for path, fault in ((empty, "no record"), (broken, "line 1"), (cut, "gzip"), (not_parquet, "Parquet")):
        with pytest.raises(DataError, match=f"{path.name}.*{fault}"):
            list(RecordFile(path))


FRAME = {
    "text": "green tea",
    "accepted": True,
    "intent": "order",
    "score": 0.5,
    "slots": [{"slot_type": "tea", "value": "green", "start": 0, "end": 5, "resolved": {"value": 3}}],
}


@pytest.mark.parametrize("name", ["y.jsonl", "y.jsonl.gz", "y.parquet"])
@pytest.mark.parametrize("multi", [False, True])
def test_written_records_are_read_again(tmp_path: Path, name: str, multi: bool):
    path = tmp_path / "new" / name
    found = {"frames": [{**FRAME, "start": 0, "end": 9}]} if multi else {"frame": FRAME}
    many = [{**row, "number": n, **found} for n, row in enumerate(ROWS * 2000)]
    write_records(path, iter(many), multi=multi)
    again = [record.fields for record in RecordFile(path)]
    assert [row["number"] for row in again] == list(range(4000))
    if name != "y.parquet":
        assert again == many
        return
    frame = again[-1]["frames"][0] if multi else again[-1]["frame"]
    assert frame["intent"] == "order" and json.loads(frame["slots"][0]["resolved"]) == {"value": 3}
    assert "text" not in frame and frame["heard"] is None


@pytest.mark.parametrize("name", ["y.jsonl", "y.jsonl.gz", "y.parquet"])
def test_an_error_leaves_the_older_file(tmp_path: Path, name: str):
    path = tmp_path / name
    write_records(path, iter([{"text": "old", "frame": FRAME}]))
    before = path.read_bytes()

    def broken():
        yield {"text": "new", "frame": FRAME}
        raise DataError("the disk of the input is gone")

    with pytest.raises(DataError, match="gone"):
        write_records(path, broken())
    assert path.read_bytes() == before and [file.name for file in tmp_path.iterdir()] == [name]


def test_values_that_cannot_be_written_are_named(tmp_path: Path):
    with pytest.raises(DataError, match="not finite"):
        write_records(tmp_path / "y.jsonl", iter([{"text": "tea", "cost": float("nan"), "frame": FRAME}]))
    rows = [{"text": "tea", "id": 1, "frame": FRAME}] * 1024 + [{"text": "tea", "id": "b", "frame": FRAME}]
    with pytest.raises(DataError, match=r"y\.parquet.*\.jsonl"):
        write_records(tmp_path / "y.parquet", iter(rows))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["y.csv", "y", "y.parquet.gz"])
def test_unknown_formats_are_refused_before_the_work(tmp_path: Path, name: str):
    with pytest.raises(DataError, match=r"\.parquet"):
        check_output(tmp_path / name)
    check_output(tmp_path / "y.jsonl.gz")


def test_blocks_of_a_table_get_frames():
    """The column is replaced if it is there; a row without a text gets the frame of an empty text."""
    texts = ["play some jazz", None, ""]
    block = pyarrow.table({"frame": ["old"] * 3, "words": texts})
    found = BlockParser(DEFAULT_BASE, "words")(block)
    assert found.column_names == ["words", "frame"]
    nlu = load(DEFAULT_BASE)
    expected = [frame_row(nlu(text or "")) for text in texts]
    assert [_told(frame) for frame in found["frame"].to_pylist()] == [_told(frame) for frame in expected]


def _told(frame: dict[str, Any]) -> dict[str, Any]:
    """What is in a frame: a table also has the empty fields."""
    slots = [{name: value for name, value in slot.items() if value is not None} for slot in frame["slots"]]
    return {name: value for name, value in frame.items() if value is not None} | {"slots": slots}
