"""The mixture of mature domains that a generic checkpoint is pretrained on: deduplicated, and free of its targets.

Every corpus is one memory-mapped table (``corpus_tables``), and a mixture is a choice of its rows (``selection``), so
that the texts themselves are never in memory.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np
from datasets import Dataset, DatasetDict, concatenate_datasets
from tqdm import tqdm

from ..errors import DataError
from .corpus_info import CorpusInfo
from .corpus_tables import CorpusTable, open_corpus, text_hash
from .domains import Domain
from .label_arrays import LabelArrays
from .mixtures import Mixture
from .registry import available_corpora
from .schema import FEATURES
from .selection import REASONS, RowTable, Selection, select_rows
from .sources import corpus_folder

__all__ = ["MATURE_CORPORA", "mature"]

logger = logging.getLogger(__name__)

#: The public corpora of the mixture with the options of their readers, the preferred one of a family first. Not in it:
#: HINT3, which is for evaluation; DSTC8 spans, which are a part of SGD; and SNIPS as seq.in/seq.out, which is SNIPS.
MATURE_CORPORA: dict[str, dict[str, Any]] = {
    "massive": {},
    "slurp": {},
    "hwu64": {},
    "topv2": {},
    "sgd": {},
    "snips": {},
    "restaurant8k": {},
    "clinc150": {},
    "banking77": {},
    "nlupp": {"intents_policy": "none"},  # its intents come several at a time: nearly a thousand combinations
}
_SPLITS = {"train": 0, "validation": 1, "test": 2}


def mature(
    exclude: Iterable[str | Domain] = (),
    *,
    corpora: Iterable[str] | Mapping[str, Mapping[str, Any]] | None = None,
    extra: Sequence[CorpusTable] = (),
    data_dir: str | Path | None = None,
    cache_dir: str | Path | None = None,
    name: str = "mature",
) -> Mixture:
    """Mix the mature domains.

    What is guaranteed about the rows of the mixture:

    - None belongs to an excluded domain, nor to a domain of the same name in a corpus of the same family, and none has
      a text that one of those has in any split; case, white space and punctuation are passed over.
    - None is from a test split, or has a text that stands in a test split of the family (MASSIVE, SLURP and HWU64 are
      one pool of sentences), be that corpus in the mixture or merely in the folder of corpora.
    - No text comes twice within a family, and no validation text is in train. Where a corpus labels a text in several
      ways, the most frequent way is kept, and a text without one is left out.

    Args:
        exclude: target domains to keep out: a corpus (``snips``), a domain (``topv2/weather``), a pattern of either
            (``sgd/Hotels_*``, ``*/weather``), or a loaded domain, whose texts are then kept out.
        corpora: names of corpora, or names with the options of their readers; ``MATURE_CORPORA`` where ``None``.
        extra: more sources, as ``corpus_tables.table_of`` makes them.
        data_dir: the folder of corpora; see ``read_source``.
        cache_dir: where the tables of the corpora are kept.
        name: of the mixture.

    Raises:
        DataError: an unknown corpus or domain, a corpus that is for evaluation only, missing or broken data, or
            nothing left.
    """
    chosen = _chosen(corpora)
    patterns = [item for item in ([exclude] if isinstance(exclude, str) else exclude) if isinstance(item, str)]
    targets = [item for item in exclude if isinstance(item, Domain)] if not isinstance(exclude, str) else []
    guards = _guards(patterns, chosen, data_dir)
    tables = [
        open_corpus(corpus, data_dir=data_dir, cache_dir=cache_dir, options=options)
        for corpus, options in tqdm({**chosen, **guards}.items(), desc="corpora", unit="corpus", disable=None)
    ]
    tables += extra
    is_excluded = {table.name: _is_excluded(table, patterns) for table in tables}
    for number, table in enumerate(tables):
        if table.name in guards:  # all that counts of these is what must be kept out
            kept = np.flatnonzero(is_excluded[table.name] | (np.array(table.rows["split"]) == "test"))
            tables[number] = replace(table, rows=table.rows.select(kept))
            is_excluded[table.name] = is_excluded[table.name][kept]
    rows = _row_table(tables, list(is_excluded.values()))
    keys = {text_hash(text) for target in targets for split in target.splits.values() for text in split["text"]}
    selection = select_rows(rows, sorted(keys))
    mixed = [table for table in tables if table.name not in guards]
    train = dict(_parts(tables, selection.train))
    if not train:
        raise DataError(f"mixture {name!r}: nothing is left without {patterns}; exclude less, or add corpora")
    labels = LabelArrays.of(table.rows for table in tables)
    known = labels.known(selection.validation, selection.train)
    found = {"train": train, "validation": dict(_parts(tables, known))}
    report = {
        table.name: _counts(table, number, rows, selection) for number, table in enumerate(tables) if table in mixed
    }
    return Mixture(
        name,
        DatasetDict({split: concatenate_datasets(list(rows.values())) for split, rows in found.items() if rows}),
        labels.spec(name, selection.train),
        dropped=_total(report),
        corpora=tuple(table.info for table in mixed if table.info is not None and table.name in train),
        report=report,
        parts={split: {corpus: len(part) for corpus, part in rows.items()} for split, rows in found.items() if rows},
    )


def _chosen(corpora: Iterable[str] | Mapping[str, Mapping[str, Any]] | None) -> dict[str, Mapping[str, Any]]:
    if corpora is None:
        return dict(MATURE_CORPORA)
    known = available_corpora()
    names = [corpora] if isinstance(corpora, str) else list(corpora)
    if missing := sorted(set(names) - set(known)):
        raise DataError(f"no public corpora {missing}; there are: {', '.join(known)}")
    if unfit := [corpus for corpus in names if known[corpus].is_for_evaluation_only]:
        raise DataError(f"{unfit} are for evaluation only; leave them out of the mixture")
    own = corpora if isinstance(corpora, Mapping) else {}
    return {corpus: own.get(corpus) or MATURE_CORPORA.get(corpus, {}) for corpus in names}


def _places(corpus: str, info: CorpusInfo) -> list[str]:
    return [corpus, *(f"{corpus}/{domain}" for domain in info.domains)]


def _guards(
    patterns: Sequence[str], chosen: Mapping[str, Any], data_dir: str | Path | None
) -> dict[str, Mapping[str, Any]]:
    """Corpora that are not in the mixture, but have texts that must be kept out of it: those of excluded domains, and
    the test splits of families that are in it.

    Raises:
        DataError: a pattern fits no domain of any corpus.
    """
    known = available_corpora()
    for pattern in patterns:
        if not any(fnmatchcase(place, pattern) for corpus, info in known.items() for place in _places(corpus, info)):
            domains = known[corpus].domains if (corpus := pattern.partition("/")[0]) in known else tuple(known)
            raise DataError(f"no domain {pattern!r} to exclude; there are: {', '.join(domains)}")
    families = {known[corpus].family for corpus in chosen} - {None}
    guards: dict[str, Mapping[str, Any]] = {}
    for corpus, info in known.items():
        if corpus in chosen:
            continue
        if any(fnmatchcase(place, pattern) for place in _places(corpus, info) for pattern in patterns):
            guards[corpus] = {}
        elif info.family in families:
            if corpus_folder(corpus, data_dir) is not None:
                guards[corpus] = {}
            else:
                logger.warning("%s is not at hand, so texts of its test split may be in the mixture", corpus)
    return guards


def _is_excluded(table: CorpusTable, patterns: Sequence[str]) -> np.ndarray:
    """(rows,) whether a row's domain, or the one of that name in another corpus of the family, is excluded."""
    relatives = [corpus for corpus, info in available_corpora().items() if (info.family or corpus) == table.family]
    domains = table.rows.with_format("arrow")[:]["domain"].combine_chunks().dictionary_encode()
    is_out = []
    for domain in domains.dictionary.to_pylist():
        _, slash, part = domain.partition("/")
        places = {domain, table.name} | {place for r in relatives for place in (r, *[f"{r}/{part}"] * bool(slash))}
        is_out.append(any(fnmatchcase(place, pattern) for place in places for pattern in patterns))
    return np.array(is_out, bool)[domains.indices.to_numpy()]


