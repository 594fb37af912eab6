"""Texts as cells of Markdown tables."""

import html
import re

__all__ = ["as_cell", "as_code"]


def as_cell(text: str) -> str:
    """A text on one line, without what Markdown would read as a mark; pieces of code stay as they are."""
    pieces = re.split(r"(`[^`]*`)", " ".join(text.replace("``", "`").split()))
    marks = (r"([|\[\]<>*_])", r"(\|)")
    return "".join(re.sub(marks[number % 2], r"\\\1", piece) for number, piece in enumerate(pieces))


def as_code(text: str) -> str:
    """A text as code in a cell. Not all readers of Markdown understand a bar between backticks."""
    text = " ".join(text.split())
    return f"<code>{html.escape(text, quote=False).replace('|', '&#124;')}</code>" if "|" in text else f"`{text}`"
