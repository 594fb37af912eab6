"""Read SNIPS 2017-06 custom intent engines (Coucke et al. 2018, arXiv:1805.10190) in the JSON of its publisher.

One folder for each intent: ``train_<Intent>_full.json``, ``train_<Intent>.json`` (300), ``validate_<Intent>.json``.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import read_json

from ..corpus_info import CorpusInfo
from ..drop_reasons import DropReason
from ..formats.format import Format
from ..raw_domains import RawDomain
from ..schema import Utterance
from ..text import join_parts

__all__ = ["SNIPS", "INTENTS", "read_snips"]

#: The intents of SNIPS; each intent is also a domain.
INTENTS = (
    *("AddToPlaylist", "BookRestaurant", "GetWeather", "PlayMusic", "RateBook"),
    *("SearchCreativeWork", "SearchScreeningEvent"),
)
_FILE = re.compile(r"(train|validate)_(.+?)(_full)?(?i:\.json(\.gz)?)")


def _files(path: Path) -> Iterator[tuple[Path, str, bool]]:
    """List the files at any of three depths: path, ``train`` or ``validate``, and whether it is the full set."""
    for file in sorted(file for depth in ("", "*/", "*/*/") for file in path.glob(f"{depth}*.[jJ][sS][oO][nN]*")):
        if (match := _FILE.fullmatch(file.name)) and match.group(2) == file.parent.name:
            yield file, match.group(1), bool(match.group(3))


def sniff(path: Path) -> bool:
    """Say whether a file or a folder looks like this format."""
    return path.is_dir() and any(True for _ in _files(path))


def read_snips(path: Path, *, train_set: str = "full", on_error: str = "skip_few") -> RawDomain:
    """Read SNIPS; train files become train, and validate files become validation (the publisher has no test set).

    White space becomes single spaces. If there is no space between a slot and the next word or slot, a space is added
    and counted.

    Args:
        path: the folder of intent folders, or the folder of one intent.
        train_set: ``full`` (about 2,000 utterances per intent) or ``small`` (300).
        on_error: what to do about broken queries: ``skip_few``, ``drop`` or ``raise``.

    Raises:
        DataError: there are no such files, or a file is broken.
    """
    if train_set not in ("full", "small"):
        raise DataError(f"unknown train_set {train_set!r}; known values: full, small")
    raw = RawDomain("snips")
    for file, kind, is_full in _files(path) if path.is_dir() else ():
        if kind == "train" and is_full != (train_set == "full"):
            continue
        # in the published files, the name of one playlist has an emoji in CESU-8
        document = read_json(file, encoding_errors="surrogatepass")
        if not isinstance(document, dict) or not all(isinstance(queries, list) for queries in document.values()):
            raise DataError(f"{file}: expected one object, intent -> list of queries")
        for intent, queries in document.items():
            for number, query in enumerate(queries, start=1):
                with raw.record(f"{file}, query {number}", on_error):
                    text, spans, num_parted = join_parts(_parts(query))
                    raw.add(
                        "train" if kind == "train" else "validation", Utterance(text, intent, spans, domain=intent)
                    )
                    raw.drop(DropReason.SLOTS_PARTED_FROM_THE_NEXT_WORD, num_parted, domain=intent)
    if not raw.splits:
        raise DataError(
            f"{path}: there are no files <Intent>/train_<Intent>_full.json; give the folder of intent folders"
        )
    return raw


def _parts(query: object) -> Iterator[tuple[str, str | None]]:
    """Yield the chunks of a query: text, and slot type if the chunk is a slot."""
    chunks = query.get("data") if isinstance(query, dict) else None
    if not isinstance(chunks, list):
        raise DataError("the query has no list under 'data'; add it")
    for chunk in chunks:
        if not isinstance(chunk, dict) or not isinstance(chunk.get("text"), str):
            raise DataError(f"chunk {chunk!r} has no text; add it under 'text'")
        yield chunk["text"], chunk.get("entity")


SNIPS = Format(
    name="snips",
    summary="SNIPS JSON folders as published, one folder for each intent",
    priority=120,
    sniff=sniff,
    read=read_snips,
    info=CorpusInfo(
        title="SNIPS natural language understanding benchmark, 2017-06 custom intent engines",
        licence="cc0-1.0",
        citation=(
            "Coucke et al., Snips Voice Platform: an embedded Spoken Language Understanding system for "
            "private-by-design voice interfaces, 2018, arXiv:1805.10190"
        ),
        url="https://github.com/sonos/nlu-benchmark",
        language="en",
        domains=INTENTS,
        family="snips",
    ),
)
