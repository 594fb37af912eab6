"""`bilstm-nlu eval`: the scores of a checkpoint on data with gold labels."""

import functools
from collections.abc import Iterable
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import DataError
from .console import echo, prepare, print_decisions, print_scores, to_json, with_one_line_errors
from .last_model import last_model
from .provenance import Provenance
from .sources import DataDir, DropBroken, ReaderOptions, Strict, reader_options

if TYPE_CHECKING:
    from modeling_bilstm_nlu.data.domains import Domain

__all__ = ["evaluate"]


class Split(str, Enum):
    """Which part of the data to score."""

    train = "train"
    validation = "validation"
    test = "test"
    all = "all"


@with_one_line_errors
def evaluate(
    data: Annotated[
        str, typer.Argument(help="A skill, a data file or folder, an embedded domain, a public corpus, a hub dataset.")
    ],
    model: Annotated[
        str | None, typer.Option(help="Folder or hub id of a checkpoint.", show_default="the model trained last")
    ] = None,
    split: Annotated[
        Split | None,
        typer.Option(
            help="Part of the data to score. Data without splits is cut as in training.",
            show_default="test; all, if the data has no splits and the model was not trained on it",
        ),
    ] = None,
    format: Annotated[str | None, typer.Option(help="Format of the data.", show_default="detected")] = None,
    options: ReaderOptions = None,
    drop_broken: DropBroken = False,
    strict: Strict = False,
    data_dir: DataDir = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object with every score.")] = False,
) -> None:
    """Score a model on data with gold labels.

    A label that the model does not know counts as an error.
    """
    prepare()
    from modeling_bilstm_nlu.training.scoring import evaluate_checkpoint

    checkpoint = model or last_model()
    given = reader_options(options, drop_broken, strict)
    domain, split = _load(data, format, split, Provenance.of(checkpoint), given, data_dir)
    name = "train" if split is Split.all else split.value
    if name not in domain.splits:
        raise DataError(
            f"{data} has no {name} split; it has: {', '.join(domain.splits)}. Name one of them with --split, "
            f"or score all of it with --split all"
        )
    scores = evaluate_checkpoint(checkpoint, domain, name)
    num_seen = _count_seen(checkpoint, domain.splits[name]["text"])
    if as_json:
        echo(to_json({"model": checkpoint, "data": data, "split": split.value, "num_seen": num_seen, **scores}))
        return
    echo(f"{checkpoint} on {domain.name}, {split.value}: {scores['num_utterances']:,} utterances")
    print_scores(scores)
    print_decisions(scores)
    if num_seen:
        echo(
            f"the model has learned {num_seen:,} of these utterances in its last fit, so the scores say little about "
            f"new ones; its card has the scores from before"
        )


def _count_seen(checkpoint: str | Path, texts: Iterable[str]) -> int:
    """Count the texts that the last fit of a checkpoint has seen, as its card says; 0 for a hub id."""
    from modeling_bilstm_nlu.hub.card_data_file import CARD_DATA_FILE, read_card_data
    from modeling_bilstm_nlu.hub.seen_texts import count_seen

    card_data = read_card_data(Path(checkpoint).expanduser() / CARD_DATA_FILE)
    return 0 if card_data is None else count_seen(texts, card_data.seen_texts)


def _load(
    data: str,
    format: str | None,
    split: Split | None,
    provenance: Provenance | None,
    options: dict[str, Any],
    data_dir: Path | None,
) -> "tuple[Domain, Split]":
    """The data, and which part of it to score.

    If the data has no splits and the model was trained on it, it is cut the same way as in training, so that texts
    that the model was trained on are not scored. If the model was not trained on it, all of it is scored.
    """
    from modeling_bilstm_nlu.data.domains import Domain
    from modeling_bilstm_nlu.data.loading import load_domain

    known = provenance.recipe_for(data, format) if provenance is not None and provenance.is_of(data) else None
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
