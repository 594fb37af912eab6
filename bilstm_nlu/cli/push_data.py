"""`bilstm-nlu push-data`: push data of any format to a hub, as a dataset repository."""

from typing import Annotated

import typer

from .completion import complete_format
from .console import AsJson, echo, prepare, print_json, with_one_line_errors
from .push import Branch, DryRun, Message, Private, PullRequest, RepoId, Tag, push_options, pushed_as_json, show_pushed
from .sources import DataDir, DropBroken, ReaderOptions, Strict, domain_as_json, load_unsplit, show_domain

__all__ = ["push_data"]


@with_one_line_errors
def push_data(
    source: Annotated[
        str,
        typer.Argument(metavar="SOURCE", help="A skill, a data file or folder, an embedded domain, a public corpus."),
    ],
    repo_id: RepoId,
    source_format: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="FORMAT",
            help="Format of SOURCE.",
            show_default="detected",
            autocompletion=complete_format,
        ),
    ] = None,
    options: ReaderOptions = None,
    drop_broken: DropBroken = False,
    strict: Strict = False,
    data_dir: DataDir = None,
    private: Private = False,
    branch: Branch = None,
    tag: Tag = None,
    pull_request: PullRequest = False,
    message: Message = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Push data to a hub, as one commit to a dataset repository with a card, slot catalogs and licences.

    `bilstm-nlu train REPO_ID` and `datasets.load_dataset` can then read it from the hub.
    """
    prepare(as_json=as_json)
    from modeling_bilstm_nlu.data.corpora.licences import joint_licence
    from modeling_bilstm_nlu.hub.publish_data import publish_dataset

    domain = load_unsplit(
        source, source_format, options=options, drop_broken=drop_broken, strict=strict, data_dir=data_dir
    )
    show_domain(domain)
    echo(f"  licence: {joint_licence(domain.corpora)[1]}")
    given = push_options(private, branch, tag, pull_request, message, dry_run)
    pushed = publish_dataset(domain, repo_id, **given)
    show_pushed(pushed, dry_run=dry_run)
    if as_json:
        licence = joint_licence(domain.corpora)[0]
        print_json({**pushed_as_json(pushed, dry_run=dry_run), **domain_as_json(domain), "licence": licence})
