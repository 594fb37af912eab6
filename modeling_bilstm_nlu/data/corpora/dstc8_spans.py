"""Read DSTC8 span extraction (Coope et al. 2020, arXiv:2005.08866): slots of four services, no intents."""

from pathlib import Path

from bilstm_nlu.errors import DataError

from ..corpus_info import CorpusInfo
from ..formats.format import Format
from ..raw_domains import RawDomain
from .restaurant8k import add_span_file, ladder_files, split_of, starts_with_key

__all__ = ["DSTC8_SPANS", "read_dstc8_spans"]


_FILES = ("test.json", "test.json.gz", "train_0.json", "train_0.json.gz")


def _services(path: Path) -> list[Path]:
    """Find the folders of services, by a file that every service has: the folder itself, or the folders in it."""
    for folders in ([path], sorted(folder for folder in path.iterdir() if folder.is_dir())):
        if found := [folder.resolve() for folder in folders if any((folder / name).is_file() for name in _FILES)]:
            return found
    return []


def sniff(path: Path) -> bool:
    """Say whether a file or a folder looks like this format."""
    if path.is_file():
        return starts_with_key(path, "splitKey")
    files = [folder / name for folder in _services(path)[:1] for name in _FILES if (folder / name).is_file()]
    return any(starts_with_key(file, "splitKey") for file in files[:1])


def read_dstc8_spans(
    path: Path,
    *,
    ladder: int = 0,
    overlaps: str = "longest",
    only_domains: list[str] | None = None,
    on_error: str = "skip_few",
) -> RawDomain:
    """Read the span sets of all services; the domain is the name of the service's folder.

    There are no intents and no validation split.

    Args:
        path: the folder that has the folders of services, the folder of one service, or one file.
        ladder: the train file to read, from 0 to 5: ``train_0.json`` is the whole set, and each next file has half
            of the one before. It is ignored for a single file.
        overlaps: what to do with slots that share words. ``longest``: keep the longest slot; of equally long slots,
            keep the time, or else the first one by place and name. ``drop``: leave out the utterance.
        only_domains: the services that are wanted; the reader may skip other services.
        on_error: what to do about broken records: ``skip_few``, ``drop`` or ``raise``.

    Raises:
        DataError: a record is broken, a policy is unknown, or there is no such file.
    """
    raw = RawDomain("dstc8_spans")
    services = _services(path) if path.is_dir() else [path.resolve().parent]
    if not services:
        raise DataError(f"{path}: there are no files <service>/train_0.json; give the folder that has the services")
    if only_domains is not None and {service.name for service in services}.issuperset(only_domains):
        services = [service for service in services if service.name in only_domains]
    for service in services:
        files = ladder_files(service, ladder) if path.is_dir() else {split_of(path): path}
        for split, file in files.items():
            add_span_file(raw, split, file, domain=service.name, overlaps=overlaps, on_error=on_error)
    return raw


DSTC8_SPANS = Format(
    name="dstc8_spans",
    summary="DSTC8 span extraction JSON as published, one folder for each service",
    priority=50,
    sniff=sniff,
    read=read_dstc8_spans,
    info=CorpusInfo(
        title="DSTC8 span extraction, four services of the Schema-Guided Dialogue dataset",
        licence="cc-by-sa-4.0",
        citation=(
            "Coope et al., Span-ConveRT: Few-shot Span Extraction for Dialog with Pretrained Conversational "
            "Representations, ACL 2020, arXiv:2005.08866; the sentences are from Rastogi et al., Towards Scalable "
            "Multi-domain Conversational Agents: The Schema-Guided Dialogue Dataset, AAAI 2020, arXiv:1909.05855"
        ),
        url="https://github.com/PolyAI-LDN/task-specific-datasets",
        language="en",
        domains=("Buses_1", "Events_1", "Homes_1", "RentalCars_1"),
        family="sgd",
    ),
)
