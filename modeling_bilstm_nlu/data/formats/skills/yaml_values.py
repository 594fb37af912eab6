"""Read YAML as plain values: texts, lists, objects and null; no other types, and no code.

The values are built from the events of the parser, because PyYAML's own code for this recurses in C and crashes on a
file with very deep nesting.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import yaml

from bilstm_nlu.errors import DataError

__all__ = ["yaml_documents", "yaml_errors"]

_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_MAX_DEPTH = 50
#: How many values aliases may repeat; more than that may be an attack.
_MAX_REPEATED = 100_000
_NULLS = {"", "~", "null", "Null", "NULL"}


@dataclass
class _Open:
    """A list or an object that is not complete: its value, its anchor, its size, and the key that waits."""

    value: list[Any] | dict[str, Any]
    anchor: str | None
    size: int = 1
    key: str | None = None
    waits: bool = False


@dataclass
class _Builder:
    where: str
    documents: list[Any] = field(default_factory=list)
    open: list[_Open] = field(default_factory=list)
    anchors: dict[str, tuple[Any, int]] = field(default_factory=dict)
    repeated: int = 0

    def add(self, value: Any, size: int, line: int) -> None:
        """Put a complete value where it belongs."""
        if not self.open:
            self.documents.append(value)
            return
        parent = self.open[-1]
        parent.size += size
        if isinstance(parent.value, list):
            parent.value.append(value)
        elif parent.waits:
            assert parent.key is not None
            parent.value[parent.key] = value
            parent.waits = False
        else:
            if not isinstance(value, str | None):
                raise DataError(f"{self.where}, line {line}: the key of an object is not a text; write a text")
            parent.key, parent.waits = value or "", True
            if parent.key in parent.value:
                raise DataError(f"{self.where}, line {line}: an object has {parent.key!r:.100} twice; join the two")

    def handle(self, event: yaml.Event) -> None:
        """Handle an event of the parser."""
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.ScalarEvent):
            is_null = event.style is None and event.value in _NULLS
            value = None if is_null else event.value
            if event.anchor is not None:
                self.anchors[event.anchor] = (value, 1)
            self.add(value, 1, line)
        elif isinstance(event, yaml.CollectionStartEvent):
            self.open.append(_Open([] if isinstance(event, yaml.SequenceStartEvent) else {}, event.anchor))
            if len(self.open) > _MAX_DEPTH:
                raise DataError(f"{self.where}, line {line}: the data is nested too deeply; use less nesting")
        elif isinstance(event, yaml.CollectionEndEvent):
            closed = self.open.pop()
            if closed.anchor is not None:
                self.anchors[closed.anchor] = (closed.value, closed.size)
            self.add(closed.value, closed.size, line)
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor not in self.anchors:
                raise DataError(
                    f"{self.where}, line {line}: the alias {event.anchor!r} has no anchor; write the value"
                )
            value, size = self.anchors[event.anchor]
            self.repeated += size
            if self.repeated > _MAX_REPEATED:
                raise DataError(f"{self.where}, line {line}: aliases repeat too much; write the values in full")
            self.add(value, size, line)


def yaml_documents(text: str, where: str) -> list[Any]:
    """Read all documents of a YAML text; every scalar but null is a text, as it is written.

    Args:
        text: the text of a file.
        where: the file, for messages.

    Raises:
        DataError: the text is not YAML, repeats a key, or is nested too deeply; the message names the line.
    """
    builder = _Builder(where)
    with yaml_errors(where):
        for event in yaml.parse(text, Loader=_LOADER):
            builder.handle(event)
    return builder.documents


@contextmanager
def yaml_errors(where: str) -> Iterator[None]:
    """Turn errors of the YAML parser into a DataError that names the file and, if it is known, the line."""
    try:
        yield
    except DataError:  # is a ValueError
        raise
    except yaml.MarkedYAMLError as error:
        place = f"{where}, line {error.problem_mark.line + 1}" if error.problem_mark else where
        raise DataError(f"{place}: the text is not YAML: {error.problem or error.context}") from error
    except (yaml.YAMLError, ValueError) as error:  # characters that are not allowed or do not exist
        raise DataError(f"{where}: the text is not YAML: {' '.join(str(error).split())}") from error
