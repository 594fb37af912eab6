"""Read CoNLL columns: one token per line, the token in the first column, its BIO tag in the last column.

Files whose first column counts the tokens (CoNLL-U, CoNLL 2009, GermEval) have the token in the second column.

A blank line ends an utterance. A comment ``# intent: name`` (or ``# intent = name``) before an utterance gives its
intent; without the comment it has no intent. ``# domain:``, ``# group:`` and ``# text =`` work the same way.
"""

import re
from pathlib import Path

from bilstm_nlu.errors import Cure, DataError
from bilstm_nlu.files import has_suffix, read_lines, stem

from ...drop_reasons import DropReason
from ...raw_domains import RawDomain
from ...schema import Utterance
from ...split_names import split_files
from ..tags import is_tag, spans_of_tags
from .layout import Block, Layout, layout_of

__all__ = ["SUFFIXES", "read_conll", "sniff"]

SUFFIXES = (".conll", ".bio", ".iob", ".iob2")
_READABLE = (*SUFFIXES, ".conllu")
_OTHER_TAGS = Cure("name the column of tags with {}, from 1", option="tag_column")
_FIELD = re.compile(r"#\s*(intent|domain|group|text)\s*[:=]\s*(.*\S)\s*")
_COMMENT = re.compile(r"#(\s|$)|#\s*\w+\s*[:=]")


def _columns(line: str) -> list[str]:
    return line.split("\t") if "\t" in line else line.split()


def _is_comment(line: str, rows: list[list[str]]) -> bool:
    """Say whether a line is a comment: not if it is the token ``#`` with a tag and the usual number of columns."""
    columns = _columns(line)
    is_row = len(columns) == (len(rows[-1]) if rows else 2) and is_tag(columns[-1])
    return bool(_COMMENT.match(line)) and not is_row


def sniff(path: Path) -> bool:
    """Say whether a file or a folder looks like this format."""
    if path.is_dir():
        return bool(split_files(path, _READABLE))
    return has_suffix(path, _READABLE)


def read_conll(
    path: Path, *, token_column: int | None = None, tag_column: int | None = None, on_error: str = "skip_few"
) -> RawDomain:
    """Read CoNLL columns; the text is that of the comment ``# text =``, or else the tokens joined by single spaces.

    Args:
        path: a file (all train), or a folder with ``train.conll`` and optionally ``valid.conll`` (or ``dev``,
            ``validation``) and ``test.conll``; also ``.conllu``, ``.bio``, ``.iob``, ``.iob2``.
        token_column: the number of the column of tokens, from 1; ``None`` takes the first, or the second if the first
            counts the tokens (CoNLL-U, CoNLL 2009, GermEval).
        tag_column: the number of the column of tags, from 1; ``None`` takes the last, or the first column of tags if
            the first column counts the tokens.
        on_error: what to do about broken utterances: ``skip_few``, ``drop`` or ``raise``.

    Raises:
        DataError: a column does not exist, a line has no tag, or a tag is unknown.
    """
    files = split_files(path, _READABLE) if path.is_dir() else {"train": path}
    if not files:
        raise DataError(f"{path}: there is no file train.conll; add it")
    raw = RawDomain(path.resolve().name if path.is_dir() else stem(path))
    for split, file in files.items():
        blocks = _blocks(file)
        layout = layout_of(blocks, file, token_column=token_column, tag_column=tag_column)
        for block in blocks:
            with raw.record(f"{file}, line {block.line}", on_error):
                raw.add(split, _utterance(block, layout, raw))
    return raw


def _blocks(file: Path) -> list[Block]:
    """Split a file into utterances."""
    blocks: list[Block] = []
    block = Block(1)
    for number, line in enumerate([*read_lines(file), ""], start=1):
        line = line.strip()
        if line and _is_comment(line, block.rows):
            if match := _FIELD.fullmatch(line):
                block.comments[match.group(1)] = match.group(2)
        elif line and not line.startswith("-DOCSTART-"):
            block.line = block.line if block.rows else number
            block.rows.append(_columns(line))
        elif block.rows:
            blocks.append(block)
            block = Block(number)
    return blocks


def _utterance(block: Block, layout: Layout, raw: RawDomain) -> Utterance:
    rows, comments = layout.rows_of(block), block.comments
    for row in rows:
        if len(row) <= max(layout.token + 1, layout.tag):
            raise DataError(f"token {row[-1]!r} has no tag; write the token, a space or a tab, and the tag")
    tokens = [row[layout.token] for row in rows]
    try:
        text, spans = spans_of_tags(tokens, [row[layout.tag].strip() for row in rows])
    except DataError as error:
        raise DataError(error.message, cure=[*error.cures, _OTHER_TAGS]) from None
    if layout.inner_tag is not None:
        _, inner = spans_of_tags(tokens, [row[layout.inner_tag].strip() for row in rows])
        raw.drop(DropReason.SLOTS_INSIDE_ANOTHER_SLOT, len(inner))
    if "text" in comments:
        if (places := _places(comments["text"], tokens)) is None:
            raw.drop(DropReason.TEXT_COMMENTS_UNLIKE_THEIR_TOKENS)
        else:
            text = comments["text"]
            spans = tuple(span._replace(start=places[span.start], end=places[span.end]) for span in spans)
    return Utterance(text, comments.get("intent"), spans, comments.get("group"), comments.get("domain"))


def _places(text: str, tokens: list[str]) -> dict[int, int] | None:
    """Map the edges of the tokens, joined by single spaces, to their places in a text; ``None`` if they differ."""
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
