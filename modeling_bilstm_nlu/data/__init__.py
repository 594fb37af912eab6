"""Data: from files of any registered format to a domain that can be trained on."""

from .checks import CheckReport, Finding, check_domain, drop_leaked, drop_unseen
from .domains import Domain, load_domain, merge_domains, sample_utterances, to_dataset
from .files import SPLITS
from .formats.jsonl import write_jsonl
from .registry import RawDomain, available_formats, embedded_domains, read, register_reader
from .schema import FEATURES, DomainSpec, SlotCatalog, SlotSpan, Utterance
from .splits import cut_splits

__all__ = [
    "FEATURES",
    "SPLITS",
    "CheckReport",
    "Domain",
    "DomainSpec",
    "Finding",
    "RawDomain",
    "SlotCatalog",
    "SlotSpan",
    "Utterance",
    "available_formats",
    "check_domain",
    "cut_splits",
    "drop_leaked",
    "drop_unseen",
    "embedded_domains",
    "load_domain",
    "merge_domains",
    "read",
    "register_reader",
    "sample_utterances",
    "to_dataset",
    "write_jsonl",
]
