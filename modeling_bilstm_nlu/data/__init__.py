"""Data: read files of any registered format into a domain to train on."""

from .checks import CheckReport, Finding, check_domain, drop_leaked, drop_unseen, vocabulary_coverage
from .corpus_info import CorpusInfo
from .domains import Domain, merge_domains, sample_utterances, to_dataset
from .drop_reasons import DropReason
from .formats.format import Format, Writer
from .formats.jsonl.reader import write_jsonl
from .formats.registry import (
    available_corpora,
    available_formats,
    embedded_domains,
    read,
    register_format,
)
from .formats.skills.tools import tool_call
from .formats.writing import available_writers, write_domain
from .loading import load_domain, load_skill
from .mixtures.mature_domains import mature
from .mixtures.mixture import Mixture
from .raw_domains import RawDomain
from .schema import FEATURES, DomainSpec, SlotCatalog, SlotSpan, Utterance
from .sources import DATA_DIR_VARIABLE, available_domains
from .split_names import SPLITS
from .splits import cut_splits
from .unsplit import load_unsplit

__all__ = [
    "DATA_DIR_VARIABLE",
    "FEATURES",
    "SPLITS",
    "CheckReport",
    "CorpusInfo",
    "Domain",
    "DomainSpec",
    "DropReason",
    "Finding",
    "Format",
    "Mixture",
    "RawDomain",
    "SlotCatalog",
    "SlotSpan",
    "Utterance",
    "Writer",
    "available_corpora",
    "available_domains",
    "available_formats",
    "available_writers",
    "check_domain",
    "cut_splits",
    "drop_leaked",
    "drop_unseen",
    "embedded_domains",
    "load_domain",
    "load_skill",
    "load_unsplit",
    "mature",
    "merge_domains",
    "read",
    "register_format",
    "sample_utterances",
    "to_dataset",
    "tool_call",
    "vocabulary_coverage",
    "write_domain",
    "write_jsonl",
]
