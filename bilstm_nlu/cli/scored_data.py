"""Data that a model is scored on: which part of it, and how much of it the model has seen."""

import functools
from collections.abc import Iterable
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from ..errors import DataError
from .completion import complete_data, complete_format
from .provenance import Provenance

if TYPE_CHECKING:
    from modeling_bilstm_nlu.data.domains import Domain

__all__ = ["DataFormat", "ScoredData", "ScoredSource", "Split", "SplitOption", "count_seen", "load_scored"]


class Split(str, Enum):
    """Which part of the data to score."""

    train = "train"
    validation = "validation"
    test = "test"
    all = "all"


ScoredSource = Annotated[
    str,
    typer.Argument(
        metavar="DATA",
        help="A skill, a data file or folder, an embedded domain, a public corpus, a hub dataset.",
        autocompletion=complete_data,
    ),
]
SplitOption = Annotated[
    Split | None,
    typer.Option(
        help="Part of the data to score. Data without splits is cut as in training.",
        show_default="test; all, if the data has no splits and the model was not trained on it",
    ),
]
DataFormat = Annotated[
    str | None, typer.Option(help="Format of the data.", show_default="detected", autocompletion=complete_format)
]


class ScoredData(NamedTuple):
    """Data that a model is scored on.

    Attributes:
        domain: the data.
        split: which part was asked for; with `all`, everything is in the split `train`.
        part: the name of the split in the domain.
        is_of_training: whether the model was trained on this data.
    """

    domain: "Domain"
    split: Split
    part: str
    is_of_training: bool


def load_scored(
    data: str,
    format: str | None,
    split: Split | None,
    models: Iterable[str | Path],
    options: dict[str, Any],
    data_dir: Path | None,
) -> ScoredData:
    """Load data, and choose which part of it to score.

    If the data has no splits and a model was trained on it, it is cut the same way as in training, so that texts that
    the model was trained on are not scored. If no model was trained on it, all of it is scored.

    Args:
        data: the data, as the user names it.
        format: its format; detected by default.
        split: the part that was asked for.
        models: the models that are scored; the first one that was trained on the data says how it was cut.
        options: options of the reader.
        data_dir: folder of the public corpora.

    Raises:
        DataError: the data does not exist, cannot be read, or has no such part.
    """
    provenances = [Provenance.of(model) for model in models]
    provenance = next((one for one in provenances if one is not None and one.is_of(data)), None)
    domain, chosen = _load(data, format, split, provenance, options, data_dir)
    part = "train" if chosen is Split.all else chosen.value
    if part not in domain.splits:
        raise DataError(
            f"{data} has no {part} split; it has: {', '.join(domain.splits)}. Name one of them with --split, "
            f"or score all of it with --split all"
        )
    return ScoredData(domain, chosen, part, provenance is not None)


def count_seen(checkpoint: str | Path, texts: Iterable[str]) -> int:
    """Count the texts that the last fit of a checkpoint has seen, as its card says; 0 for one without a card."""
    from modeling_bilstm_nlu.hub.card_data_file import CARD_DATA_FILE, read_card_data
    from modeling_bilstm_nlu.hub.seen_texts import count_seen as count

    from ..runtime.finding import find_checkpoint, name_and_revision

    name, revision = name_and_revision(str(checkpoint))
    card_data = read_card_data(find_checkpoint(name, revision) / CARD_DATA_FILE)
    return 0 if card_data is None else count(texts, card_data.seen_texts)


def _load(
    data: str,
    format: str | None,
    split: Split | None,
    provenance: Provenance | None,
    options: dict[str, Any],
    data_dir: Path | None,
) -> "tuple[Domain, Split]":
    """The data, and which part of it to score; see `load_scored`."""
    from modeling_bilstm_nlu.data.domains import Domain
    from modeling_bilstm_nlu.data.loading import load_domain

    known = None if provenance is None else provenance.recipe_for(data, format)
    load = functools.partial(load_domain, data, format=format, allow_unseen=True, data_dir=data_dir, **options)
    if split is None and known is not None:
        split = Split(known.split)
    if split is None or split is Split.all:
        domain = load(validation_size=0, test_size=0)
        if split is None and list(domain.splits) != ["train"]:
            return domain, Split.test
        everything = [utterance for part in domain.splits for utterance in domain.utterances(part)]
        return Domain.from_utterances(domain.name, {"train": everything}), Split.all
    if known is None:
        return load(), split
    place = known.data_dir if data_dir is None else str(data_dir)
    return replace(known, data_dir=place, options={**known.options, **options}).load(), split
