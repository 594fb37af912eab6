"""What is known about a public corpus besides its utterances: where it comes from, what it may be used for."""

from dataclasses import dataclass

__all__ = ["CorpusInfo", "HubSource"]


@dataclass(frozen=True)
class HubSource:
    """Where a corpus lies on the public hub in a form that ``datasets.load_dataset`` opens without running code.

    Args:
        path: the dataset's id, ``owner/name``.
        config: the name of its configuration, where it has several.
        revision: the branch, tag or commit; the default branch where it is ``None``.
        data_dir: the folder of the repository to read, where not all of it.
    """

    path: str
    config: str | None = None
    revision: str | None = None
    data_dir: str | None = None


@dataclass(frozen=True)
class CorpusInfo:
    """A public corpus as its card and its users need to know it.

    Args:
        title: the corpus's full name.
        licence: as the hub spells it, such as ``cc-by-4.0``.
        citation: authors, title, venue and year, in one line.
        url: its publisher's page.
        domains: the names of its domains, as the utterances carry them; none where it is a single domain.
        family: corpora of one family share sentences, so one must not test what another has trained.
        hub: where the hub has it, if anywhere.
        is_for_evaluation_only: whether it is kept out of every training mixture.
        language: of the utterances, such as ``en`` or ``de-DE``; ``None`` where it is not known, or several are.
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
