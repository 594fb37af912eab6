"""`bilstm-nlu check-data`: check whether data is fit to train on, and what to do if it is not."""

from typing import Annotated

import typer

from .completion import complete_data, complete_model
from .console import BAD_INPUT, AsJson, echo, prepare, print_json, with_one_line_errors
from .scored_data import DataFormat
from .sources import DataDir, DropBroken, ReaderOptions, load_unsplit

__all__ = ["check_data"]


@with_one_line_errors
def check_data(
    data: Annotated[
        str,
        typer.Argument(
            help="A skill, a data file or folder, an embedded domain, a public corpus, a hub dataset.",
            autocompletion=complete_data,
        ),
    ],
    format: DataFormat = None,
    against: Annotated[
        str | None, typer.Option(help="Other data, such as massive or a path. Counts the texts that are in both.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            help="Folder or hub id of a checkpoint. Counts the words that it knows.", autocompletion=complete_model
        ),
    ] = None,
    min_examples: Annotated[
        int, typer.Option(min=1, help="An intent or slot type with fewer training examples counts as rare.")
    ] = 5,
    options: ReaderOptions = None,
    drop_broken: DropBroken = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with code 1 if there are errors or broken records.")
    ] = False,
) -> None:
    """Check data before training, and say what to fix.

    Counts, class balance, duplicates, label conflicts, leakage, missing labels and values, words that a model knows.
    """
    prepare(as_json=as_json)
    from modeling_bilstm_nlu.data.checks import check_domain
    from modeling_bilstm_nlu.hub.load import load_checkpoint

    stops = strict and not drop_broken
    domain = load_unsplit(data, format, options=options, drop_broken=drop_broken, strict=stops, data_dir=data_dir)
    other = None if against is None else load_unsplit(against, data_dir=data_dir)
    encoder = tokenizer = None
    if model is not None:
        checkpoint, tokenizer = load_checkpoint(model)
        encoder = checkpoint.encoder
    report = check_domain(domain, min_examples=min_examples, against=other, encoder=encoder, tokenizer=tokenizer)
    if as_json:
        print_json({"data": data, **report.to_dict()})
    else:
        echo(str(report))
    if strict and not report.is_clean:
        raise typer.Exit(BAD_INPUT)
