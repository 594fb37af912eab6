"""Reasons why something was left out: one list, told in English, stored as text."""

import ast
import json
from pathlib import Path

import pytest

from modeling_bilstm_nlu import data
from modeling_bilstm_nlu.data import DropReason, RawDomain

SOURCES = sorted(Path(data.__file__).parent.rglob("*.py"))


def test_a_reason_is_told_and_stored_as_its_text():
    reason = DropReason.BROKEN_RECORDS
    assert f"{reason}" == str(reason) == f"{reason:s}" == "broken records"
    assert json.loads(json.dumps({reason: 2})) == {"broken records": 2} == {reason: 2}
    assert sorted([DropReason.BLANK_VALUES, "aaa"])[0] == "aaa"


def test_a_reason_with_a_part_of_its_own():
    assert DropReason.ROWS_OF_SPLIT.of("unsupervised") == "rows of split unsupervised"
    assert DropReason.OF_ANY_DOMAIN.of(DropReason.BROKEN_RECORDS) == "broken records (of any domain)"
    assert DropReason.LINES_OF_TOO_MANY_VALUES.of(20_000).startswith("lines of more than 20,000 values")


def test_counts_are_added_up_by_reason():
    raw = RawDomain("tea")
    raw.drop(DropReason.BLANK_VALUES)
    raw.drop(DropReason.BLANK_VALUES, 2, domain="green")
    raw.drop(DropReason.REPEATED_SAMPLES, 0)
    assert raw.dropped == {DropReason.BLANK_VALUES: 3}
    assert raw.dropped_in == {"green": {DropReason.BLANK_VALUES: 2}}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_no_reader_words_a_reason_itself(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "drop":
            assert not isinstance(node.args[0], ast.Constant | ast.JoinedStr), f"{path}:{node.lineno}"


def test_every_reason_is_used_and_no_text_is_there_twice():
    package = Path(data.__file__).parents[1]
    used = "\n".join(path.read_text(encoding="utf-8") for path in package.rglob("*.py"))
    unused = [name for name in DropReason.__members__ if f"DropReason.{name}" not in used]
    assert not unused and len(DropReason.__members__) == len(list(DropReason))
