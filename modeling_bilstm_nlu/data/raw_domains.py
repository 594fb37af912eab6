"""``RawDomain``, which readers return: utterances in splits, and counts of what was left out."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from bilstm_nlu.errors import Cure, DataError

from .broken_records import ON_ERROR, BrokenRecords
from .corpus_info import CorpusInfo
from .drop_reasons import DropReason
from .schema import SlotCatalog, Utterance
from .skill_spec import SkillSpec

__all__ = ["RawDomain", "as_names", "keep_part"]


@dataclass
class RawDomain:
    """The utterances and catalogs that a reader returns, and counts of what it left out.

    Args:
        name: a short name for the data.
        splits: ``train``, ``validation``, ``test`` (those that the source has) -> utterances.
        catalogs: slot type (as in the spans) -> known values.
        dropped: reason -> number of records, samples or slots that were left out or changed for that reason.
        skill: the skill as its developer wrote it, if its carrier phrases were filled to make the utterances.
        info: data of the public corpus, if the source is one; ``read`` sets it.
        corpora: data of the public corpora that the source was made from, if its files name them.
        language: language of the utterances, such as ``en`` or ``de-DE``, if the source says it.
        hub_id: ``owner/name`` of the datasets repository that the utterances were read from; ``None`` for others.
        dropped_in: domain -> the part of ``dropped`` that is known to belong to the domain.
        broken: the records of the source, and those that are left out because they are few.
        places: reason -> file and line, or number, of the records that were counted in ``dropped`` for that reason.
    """

    name: str
    splits: dict[str, list[Utterance]] = field(default_factory=dict)
    catalogs: dict[str, SlotCatalog] = field(default_factory=dict)
    dropped: dict[str, int] = field(default_factory=dict)
    skill: SkillSpec | None = None
    info: CorpusInfo | None = None
    corpora: tuple[CorpusInfo, ...] = ()
    language: str | None = None
    hub_id: str | None = None
    dropped_in: dict[str, dict[str, int]] = field(default_factory=dict, repr=False)
    broken: BrokenRecords = field(default_factory=BrokenRecords, repr=False, compare=False)
    places: dict[str, list[str]] = field(default_factory=dict, repr=False, compare=False)
    _record: str | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def sources(self) -> tuple[CorpusInfo, ...]:
        """The public corpora that the utterances come from: the source itself, or the corpora it was made from."""
        if self.info is None:
            return self.corpora
        return (self.info if self.language is None else replace(self.info, language=self.language),)

    def add(self, split: str, utterance: Utterance) -> None:
        """Append an utterance to a split."""
        self.splits.setdefault(split, []).append(utterance)

    def drop(self, reason: str, count: int = 1, *, domain: str | None = None) -> None:
        """Count what is left out for a reason, and for a domain if it is known; a count of 0 is not recorded."""
        if not count:
            return
        self.dropped[reason] = self.dropped.get(reason, 0) + count
        if self._record is not None:
            self.places.setdefault(reason, []).append(self._record)
        if domain is not None:
            own = self.dropped_in.setdefault(domain, {})
            own[reason] = own.get(reason, 0) + count

    @contextmanager
    def record(self, where: str, on_error: str = ON_ERROR[0]) -> Iterator[None]:
        """Handle one record in the context: add its place to its errors, or leave out a broken record and count it.

        Args:
            where: file and line or record, for the message.
            on_error: ``skip_few`` to leave out broken records if they are few, which ``broken`` decides at the end of
                the source; ``drop`` to leave out any number of them; ``raise`` to stop at the first.
        """
        self.broken.places.add(where)
        outer, self._record = self._record, where
        try:
            yield
        except DataError as error:
            if on_error == "raise":
                cure = Cure("leave out broken records with {}", option="on_error", value="drop")
                raise DataError(f"{where}: {error.message}", cure=[*error.cures, cure]) from error
            if on_error == "skip_few":
                self.broken.skip(where, error)
            self.drop(DropReason.BROKEN_RECORDS)
        finally:
            self._record = outer


def as_names(given: Iterable[str | Path] | Path) -> list[str]:
    """Return names or paths as a list of strings; a single one may be given alone."""
    return [str(given)] if isinstance(given, str | Path) else list(map(str, given))


def keep_part(
    raw: RawDomain,
    *,
    intents: Iterable[str] | None = None,
    domains: Iterable[str] | None = None,
    exclude_domains: Iterable[str] | None = None,
) -> RawDomain:
    """Keep only the intents and domains that were asked for, and the catalogs that they use; count the rest.

    Counts of ``dropped`` that belong to other domains are removed. Counts without a known domain are marked
    ``(of any domain)``.

    Args:
        raw: result of a reader.
        intents: intents to keep; ``None`` keeps all.
        domains: domains to keep; ``None`` keeps all.
        exclude_domains: domains to leave out.

    Raises:
        DataError: the source has no such intent or domain.
    """
    raw = _keep_domains(raw, domains, exclude_domains or ())
    return raw if intents is None else _keep_intents(raw, intents)


def _keep_domains(raw: RawDomain, domains: Iterable[str] | None, exclude: Iterable[str]) -> RawDomain:
    wanted = None if domains is None else set(as_names(domains))
    excluded = set(as_names(exclude))
    if wanted is None and not excluded:
        return raw
    found = {utterance.domain for rows in raw.splits.values() for utterance in rows if utterance.domain is not None}
    found |= set(raw.info.domains if raw.info is not None and wanted is None else ())
    if missing := sorted(((wanted or set()) | excluded) - found):
        raise DataError(f"{raw.name!r} has no domains {missing}; it has: {', '.join(sorted(found)) or 'none'}")

    def is_kept(domain: str | None) -> bool:
        return domain not in excluded and (wanted is None or domain in wanted)

    raw.dropped = _dropped_in(raw, is_kept)
    return _keep(raw, DropReason.DOMAINS_NOT_ASKED_FOR, lambda utterance: is_kept(utterance.domain))


def _dropped_in(raw: RawDomain, is_kept: Callable[[str], bool]) -> dict[str, int]:
    """Return the counts of ``dropped`` of the kept domains, and those without a known domain."""
    found: dict[str, int] = {}
    for reason, count in raw.dropped.items():
        of_domain = {domain: counts[reason] for domain, counts in raw.dropped_in.items() if reason in counts}
        found[reason] = sum(number for domain, number in of_domain.items() if is_kept(domain))
        found[DropReason.OF_ANY_DOMAIN.of(reason)] = count - sum(of_domain.values())
    return {reason: count for reason, count in found.items() if count}


def _keep_intents(raw: RawDomain, intents: Iterable[str]) -> RawDomain:
    wanted = as_names(intents)
    found = {utterance.intent for utterances in raw.splits.values() for utterance in utterances}
    if missing := sorted(set(wanted) - found, key=str):
        known = ", ".join(sorted(str(intent) for intent in found if intent is not None))
        raise DataError(f"domain {raw.name!r} has no intents {missing}; it has: {known}")
    if raw.skill is not None:
        raw.skill = raw.skill.of_intents(wanted)
    return _keep(raw, DropReason.INTENTS_NOT_ASKED_FOR, lambda utterance: utterance.intent in wanted)


def _keep(raw: RawDomain, reason: str, is_kept: Callable[[Utterance], bool]) -> RawDomain:
    for split, utterances in raw.splits.items():
        kept = [utterance for utterance in utterances if is_kept(utterance)]
        raw.drop(reason, len(utterances) - len(kept))
        raw.splits[split] = kept
    used = {span.slot_type for rows in raw.splits.values() for row in rows for span in row.spans or ()}
    raw.catalogs = {slot_type: catalog for slot_type, catalog in raw.catalogs.items() if slot_type in used}
    return raw
