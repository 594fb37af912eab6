"""Write a domain as CoNLL columns: the words of the network, each with its IOB2 tag.

If the text is not its words joined by single spaces, a comment gives the text (the convention of CoNLL-U), so that
``read_conll`` restores it. Comments also give the intent, the group and the domain.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from bilstm_nlu.files import write_text

from ....labels_bilstm_nlu import spans_to_tags
from ...domains import Domain
from ...drop_reasons import DropReason
from ...encoding import fit_spans
from ...schema import Utterance
from ...words import words_of
from ..splits_writer import write_splits
from .reader import SUFFIXES

__all__ = ["write_conll"]


def write_conll(path: Path, domain: Domain) -> dict[str, int]:
    """Write a folder with ``train.conll`` and the other splits, or one file.

    Slots begin and end at word edges: a span that cuts a word is widened to the word.

    Returns:
        Drop reason -> number of things that CoNLL columns cannot express.
    """
    lost: Counter[str] = Counter()

    def write(file: Path, utterances: Iterable[Utterance]) -> None:
        rows = list(utterances)
        texts = [row.text for row in rows]
        blocks = (_block(row, words, lost) for row, words in zip(rows, words_of(texts), strict=True))
        write_text(file, "".join(f"{block}\n\n" for block in blocks if block))

    lost.update(write_splits(path, domain, SUFFIXES, write))
    lost[DropReason.SLOT_CATALOGS_IN_CONLL] = len(domain.catalogs)
    return dict(lost)


def _block(row: Utterance, words: Sequence[tuple[int, int]], lost: Counter[str]) -> str:
    """Write the lines of an utterance; the result is empty if it has no words."""
    words = _separate(row.text, words)
    if not words:
        lost[DropReason.UTTERANCES_WITHOUT_A_WORD] += 1
        return ""
    if row.spans is None:
        lost[DropReason.SLOTS_NOT_ANNOTATED] += 1
    spans, num_widened, num_cut = fit_spans(words, [span._asdict() for span in row.spans or ()])
    lost[DropReason.SLOTS_WIDENED] += num_widened
    lost[DropReason.SLOTS_THAT_MET_WHEN_WIDENED] += num_cut
    lines = []
    for name, value in (("intent", row.intent), ("domain", row.domain), ("group", row.group)):
        if value is not None:
            lines.append(f"# {name}: {_in_one_line(value, lost)}")
    tokens = [row.text[start:end] for start, end in words]
    if row.text != " ".join(tokens):
        is_plain = row.text == row.text.strip() and not any(char in row.text for char in "\t\n\r")
        lost[DropReason.TEXT_SPACES_CHANGED] += not is_plain
        lines.append(f"# text = {row.text if is_plain else ' '.join(row.text.split())}")
    for token, tag in zip(tokens, spans_to_tags(words, spans), strict=True):
        prefix, slot_type = tag[:2], tag[2:]
        lines.append(f"{token}\t{prefix}{_in_one_line(slot_type, lost) if slot_type else ''}")
    return "\n".join(lines)


def _separate(text: str, words: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Leave out words that are white space, and join two words that share a character.

    Words share a character if the normal form of Unicode turns one character into a symbol and an accent.
    """
    found: list[tuple[int, int]] = []
    for start, end in words:
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        elif not text[start:end].isspace():
            found.append((start, end))
    return found


def _in_one_line(label: str, lost: Counter[str]) -> str:
    """Write a label without line breaks and extra spaces."""
    line = " ".join(label.split())
    lost[DropReason.LABEL_SPACES_CHANGED] += line != label
    return line
