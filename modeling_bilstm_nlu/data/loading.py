"""``load_domain``, also named ``load_skill``: load a domain from any source, with clean splits and label lists."""

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bilstm_nlu.errors import Cure, DataError
from bilstm_nlu.files import exists

from .domains import Domain, added
from .drop_reasons import DropReason
from .formats.options import check_options
from .mixtures.mature_domains import mature
from .more_utterances import add_more
from .raw_domains import as_names
from .sources import read_source
from .splits import cut_splits, drop_unseen_labels, hold_out_values, labels_of, unseen_labels

__all__ = ["MIXTURE", "check_mixture_options", "is_mixture", "load_domain", "load_skill"]

logger = logging.getLogger(__name__)

#: The name of the source that is the mixture of mature domains.
MIXTURE = "mature"


def load_domain(
    source: str | Path,
    *,
    format: str | None = None,
    name: str | None = None,
    seed: int = 0,
    validation_size: float = 0.15,
    test_size: float = 0.15,
    unseen_values: float = 0.0,
    drop_unseen: bool | None = None,
    allow_unseen: bool = False,
    data_dir: str | Path | None = None,
    more: Iterable[str | Path] = (),
    **options: Any,
) -> Domain:
    """Load a domain from a file, a folder, an embedded source, a public corpus or a datasets repository.

    If the source has only a train split, a validation and a test split are taken from it: whole groups (the fillings
    of one carrier phrase, or equal texts) of every intent, see ``cut_splits``.

    Args:
        source: a path of any format; the name of an embedded domain such as ``home_assistant``; a public corpus or one
            of its domains, such as ``topv2/weather`` (see ``available_domains``); ``mature``, which mixes many public
            corpora; or a hub id ``owner/name`` of a dataset with the columns ``text``, ``intent`` and ``spans``. If
            a path that exists and a corpus have the same name, the path is read, and a warning says so.
        format: one of ``available_formats()``; ``None`` recognises the format from the source.
        name: name of the domain; ``None`` takes the name of the source.
        seed: seed of the splits and of readers that draw (fillings of templates).
        validation_size: share of an intent's groups to move to validation; 0 moves none.
        test_size: share of an intent's groups to move to test; 0 moves none.
        unseen_values: share of each slot type's values that only the test split has, for a harder test; utterances
            that do not fit are left out and counted, see ``hold_out_values``. 0 keeps no values for test.
        drop_unseen: leave out utterances with labels that are not in the train split, counted in ``dropped``. ``None``
            does so only for public corpora, because their published splits cannot be corrected. Out-of-scope test
            utterances stay, because the test measures whether the model recognises them.
        allow_unseen: keep utterances with labels that are not in the train split, so that ``check_domain`` can report
            them.
        data_dir: the folder with a folder for each public corpus; see ``read_source``.
        more: files or folders with more utterances, of any format, which are added to the train split before splits
            are taken from it. Those without an intent and without slots are left out and counted.
        options: the reader's own options, and ``intents``, ``domains`` and ``exclude_domains``. For ``mature``:
            ``exclude``, ``corpora`` and ``cache_dir`` as in ``mature``, and ``size`` and ``temperature`` as
            in ``Mixture.sampled``.

    Raises:
        DataError: no such source, format or option; broken data; no training utterances; labels that are not in the
            train split.
    """
    if is_mixture(source):
        if format is not None or unseen_values or more:
            raise DataError(
                f"the mixture {MIXTURE!r} has no format, no unseen_values and no more data; leave them out"
            )
        return _load_mixture(name or MIXTURE, seed, data_dir, **check_mixture_options(options))
    if source == MIXTURE:
        logger.warning("%s: reads the path with this name, not the mixture of mature domains", source)
    raw = read_source(source, format, data_dir=data_dir, seed=seed, **options)
    for path in as_names(more):
        add_more(raw, path, seed=seed)
    splits, dropped = raw.splits, raw.dropped
    name = name or raw.name
    if "train" in splits and not any(splits.get(split) for split in ("validation", "test")):
        splits, kept = cut_splits(splits["train"], validation_size=validation_size, test_size=test_size, seed=seed)
        dropped = added(dropped, kept)
    if not splits.get("train") and raw.info is not None:
        raise DataError(
            f"domain {name!r} has no training utterances; its splits: {sorted(filter(splits.get, splits)) or 'none'}",
            cure=(
                Cure(f"if its train files are missing, download them from {raw.info.url}"),
                Cure("read the splits that exist with {}", call="load_unsplit"),
            ),
        )
    if splits.get("train") and not any(map(labels_of, splits["train"])):
        raise DataError(
            f"domain {name!r}: no utterance of the train split has an intent or a slot",
            cure=(
                Cure("add labels"),
                Cure("name the column of intents with {}, if the format has columns", option="intent_column"),
                Cure("read texts without labels with {}", call="load_unsplit"),
            ),
        )
    if unseen_values:
        splits, left_out = hold_out_values(splits, unseen_values, seed=seed)
        dropped = added(dropped, left_out)
    if drop_unseen is None:
        drop_unseen = raw.info is not None and not allow_unseen
    if drop_unseen:
        splits, lost = drop_unseen_labels(splits)
        dropped = added(dropped, {DropReason.UNSEEN_LABELS: lost})
    elif not allow_unseen and splits.get("train"):
        for split, unseen in unseen_labels(splits).items():
            labels = [f"intents {list(unseen.intents)}"] * bool(unseen.intents)
            labels += [f"slot types {list(unseen.slot_types)}"] * bool(unseen.slot_types)
            raise DataError(
                f"domain {name!r}: the {split} split has {' and '.join(labels)} that are not in the train split",
                cure=(
                    Cure("add training examples"),
                    Cure("leave out these utterances with {}", option="drop_unseen", value=True),
                    Cure("keep them with {}", option="allow_unseen", value=True),
                ),
            )
    domain = Domain.from_utterances(
        name,
        splits,
        catalogs=raw.catalogs,
        dropped=dropped,
        skill=raw.skill,
        corpora=raw.sources,
    )
    domain.language, domain.hub_id = raw.language, raw.hub_id
    if dropped:
        logger.info("domain %s: %s", name, "; ".join(f"{reason}: {count}" for reason, count in dropped.items()))
    return domain


def is_mixture(source: str | Path | None) -> bool:
    """Whether a source is the mixture of mature domains; it is not if a file with that name exists."""
    return source == MIXTURE and not exists(MIXTURE)


def check_mixture_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Check the options of the mixture, and return them.

    Raises:
        DataError: the mixture has no such option, or cannot use a value.
    """
    return check_options(_load_mixture, options, f"the mixture {MIXTURE!r}", is_reader=False)


def _load_mixture(
    name: str,
    seed: int,
    data_dir: str | Path | None,
    *,
    exclude: Iterable[str | Domain] | str | Domain = (),
    corpora: Iterable[str] | str | Mapping[str, Mapping[str, Any]] | None = None,
    cache_dir: str | Path | None = None,
    size: int | None = None,
    temperature: float = 1.0,
) -> Domain:
    if size is None and temperature != 1.0:
        raise DataError("temperature needs size: set size to the number of utterances to draw")
    mixture = mature(exclude, corpora=corpora, data_dir=data_dir, cache_dir=cache_dir, name=name)
    logger.info("%s", mixture)
    return mixture if size is None else mixture.sampled(size, temperature=temperature, seed=seed)


#: The same function under another name, for skills.
load_skill = load_domain
