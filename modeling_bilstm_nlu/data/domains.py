"""A domain to train on: a ``DatasetDict`` with label lists. Functions to merge domains and to sample utterances."""

import random
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from datasets import Dataset, DatasetDict

from bilstm_nlu.errors import DataError

from .corpus_info import CorpusInfo
from .drop_reasons import DropReason
from .schema import FEATURES, DomainSpec, SlotCatalog, Utterance
from .skill_spec import SkillSpec
from .split_names import SPLITS
from .splits import Splits, drop_unseen_labels

__all__ = ["Domain", "added", "merge_domains", "sample_utterances", "to_dataset"]


#: Utterances of a split that are kept once they are read. Training asks for those of a skill a dozen times.
_MOST_KEPT = 20_000


def to_dataset(utterances: Iterable[Utterance]) -> Dataset:
    """Turn utterances into a ``datasets.Dataset`` with the columns of ``FEATURES``."""
    rows = [utterance.as_row() for utterance in utterances]
    return Dataset.from_dict({column: [row[column] for row in rows] for column in FEATURES}, features=FEATURES)


@dataclass(repr=False)
class Domain:
    """A family of intents with its own slot types, and the data to train on.

    Args:
        name: a short name.
        splits: ``train`` and, if the domain has them, ``validation`` and ``test``, with the columns of ``FEATURES``.
        spec: the label lists, made from the train split.
        catalogs: slot type -> known values; also for slot types that are in no training utterance.
        dropped: reason -> number of records that were left out or changed while reading.
        skill: the skill as its developer wrote it, if its carrier phrases were filled to make the utterances.
        corpora: the public corpora that the utterances come from.
        language: language of the utterances, if the source says it.
        hub_id: ``owner/name`` of the datasets repository that the utterances were read from; ``None`` for others.
    """

    name: str
    splits: DatasetDict
    spec: DomainSpec
    catalogs: dict[str, SlotCatalog] = field(default_factory=dict)
    dropped: dict[str, int] = field(default_factory=dict)
    skill: SkillSpec | None = None
    corpora: tuple[CorpusInfo, ...] = ()
    language: str | None = None
    hub_id: str | None = None
    _read: dict[str, tuple[Dataset, list[Utterance]]] = field(default_factory=dict, init=False, compare=False)

    @classmethod
    def from_utterances(
        cls,
        name: str,
        splits: Mapping[str, Sequence[Utterance]],
        *,
        catalogs: Mapping[str, SlotCatalog] | None = None,
        dropped: Mapping[str, int] | None = None,
        skill: SkillSpec | None = None,
        corpora: Iterable[CorpusInfo] = (),
    ) -> "Domain":
        """Build a domain from lists of utterances; empty splits are left out.

        Raises:
            DataError: there are no training utterances.
        """
        if not splits.get("train"):
            raise DataError(f"domain {name!r} has no training utterances; its splits: {sorted(splits) or 'none'}")
        tables = DatasetDict({split: to_dataset(splits[split]) for split in SPLITS if splits.get(split)})
        spec = DomainSpec.from_utterances(name, splits["train"])
        return cls(name, tables, spec, dict(catalogs or {}), dict(dropped or {}), skill, tuple(dict.fromkeys(corpora)))

    def __repr__(self) -> str:
        sizes = ", ".join(f"{len(rows):,} {split}" for split, rows in self.splits.items())
        labels = f"{len(self.spec.intents)} intents, {len(self.spec.slot_types)} slot types"
        return f"<{type(self).__name__} {self.name!r}: {sizes}; {labels}>"

    @property
    def languages(self) -> tuple[str, ...]:
        """The language codes of the utterances, such as ``en``; empty if the language of some is not known."""
        given = [corpus.language for corpus in self.corpora] if self.language is None else [self.language]
        codes = {re.split("[-_]", language)[0].lower() for language in given if language is not None}
        return () if None in given else tuple(sorted(codes))

    def utterances(self, split: str) -> list[Utterance]:
        """Return the utterances of a split.

        Raises:
            DataError: the domain has no such split.
        """
        if split not in self.splits:
            raise DataError(f"domain {self.name!r} has no {split} split; it has: {', '.join(self.splits)}")
        table = self.splits[split]
        known, utterances = self._read.get(split, (None, []))
        if known is not table:  # a split may have been replaced
            rows = table.with_format("arrow")[:].to_pylist()  # ten times faster than row by row
            utterances = [Utterance.from_row(row) for row in rows]
            if len(utterances) <= _MOST_KEPT:
                self._read[split] = table, utterances
        return list(utterances)

    def select_intents(self, intents: Iterable[str], *, name: str | None = None) -> "Domain":
        """Return a domain with only some of the intents, and with the slot types that their training utterances use.

        Raises:
            DataError: the domain has no such intent.
        """
        wanted = set(intents)
        if missing := sorted(wanted - set(self.spec.intents)):
            raise DataError(f"domain {self.name!r} has no intents {missing}; it has: {', '.join(self.spec.intents)}")
        rows = {split: [row for row in self.utterances(split) if row.intent in wanted] for split in self.splits}
        rows, lost = drop_unseen_labels(rows)
        domain = self.with_utterances(rows, {DropReason.UNSEEN_LABELS: lost})
        domain.name, domain.skill = name or self.name, None
        domain.catalogs = {slot: self.catalogs[slot] for slot in domain.spec.slot_types if slot in self.catalogs}
        return domain

    def with_utterances(self, splits: Mapping[str, Sequence[Utterance]], lost: Mapping[str, int]) -> "Domain":
        """Return a copy of the domain with other utterances; its label lists are made from these.

        Args:
            splits: the new utterances of each split.
            lost: reason -> number of records that were left out; added to ``dropped``.

        Raises:
            DataError: there are no training utterances.
        """
        domain = Domain.from_utterances(
            self.name,
            splits,
            catalogs=self.catalogs,
            dropped=added(self.dropped, lost),
            skill=self.skill,
            corpora=self.corpora,
        )
        domain.language, domain.hub_id = self.language, self.hub_id
        return domain