def _row_table(tables: Sequence[CorpusTable], is_excluded: Sequence[np.ndarray]) -> RowTable:
    families = list(dict.fromkeys(table.family for table in tables))
    columns = [table.rows.with_format("arrow")[:] for table in tables]
    splits = [column["split"].combine_chunks().dictionary_encode() for column in columns]
    codes = [
        np.array([_SPLITS[split] for split in s.dictionary.to_pylist()], np.int8)[s.indices.to_numpy()] for s in splits
    ]
    sizes = [len(table.rows) for table in tables]
    return RowTable(
        key=np.concatenate([column["key"].to_numpy() for column in columns]),
        reading=np.concatenate([column["reading"].to_numpy() for column in columns]),
        split=np.concatenate(codes),
        corpus=np.repeat(np.arange(len(tables), dtype=np.int16), sizes),
        family=np.repeat(np.array([families.index(table.family) for table in tables], np.int16), sizes),
        is_excluded=np.concatenate(is_excluded),
    )


def _parts(tables: Sequence[CorpusTable], taken: np.ndarray) -> Iterator[tuple[str, Dataset]]:
    """The taken rows of each table that has any."""
    start = 0
    for table in tables:
        end = start + len(table.rows)
        own = taken[(taken >= start) & (taken < end)] - start
        if len(own):
            yield table.name, table.rows.select_columns(list(FEATURES)).select(own)
        start = end


def _counts(table: CorpusTable, number: int, rows: RowTable, selection: Selection) -> dict[str, int]:
    own = rows.corpus == number
    counts = {
        split: int((own & (selection.reason == 0) & (rows.split == code)).sum())
        for split, code in _SPLITS.items()
        if split != "test"
    }
    why = np.bincount(selection.reason[own], minlength=len(REASONS))
    counts |= {reason: int(count) for reason, count in zip(REASONS, why, strict=True) if reason and count}
    return counts | dict(table.dropped)


def _total(report: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for counts in report.values():
        for reason, count in counts.items():
            if reason not in _SPLITS:
                total[reason] = total.get(reason, 0) + count
    return total
