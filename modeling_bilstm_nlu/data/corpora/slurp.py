"""Read SLURP (Bastianelli et al. 2020, arXiv:2011.13205): the written part; slots are given by token numbers."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import first_line, has_suffix, parse_json, read_lines, stem

from ..corpus_info import CorpusInfo
from ..drop_reasons import DropReason
from ..formats.format import Format
from ..raw_domains import RawDomain
from ..schema import SlotSpan, Utterance
from ..split_names import canonical_split, split_files
from .massive import SCENARIOS

__all__ = ["SLURP", "read_slurp"]

_SUFFIXES = (".jsonl",)
_SYNTHETIC = ("train_synthetic.jsonl", "train_synthetic.jsonl.gz")


def sniff(path: Path) -> bool:
    """Say whether a file or a folder looks like this format."""
    if path.is_dir():
        return any(map(sniff, split_files(path, _SUFFIXES).values()))
    return has_suffix(path, _SUFFIXES) and '"sentence_annotation"' in first_line(path)


def _files(path: Path, *, synthetic: bool) -> list[tuple[str, Path]]:
    """List the files to read with their splits.

    Raises:
        DataError: there are no such files, or no file of synthetic data.
    """
    if path.is_file():
        return [(canonical_split(stem(path)) or "train", path)]
    files = list(split_files(path, _SUFFIXES).items())
    if not files:
        raise DataError(f"{path}: there are no files train.jsonl, devel.jsonl and test.jsonl; give the folder")
    if synthetic:
        found = [path / name for name in _SYNTHETIC if (path / name).is_file()]
        if not found:
            raise DataError(f"{path}: there is no file {_SYNTHETIC[0]}; remove the option synthetic")
        files.append(("train", found[0]))
    return files


def read_slurp(path: Path, *, synthetic: bool = False, on_error: str = "skip_few") -> RawDomain:
    """Read SLURP; ``devel`` becomes validation, the domains are the scenarios, an intent is scenario and action.

    The field ``intent`` is ignored, because it is sometimes only the action or something else. Slots are given by
    tokens, which can differ from the sentence in case and white space; the reader finds their places by their letters.
    A few sentences have other words than their tokens (a corrected spelling). They are replaced by the tokens, because
    the tokens were annotated.

    Args:
        path: the folder, or one file.
        synthetic: whether to read ``train_synthetic.jsonl`` into the train split too.
        on_error: what to do about broken records: ``skip_few``, ``drop`` or ``raise``.

    Raises:
        DataError: a record is broken, or there are no such files.
    """
    raw = RawDomain("slurp")
    for split, file in _files(path, synthetic=synthetic):
        for number, line in enumerate(read_lines(file), start=1):
            if line.strip():
                with raw.record(f"{file}, line {number}", on_error):
                    _add(raw, split, parse_json(line, "the record"))
    return raw


def _add(raw: RawDomain, split: str, record: object) -> None:
    if not isinstance(record, Mapping):
        raise DataError("the record is not a JSON object; write an object")
    for key in ("sentence", "scenario", "action"):
        if not isinstance(record.get(key), str) or not record[key].strip():
            raise DataError(f"the record has no text under {key!r}; check that this is a SLURP file")
    text, scenario = record["sentence"], record["scenario"]
    intent = f"{scenario}_{record['action']}"
    tokens = _tokens(record)
    surfaces = list(tokens.values())
    places = _places(text, surfaces)
    if is_other := places is None:
        text = " ".join(surfaces)
        places = _places(text, surfaces)
    spans = tuple(_spans(record, list(tokens), places or []))
    raw.add(split, Utterance(text, intent, spans, domain=scenario))
    is_odd = record.get("intent", intent) != intent
    raw.drop(DropReason.ODD_INTENT_FIELDS, is_odd, domain=scenario)
    raw.drop(DropReason.SENTENCES_REPLACED_BY_TOKENS, is_other, domain=scenario)


def _tokens(record: Mapping[str, Any]) -> dict[int, str]:
    """Token id -> the token as it is written."""
    tokens = record.get("tokens")
    if not isinstance(tokens, list) or not tokens:
        raise DataError("the record has no list under 'tokens'; add it")
    found: dict[int, str] = {}
    for token in tokens:
        surface = token.get("surface") if isinstance(token, Mapping) else None
        if not isinstance(surface, str) or not surface.strip() or type(token.get("id")) is not int:
            raise DataError(f"token {token!r} needs a text under 'surface' and a whole number under 'id'")
        if token["id"] in found:
            raise DataError(f"two tokens have the id {token['id']}; give each token its own id")
        found[token["id"]] = surface
    return found


def _places(text: str, surfaces: Sequence[str]) -> list[tuple[int, int]] | None:
    """Find the place of each token in a text, in characters; ``None`` if the text has other letters.

    Case and white space are ignored.
    """
    letters = [i for i, char in enumerate(text) if not char.isspace()]
    words = ["".join(surface.split()) for surface in surfaces]
    if sum(map(len, words)) != len(letters) or "".join(words).casefold() != "".join(text.split()).casefold():
        return None
    places = []
    start = 0
    for word in words:
        places.append((letters[start], letters[start + len(word) - 1] + 1))
        start += len(word)
    return places


def _spans(record: Mapping[str, Any], ids: Sequence[int], places: Sequence[tuple[int, int]]) -> list[SlotSpan]:
    """Read the slots of a record whose tokens have these ids and places."""
    entities = record.get("entities")
    if not isinstance(entities, list):
        raise DataError("the record has no list under 'entities'; add it")
    index = {token_id: i for i, token_id in enumerate(ids)}
    spans = []
    for entity in entities:
        slot_type = entity.get("type") if isinstance(entity, Mapping) else None
        listed = entity.get("span") if isinstance(entity, Mapping) else None
        if not isinstance(slot_type, str) or not isinstance(listed, list) or not listed:
            raise DataError(f"entity {entity!r} needs a name under 'type' and a list of token ids under 'span'")
        if not all(type(token_id) is int and token_id in index for token_id in listed):
            raise DataError(f"entity {entity!r} names tokens that do not exist; the ids are {list(ids)}")
        run = sorted({index[token_id] for token_id in listed})
        if run[-1] - run[0] + 1 != len(run):
            raise DataError(f"the tokens of entity {entity!r} are not next to each other; annotate two entities")
        spans.append(SlotSpan(slot_type, places[run[0]][0], places[run[-1]][1]))
    return spans


SLURP = Format(
    name="slurp",
    summary="SLURP JSON Lines as published, a folder with train, devel and test, or one such file",
    priority=110,
    sniff=sniff,
    read=read_slurp,
    info=CorpusInfo(
        title="SLURP, written part",
        licence="cc-by-4.0",
        citation=(
            "Bastianelli et al., SLURP: A Spoken Language Understanding Resource Package, EMNLP 2020, arXiv:2011.13205"
        ),
        url="https://github.com/pswietojanski/slurp",
        language="en",
        domains=SCENARIOS,
        family="slurp",
    ),
)
