"""`bilstm-nlu push`: a checkpoint from its folder to a hub."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import NluError
from .console import echo, prepare, print_table, with_one_line_errors

if TYPE_CHECKING:
    from modeling_bilstm_nlu.hub.push import Pushed

__all__ = [
    "Branch",
    "DryRun",
    "Message",
    "Private",
    "PullRequest",
    "RepoId",
    "Tag",
    "push",
    "push_options",
    "show_pushed",
]

RepoId = Annotated[str, typer.Argument(metavar="REPO_ID", help="owner/name; a name alone is one of your own.")]
Private = Annotated[bool, typer.Option("--private", help="Only its owner may read a new repository.")]
Branch = Annotated[
    str | None, typer.Option(help="Branch to commit to, made where it is missing.", show_default="main")
]
Tag = Annotated[str | None, typer.Option(help="A name for the commit, such as v1.0.")]
PullRequest = Annotated[bool, typer.Option("--pr", help="Open a pull request instead of committing.")]
Message = Annotated[str | None, typer.Option("--message", "-m", help="First line of the commit.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Check everything and say what would change, but push nothing.")
]


@with_one_line_errors
def push(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="Folder of a checkpoint.")],
    repo_id: RepoId,
    private: Private = False,
    branch: Branch = None,
    tag: Tag = None,
    pull_request: PullRequest = False,
    message: Message = None,
    dry_run: DryRun = False,
) -> None:
    """Push a model to a hub, as one commit.

    First the folder is opened in a process that lacks this package, and must answer there as it does here. A push
    that changes nothing makes no commit; one that fails leaves the hub as it was. HF_ENDPOINT names another hub than
    huggingface.co, HF_TOKEN or `hf auth login` say who you are.
    """
    prepare()
    from modeling_bilstm_nlu.hub.card_data_file import CARD_DATA_FILE, read_card_data
    from modeling_bilstm_nlu.hub.publish import push_repository, texts_to_check
    from modeling_bilstm_nlu.hub.repository import check_code, check_complete
    from modeling_bilstm_nlu.hub.verify import verify_repository

    if not model.is_dir():
        raise NluError(f"no folder {str(model)!r}; train a model first, or fetch one with `bilstm-nlu pull`")
    check_complete(model)
    check_code(model)
    texts = texts_to_check(read_card_data(model / CARD_DATA_FILE))
    verify_repository(model, texts)
    echo(f"checked: {len(texts)} texts are parsed alike in a process without this package")
    options = push_options(private, branch, tag, pull_request, message, dry_run)
    show_pushed(push_repository(model, repo_id, **options), dry_run=dry_run)


def push_options(
    private: bool = False,
    branch: str | None = None,
    tag: str | None = None,
    pull_request: bool = False,
    message: str | None = None,
    dry_run: bool = False,
) -> dict[str, Any]:
    """What was typed as arguments of a push; what was not typed is left out."""
    options = {"private": private, "revision": branch, "tag": tag, "create_pr": pull_request, "dry_run": dry_run}
    return {name: value for name, value in {**options, "commit_message": message}.items() if value}


def show_pushed(pushed: "Pushed", *, dry_run: bool) -> None:
    """Say what was pushed, or would be."""
    changes = pushed.changes
    rows = [(f"  {what}", name) for what in ("added", "changed", "removed") for name in getattr(changes, what)]
    if dry_run:
        is_new = "a new repository, " if pushed.is_new_repository else ""
        echo(f"would push to {is_new}{pushed.repo_id}:" if rows else f"{pushed.repo_id} holds all of it already")
        print_table(rows, align="left")
    elif changes:
        print_table(rows, align="left")
        echo(f"pushed to {pushed.repo_id}: {pushed.url}")
    else:
        echo(f"{pushed.repo_id} holds all of it already, no new commit: {pushed.url}")
