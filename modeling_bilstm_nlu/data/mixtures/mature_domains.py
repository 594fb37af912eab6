"""The mixture of mature domains that a generic checkpoint is pretrained on: without repeats and target domains.

Every corpus is one memory-mapped table (``corpus_tables``), and a mixture is a selection of its rows (``selection``),
so the texts themselves are never in memory.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
from datasets import Dataset, DatasetDict, concatenate_datasets
from tqdm import tqdm

from bilstm_nlu.errors import DataError

from ..corpus_info import CorpusInfo
from ..domains import Domain
from ..formats.registry import available_corpora
from ..schema import FEATURES
from ..sources import corpus_folder
from .corpus_tables import CorpusTable, open_corpus, text_hash
from .label_arrays import LabelArrays, coded
from .mixture import Mixture
from .selection import REASONS, RowTable, Selection, select_rows

__all__ = ["MATURE_CORPORA", "mature"]

logger = logging.getLogger(__name__)

#: The public corpora of the mixture with the options of their readers; the preferred corpus of a family comes first.
#: Not in the mixture: HINT3 and ATIS, which are for evaluation; DSTC8 spans, which are a part of SGD; SNIPS as
#: seq.in/seq.out, which is the same corpus as SNIPS.
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
    "nlupp": {"intents_policy": "none"},  # utterances have several intents: nearly a thousand combinations
}
_SPLITS = {"train": 0, "validation": 1, "test": 2}


def mature(
    exclude: Iterable[str | Domain] | str | Domain = (),
    *,
    corpora: Iterable[str] | str | Mapping[str, Mapping[str, Any]] | None = None,
    extra: Sequence[CorpusTable] = (),
    data_dir: str | Path | None = None,
    cache_dir: str | Path | None = None,
    name: str = "mature",
) -> Mixture:
    """Mix the mature domains into one domain for pretraining.

    Rules for the rows of the mixture:

    - No row is from an excluded domain, or from a domain with the same name in a corpus of the same family. No row has
      a text that is in any split of such a domain; case, white space and punctuation are ignored.
    - No row is from a test split, or has a text that is in a test split of the family (MASSIVE, SLURP and HWU64 share
      their sentences). This includes corpora that are not in the mixture but in the folder of corpora.
    - No text is twice in a family, and no validation text is in train. If a corpus labels a text in several ways, the
      labels of the majority are kept; a text without a majority is left out.

    Args:
        exclude: target domains to keep out: a corpus (``snips``), a domain (``topv2/weather``), a pattern of either
            (``sgd/Hotels_*``, ``*/weather``), or a loaded domain. For a loaded domain, the texts in its splits are
            kept out, but not those that were left out when it was loaded: to keep these out, too, give the name of
            the domain, or ``load_unsplit(...)``.
        corpora: names of corpora, or names with the options of their readers; ``None`` takes ``MATURE_CORPORA``.
        extra: more sources, made with ``corpus_tables.table_of``.
        data_dir: the folder of corpora; see ``read_source``.
        cache_dir: folder for the tables of the corpora.
        name: name of the mixture.

    Raises:
        DataError: an unknown corpus or domain, a corpus that is for evaluation only, missing or broken data, or no
            rows left.
    """
    chosen = _chosen(corpora)
    excluded = [exclude] if isinstance(exclude, str | Domain) else list(exclude)
    patterns = [item for item in excluded if isinstance(item, str)]
    targets = [item for item in excluded if isinstance(item, Domain)]
    if strange := [item for item in excluded if not isinstance(item, str | Domain)]:
        raise DataError(f"exclude contains {strange[0]!r:.80}; give names of domains, or loaded domains")
    wanted = [*chosen.items(), *_guards(patterns, chosen, extra, data_dir)]
    opened = [
        open_corpus(corpus, data_dir=data_dir, cache_dir=cache_dir, options=options)
        for corpus, options in tqdm(wanted, desc="corpora", unit="corpus", disable=None, delay=2)
    ]
    mixed = [*opened[: len(chosen)], *extra]
    guards = opened[len(chosen) :]
    if not mixed or len({table.name for table in mixed}) < len(mixed):
        names = [table.name for table in mixed]
        raise DataError(f"mixture {name!r} of {names}: give at least one source, and each source its own name")
    tables = [*mixed, *(_kept_out(table, patterns) for table in guards)]
    rows = _row_table(tables, [_is_excluded(table, patterns) for table in tables])
    rows.split[rows.corpus >= len(mixed)] = _SPLITS["test"]  # guards are used only for the texts to keep out
    keys = {text_hash(text) for target in targets for split in target.splits.values() for text in split["text"]}
    selection = select_rows(rows, sorted(keys))
    if not len(selection.train):
        raise DataError(f"mixture {name!r}: no rows are left without {patterns}; exclude less, or add corpora")
    labels = LabelArrays.of(table.rows for table in tables)
    selection = selection.without_unknown(labels.known(selection.validation, selection.train))
    found = {"train": dict(_parts(tables, selection.train)), "validation": dict(_parts(tables, selection.validation))}
    report = {table.name: _counts(table, number, rows, selection) for number, table in enumerate(mixed)}
    return Mixture(
        name,
        DatasetDict({split: concatenate_datasets(list(parts.values())) for split, parts in found.items() if parts}),
        labels.spec(name, selection.train),
        dropped=_total(report),
        corpora=tuple(table.info for table in mixed if table.info is not None and table.name in found["train"]),
        report=report,
        parts={
            split: {corpus: len(part) for corpus, part in parts.items()} for split, parts in found.items() if parts
        },
    )


def _chosen(corpora: Iterable[str] | Mapping[str, Mapping[str, Any]] | None) -> dict[str, Mapping[str, Any]]:
    if corpora is None:
        return dict(MATURE_CORPORA)
    known = available_corpora()
    names = [corpora] if isinstance(corpora, str) else list(corpora)
    if missing := sorted(set(names) - set(known)):
        raise DataError(f"there are no public corpora {missing}; there are: {', '.join(known)}")
    if unfit := [corpus for corpus in names if known[corpus].is_for_evaluation_only]:
        raise DataError(f"{unfit} are for evaluation only; leave them out of the mixture")
    own = corpora if isinstance(corpora, Mapping) else {}
    return {corpus: own.get(corpus) or MATURE_CORPORA.get(corpus, {}) for corpus in names}


def _places(corpus: str, info: CorpusInfo) -> list[str]:
    return [corpus, *(f"{corpus}/{domain}" for domain in info.domains)]


def _guards(
    patterns: Sequence[str],
    chosen: Mapping[str, Mapping[str, Any]],
    extra: Sequence[CorpusTable],
    data_dir: str | Path | None,
) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the corpora whose excluded domains and test splits must be kept out of the mixture.

    These are all corpora of a family that is in the mixture or has an excluded domain. A corpus that is in the mixture
    with reader options is read once more without options, because the texts that its options leave out must be known,
    too.

    Raises:
        DataError: a pattern matches no domain of any corpus or of the extra sources.
    """
    known = available_corpora()
    places = {corpus: _places(corpus, info) for corpus, info in known.items()}
    places |= {table.name: sorted({table.name, *table.rows.unique("domain")}) for table in extra}
    fitting = {corpus for corpus, names in places.items() if any(fnmatchcase(n, p) for n in names for p in patterns)}
    for pattern in patterns:
        if not any(fnmatchcase(place, pattern) for names in places.values() for place in names):
            domains = known[corpus].domains if (corpus := pattern.partition("/")[0]) in known else tuple(places)
            raise DataError(f"exclude: there is no domain {pattern!r}; there are: {', '.join(domains)}")
    families = {known[corpus].family for corpus in (*chosen, *fitting) if corpus in known} - {None}
    guards: list[tuple[str, Mapping[str, Any]]] = [(corpus, {}) for corpus, options in chosen.items() if options]
    for corpus, info in known.items():
        if corpus in chosen:
            continue
        if corpus in fitting or (info.family in families and corpus_folder(corpus, data_dir) is not None):
            guards.append((corpus, {}))
        elif info.family in families:
            logger.warning(
                "the corpus %s is not in the folder of corpora, so texts of its test split may be in the mixture",
                corpus,
            )
    return guards


