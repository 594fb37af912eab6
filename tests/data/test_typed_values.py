"""Settings against type annotations: what fits, what it becomes, and what is said of the rest."""

from collections.abc import Collection, Iterable, Mapping
from enum import Enum
from pathlib import Path
from typing import Any, Literal

import pytest

from modeling_bilstm_nlu.data.typed_values import fit_value


class Colour(str, Enum):
    RED = "red"
    BLUE = "blue"


class Thing:
    """A class that no file can hold."""


@pytest.mark.parametrize(
    "value, kind, fitted",
    [
        (3, int, 3),
        (1e3, int, 1000),
        (3, float, 3.0),
        (True, bool, True),
        ("a", str | None, "a"),
        (None, str | None, None),
        (3, int | str, 3),
        ("3", int | str, "3"),
        ("red", Colour | str, "red"),
        (Colour.BLUE, Colour, "blue"),
        ("x", Literal["x", "y"], "x"),
        (("a", "b"), list[str], ["a", "b"]),
        ({"a"}, Iterable[str] | str, ["a"]),
        ((1.0, 2), Collection[int], [1, 2]),
        ({"a": {"b": 1.0}}, Mapping[str, Any], {"a": {"b": 1.0}}),
        (Path("a"), str | Path, Path("a")),
        ([1, "a"], Any, [1, "a"]),
        ("a", Iterable[str | Thing] | str, "a"),
    ],
)
def test_what_fits(value: Any, kind: Any, fitted: Any):
    found = fit_value(value, kind)
    assert found == fitted and type(found) is type(fitted)


@pytest.mark.parametrize(
    "value, kind, allowed",
    [
        ("3", int, "a whole number"),
        (1.5, int | None, "a whole number or null"),
        (True, int, "a whole number"),
        (True, float, "a number"),
        (1, bool, "true or false"),
        ("yes", bool, "true or false"),
        (3, str | None, "text or null"),
        ("green", Colour | str, "one of red, blue"),
        ("z", Literal["x", "y"], "one of x, y"),
        ("z", Literal["x"], "one of x"),
        ([1, "2"], Collection[int], "a list of whole numbers"),
        ([True], list[int], "a list of whole numbers"),
        ("a", list[str], "a list of texts"),
        (3, Iterable[str] | str | None, "a list of texts or text or null"),
        (3, dict, "a mapping"),
        (3, Thing, "Thing"),
        (3, str | Path, "text or Path"),
    ],
)
def test_what_does_not_fit_is_told_what_does(value: Any, kind: Any, allowed: str):
    with pytest.raises(TypeError) as error:
        fit_value(value, kind)
    assert str(error.value) == allowed


def test_what_can_be_read_once_is_left_alone():
    names = iter(["a", "b"])
    assert fit_value(names, Iterable[str] | str) is names and list(names) == ["a", "b"]
