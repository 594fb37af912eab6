"""Reading recipes strictly: YAML without surprises, keys that are known, values of the right kind."""

import difflib
import re
import types
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

import yaml

from bilstm_nlu.errors import RecipeError

__all__ = ["apply_overrides", "check_keys", "fit_section", "parse_yaml", "read_yaml"]


class _RecipeLoader(yaml.SafeLoader):
    """YAML as people read it: `1e-3` is a number, `no` is a word, and a key stands in a section once."""

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":bool", ":float", ":timestamp"))]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    problem = f"key {key.value!r} stands twice"
                    raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
                seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


_RecipeLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|True|false|False)$"), list("tTfF"))
_RecipeLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(
        r"^[-+]?(?:(?:\d[\d_]*)?\.\d[\d_]*(?:[eE][-+]?\d+)?|\d[\d_]*\.(?:[eE][-+]?\d+)?|\d[\d_]*[eE][-+]?\d+)$"
    ),
    list("-+.0123456789"),
)


def parse_yaml(text: str, where: str) -> Any:
    """The value of a YAML text.

    Raises:
        RecipeError: it is no YAML, or a key stands twice; the message starts with `where`.
    """
    try:
        return yaml.load(text, _RecipeLoader)  # a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f", line {mark.line + 1}" if mark else ""
        raise RecipeError(f"{where}{place}: {error.problem or error.context}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise RecipeError(f"{where}: not YAML ({error})") from error


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping of a YAML file.

    Raises:
        RecipeError: the file cannot be read, or holds no mapping.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise RecipeError(f"cannot read recipe {path}: {reason}") from error
    document = parse_yaml(text, str(path))
    if not isinstance(document, dict):
        raise RecipeError(f"{path}: a recipe is a mapping with sections such as data: and training:")
    return document


def apply_overrides(document: Mapping[str, Any], overrides: Iterable[str], where: str) -> dict[str, Any]:
    """A copy of a document with values such as `training.learning_rate=1e-3` put in.

    Raises:
        RecipeError: an override without `=`, or through something that is no section.
    """
    changed = {key: dict(value) if isinstance(value, dict) else value for key, value in document.items()}
    for override in overrides:
        dotted, equals, text = override.partition("=")
        *sections, key = dotted.strip().split(".")
        if not equals or not all([*sections, key]):
            raise RecipeError(f"override {override!r}: write section.key=value, such as training.learning_rate=1e-3")
        place: dict[str, Any] = changed
        for section in sections:
            inner = place.get(section)
            if not isinstance(inner, dict | None):
                raise RecipeError(f"override {override!r}: {section!r} is no section of {where}")
            place[section] = dict(inner or {})
            place = place[section]
        place[key] = parse_yaml(text, f"override {override!r}")
    return changed


def check_keys(section: Mapping[Any, Any], known: Sequence[str], where: str) -> None:
    """Raise a RecipeError that names the unknown keys, what they may have been meant to be, and the known ones."""
    unknown = [str(key) for key in section if key not in known]
    if not unknown:
        return
    named = [f"{key!r}{_guess(key, known)}" for key in unknown]
    plural = "s" if len(unknown) > 1 else ""
    raise RecipeError(f"{where}: unknown key{plural} {', '.join(named)}; known: {', '.join(sorted(known))}")


def _guess(key: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(key, known, n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def fit_section(section: Any, kinds: Mapping[str, Any], where: str) -> dict[str, Any]:
    """A section with every value fitted to the kind that its key asks for.

    Args:
        section: what stands in the recipe; nothing counts as empty.
        kinds: key -> type annotation.
        where: file and section, for messages.

    Raises:
        RecipeError: the section is no mapping, has an unknown key or a value of the wrong kind.
    """
    if not isinstance(section, Mapping | None):
        raise RecipeError(f"{where}: expected keys and values, found {section!r}")
    section = section or {}
    check_keys(section, list(kinds), where)
    fitted = {}
    for key, value in section.items():
        try:
            fitted[key] = _fit(value, kinds[key])
        except TypeError as error:
            raise RecipeError(f"{where}: {key} must be {error}, got {value!r}") from None
    return fitted


def _fit(value: Any, kind: Any) -> Any:
    """The value as the kind it is asked to be; raises TypeError(description of the kind)."""
    if kind is Any or kind is None and value is None:
        return value
    choices = _choices(kind)
    if isinstance(value, Enum):
        value = value.value
    if value is None and type(None) in choices:
        return None
    for choice in choices:
        origin = get_origin(choice) or choice
        if origin is Literal:
            if any(value is allowed or value == allowed for allowed in get_args(choice)):
                return value
        elif isinstance(origin, type) and issubclass(origin, Enum):
            if value in [member.value for member in origin]:
                return value
        elif origin is bool and isinstance(value, bool) or origin is str and isinstance(value, str):
            return value
        elif origin in (int, float) and isinstance(value, int | float) and not isinstance(value, bool):
            if origin is float or value == int(value):
                return origin(value)
        elif origin in (dict, Mapping) and isinstance(value, dict):
            return value
        elif origin in (list, Sequence, tuple) and isinstance(value, list | tuple):
            return [_fit(item, (get_args(choice) or (Any,))[0]) for item in value]
    raise TypeError(_describe(choices))


def _choices(kind: Any) -> list[Any]:
    """The members of a union; where a word must be one of an enumeration, any other word is no choice."""
    choices = list(get_args(kind)) if get_origin(kind) in (Union, types.UnionType) else [kind]
    choices = [type(None) if choice is None else choice for choice in choices]
    if any(isinstance(choice, type) and issubclass(choice, Enum) for choice in choices):
        choices.remove(str) if str in choices else None
    return choices


_NAMES = {int: "a whole number", float: "a number", bool: "true or false", str: "text", dict: "a mapping"}


def _describe(choices: Iterable[Any]) -> str:
    words = []
    for choice in choices:
        origin = get_origin(choice) or choice
        if isinstance(origin, type) and issubclass(origin, Enum):
            words.append(f"one of {', '.join(str(member.value) for member in origin)}")
        elif origin is Literal:
            words.append(f"one of {', '.join(map(str, get_args(choice)))}")
        elif origin in (list, Sequence, tuple):
            words.append("a list")
        elif origin is type(None):
            words.append("null")
        else:
            words.append(_NAMES.get(origin, getattr(origin, "__name__", str(origin))))
    return " or ".join(words)