def _kept_out(table: CorpusTable, patterns: Sequence[str]) -> CorpusTable:
    """Return the rows of a guard whose texts must not be in the mixture."""
    is_kept_out = _is_excluded(table, patterns) | (np.array(table.rows["split"]) == "test")
    return replace(table, rows=table.rows.select(np.flatnonzero(is_kept_out)))


def _is_excluded(table: CorpusTable, patterns: Sequence[str]) -> np.ndarray:
    """Return (rows,) whether a row's domain, or a domain of that name in another corpus of the family, is excluded."""
    relatives = [corpus for corpus, info in available_corpora().items() if (info.family or corpus) == table.family]
    domains, codes = coded(table.rows.with_format("arrow")[:]["domain"].chunks)
    is_out = []
    for domain in domains:
        _, slash, part = domain.partition("/")
        places = {domain, table.name} | {place for r in relatives for place in (r, *[f"{r}/{part}"] * bool(slash))}
        is_out.append(any(fnmatchcase(place, pattern) for place in places for pattern in patterns))
    return np.array(is_out, bool)[codes]


def _row_table(tables: Sequence[CorpusTable], is_excluded: Sequence[np.ndarray]) -> RowTable:
    families = list(dict.fromkeys(table.family for table in tables))
    columns = [table.rows.with_format("arrow")[:] for table in tables]
    splits = [coded(column["split"].chunks) for column in columns]
    sizes = [len(table.rows) for table in tables]
    return RowTable(
        key=np.concatenate([column["key"].to_numpy() for column in columns]),
        reading=np.concatenate([column["reading"].to_numpy() for column in columns]),
        split=np.concatenate([np.array([_SPLITS[name] for name in names], np.int8)[codes] for names, codes in splits]),
        corpus=np.repeat(np.arange(len(tables), dtype=np.int16), sizes),
        family=np.repeat(np.array([families.index(table.family) for table in tables], np.int16), sizes),
        is_excluded=np.concatenate(is_excluded),
        is_labelled=np.concatenate(
            [pc.or_(column["intent"].is_valid(), column["spans"].is_valid()).to_numpy() for column in columns]
        ),
    )


def _parts(tables: Sequence[CorpusTable], taken: np.ndarray) -> Iterator[tuple[str, Dataset]]:
    """Yield the selected rows of each table that has any."""
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
