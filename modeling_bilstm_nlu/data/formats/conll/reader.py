"""CoNLL columns: one token a line, first column the token, last column its BIO tag, a blank line between utterances.

A comment ``# intent: name`` (or ``# intent = name``) before an utterance carries its intent, else it has none;
``# domain:``, ``# group:`` and ``# text =`` do likewise.
"""

import re
from pathlib import Path

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import has_suffix, read_lines, stem

from ...drop_reasons import DropReason
from ...raw_domains import RawDomain
from ...schema import Utterance
from ...split_names import split_files
from ..tags import is_tag, spans_of_tags

__all__ = ["SUFFIXES", "read_conll", "sniff"]

SUFFIXES = (".conll", ".bio", ".iob", ".iob2")
_FACT = re.compile(r"#\s*(intent|domain|group|text)\s*[:=]\s*(.*\S)\s*")
_COMMENT = re.compile(r"#(\s|$)|#\s*\w+\s*[:=]")


def _columns(line: str) -> list[str]:
    return line.split("\t") if "\t" in line else line.split()


def _is_comment(line: str, rows: list[list[str]]) -> bool:
    """Whether a line is a remark; the token ``#`` with as many columns as the rows before it and a tag is none."""
    columns = _columns(line)
    is_row = len(columns) == (len(rows[-1]) if rows else 2) and is_tag(columns[-1])
    return bool(_COMMENT.match(line)) and not is_row


def sniff(path: Path) -> bool:
    """Whether a file or a folder looks like this format."""
    if path.is_dir():
        return bool(split_files(path, SUFFIXES))
    return has_suffix(path, SUFFIXES)


def read_conll(path: Path, *, on_error: str = "raise") -> RawDomain:
    """Read CoNLL columns; tokens are joined with single spaces, or else as a comment ``# text =`` has them.

    Args:
        path: a file (all train), or a folder with ``train.conll`` and, where there are any, ``valid.conll`` (``dev``,
            ``validation``) and ``test.conll``; also ``.bio``, ``.iob``, ``.iob2``.
        on_error: ``raise``, or ``drop`` to leave broken utterances out.

    Raises:
        DataError: a line without a tag, or an unknown tag.
    """
    files = split_files(path, SUFFIXES) if path.is_dir() else {"train": path}
    if not files:
        raise DataError(f"{path}: no file train.conll")
    raw = RawDomain(path.resolve().name if path.is_dir() else stem(path))
    for split, file in files.items():
        facts: dict[str, str] = {}
        rows: list[list[str]] = []
        first = 1
        for number, line in enumerate([*read_lines(file), ""], start=1):
            line = line.strip()
            if line and _is_comment(line, rows):
                if match := _FACT.fullmatch(line):
                    facts[match.group(1)] = match.group(2)
            elif line and not line.startswith("-DOCSTART-"):
                first = first if rows else number
                rows.append(_columns(line))
            elif rows:
                with raw.record(f"{file}, line {first}", on_error):
                    raw.add(split, _utterance(rows, facts, raw))
                facts, rows = {}, []
    return raw


def _utterance(rows: list[list[str]], facts: dict[str, str], raw: RawDomain) -> Utterance:
    for row in rows:
        if len(row) < 2:
            raise DataError(f"token {row[0]!r} has no tag; write token and tag with a space or a tab between")
    tokens = [row[0] for row in rows]
    text, spans = spans_of_tags(tokens, [row[-1].strip() for row in rows])
    if "text" in facts:
        if (places := _places(facts["text"], tokens)) is None:
            raw.drop(DropReason.TEXT_COMMENTS_UNLIKE_THEIR_TOKENS)
        else:
            text = facts["text"]
            spans = tuple(span._replace(start=places[span.start], end=places[span.end]) for span in spans)
    return Utterance(text, facts.get("intent"), spans, facts.get("group"), facts.get("domain"))


def _places(text: str, tokens: list[str]) -> dict[int, int] | None:
    """Where the edges of the tokens, joined with single spaces, lie in a text; ``None`` if it is not made of them."""
    places: dict[int, int] = {}
    joined = place = 0
    for token in tokens:
        while place < len(text) and text[place].isspace():
            place += 1
        if not text.startswith(token, place):
            return None
        places[joined], places[joined + len(token)] = place, place + len(token)
        place += len(token)
        joined += len(token) + 1
    return None if text[place:].strip() else places
