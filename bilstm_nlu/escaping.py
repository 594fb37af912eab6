"""Makes text from outside (label names, utterances, catalogs) safe inside Markdown, HTML and YAML."""

import re
import unicodedata

__all__ = ["as_code_literal", "as_markdown", "one_line"]

_BREAKS_CODE_SPAN = re.compile(r"[`|<>&\\]")
_CODE_ESCAPES = {"'": "'", '"': '\\"'} | {char: f"\\x{ord(char):02x}" for char in "<>&`"}
_MARKDOWN = re.compile(r"[!-/:-@\[-`{-~]")  # all ASCII punctuation


def one_line(text: str) -> str:
    """The text as one line of printable characters.

    Line breaks and other control characters become spaces. Half surrogate pairs, which no file can store, and
    characters that change the direction of the text after them become U+FFFD.
    """
    kept = []
    for char in text:
        if char in "\u200c\u200d":  # joiners, which some scripts and emoji need
            kept.append(char)
        elif (category := unicodedata.category(char)) in ("Cs", "Cf"):
            kept.append("\ufffd")
        else:
            kept.append(" " if category in ("Cc", "Zl", "Zp") else char)
    return " ".join("".join(kept).split())


def as_markdown(text: object) -> str:
    """The text for a paragraph, list or table: a code span, or text with special characters as HTML entities."""
    line = one_line(str(text))
    if not line:
        return "(empty)"
    if _BREAKS_CODE_SPAN.search(line):
        return _MARKDOWN.sub(lambda match: f"&#{ord(match[0])};", line)
    return f"`{line}`"


def as_code_literal(text: str) -> str:
    """The text as a Python string literal for a fenced code block: ASCII, one line, without `<`, `>`, `&` and "`"."""
    return '"' + "".join(_CODE_ESCAPES.get(char) or ascii(char)[1:-1] for char in text) + '"'
