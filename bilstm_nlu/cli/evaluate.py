"""`bilstm-nlu eval`: the scores of a checkpoint on data with gold labels."""

from typing import Annotated

import typer

from .completion import complete_model
from .console import AsJson, echo, plural, prepare, print_json, with_one_line_errors
from .last_model import last_model
from .score_lines import print_decisions, print_scores
from .scored_data import DataFormat, ScoredSource, SplitOption, count_seen, load_scored
from .sources import DataDir, DropBroken, ReaderOptions, Strict, reader_options

__all__ = ["evaluate"]


@with_one_line_errors
def evaluate(
    data: ScoredSource,
    model: Annotated[
        str | None,
        typer.Option(
            help="Folder or hub id of a checkpoint.",
            show_default="the model trained last",
            autocompletion=complete_model,
        ),
    ] = None,
    split: SplitOption = None,
    format: DataFormat = None,
    options: ReaderOptions = None,
    drop_broken: DropBroken = False,
    strict: Strict = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Score a model on data with gold labels.

    A label that the model does not know counts as an error.
    """
    prepare(as_json=as_json)
    from modeling_bilstm_nlu.training.scoring import evaluate_checkpoint

    checkpoint = model or last_model()
    given = reader_options(options, drop_broken, strict)
    scored = load_scored(data, format, split, [checkpoint], given, data_dir)
    domain, part = scored.domain, scored.part
    scores = evaluate_checkpoint(checkpoint, domain, part)
    num_seen = count_seen(checkpoint, domain.splits[part]["text"])
    if as_json:
        print_json({"model": checkpoint, "data": data, "split": scored.split.value, "num_seen": num_seen, **scores})
        return
    echo(f"{checkpoint} on {domain.name}, {scored.split.value}: {plural(int(scores['num_utterances']), 'utterance')}")
    print_scores(scores)
    print_decisions(scores)
    if num_seen:
        echo(
            f"the model has learned {num_seen:,} of these utterances in its last fit, so the scores say little about "
            f"new ones; its card has the scores from before"
        )
