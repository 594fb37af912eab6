"""`bilstm-nlu eval`: the scores of a checkpoint on data with gold labels."""

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import DataError
from .console import echo, prepare, print_scores, to_json, with_one_line_errors
from .latest import latest_model
from .lazy import lazy_module

if TYPE_CHECKING:
    from ..data import domains
    from ..data.domains import Domain
    from ..training import scoring
else:
    domains = lazy_module("data.domains")
    scoring = lazy_module("training.scoring")

__all__ = ["evaluate"]


class Split(str, Enum):
    """What to score on."""

    train = "train"
    validation = "validation"
    test = "test"
    all = "all"


@with_one_line_errors
def evaluate(
    data: Annotated[str, typer.Argument(help="A skill, a data file or folder, an embedded domain, or a hub dataset.")],
    model: Annotated[
        str | None, typer.Option(help="Folder or hub id of a checkpoint.", show_default="the model trained last")
    ] = None,
    split: Annotated[
        Split, typer.Option(help="Part of the data; without files of its own it is cut off as in training.")
    ] = Split.test,
    format: Annotated[str | None, typer.Option(help="Format of the data.", show_default="recognised")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object with every score.")] = False,
) -> None:
    """Score a model on data with gold labels.

    A label that the model does not know counts as missed.
    """
    prepare()
    checkpoint = model or latest_model()
    domain = _load(data, format, split)
    name = "train" if split is Split.all else split.value
    scores = scoring.evaluate_checkpoint(checkpoint, domain, name)
    if as_json:
        echo(to_json({"model": checkpoint, "data": data, "split": split.value, **scores}))
        return
    echo(f"{checkpoint} on {domain.name}, {split.value}: {scores['num_utterances']:,} utterances")
    print_scores(scores)


def _load(data: str, format: str | None, split: Split) -> "Domain":
    if split is not Split.all:
        return domains.load_domain(data, format=format, allow_unseen=True)
    domain = domains.load_domain(data, format=format, allow_unseen=True, validation_size=0, test_size=0)
    everything = [utterance for part in domain.splits for utterance in domain.utterances(part)]
    if not everything:
        raise DataError(f"{data}: no utterances")
    return domains.Domain.from_utterances(domain.name, {"train": everything})
