"""A domain, ready to train on: from any registered source to a ``DatasetDict`` with its label lists."""

import logging
import random
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from datasets import Dataset, DatasetDict, load_dataset

from ..errors import DataError
from .files import SPLITS, canonical_split
from .formats.jsonl import utterance_of_record
from .readers import read
from .registry import RawDomain, embedded_domains, keep_intents
from .schema import FEATURES, DomainSpec, SlotCatalog, Utterance
from .splits import Splits, cut_splits, drop_unseen_labels, unseen_labels

__all__ = ["Domain", "load_domain", "merge_domains", "sample_utterances", "to_dataset"]

logger = logging.getLogger(__name__)

#: ``owner/name``; a name with the suffix of a data file is a path that does not exist, and not asked for on the hub.
_HUB_ID = re.compile(r"[\w.-]+/(?![\w.-]+\.(?:json|jsonl|conll|bio|iob|iob2|txt|csv|tsv|ya?ml|md|gz)$)[\w.-]+")


def to_dataset(utterances: Iterable[Utterance]) -> Dataset:
    """Utterances as a ``datasets.Dataset`` with the columns of ``FEATURES``."""
    rows = [utterance.as_row() for utterance in utterances]
    return Dataset.from_dict({column: [row[column] for row in rows] for column in FEATURES}, features=FEATURES)


@dataclass
class Domain:
    """A family of intents with its own slot types, and the data to learn it from.

    Args:
        name: a short name.
        splits: ``train`` and, where there are any, ``validation`` and ``test``, with the columns of ``FEATURES``.
        spec: the label lists, drawn from train.
        catalogs: slot type -> known values, for slot types that have any, whether training fills them or not.
        dropped: reason -> number of records left out or changed on the way here.
    """

    name: str
    splits: DatasetDict
    spec: DomainSpec
    catalogs: dict[str, SlotCatalog] = field(default_factory=dict)
    dropped: dict[str, int] = field(default_factory=dict)

    @classmethod
    def from_utterances(
        cls,
        name: str,
        splits: Mapping[str, Sequence[Utterance]],
        *,
        catalogs: Mapping[str, SlotCatalog] | None = None,
        dropped: Mapping[str, int] | None = None,
    ) -> "Domain":
        """Build a domain from lists of utterances; empty splits are left out.

        Raises:
            DataError: there is nothing to train on.
        """
        if not splits.get("train"):
            raise DataError(f"domain {name!r} has no training utterances; its splits: {sorted(splits) or 'none'}")
        tables = DatasetDict({split: to_dataset(splits[split]) for split in SPLITS if splits.get(split)})
        spec = DomainSpec.from_utterances(name, splits["train"])
        return cls(name, tables, spec, dict(catalogs or {}), dict(dropped or {}))

    def utterances(self, split: str) -> list[Utterance]:
        """The utterances of a split.

        Raises:
            DataError: the domain has no such split.
        """
        if split not in self.splits:
            raise DataError(f"domain {self.name!r} has no {split} split; it has: {', '.join(self.splits)}")
        return [Utterance.from_row(row) for row in self.splits[split]]

    def select_intents(self, intents: Iterable[str], *, name: str | None = None) -> "Domain":
        """The domain of some of this one's intents, with the slot types that they use in training.

        Raises:
            DataError: the domain has no such intent.
        """
        wanted = set(intents)
        if missing := sorted(wanted - set(self.spec.intents)):
            raise DataError(f"domain {self.name!r} has no intents {missing}; it has: {', '.join(self.spec.intents)}")
        rows = {split: [row for row in self.utterances(split) if row.intent in wanted] for split in self.splits}
        rows, lost = drop_unseen_labels(rows)
        dropped = _added(self.dropped, {"utterances with labels that training never saw": lost})
        domain = Domain.from_utterances(name or self.name, rows, dropped=dropped)
        domain.catalogs = {slot: self.catalogs[slot] for slot in domain.spec.slot_types if slot in self.catalogs}
        return domain


