"""Read data from a path, an embedded domain, a public corpus by name, or a datasets repository of a hub."""

import logging
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from datasets import Dataset, DatasetDict, load_dataset
from huggingface_hub import hf_hub_download
from huggingface_hub.errors import EntryNotFoundError

from bilstm_nlu.errors import Cure, DataError
from bilstm_nlu.files import exists
from bilstm_nlu.hub_errors import HUB_ERRORS

from .corpus_info import CorpusInfo, HubSource
from .drop_reasons import DropReason
from .formats.catalogs_file import CATALOGS_FILE, read_catalogs
from .formats.corpora_file import CORPORA_FILE, read_corpora
from .formats.dataset.card import language_of_card
from .formats.dataset.repository import with_class_names
from .formats.format import Format
from .formats.options import COMMON_OPTIONS, check_options
from .formats.records import Record, add_records
from .formats.registry import available_corpora, embedded_domains, format_for, read
from .raw_domains import RawDomain, keep_part
from .split_names import canonical_split

__all__ = ["DATA_DIR_VARIABLE", "available_domains", "corpus_folder", "read_source"]

logger = logging.getLogger(__name__)

#: The environment variable that names the folder of public corpora.
DATA_DIR_VARIABLE = "BILSTM_NLU_DATA"

#: ``owner/name``. A name with the suffix of a data file, and ``../name``, is a path that does not exist, and is not
#: looked for on the hub.
_DATA_FILE = r"[\w.-]+\.(?:json|jsonl|conllu?|bio|iob|iob2|txt|csv|tsv|ya?ml|md|lu|gz|parquet)$"
_HUB_ID = re.compile(rf"\w[\w.-]*/(?!{_DATA_FILE})\w[\w.-]*", re.ASCII)


def available_domains() -> dict[str, tuple[str, ...]]:
    """Return corpus -> names of its domains, for all public corpora; ``load_domain`` takes ``corpus/domain``."""
    return {name: info.domains for name, info in available_corpora().items()}


def corpus_folder(name: str, data_dir: str | Path | None = None) -> Path | None:
    """Return the folder with the files of a public corpus; ``None`` if the folder of corpora does not have it.

    Args:
        name: name of the corpus.
        data_dir: the folder of corpora; ``None`` takes it from the environment variable ``BILSTM_NLU_DATA``.
    """
    folder = data_dir or os.environ.get(DATA_DIR_VARIABLE)
    path = None if folder is None else Path(folder) / name
    return path if path is not None and exists(path) else None


def read_source(
    source: str | Path,
    format: str | None = None,
    *,
    data_dir: str | Path | None = None,
    seed: int = 0,
    **options: Any,
) -> RawDomain:
    """Read a source of any kind.

    Args:
        source: a path of any registered format; the name of an embedded domain; a public corpus such as ``topv2``, or
            one of its domains such as ``topv2/weather``; or the hub id ``owner/name`` of a datasets repository. The
            first of these that fits is read. If a path and a corpus have the same name, a warning says what is read.
        format: one of ``available_formats()``; ``None`` recognises the format from the source.
        data_dir: the folder with a folder for each public corpus, with the files as published; ``None`` takes it from
            the environment variable ``BILSTM_NLU_DATA``. A corpus that is not there is read from the hub.
        seed: seed of readers that draw.
        options: options of the reader, as in ``read``. For tables of the hub, those that make sense for tables.

    Raises:
        DataError: no such source, format or option; broken data.
    """
    text = str(source)
    corpus, slash, domain = text.partition("/")
    corpora = available_corpora()
    if source in embedded_domains():
        if exists(source):
            logger.warning(
                "%s: reads the embedded domain, not the path with this name; write ./%s for the path", text, text
            )
        return read(source, format, seed=seed, **options)
    if exists(source):
        if corpus in corpora and (not slash or domain in corpora[corpus].domains):
            logger.warning("%s: reads the path with this name, not the public corpus %s", text, corpus)
        return read(source, format, seed=seed, **options)
    if corpus in corpora:
        known = corpora[corpus].domains
        if slash and domain not in known:
            raise DataError(f"corpus {corpus!r} has no domain {domain!r}; it has: {', '.join(known) or 'none'}")
        if slash:
            options["domains"] = [domain]
        raw = _read_corpus(corpus, corpora[corpus], data_dir, seed, options)
        raw.name = f"{corpus}-{domain}" if slash else corpus
        return raw
    if _HUB_ID.fullmatch(text):
        for name, info in corpora.items():
            if info.hub is not None and info.hub.path == text:
                return _read_hub(info.hub, format_for(text, name), options)
        return _read_hub(HubSource(text), None, options)
    if format is not None:
        return read(source, format, seed=seed, **options)  # raises an error that says what is wrong
    raise DataError(
        f"there is no file or folder {text!r}; embedded domains: {', '.join(embedded_domains())}; "
        f"public corpora: {', '.join(available_corpora())}"
    )


