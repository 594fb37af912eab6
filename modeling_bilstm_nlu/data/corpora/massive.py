"""Read MASSIVE (FitzGerald et al. 2022, arXiv:2204.08582), annotated as ``wake me at [time : nine am]``."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from datasets import Dataset

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import first_line, has_suffix, parse_json, read_lines

from ..corpus_info import CorpusInfo, HubSource
from ..drop_reasons import DropReason
from ..formats.format import Format
from ..formats.inline import parse_inline
from ..raw_domains import RawDomain
from ..schema import Utterance
from ..split_names import canonical_split
from .hub_tables import hub_rows

__all__ = ["MASSIVE", "SCENARIOS", "read_massive"]

#: The domains of MASSIVE, SLURP and HWU64, whose sentences come from one collection.
SCENARIOS = (
    *("alarm", "audio", "calendar", "cooking", "datetime", "email", "general", "iot", "lists", "music", "news"),
    *("play", "qa", "recommendation", "social", "takeaway", "transport", "weather"),
)

#: The default locale.
_LOCALE = "en-US"
_KEYS = ("annot_utt", "intent", "scenario")


def sniff(path: Path) -> bool:
    """Say whether a file or a folder looks like this format."""
    if path.is_dir():
        return any(sniff(file) for file in sorted(path.glob("*.jsonl*")))
    return has_suffix(path, (".jsonl",)) and '"annot_utt"' in first_line(path)


def _files(path: Path, locale: str) -> list[Path]:
    """List the files of a locale: one ``en-US.jsonl``, or one file per partition such as ``de-DE_test.jsonl``."""
    if path.is_file():
        return [path]
    for pattern in (f"{locale}.jsonl", f"{locale}.jsonl.gz"):
        if (path / pattern).exists():
            return [path / pattern]
    if files := sorted(path.glob(f"{locale}_*.jsonl*")):
        return files
    raise DataError(f"{path}: there is no file of locale {locale!r}; name another with locale=...")


def _from_hub(tables: Mapping[str, Dataset], *, on_error: str = "drop") -> RawDomain:
    """Read the tables of the hub; broken rows are left out and counted, or an error with ``on_error="raise"``."""
    raw = RawDomain("massive", language=_LOCALE)
    columns = (*_KEYS, "utt")
    for split, where, values in hub_rows(raw, tables, columns):
        with raw.record(where, on_error):
            raw.add(split, _utterance(dict(zip(columns, values, strict=True))))
    return raw


def read_massive(
    path: Path,
    *,
    locale: str | None = None,
    on_error: str = "skip_few",
) -> RawDomain:
    """Read MASSIVE; the partitions train, dev and test become train, validation and test.

    The domains are the scenarios. From the hub, only the locale en-US is read.

    Args:
        path: a ``.jsonl`` file, or a folder of such files.
        locale: the locale to read. ``None`` means ``en-US`` for a folder, and all rows for a single file.
        on_error: what to do about broken records: ``skip_few``, ``drop`` or ``raise``.

    Raises:
        DataError: a record is broken, or the data does not have the locale.
    """
    raw = RawDomain("massive")
    locales: set[str | None] = set()
    for file in _files(path, locale or _LOCALE):
        for number, line in enumerate(read_lines(file), start=1):
            if not line.strip():
                continue
            with raw.record(f"{file}, line {number}", on_error):
                row = parse_json(line, "the record")
                if not isinstance(row, dict):
                    raise DataError("the record is not a JSON object; write an object")
                if locale is not None and row.get("locale") != locale:
                    raw.drop(DropReason.OTHER_LOCALES)
                else:
                    raw.add(_split(row), _utterance(row))
                    locales.add(found if isinstance(found := row.get("locale"), str) else None)
    raw.language = locales.pop() if len(locales) == 1 else None
    return raw


def _split(row: Mapping[str, Any]) -> str:
    partition = row.get("partition")
    if not isinstance(partition, str) or (split := canonical_split(partition)) is None:
        raise DataError(f"unknown partition {partition!r}; expected train, dev or test")
    return split


def _utterance(row: Mapping[str, Any]) -> Utterance:
    for key in _KEYS:
        if not isinstance(row.get(key), str):
            raise DataError(f"the record has no text under {key!r}; check that this is a MASSIVE file")
    text, spans = parse_inline(row["annot_utt"])
    if row.get("utt", text) != text:
        raise DataError(f"annot_utt without its brackets is {text!r}, but utt is {row['utt']!r}; make them agree")
    return Utterance(text, row["intent"], spans, domain=row["scenario"])


MASSIVE = Format(
    name="massive",
    summary="MASSIVE JSON Lines (annot_utt), a file or a folder of locales",
    priority=70,
    sniff=sniff,
    read=read_massive,
    info=CorpusInfo(
        title="MASSIVE 1.1",
        licence="cc-by-4.0",
        citation=(
            "FitzGerald et al., MASSIVE: A 1M-Example Multilingual Natural Language Understanding Dataset with 51 "
            "Typologically-Diverse Languages, 2022, arXiv:2204.08582"
        ),
        url="https://github.com/alexa/massive",
        domains=SCENARIOS,
        family="slurp",
        # the repository has a script, which datasets does not run any more; the hub has its tables on this branch
        hub=HubSource("AmazonScience/massive", revision="refs/convert/parquet", data_dir=_LOCALE),
    ),
    from_hub=_from_hub,
)
