"""MASSIVE (FitzGerald et al. 2022, arXiv:2204.08582): slots inline, ``wake me at [time : nine am]``."""

import re
from pathlib import Path

from ...errors import DataError
from ..corpus_info import CorpusInfo
from ..files import canonical_split, parse_json, read_lines
from ..registry import RawDomain, register_reader
from ..schema import SlotSpan, Utterance

__all__ = ["parse_inline", "read_massive"]

_PIECE = re.compile(r"\[|\]|[^\[\]]+")


def parse_inline(annotated: str) -> tuple[str, tuple[SlotSpan, ...]]:
    """Take inline slots ``[type : value]`` out of a text.

    Returns:
        The plain text, and the spans of the values in it.

    Raises:
        DataError: a bracket without its partner, a bracket in a bracket, or a slot without ``" : "``.
    """
    pieces: list[str] = []
    spans: list[SlotSpan] = []
    length = 0
    inside = False
    for match in _PIECE.finditer(annotated):
        piece = match.group()
        if piece in "[]":
            if (piece == "[") == inside:
                raise DataError(
                    f"unbalanced {piece!r} at character {match.start()} of {annotated!r}; close or remove it"
                )
            inside = not inside
            continue
        if inside:
            slot_type, separator, value = piece.partition(" : ")
            if not separator:
                raise DataError(f"slot [{piece}] of {annotated!r} has no ' : '; write [type : value]")
            piece = value.strip()
            spans.append(SlotSpan(slot_type.strip(), length, length + len(piece)))
        pieces.append(piece)
        length += len(piece)
    if inside:
        raise DataError(f"unbalanced '[' in {annotated!r}; close or remove it")
    return "".join(pieces), tuple(spans)


def _recognises(path: Path) -> bool:
    if path.is_dir():
        return any(_recognises(file) for file in sorted(path.glob("*.jsonl*")))
    if not path.name.removesuffix(".gz").endswith(".jsonl"):
        return False
    return '"annot_utt"' in next((line for line in read_lines(path) if line.strip()), "")


def _files(path: Path, locale: str) -> list[Path]:
    """The files of a locale: one ``en-US.jsonl``, or one a partition such as ``de-DE_test.jsonl``."""
    if path.is_file():
        return [path]
    for pattern in (f"{locale}.jsonl", f"{locale}.jsonl.gz"):
        if (path / pattern).exists():
            return [path / pattern]
    if files := sorted(path.glob(f"{locale}_*.jsonl*")):
        return files
    raise DataError(f"{path}: no file of locale {locale!r}; name another with locale=...")


@register_reader(
    "massive",
    recognises=_recognises,
    summary="MASSIVE JSON Lines (annot_utt), a file or a folder of locales",
    info=CorpusInfo(
        title="MASSIVE 1.1",
        licence="cc-by-4.0",
        citation=(
            "FitzGerald et al., MASSIVE: A 1M-Example Multilingual Natural Language Understanding Dataset with 51 "
            "Typologically-Diverse Languages, 2022, arXiv:2204.08582"
        ),
        url="https://github.com/alexa/massive",
        domains=tuple(
            "alarm audio calendar cooking datetime email general iot lists music news play qa recommendation social "
            "takeaway transport weather".split()
        ),
        family="slurp",
    ),
)
def read_massive(
    path: Path,
    *,
    locale: str | None = None,
    on_error: str = "raise",
) -> RawDomain:
    """Read MASSIVE; partitions train, dev and test become train, validation and test, scenarios domains.

    Args:
        path: a ``.jsonl`` file, or a folder of them.
        locale: which locale; ``en-US`` for a folder, every row of a single file where ``None``.
        on_error: ``raise``, or ``drop`` to leave broken records out.

    Raises:
        DataError: a broken record, or a locale that the data does not have.
    """
    raw = RawDomain("massive")
    for file in _files(path, locale or "en-US"):
        for number, line in enumerate(read_lines(file), start=1):
            if not line.strip():
                continue
            with raw.record(f"{file}, line {number}", on_error):
                row = _checked_row(parse_json(line, "the record"))
                if locale is not None and row.get("locale") != locale:
                    raw.drop("other locales")
                else:
                    raw.add(row["split"], _utterance(row))
    return raw


def _checked_row(row: object) -> dict[str, str]:
    if not isinstance(row, dict):
        raise DataError("the record is no JSON object")
    for key in ("annot_utt", "intent", "scenario", "partition"):
        if not isinstance(row.get(key), str):
            raise DataError(f"the record has no text under {key!r}; is this a MASSIVE file?")
    split = canonical_split(row["partition"])
    if split is None:
        raise DataError(f"unknown partition {row['partition']!r}; expected train, dev or test")
    return {**row, "split": split}


def _utterance(row: dict[str, str]) -> Utterance:
    text, spans = parse_inline(row["annot_utt"])
    if row.get("utt", text) != text:
        raise DataError(f"annot_utt without its brackets reads {text!r}, but utt is {row['utt']!r}; make them agree")
    return Utterance(text, row["intent"], spans, domain=row["scenario"])
