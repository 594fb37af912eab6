"""Read YAML that others wrote: it gives text, numbers, truth values, lists and mappings, and nothing else."""

from collections.abc import Callable
from typing import Any

import yaml
from yaml.constructor import ConstructorError, SafeConstructor

__all__ = ["parse_plain_yaml"]

_MAX_DEPTH = 30
_MAX_NUMBER = 100  # characters; the time to read a number grows with the square of its length
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Constructor = Callable[[Any, Any], Any]
_TAG = "tag:yaml.org,2002:"


class _PlainLoader(_LOADER):
    """A loader with the constructors below, and no others."""


def _text(loader: Any, node: Any) -> str:
    return str(loader.construct_scalar(node))


def _date(loader: Any, node: Any) -> str:
    SafeConstructor.construct_yaml_timestamp(loader, node)  # clients read it as a date, and stop if it is not a date
    return _text(loader, node)


def _number(construct: _Constructor) -> _Constructor:
    def constructed(loader: Any, node: Any) -> Any:
        if len(_text(loader, node)) > _MAX_NUMBER:
            raise ValueError(f"a number of more than {_MAX_NUMBER} digits")
        return construct(loader, node)

    return constructed


def _refusing(construct: _Constructor) -> _Constructor:
    """The constructor, with one kind of error for all values that do not fit their tag, such as `!!bool foo`."""

    def constructed(loader: Any, node: Any) -> Any:
        try:
            return construct(loader, node)
        except (ArithmeticError, AttributeError, LookupError, ValueError) as error:
            kind = node.tag.removeprefix(_TAG)
            raise ConstructorError(
                None, None, f"a value is not valid for !!{kind} ({error})", node.start_mark
            ) from error

    return constructed


_PlainLoader.yaml_multi_constructors = {}
_PlainLoader.yaml_constructors = {
    None: SafeConstructor.construct_undefined,  # an error
    f"{_TAG}seq": SafeConstructor.construct_yaml_seq,
    f"{_TAG}map": SafeConstructor.construct_yaml_map,
    f"{_TAG}null": SafeConstructor.construct_yaml_null,
    f"{_TAG}str": _text,
    f"{_TAG}value": _text,
    f"{_TAG}timestamp": _refusing(_date),
    f"{_TAG}bool": _refusing(SafeConstructor.construct_yaml_bool),
    f"{_TAG}int": _refusing(_number(SafeConstructor.construct_yaml_int)),
    f"{_TAG}float": _refusing(_number(SafeConstructor.construct_yaml_float)),
}


def parse_plain_yaml(text: str) -> Any:
    """The value of a YAML text. Dates are text.

    Raises:
        ValueError: the text is not YAML, or it uses aliases, other types or deep nesting; the message is one line.
    """
    try:
        depth = 0
        for event in yaml.parse(text, Loader=_PlainLoader):
            if isinstance(event, yaml.AliasEvent):  # a few lines of aliases can expand to more than the memory holds
                raise ValueError("it uses YAML aliases (*name); write the value out")
            if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
                depth += 1
            elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
                depth -= 1
            if depth > _MAX_DEPTH:
                raise ValueError("it is nested too deeply")
        return yaml.load(text, Loader=_PlainLoader)
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError(f"it is not YAML: {' '.join(str(error).split())}") from error