def _added(counts: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    total = {reason: counts.get(reason, 0) + more.get(reason, 0) for reason in [*counts, *more]}
    return {reason: count for reason, count in total.items() if count}


def load_domain(
    source: str | Path,
    *,
    format: str | None = None,
    name: str | None = None,
    seed: int = 0,
    validation_size: float = 0.15,
    test_size: float = 0.15,
    drop_unseen: bool = False,
    allow_unseen: bool = False,
    **options: Any,
) -> Domain:
    """Load a domain from a file, a folder, an embedded source or a datasets repository.

    Where the source has a train split only, a validation and a test split are cut off it: whole groups (the fills of
    one carrier phrase, or equal texts) of every intent, see ``cut_splits``.

    Args:
        source: a path of any registered format; the name of an embedded domain such as ``home_assistant``; or a hub
            id ``owner/name`` of a dataset with the columns ``text``, ``intent`` and ``spans``.
        format: one of ``available_formats()``; recognised from the source where it is ``None``.
        name: the domain's name; drawn from the source where it is ``None``.
        seed: of the cut and of readers that draw (fillings of templates).
        validation_size: share of an intent's groups cut off for validation; 0 cuts none.
        test_size: share of an intent's groups cut off for test; 0 cuts none.
        drop_unseen: leave out utterances with labels that training never saw, counted in ``dropped``.
        allow_unseen: keep them instead, for ``check_domain`` to report.
        options: the reader's own options, such as ``intents`` or ``scenarios``.

    Raises:
        DataError: no such source, format or option; broken data; nothing to train on; labels that training never saw.
    """
    raw = _read_source(source, format, seed, options)
    splits, dropped = raw.splits, raw.dropped
    name = name or raw.name
    if "train" in splits and not any(splits.get(split) for split in ("validation", "test")):
        splits, kept = cut_splits(splits["train"], validation_size=validation_size, test_size=test_size, seed=seed)
        dropped = _added(dropped, kept)
    if drop_unseen:
        splits, lost = drop_unseen_labels(splits)
        dropped = _added(dropped, {"utterances with labels that training never saw": lost})
    elif not allow_unseen and splits.get("train"):
        for split, unseen in unseen_labels(splits).items():
            labels = [f"intents {list(unseen.intents)}"] * bool(unseen.intents)
            labels += [f"slot types {list(unseen.slot_types)}"] * bool(unseen.slot_types)
            raise DataError(
                f"domain {name!r}: the {split} split has {' and '.join(labels)} that training never saw; "
                f"add training examples, or drop them with drop_unseen=True"
            )
    domain = Domain.from_utterances(name, splits, catalogs=raw.catalogs, dropped=dropped)
    if dropped:
        logger.info("domain %s: %s", name, "; ".join(f"{reason}: {count}" for reason, count in dropped.items()))
    return domain


def _read_source(source: str | Path, format: str | None, seed: int, options: dict[str, Any]) -> RawDomain:
    text = str(source)
    if Path(source).exists() or source in embedded_domains() or (format and not _HUB_ID.fullmatch(text)):
        return read(source, format, seed=seed, **options)
    if _HUB_ID.fullmatch(text):
        return _read_hub(text, **options)
    raise DataError(f"no file or folder {text!r}; embedded domains: {', '.join(embedded_domains())}")


def _read_hub(hub_id: str, *, intents: Iterable[str] | None = None, **unknown: Any) -> RawDomain:
    if unknown:
        raise DataError(f"a datasets repository has no option {', '.join(sorted(unknown))}; known: intents")
    try:
        tables = load_dataset(hub_id)
    except (OSError, ValueError, RuntimeError) as error:
        raise DataError(
            f"{hub_id!r} is no file or folder here, and no dataset could be fetched under that id: {error}"
        ) from error
    raw = RawDomain(hub_id.partition("/")[2])
    for split, table in tables.items():
        if (canonical := canonical_split(str(split))) is None:
            raw.drop(f"rows of split {split}", len(table))
            continue
        for number, record in enumerate(table):
            with raw.record(f"{hub_id}, split {split}, row {number}"):
                raw.add(canonical, utterance_of_record(record))
    return raw if intents is None else keep_intents(raw, intents)


def merge_domains(name: str, domains: Sequence[Domain], *, prefix: bool = False) -> Domain:
    """One domain out of several, such as the mature domains of a pretraining mixture.

    Labels of the same name become one label. Validation and test splits join as well; an utterance in them that stands
    in another domain's training split is not looked for here (see ``checks.drop_leaked``).

    Args:
        name: of the new domain.
        domains: what to join; their order is the order of the rows.
        prefix: write every intent and slot type as ``domain.label``, so that none are joined.
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
            catalogs[mark + slot_type] = SlotCatalog(
                mark + slot_type, {**known.values, **catalog.values}, {**known.ids, **catalog.ids}
            )
        dropped = _added(dropped, domain.dropped)
    return Domain.from_utterances(name, splits, catalogs=catalogs, dropped=dropped)


def _prefixed(utterance: Utterance, mark: str, domain: str) -> Utterance:
    intent = None if utterance.intent is None else mark + utterance.intent
    spans = (
        None if utterance.spans is None else tuple(s._replace(slot_type=mark + s.slot_type) for s in utterance.spans)
    )
    group = None if utterance.group is None else f"{domain}.{utterance.group}"
    return Utterance(utterance.text, intent, spans, group)


def sample_utterances(dataset: Dataset, n: int, *, seed: int = 0) -> Dataset:
    """Draw a low-resource training set: ``n`` utterances in all, one of each intent first, then at random.

    The draw is nested: the first 10 of 30 are the 10 of the same seed.

    Args:
        dataset: a dataset with the columns of ``FEATURES``.
        n: number of utterances.
        seed: of the draw.

    Raises:
        DataError: the dataset has fewer than ``n`` utterances.
    """
    if not 0 < n <= len(dataset):
        raise DataError(f"cannot sample {n} utterances out of {len(dataset)}; ask for 1 to {len(dataset)}")
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
