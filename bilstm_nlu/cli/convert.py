"""`bilstm-nlu convert`: convert data from any readable format to any writable format."""

from pathlib import Path
from typing import Annotated

import typer

from .completion import complete_format
from .console import AsJson, echo, prepare, print_json, with_one_line_errors
from .sources import DataDir, DropBroken, ReaderOptions, Strict, domain_as_json, load_unsplit, show_domain

__all__ = ["convert"]


@with_one_line_errors
def convert(
    source: Annotated[
        str,
        typer.Argument(
            metavar="IN", help="A skill, a data file or folder, an embedded domain, a public corpus or a hub dataset."
        ),
    ],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="A file, or a folder with a file for each split.")],
    source_format: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="FORMAT", help="Format of IN.", show_default="detected", autocompletion=complete_format
        ),
    ] = None,
    target_format: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="FORMAT",
            help="Format of OUT.",
            show_default="by the suffix of OUT",
            autocompletion=complete_format,
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed for the values that fill carrier phrases.")] = 0,
    max_per_carrier: Annotated[
        int | None,
        typer.Option(min=1, help="Most utterances made from one carrier phrase.", show_default="by the format"),
    ] = None,
    options: ReaderOptions = None,
    drop_broken: DropBroken = False,
    strict: Strict = False,
    data_dir: DataDir = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace OUT if it exists.")] = False,
    as_json: AsJson = False,
) -> None:
    """Convert data from one format to another.

    OUT is written whole or not at all. `bilstm-nlu formats` lists the formats.
    """
    prepare(as_json=as_json)
    from modeling_bilstm_nlu.data.corpora.licences import joint_licence
    from modeling_bilstm_nlu.data.formats.writing import check_target, write_domain

    name, _ = check_target(target, target_format, overwrite=overwrite)
    domain = load_unsplit(
        source,
        source_format,
        options=options,
        drop_broken=drop_broken,
        strict=strict,
        data_dir=data_dir,
        seed=seed,
        max_per_carrier=max_per_carrier,
    )
    show_domain(domain)
    lost = write_domain(domain, target, target_format, overwrite=overwrite)
    echo(f"written as {name}: {target}")
    for reason, count in lost.items():
        echo(f"  not kept, {reason}: {count:,}")
    if domain.corpora:
        echo(f"  licence: {joint_licence(domain.corpora)[1]}")
    if as_json:
        found = {"written": str(target), "format": name, "lost": {str(reason): n for reason, n in lost.items()}}
        print_json({**found, **domain_as_json(domain), "licence": joint_licence(domain.corpora)[0]})
