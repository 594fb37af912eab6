"""`bilstm-nlu push`: push a checkpoint from its folder to a hub."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import NluError
from .console import AsJson, echo, plural, prepare, print_json, print_table, with_one_line_errors

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
    "pushed_as_json",
    "show_pushed",
]

RepoId = Annotated[str, typer.Argument(metavar="REPO_ID", help="owner/name, or a name for your own account.")]
Private = Annotated[bool, typer.Option("--private", help="If the repository is new, only its owner may read it.")]
Branch = Annotated[
    str | None, typer.Option(help="Branch to commit to; created if it does not exist.", show_default="main")
]
Tag = Annotated[str | None, typer.Option(help="Tag for the commit, such as v1.0.")]
PullRequest = Annotated[bool, typer.Option("--pr", help="Open a pull request instead of committing.")]
Message = Annotated[str | None, typer.Option("--message", "-m", help="First line of the commit message.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Check everything and show what would change, but push nothing.")
]


@with_one_line_errors
def push(
    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help="Folder of a checkpoint, or the name of one in this package.")
    ],
    repo_id: RepoId,
    delta: Annotated[
        bool, typer.Option("--delta", help="Push only the difference from the checkpoint that it was trained from.")
    ] = False,
    base: Annotated[
        str | None,
        typer.Option(
            help="With --delta: the checkpoint that it was trained from; folder, name or hub id.",
            show_default="the one that its card names",
        ),
    ] = None,
    private: Private = False,
    branch: Branch = None,
    tag: Tag = None,
    pull_request: PullRequest = False,
    message: Message = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Push a model to a hub, as one commit.

    If nothing changed, no commit is made. Else a process without this package first opens the folder and must parse
    texts with the same result; a delta is compared with the whole model instead. If the push fails, the hub stays as
    it was. Set HF_ENDPOINT to use another hub than huggingface.co. Log in with HF_TOKEN or `hf auth login`.
    """
    prepare(as_json=as_json)
    from modeling_bilstm_nlu.exact_bilstm_nlu import EXACT_FILE
    from modeling_bilstm_nlu.hub.card_data_file import CARD_DATA_FILE, read_card_data
    from modeling_bilstm_nlu.hub.delta import save_delta
    from modeling_bilstm_nlu.hub.embedded import embedded_folder
    from modeling_bilstm_nlu.hub.embedded_repository import embedded_repository
    from modeling_bilstm_nlu.hub.publish import push_repository, texts_to_check
    from modeling_bilstm_nlu.hub.repository import check_code, check_complete
    from modeling_bilstm_nlu.hub.verify import verify_repository

    from ..runtime.delta_file import is_delta
    from ..runtime.nlu import load

    if base is not None and not delta:
        raise typer.BadParameter("--base is for --delta; give both or none")
    with TemporaryDirectory(prefix="bilstm-nlu-push-") as desk:
        folder = model
        if not model.is_dir():
            if embedded_folder(str(model)) is None:
                raise NluError(
                    f"there is no folder {str(model)!r}; train a model first, or get one with `bilstm-nlu pull`"
                )
            folder = embedded_repository(str(model), Path(desk) / model.name)
        check_complete(folder)
        check_code(folder)
        options = push_options(private, branch, tag, pull_request, message)
        if (folder / EXACT_FILE).is_file():
            _tell_phrases(folder / EXACT_FILE)
        if delta:
            saved = save_delta(folder, Path(desk) / "delta" / folder.resolve().name, base=base)
            folder = saved.folder
            echo(
                f"delta: {saved.num_bytes / 1e6:.2f} MB, {saved.share:.0%} of the whole checkpoint; "
                f"{plural(saved.num_texts, 'text')} parsed with the same frames"
            )
        pushed = push_repository(folder, repo_id, dry_run=True, **options)
        if pushed.changes and is_delta(folder):
            if not delta:
                load(folder)
        elif pushed.changes:
            texts = texts_to_check(read_card_data(folder / CARD_DATA_FILE))
            verify_repository(folder, texts)
            echo(f"checked: a process without this package gives the same results for {plural(len(texts), 'text')}")
        if not dry_run:
            pushed = push_repository(folder, repo_id, **options)
    show_pushed(pushed, dry_run=dry_run)
    if as_json:
        print_json(pushed_as_json(pushed, dry_run=dry_run))


def _tell_phrases(path: Path) -> None:
    """Print how many phrases of the training data are pushed."""
    from modeling_bilstm_nlu.exact_bilstm_nlu import ExactPhrases

    try:
        phrases = ExactPhrases.load(path).num_phrases
    except ValueError as error:
        raise NluError(str(error)) from error
    echo(
        f"{path.name} has {plural(phrases, 'phrase')} of the training data; train with --no-phrases to leave them out"
    )


def push_options(
    private: bool = False,
    branch: str | None = None,
    tag: str | None = None,
    pull_request: bool = False,
    message: str | None = None,
    dry_run: bool = False,
) -> dict[str, Any]:
    """The arguments of a push that were given on the command line; the others are left out."""
    options = {"private": private, "revision": branch, "tag": tag, "create_pr": pull_request, "dry_run": dry_run}
    return {name: value for name, value in {**options, "commit_message": message}.items() if value}


def show_pushed(pushed: "Pushed", *, dry_run: bool) -> None:
    """Print what was pushed, or what would be pushed."""
    changes = pushed.changes
    rows = [(f"  {what}", name) for what in ("added", "changed", "removed") for name in getattr(changes, what)]
    if dry_run:
        is_new = "a new repository, " if pushed.is_new_repository else ""
        echo(f"would push to {is_new}{pushed.repo_id}:" if rows else f"{pushed.repo_id} is already up to date")
        print_table(rows, align="left")
    elif changes:
        print_table(rows, align="left")
        echo(f"pushed to {pushed.repo_id}: {pushed.url}")
    else:
        echo(f"{pushed.repo_id} is already up to date, no new commit: {pushed.url}")


def pushed_as_json(pushed: "Pushed", *, dry_run: bool) -> dict[str, Any]:
    """What was pushed, or what would be pushed, as plain values."""
    return {
        "repo_id": pushed.repo_id,
        "is_dry_run": dry_run,
        "is_new_repository": pushed.is_new_repository,
        "commit": pushed.commit,
        "url": pushed.url,
        **{what: list(getattr(pushed.changes, what)) for what in ("added", "changed", "removed")},
    }
