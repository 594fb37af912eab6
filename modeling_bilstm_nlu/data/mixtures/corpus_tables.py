"""A public corpus as one memory-mapped table: it is read and cleaned once, then opened from a cache."""

import hashlib
import json
import logging
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
from datasets import Dataset, Features, Value
from huggingface_hub import constants

from bilstm_nlu.files import write_json

from ..corpus_info import CorpusInfo
from ..drop_reasons import DropReason
from ..formats.registry import RawDomain, available_corpora, read
from ..schema import FEATURES, SlotSpan, Utterance
from ..sources import corpus_folder, read_source
from ..text import loose_key, normalise_spaces

__all__ = ["TABLE_FEATURES", "CorpusTable", "default_cache", "open_corpus", "table_of", "text_hash"]

logger = logging.getLogger(__name__)

#: A row of a table: an utterance, its split, the hash of its ``loose_key``, and the hash of its labels.
TABLE_FEATURES = Features({**FEATURES, "split": Value("string"), "key": Value("int64"), "reading": Value("int64")})

_SCHEMA = TABLE_FEATURES.arrow_schema
_ROWS, _FACTS = "rows.arrow", "facts.json"
_CHUNK = 10_000
_MAX_WORDS = 64
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True)
class CorpusTable:
    """The utterances of one source as a table.

    Args:
        name: name of the source.
        rows: table with the columns of ``TABLE_FEATURES``; labels begin with the family, domains with the corpus.
        dropped: reason -> number of records left out or changed while reading and cleaning.
        info: data of the corpus, if the source is one.
    """

    name: str
    rows: Dataset
    dropped: Mapping[str, int]
    info: CorpusInfo | None = None

    @property
    def family(self) -> str:
        """The prefix of the source's labels: the family of the corpus, or else the name of the source."""
        return _family(self.name, self.info)


def default_cache() -> Path:
    """Return the default folder of tables, which is next to the caches of the Hugging Face libraries."""
    return Path(constants.HF_HOME) / "bilstm-nlu"


def open_corpus(
    name: str,
    *,
    data_dir: str | Path | None = None,
    cache_dir: str | Path | None = None,
    options: Mapping[str, Any] | None = None,
) -> CorpusTable:
    """Open a public corpus, from the cache if its files and the code of this package have not changed.

    Args:
        name: one of ``available_corpora()``.
        data_dir: the folder of corpora; see ``read_source``. A corpus from the hub is not stored in this cache,
            because ``datasets`` stores it already.
        cache_dir: folder of the cache; ``None`` takes ``default_cache()``.
        options: options of the corpus's reader.

    Raises:
        DataError: no such corpus, or broken data.
    """
    info = available_corpora().get(name)
    given = dict(options or {})
    source = corpus_folder(name, data_dir)
    if source is None:
        return table_of(read_source(name, data_dir=data_dir, **given), name=name, info=info)
    place = Path(cache_dir or default_cache()) / "corpora" / f"{name}-{_fingerprint(source, given)}"
    if not (place / _FACTS).exists():
        table = table_of(read(source, name, **given), name=name, info=info)
        _store(table, place)
        logger.info("%s: %d utterances into %s", name, len(table.rows), place)
    facts = json.loads((place / _FACTS).read_text(encoding="utf-8"))
    info = None if info is None else replace(info, language=facts["language"])
    return CorpusTable(name, Dataset.from_file(str(place / _ROWS)), facts["dropped"], info)


def table_of(raw: RawDomain, *, name: str, info: CorpusInfo | None = None) -> CorpusTable:
    """Clean the utterances of a source, and put them into a table.

    White space becomes single spaces. Texts without a letter and texts of more than 64 words are left out and counted.
    """
    prefix = _family(name, info)
    columns: dict[str, list[Any]] = {column: [] for column in TABLE_FEATURES}
    for split, utterances in raw.splits.items():
        for utterance in utterances:
            if not _LETTER.search(utterance.text):
                raw.drop(DropReason.TEXTS_WITHOUT_A_LETTER)
            elif utterance.text.count(" ") >= _MAX_WORDS and len(utterance.text.split()) > _MAX_WORDS:
                raw.drop(DropReason.TEXTS_OF_TOO_MANY_WORDS.of(_MAX_WORDS))
            else:
                row = _labelled(utterance, name, prefix)
                values = {**row, "split": split, "key": text_hash(row["text"]), "reading": _reading(row)}
                for column, value in values.items():
                    columns[column].append(value)
    if info is not None and raw.language is not None:
        info = replace(info, language=raw.language)
    return CorpusTable(name, Dataset.from_dict(columns, features=TABLE_FEATURES), dict(raw.dropped), info)


def text_hash(text: str) -> int:
    """Return a hash of the ``loose_key`` of a text, as a signed 64-bit number."""
    return _hash(loose_key(text))


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little", signed=True)


def _family(name: str, info: CorpusInfo | None) -> str:
    return info.family if info is not None and info.family is not None else name


def _labelled(utterance: Utterance, name: str, prefix: str) -> dict[str, Any]:
    """Return the row of an utterance; its labels begin with the family, its domain with the corpus."""
    text, spans = normalise_spaces(utterance.text, utterance.spans or ())
    intent = None if utterance.intent is None else f"{prefix}.{utterance.intent}"
    marked = tuple(SlotSpan(f"{prefix}.{slot_type}", start, end) for slot_type, start, end in spans)
    domain = name if utterance.domain is None else f"{name}/{utterance.domain}"
    group = None if utterance.group is None else f"{name}/{utterance.group}"
    return Utterance(text, intent, None if utterance.spans is None else marked, group, domain).as_row()


def _reading(row: Mapping[str, Any]) -> int:
    spans = (
        None if row["spans"] is None else [(s["slot_type"], row["text"][s["start"] : s["end"]]) for s in row["spans"]]
    )
    return _hash(repr((row["intent"], spans)).casefold())


def _fingerprint(source: Path, options: Mapping[str, Any]) -> str:
    """Return a digest of a folder's files, the reader's options and the code that reads them."""
    state = hashlib.blake2b(digest_size=12)
    state.update(_code_digest())
    state.update(json.dumps(options, sort_keys=True, default=str).encode())
    for file in sorted(path for path in source.rglob("*") if path.is_file()):
        state.update(str(file.relative_to(source)).encode())
        state.update(hashlib.blake2b(file.read_bytes()).digest())
    return state.hexdigest()


@lru_cache(maxsize=1)
def _code_digest() -> bytes:
    """Return a digest of the code in the ``data`` package, so that tables are made again when it changes."""
    state = hashlib.blake2b()
    for file in sorted(Path(__file__).parents[1].rglob("*.py")):
        state.update(file.read_bytes())
    return state.digest()


def _store(table: CorpusTable, place: Path) -> None:
    """Write a table whole or not at all; if two processes write it at once, both use the result of the first."""
    place.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=place.parent, prefix=f".{place.name}-"))
    try:
        with pa.OSFile(str(temporary / _ROWS), "wb") as file, pa.ipc.new_stream(file, _SCHEMA) as stream:
            stream.write_table(table.rows.data.table, max_chunksize=_CHUNK)
        language = None if table.info is None else table.info.language
        facts = {"name": table.name, "dropped": dict(table.dropped), "language": language}
        write_json(temporary / _FACTS, facts)
        try:
            temporary.rename(place)
        except OSError:
            if not (place / _FACTS).exists():
                raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
