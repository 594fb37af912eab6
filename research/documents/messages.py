"""The page of error messages: what the errors of the package say, and what to do, read from the source."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from modeling_bilstm_nlu.data import DropReason

from .tables import as_cell

__all__ = ["Message", "find_messages", "render_messages"]

_HEAD = """# Error messages

This page is read from the source by `python scripts/write_reference.py`. A message has the form
"place: problem; cure". Words in *italics* are replaced by what the message names in
your case.

In Python, all errors of this package are an `NluError`. A `DataError` is about your data, and a `RecipeError` is
about a recipe. Both are a `ValueError`, too. The command prints the message in one line, and ends with status 1.

[How data is checked](../how-to/data.md) shows what `check-data` finds before training.

"""
#: Part of the source -> the heading of its messages. The first that fits counts.
_SUBJECTS = (
    ("modeling_bilstm_nlu/data/formats", "Files of data"),
    ("modeling_bilstm_nlu/data/corpora", "Public corpora"),
    ("modeling_bilstm_nlu/data", "Data"),
    ("modeling_bilstm_nlu/training/recipes", "Recipes"),
    ("modeling_bilstm_nlu/training", "Training"),
    ("modeling_bilstm_nlu/fleet", "Many skills"),
    ("modeling_bilstm_nlu/hub", "Checkpoints and hubs"),
    ("bilstm_nlu/hub_errors.py", "Checkpoints and hubs"),
    ("bilstm_nlu/serving", "Servers"),
    ("bilstm_nlu/runtime", "Parsing"),
    ("bilstm_nlu/normalisation", "Parsing"),
    ("bilstm_nlu/records", "Files of texts"),
    ("bilstm_nlu/cli", "The command"),
    ("modeling_bilstm_nlu", "The network"),
    ("bilstm_nlu", "Files"),
)
_ERRORS = {"DataError", "NluError", "RecipeError", "Refusal"}


class Message(NamedTuple):
    """A message of the source.

    Attributes:
        subject: the heading that it is under.
        problem: what is wrong; expressions are in `*italics*`.
        cure: what to do.
    """

    subject: str
    problem: str
    cure: str


def render_messages(root: Path) -> str:
    """The page as Markdown.

    Args:
        root: the checkout.
    """
    messages = find_messages(root)
    text = _HEAD
    for subject in dict.fromkeys(subject for _, subject in _SUBJECTS):
        rows = [f"| {row.problem} | {row.cure} |" for row in messages if row.subject == subject]
        if rows:
            text += "\n".join((f"## {subject}\n", "| problem | what to do |", "|---|---|", *rows)) + "\n\n"
    text += "## What is left out\n\nData that cannot be used is left out and counted. These are the reasons:\n\n"
    return text + "".join(f"- {as_cell(reason.of(*['…'] * reason.count('{')))}\n" for reason in _without_formats())


def _without_formats() -> list[DropReason]:
    return [reason for reason in DropReason if "{:" not in reason.value]


def find_messages(root: Path) -> list[Message]:
    """The messages of errors that name a cure, in the order of their subjects and texts.

    Args:
        root: the checkout.
    """
    found = set()
    for package in ("bilstm_nlu", "modeling_bilstm_nlu"):
        for path in (root / package).rglob("*.py"):
            place = path.relative_to(root).as_posix()
            subject = next(heading for part, heading in _SUBJECTS if place.startswith(part))
            for problem, cure in _told(ast.parse(path.read_text("utf-8"))):
                found.add(Message(subject, problem, cure))
    order = [heading for _, heading in _SUBJECTS]
    return sorted(found, key=lambda row: (order.index(row.subject), row.problem.lower(), row.cure))


def _told(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) in _ERRORS and node.args:
            message = _text(node.args[0])
            cures = [cure for keyword in node.keywords if keyword.arg == "cure" for cure in _cures(keyword.value)]
            if message is not None:
                problem, _, cure = message.partition("; ")
                told = ", or ".join(filter(None, [cure, *cures]))
                if told:
                    yield problem, told


def _cures(value: ast.expr) -> Iterator[str]:
    """The cures that an argument `cure` has: the words for Python."""
    for node in ast.walk(value):
        if isinstance(node, ast.Call) and _name(node.func) == "Cure" and node.args:
            text = _text(node.args[0])
            words = {keyword.arg: _text(keyword.value) or "*…*" for keyword in node.keywords}
            if text is not None and (filled := _filled(text, words)):
                yield filled


def _filled(text: str, words: dict[str | None, str]) -> str | None:
    if "install" in words:
        return text.replace("{}", f'`pip install "bilstm-nlu[{words["install"]}]"`')
    if "option" in words:
        option = words["option"].replace("\\_", "-")
        return text.replace("{}", f"`--{option}`")
    if "command" in words:
        return text.replace("{}", f"`bilstm-nlu {words['command']}`")
    return text.replace("{}", f"`{words['call']}`") if "call" in words else text


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _text(node: ast.expr) -> str | None:
    """The text of an expression, with italics for what is known only at run time; `None` for other values."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return as_cell(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_part(value) for value in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        parts = (_text(node.left), _text(node.right))
        return "".join(part if part is not None else "*…*" for part in parts)
    return None


def _part(value: ast.expr) -> str:
    if isinstance(value, ast.Constant):
        text = str(value.value)
        edges = re.match(r"\s*", text), re.search(r"\s*$", text)
        return f"{' ' * bool(edges[0] and edges[0][0])}{as_cell(text)}{' ' * bool(edges[1] and edges[1][0])}"
    assert isinstance(value, ast.FormattedValue)
    inner = value.value
    name = inner.attr if isinstance(inner, ast.Attribute) else getattr(inner, "id", "…")
    return f"*{name.strip('_').replace('_', ' ')}*"
