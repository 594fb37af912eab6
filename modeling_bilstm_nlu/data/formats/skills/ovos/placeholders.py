"""Fill the placeholders of Padatious: ``#`` is a digit, ``##`` a number of two digits, ``:0`` one or more words.

``# minutes`` may be a value or a comment: developers write both. ``without_comments`` decides.
"""

import random
import re
from collections.abc import Iterable

from ....drop_reasons import DropReason
from ....raw_domains import RawDomain
from ....values.builtin_types import open_phrases, spell_number

__all__ = ["has_placeholder", "is_number", "with_values", "without_comments"]

_PLACEHOLDER = re.compile(r"#+|(?<!\w):0(?!\w)")
#: ``# minutes`` and ``#Section``; but not ``#``, ``##:##``, ``#%`` or ``#th``.
_MAYBE_COMMENT = re.compile(r"(#+)(?:\s+|(?=[^\W\d_]{3}))(.*\S)")
#: The largest number of ways in which one form of a line is filled.
_MOST_FILLINGS = 20
_LARGEST_SPELLED = 100


def has_placeholder(text: str) -> bool:
    """Say whether a text has a placeholder."""
    return _PLACEHOLDER.search(text) is not None


def is_number(text: str) -> bool:
    """Say whether a text is nothing but the digits of one number: ``##``."""
    return bool(text) and not text.strip("#")


def without_comments(
    lines: Iterable[tuple[int, str]], notes: RawDomain, *, are_values: bool = False
) -> list[tuple[int, str]]:
    """Leave out comments: lines that begin with ``//``, or with ``#`` and words.

    In a list of values, ``# minutes`` is a value if the file has no other values, if ``## minutes`` is also there, or
    if it is one word and another line has a placeholder.

    Args:
        lines: the lines of a file that are not blank, with their numbers.
        notes: receives the count of comments that begin with ``#``.
        are_values: whether the file is a list of values.
    """
    lines = [(number, line) for number, line in lines if not line.startswith("//")]
    doubtful = {number: match for number, line in lines if (match := _MAYBE_COMMENT.fullmatch(line))}
    certain = [line for number, line in lines if number not in doubtful]
    signs: dict[str, set[str]] = {}  # words -> the different signs before them
    for match in doubtful.values():
        signs.setdefault(match[2].casefold(), set()).add(match[1])

    def is_comment(number: int) -> bool:
        words = doubtful[number][2]
        if not are_values:
            return True
        is_one_of_several = len(signs[words.casefold()]) > 1
        return bool(certain) and not is_one_of_several and (" " in words or not any(map(has_placeholder, certain)))

    kept = [(number, line) for number, line in lines if number not in doubtful or not is_comment(number)]
    notes.drop(DropReason.COMMENT_LINES, len(lines) - len(kept))
    return kept


def with_values(text: str, template: str, *, seed: int) -> list[str]:
    """Fill the placeholders of a text: with every digit if there is just one, else with random digits and words.

    ``:0`` becomes a phrase about anything. If the template also has ``#``, as in ``(#|##|:0) minutes``, it becomes a
    number in words.

    Args:
        text: one form of the template.
        template: the line of the file.
        seed: the seed of the choice, which depends only on the seed and the text.
    """
    found = list(_PLACEHOLDER.finditer(text))
    if not found:
        return [text]
    if len(found) == 1 and found[0].group() == "#":
        return [f"{text[: found[0].start()]}{digit}{text[found[0].end() :]}" for digit in "0123456789"]
    rng = random.Random(f"{seed} {text}")
    has_digits = "#" in template

    def filling(placeholder: re.Match[str]) -> str:
        signs = placeholder.group()
        if signs == ":0":
            return spell_number(rng.randint(1, _LARGEST_SPELLED)) if has_digits else rng.choice(open_phrases())
        is_inside = text[placeholder.start() - 1 : placeholder.start()] in (":", ".", ",")
        smallest = 0 if is_inside or len(signs) == 1 else 10 ** (len(signs) - 1)
        return f"{rng.randrange(smallest, 10 ** len(signs)):0{len(signs)}}"

    return list(dict.fromkeys(_PLACEHOLDER.sub(filling, text) for _ in range(_MOST_FILLINGS)))
