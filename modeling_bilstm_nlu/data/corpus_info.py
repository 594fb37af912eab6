"""What is known about a public corpus: its title, licence, source and permitted use."""

from dataclasses import dataclass

__all__ = ["CorpusInfo", "HubSource"]


@dataclass(frozen=True)
class HubSource:
    """Where the public hub has a corpus in a form that ``datasets.load_dataset`` opens without running code.

    Args:
        path: id of the dataset, ``owner/name``.
        config: name of the configuration, if the dataset has several.
        revision: branch, tag or commit; ``None`` takes the default branch.
        data_dir: folder of the repository to read; ``None`` reads the whole repository.
    """

    path: str
    config: str | None = None
    revision: str | None = None
    data_dir: str | None = None


@dataclass(frozen=True)
class CorpusInfo:
    """A public corpus, with the data that its card and its users need.

    Args:
        title: full name of the corpus.
        licence: the licence in the hub's spelling, such as ``cc-by-4.0``.
        citation: authors, title, venue and year, in one line.
        url: page of the publisher.
        domains: names of the domains, as in the utterances; empty if the corpus is a single domain.
        family: name of the family. Corpora of one family share sentences, so a model that was trained on one of them
            must not be tested on another.
        hub: where the hub has the corpus; ``None`` if it does not have it.
        is_for_evaluation_only: whether the corpus is kept out of every training mixture.
        language: language of the utterances, such as ``en`` or ``de-DE``; ``None`` if it is not known, or if there
            are several.
    """

    title: str
    licence: str
    citation: str
    url: str
    domains: tuple[str, ...] = ()
    family: str | None = None
    hub: HubSource | None = None
    is_for_evaluation_only: bool = False
    language: str | None = None
