"""Read Rasa NLU data in YAML: a list under ``nlu`` of intents, synonyms, lookup tables and regular expressions.

Every scalar is read as text (an intent may have the name ``yes`` or ``1``). This module builds the tree from the
events of the parser, because PyYAML's own code for this recurses in C and crashes on a file with very deep nesting.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from bilstm_nlu.errors import DataError

from ....drop_reasons import DropReason
from ..yaml_values import yaml_errors
from .content import RasaContent

__all__ = ["looks_like_rasa_yaml", "parse_rasa_yaml"]

_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_HAS_NLU = re.compile(r"""^["']?nlu["']?[ \t]*:""", re.M)
_HAS_ITEM = re.compile(r"^[ \t-]*(?:intent|synonym|lookup|regex)[ \t]*:", re.M)
_KINDS = ("intent", "synonym", "lookup", "regex")
_MAX_DEPTH = 50
#: How many characters aliases may repeat; more than that may be an attack.
_MAX_REPEATED = 1_000_000


def looks_like_rasa_yaml(text: str) -> bool:
    """Say whether a text has the keys of the format, each at a place where it is allowed."""
    return bool(_HAS_NLU.search(text) and _HAS_ITEM.search(text))


def parse_rasa_yaml(text: str, where: str, split: str, content: RasaContent, on_error: str) -> list[tuple[str, str]]:
    """Add the content of a file to ``content``; stories, rules, responses and other parts are ignored.

    Args:
        text: the text of the file.
        where: the file, for messages.
        split: the split of its examples.
        content: receives examples, synonyms and lookup tables.
        on_error: what to do about broken examples: ``skip_few``, ``drop`` or ``raise``.

    Returns:
        An empty list: in YAML, a lookup table is never in another file.

    Raises:
        DataError: the text is not YAML, or not of this format.
    """
    tree = _Tree(where, 2 * len(text) + _MAX_REPEATED)
    nlu = tree.fields(_compose(text, where)).get("nlu")
    if nlu is None:
        raise DataError(f"{where}: there is no list under 'nlu'; check that this is Rasa NLU data")
    for item in tree.items(nlu):
        fields = tree.fields(item)
        kind = next((kind for kind in _KINDS if kind in fields), None)
        if kind is None:
            content.raw.drop(DropReason.UNKNOWN_ITEMS)
            continue
        name = tree.text(fields[kind])
        if not name.strip():
            raise DataError(f"{where}, line {item.line}: {kind} has no name; write it after '{kind}:'")
        examples = list(tree.examples(fields["examples"], content)) if "examples" in fields else []
        content.raw.drop(DropReason.ITEMS_WITHOUT_EXAMPLES, not examples)
        for line, example in examples:
            with content.raw.record(f"{where}, line {line}", on_error):
                if kind == "intent":
                    content.add_annotated(split, name, example)
                elif kind == "synonym":
                    content.add_synonym(name, example)
                elif kind == "lookup":
                    content.add_lookup(name, example)
                else:
                    content.raw.drop(DropReason.REGULAR_EXPRESSIONS)
    return []


@dataclass(slots=True)
class _Node:
    """A piece of the file: a text, or a list or an object with its parts (key, value, key, value, ...)."""

    kind: str
    line: int
    text: str = ""
    parts: list["_Node"] = field(default_factory=list)
    is_block: bool = False


def _compose(text: str, where: str) -> _Node:
    """Build the tree of the one document in a text; an alias is the same node as its anchor."""
    root = None
    open_nodes: list[_Node] = []
    anchors: dict[str, _Node] = {}
    with yaml_errors(where):
        for event in yaml.parse(text, Loader=_LOADER):
            line = event.start_mark.line + 1 if event.start_mark else 0
            if isinstance(event, yaml.CollectionEndEvent):
                open_nodes.pop()
                continue
            if isinstance(event, yaml.AliasEvent):
                if event.anchor not in anchors:
                    raise DataError(f"{where}, line {line}: the alias {event.anchor!r} has no anchor; write the value")
                node = anchors[event.anchor]
            elif isinstance(event, yaml.ScalarEvent):
                node = _Node("text", line, text=event.value, is_block=event.style == "|")
            elif isinstance(event, yaml.CollectionStartEvent):
                node = _Node("a list" if isinstance(event, yaml.SequenceStartEvent) else "an object", line)
            else:  # starts and ends of the file and its documents
                continue
            if open_nodes:
                open_nodes[-1].parts.append(node)
            elif root is not None:
                raise DataError(f"{where}, line {line}: a second document begins; keep one per file")
            root = root or node
            if not isinstance(event, yaml.AliasEvent) and event.anchor is not None:
                anchors[event.anchor] = node
            if isinstance(event, yaml.CollectionStartEvent):
                open_nodes.append(node)
                if len(open_nodes) > _MAX_DEPTH:
                    raise DataError(f"{where}, line {line}: the data is nested too deeply; use less nesting")
    return root or _Node("text", 1)


class _Tree:
    """Typed access to the tree of one file; at most ``budget`` characters and parts may be read from it."""

    def __init__(self, where: str, budget: int):
        self.where = where
        self.budget = budget

    def _check(self, node: _Node, kind: str) -> None:
        if node.kind != kind:
            raise DataError(f"{self.where}, line {node.line}: expected {kind}, found {node.kind}")
        self.budget -= len(node.text) + len(node.parts)
        if self.budget < 0:
            raise DataError(f"{self.where}, line {node.line}: aliases repeat too much; write the examples in full")

    def fields(self, node: _Node) -> dict[str, _Node]:
        """Read the fields of an object whose keys are texts."""
        self._check(node, "an object")
        fields: dict[str, _Node] = {}
        for key, value in zip(node.parts[::2], node.parts[1::2], strict=True):
            if key.text in fields:
                raise DataError(f"{self.where}, line {key.line}: an object has {key.text!r} twice; join the two")
            if key.kind == "text":
                fields[key.text] = value
        return fields

    def items(self, node: _Node) -> list[_Node]:
        """Read the items of a list; an empty text or null is read as an empty list."""
        if node.kind == "text" and node.text in ("", "~", "null"):
            return []
        self._check(node, "a list")
        return node.parts

    def text(self, node: _Node) -> str:
        """Read a scalar as text, even if YAML has another type for it."""
        self._check(node, "text")
        return node.text

    def examples(self, node: _Node, content: RasaContent) -> Iterator[tuple[int, str]]:
        """Read line number and text of examples: the lines of a block that begin with a dash, or a list of texts."""
        if node.kind == "a list":
            for item in self.items(node):
                if item.kind == "an object":
                    fields = self.fields(item)
                    if "text" not in fields:
                        content.raw.drop(DropReason.EXAMPLES_WITHOUT_A_TEXT)
                        continue
                    item = fields["text"]
                yield item.line, self.text(item)
            return
        for number, row in enumerate(self.text(node).split("\n"), start=1):
            row = row.strip()
            if row.startswith("-"):
                yield node.line + number * node.is_block, row[1:]
            elif row:
                content.raw.drop(DropReason.LINES_WITHOUT_A_LEADING_DASH)
