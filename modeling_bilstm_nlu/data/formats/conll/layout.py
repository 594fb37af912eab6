"""Find the columns of CoNLL files: the token, its tag, and an index of tokens that some variants have first."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from bilstm_nlu.errors import DataError

from ..tags import is_tag

__all__ = ["Block", "Layout", "layout_of"]

#: The index of a token, or of several tokens ("3-4") or no token ("5.1") in CoNLL-U.
_INDEX = re.compile(r"\d+(?:([-.])\d+)?")


_MOSTLY = 0.95


@dataclass
class Block:
    """The lines of one utterance.

    Args:
        line: the number of the first line.
        comments: name -> value of the comments before and in it.
        rows: the cells of the lines of tokens.
    """

    line: int
    comments: dict[str, str] = field(default_factory=dict)
    rows: list[list[str]] = field(default_factory=list)


@dataclass(frozen=True)
class Layout:
    """The places of the columns, counted from 0.

    Args:
        token: the place of the token.
        tag: the place of the tag; -1 is the last column.
        has_index: whether the first column is an index of tokens.
        inner_tag: the place of a second column of tags, for slots inside slots, or ``None``.
    """

    token: int = 0
    tag: int = -1
    has_index: bool = False
    inner_tag: int | None = None

    def rows_of(self, block: Block) -> list[list[str]]:
        """The rows of a block, without rows of several tokens or of no token."""
        if not self.has_index:
            return block.rows
        return [row for row in block.rows if (match := _INDEX.fullmatch(row[0])) is None or match[1] is None]


def layout_of(
    blocks: Sequence[Block], where: object, *, token_column: int | None = None, tag_column: int | None = None
) -> Layout:
    """Find the columns of a file.

    If the first column counts the tokens of each utterance, the token is in the second column, and the tag is in the
    first column after it that contains only tags. Otherwise, the token is in the first column and the tag in the last.

    Args:
        blocks: all utterances of the file.
        where: the file, for messages.
        token_column: the number of the column of tokens, from 1; ``None`` finds it.
        tag_column: the number of the column of tags, from 1; ``None`` finds it.

    Raises:
        DataError: a number is not the number of a column.
    """
    width = max((len(row) for block in blocks for row in block.rows), default=0)
    for name, number in (("token_column", token_column), ("tag_column", tag_column)):
        if number is not None and blocks and not 1 <= number <= width:
            raise DataError(f"{where}: there is no column {number}; {name} is a number from 1 to {width}")
    has_index = width > 2 and any(len(block.rows) > 1 for block in blocks) and all(map(_is_counted, blocks))
    token = (1 if has_index else 0) if token_column is None else token_column - 1
    if tag_column is not None:
        return Layout(token, tag_column - 1, has_index)
    if not has_index:
        return Layout(token)
    tags = list(islice(_columns_of_tags(blocks, token + 1, width), 2))
    return Layout(token, tags[0] if tags else -1, has_index, tags[1] if len(tags) > 1 else None)


def _is_counted(block: Block) -> bool:
    """Say whether the first column has the numbers of the tokens, from 1 or from 0."""
    matches = [_INDEX.fullmatch(row[0]) for row in block.rows]
    if not all(matches):
        return False
    numbers = [int(match[0]) for match in matches if match and match[1] is None]
    return numbers in (list(range(1, len(numbers) + 1)), list(range(len(numbers))))


def _columns_of_tags(blocks: Iterable[Block], first: int, width: int) -> Iterator[int]:
    """The places of columns that contain tags, except for a few broken cells."""
    indexed = Layout(has_index=True)
    rows = [row for block in blocks for row in indexed.rows_of(block)]
    for place in range(first, width):
        cells = [row[place].strip() for row in rows if len(row) > place]
        if cells and sum(map(is_tag, cells)) >= _MOSTLY * len(cells):
            yield place