def _read_corpus(
    name: str, info: CorpusInfo, data_dir: str | Path | None, seed: int, options: dict[str, Any]
) -> RawDomain:
    """Read a public corpus from the folder of corpora, or else from the hub."""
    if (path := corpus_folder(name, data_dir)) is not None:
        return read(path, name, seed=seed, **options)
    corpus = format_for(name, name)
    if info.hub is not None and corpus.from_hub is not None:
        return _read_hub(info.hub, corpus, options, cure=_cure(name, corpus, info, data_dir))
    raise DataError(f"the corpus {name!r} cannot be read from the hub", cure=_cure(name, corpus, info, data_dir))


def _cure(name: str, corpus: Format, info: CorpusInfo, data_dir: str | Path | None) -> Cure:
    """Say how to get the files of a corpus."""
    folder = data_dir or os.environ.get(DATA_DIR_VARIABLE)
    where = f"{Path(folder) / name} does not exist" if folder else "no folder of corpora is set"
    return Cure(
        f"{where}: download the corpus from {info.url} into a folder FOLDER/{name} ({corpus.summary}), and set "
        f"FOLDER as {{}} or in the environment variable {DATA_DIR_VARIABLE}",
        option="data_dir",
    )


def _read_hub(
    hub: HubSource, corpus: Format | None, options: Mapping[str, Any], *, cure: Cure | None = None
) -> RawDomain:
    from_hub = None if corpus is None else corpus.from_hub
    function = _own_columns if from_hub is None else from_hub
    own_options = check_options(function, options, f"the datasets repository {hub.path!r}")
    try:
        tables = load_dataset(hub.path, hub.config, revision=hub.revision, data_dir=hub.data_dir)
    except (OSError, ValueError, RuntimeError) as error:
        raise DataError(
            f"{hub.path!r} is not a file or folder here, and a dataset with this id could not be downloaded: {error}",
            cure=() if cure is None else cure,
        ) from error
    if not isinstance(tables, DatasetDict):
        raise DataError(f"{hub.path!r} has no splits; name its rows train, validation and test")
    if corpus is not None and from_hub is not None:
        raw = from_hub(tables, **own_options)
        raw.info = corpus.info
    else:
        raw = _own_columns(hub.path, tables, **own_options)
        found = [path for name in (CATALOGS_FILE, CORPORA_FILE) if (path := _file_of(hub, name)) is not None]
        for folder in {path.parent for path in found}:  # both are in one snapshot
            raw.catalogs, raw.corpora = read_catalogs(folder), read_corpora(folder)
        card = _file_of(hub, "README.md")
        raw.language = None if card is None else language_of_card(card)
    raw.broken.check(hub.path, is_empty=not any(raw.splits.values()))
    return keep_part(raw, **{name: options[name] for name in COMMON_OPTIONS if name in options})


def _file_of(hub: HubSource, name: str) -> Path | None:
    """Return the local copy of a file of a datasets repository; ``None`` if the repository does not have the file."""
    try:
        return Path(hf_hub_download(hub.path, name, repo_type="dataset", revision=hub.revision))
    except EntryNotFoundError:  # also without a network, if the file is not in the cache
        return None
    except HUB_ERRORS as error:
        raise DataError(f"{hub.path!r}: {name} could not be downloaded ({error}); try again") from error


def _own_columns(
    hub_id: str,
    tables: Mapping[str, Dataset],
    *,
    text_column: str | None = None,
    intent_column: str | None = None,
    spans_column: str | None = None,
    split_column: str | None = None,
    domain_column: str | None = None,
    group_column: str | None = None,
    on_error: str = "skip_few",
) -> RawDomain:
    """Read the utterances of tables with usual names of columns, or with the names that options give."""
    raw = RawDomain(hub_id.partition("/")[2], hub_id=hub_id)
    records: list[Record] = []
    for split, table in tables.items():
        if (canonical := canonical_split(str(split))) is None:
            raw.drop(DropReason.ROWS_OF_SPLIT.of(split), len(table))
            continue
        rows = with_class_names(table, table.features)
        records += [(f"{hub_id}, split {split}, row {number}", canonical, row) for number, row in enumerate(rows)]
    names = {"text": text_column, "intent": intent_column, "spans": spans_column}
    names |= {"split": split_column, "domain": domain_column, "group": group_column}
    add_records(raw, hub_id, records, names=names, marks=False, on_error=on_error)
    return raw
