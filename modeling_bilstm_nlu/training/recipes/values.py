"""Read recipes strictly: plain YAML, only known keys, values of the right kind."""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from bilstm_nlu.errors import RecipeError

from ...data.typed_values import fit_value

__all__ = ["apply_overrides", "check_keys", "check_mapping", "fit_section", "in_new_names", "parse_yaml", "read_yaml"]


class _RecipeLoader(yaml.SafeLoader):
    """Reads YAML as people expect: `1e-3` is a number, `no` is a word, and a key is only once in a section."""

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":bool", ":float", ":timestamp"))]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    problem = f"key {key.value!r} is there twice; remove one"
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
    """Parse a YAML text.

    Raises:
        RecipeError: the text is not YAML, or a key is there twice; the message starts with `where`.
    """
    try:
        return yaml.load(text, _RecipeLoader)  # a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f", line {mark.line + 1}" if mark else ""
        raise RecipeError(f"{where}{place}: {error.problem or error.context}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise RecipeError(f"{where}: this is not YAML ({error})") from error


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML file that has a mapping.

    Raises:
        RecipeError: the file cannot be read, or does not have a mapping.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise RecipeError(f"cannot read recipe {path}: {reason}") from error
    document = parse_yaml(text, str(path))
    if not isinstance(document, dict):
        raise RecipeError(f"{path}: this is not a recipe; write sections such as data: and training:")
    return document


def apply_overrides(document: Mapping[str, Any], overrides: Iterable[str], where: str) -> dict[str, Any]:
    """Return a copy of a document with overrides such as `training.learning_rate=1e-3`.

    Raises:
        RecipeError: an override has no `=`, or names something that is not a section.
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
                raise RecipeError(f"override {override!r}: {section!r} is not a section of {where}")
            place[section] = dict(inner or {})
            place = place[section]
        place[key] = parse_yaml(text, f"override {override!r}")
    return changed


def check_keys(section: Mapping[Any, Any], known: Sequence[str], where: str) -> None:
    """Raise a RecipeError if there are unknown keys; it names them, similar keys, and all known keys."""
    unknown = [str(key) for key in section if key not in known]
    if not unknown:
        return
    named = [f"{key!r}{_guess(key, known)}" for key in unknown]
    plural = "s" if len(unknown) > 1 else ""
    raise RecipeError(f"{where}: unknown key{plural} {', '.join(named)}; known: {', '.join(sorted(known))}")


def _guess(key: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(key, known, n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def check_mapping(section: Any, where: str) -> Mapping[str, Any]:
    """Return the section as a mapping; `None` counts as empty.

    Raises:
        RecipeError: the section is not a mapping.
    """
    if not isinstance(section, Mapping | None):
        raise RecipeError(f"{where}: expected keys with values (key: value), found {section!r}")
    return section or {}


def in_new_names(section: Any, new_names: Mapping[str, str], where: str) -> Mapping[str, Any]:
    """Return a section with the new names of keys that were renamed.

    Args:
        section: content of the section.
        new_names: old key -> new key.
        where: file and section, for messages.

    Raises:
        RecipeError: the section is not a mapping, or has both keys.
    """
    section = check_mapping(section, where)
    if both := [old for old, new in new_names.items() if old in section and new in section]:
        raise RecipeError(f"{where}: {both[0]} is the old name of {new_names[both[0]]}; remove {both[0]}")
    return {new_names.get(key, key): value for key, value in section.items()}


def fit_section(section: Any, kinds: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Check every value of a section against the kind of its key, and return the values.

    Args:
        section: content of the section; `None` counts as empty.
        kinds: key -> type annotation.
        where: file and section, for messages.

    Raises:
        RecipeError: the section is not a mapping, or has an unknown key or a value of the wrong kind.
    """
    section = check_mapping(section, where)
    check_keys(section, list(kinds), where)
    fitted = {}
    for key, value in section.items():
        try:
            fitted[key] = fit_value(value, kinds[key])
        except TypeError as error:
            raise RecipeError(f"{where}: {key} must be {error}, got {value!r}") from None
    return fitted