def added(counts: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    """Add two tables of counts; zeros are left out."""
    total = {reason: counts.get(reason, 0) + more.get(reason, 0) for reason in [*counts, *more]}
    return {reason: count for reason, count in total.items() if count}


def merge_domains(name: str, domains: Sequence[Domain], *, prefix: bool = False) -> Domain:
    """Join several domains into one, such as the mature domains of a pretraining mixture.

    Labels with the same name become one label. Validation and test splits are joined, too. This function does not
    remove validation and test utterances that are in the train split of another domain: ``checks.drop_leaked`` does.

    Args:
        name: name of the new domain.
        domains: the domains to join; the rows have the same order.
        prefix: write every intent and slot type as ``domain.label``, so that no labels are joined.
    """
    splits: Splits = {}
    catalogs: dict[str, SlotCatalog] = {}
    dropped: dict[str, int] = {}
    for domain in domains:
        mark = f"{domain.name}." if prefix else ""
        for split in domain.splits:
            rows = (_prefixed(utterance, mark, domain.name) for utterance in domain.utterances(split))
            splits.setdefault(split, []).extend(rows)
        for slot_type, catalog in domain.catalogs.items():
            known = catalogs.get(mark + slot_type, SlotCatalog(mark + slot_type))
            catalogs[mark + slot_type] = known.merged(catalog)
        dropped = added(dropped, domain.dropped)
    corpora = [corpus for domain in domains for corpus in domain.corpora]
    return Domain.from_utterances(name, splits, catalogs=catalogs, dropped=dropped, corpora=corpora)


def _prefixed(utterance: Utterance, mark: str, domain: str) -> Utterance:
    intent = None if utterance.intent is None else mark + utterance.intent
    spans = (
        None if utterance.spans is None else tuple(s._replace(slot_type=mark + s.slot_type) for s in utterance.spans)
    )
    group = None if utterance.group is None else f"{domain}.{utterance.group}"
    return Utterance(utterance.text, intent, spans, group, utterance.domain)


def sample_utterances(dataset: Dataset, n: int, *, seed: int = 0) -> Dataset:
    """Draw a small training set of ``n`` utterances: first one of each intent, then random ones.

    Draws are nested: with the same seed, a draw of 10 is the first 10 of a draw of 30.

    Args:
        dataset: a dataset with the columns of ``FEATURES``.
        n: number of utterances.
        seed: seed of the draw.

    Raises:
        DataError: the dataset has fewer than ``n`` utterances.
    """
    if not 0 < n <= len(dataset):
        raise DataError(f"cannot draw {n} utterances from {len(dataset)}; ask for 1 to {len(dataset)}")
    order = list(range(len(dataset)))
    random.Random(seed).shuffle(order)
    intents = dataset["intent"]
    one_each: dict[str, int] = {}
    for i in order:
        if intents[i] is not None:
            one_each.setdefault(intents[i], i)
    first = list(one_each.values())
    taken = set(first)
    return dataset.select((first + [i for i in order if i not in taken])[:n])
