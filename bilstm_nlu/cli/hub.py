"""`bilstm-nlu hub`: your own model hub, for teams without internet and for tests."""

import logging
from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import NluError
from .console import AsJson, echo, fail, plural, prepare, print_json, with_one_line_errors
from .sizes import num_bytes

if TYPE_CHECKING:
    from ..serving.hub import HubStore

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Run your own model hub.")


@app.command()
@with_one_line_errors
def serve(
    root: Annotated[Path, typer.Option(help="Folder of the hub; created if it does not exist.")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 picks a free one.")] = 8123,
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 means all addresses of this machine.")
    ] = "127.0.0.1",
    token: Annotated[
        list[str] | None,
        typer.Option(
            help="NAME:read:SECRET or NAME:write:SECRET. NAME+OWNER may also write for OWNER, NAME+* for all owners. "
            "Repeatable.",
            metavar="TOKEN",
        ),
    ] = None,
    token_file: Annotated[Path | None, typer.Option(help="File with one token per line.")] = None,
    max_file_size: Annotated[str, typer.Option(help="Largest file, such as 500M or 5G.")] = "5G",
    regular: Annotated[
        bool,
        typer.Option("--regular", help="Send all files inside commits; clients then need no HF_HUB_DISABLE_XET=1."),
    ] = False,
    endpoint: Annotated[
        str | None, typer.Option(help="URL that clients use, if it differs, such as behind a proxy.")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="Print one line per request.")] = False,
) -> None:
    """Serve a hub that works with huggingface_hub, transformers, datasets and the command hf.

    Without tokens, every user of this machine may read and write, and the hub listens on this machine only.
    """
    prepare(computes=False)
    from ..serving.hub import HubSettings, Tokens, parse_token
    from ..serving.hub import serve as run_hub
    from ..serving.secret_texts import given_tokens

    tokens = given_tokens(token or (), token_file, parse_token, cure="make one with `bilstm-nlu hub token NAME`")
    settings = HubSettings(
        max_file_size=num_bytes(max_file_size),
        only_regular=regular,
        endpoint=endpoint.rstrip("/") if endpoint else None,
    )

    def show(url: str) -> None:
        echo(f"serving {root} at {endpoint or url}; stop it with Ctrl-C")
        echo()
        echo("tell the clients:")
        echo(f"  export HF_ENDPOINT={settings.endpoint or url}")
        if not regular:
            echo("  export HF_HUB_DISABLE_XET=1")
        if tokens:
            echo("  export HF_TOKEN=...  # the secret of a token")
        else:
            echo("  export HF_TOKEN=local  # any text; this hub has no tokens")

    if verbose:
        requests = logging.getLogger("bilstm_nlu.serving.hub.requests")
        requests.setLevel(logging.INFO)
        requests.addHandler(handler := logging.StreamHandler())
        handler.setFormatter(logging.Formatter("%(message)s"))
        requests.propagate = False
    run_hub(
        root,
        host=host,
        port=port,
        tokens=Tokens(tokens),
        settings=settings,
        on_start=show,
        shows_requests=verbose,
    )
    echo("stopped")


@app.command("token")
@with_one_line_errors
def new_token(
    name: Annotated[str, typer.Argument(help="The user. NAME+OWNER may also write for OWNER, NAME+* for all.")],
    write: Annotated[bool, typer.Option("--write", help="The user may write, not only read.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make a token: a secret for the user, and a line for the hub's --token-file that does not contain the secret."""
    prepare(computes=False, as_json=as_json)
    from ..serving.hub import hash_of_secret, new_secret, parse_token

    secret = new_secret()
    line = f"{name}:{'write' if write else 'read'}:sha256={hash_of_secret(secret)}"
    parse_token(line)
    if as_json:
        print_json({"secret": secret, "line": line})
        return
    echo(f"for the user:          HF_TOKEN={secret}")
    echo(f"for the --token-file:  {line}")


@app.command()
@with_one_line_errors
def check(
    root: Annotated[Path, typer.Option(help="Folder of the hub. Stop its server first.")],
    as_json: AsJson = False,
) -> None:
    """Read the database and every file of a hub, and compare each file with its hash. Nothing is deleted."""
    prepare(computes=False, as_json=as_json)
    with _opened(root) as store:
        report = store.check()
    counts = ", ".join(
        (
            plural(report.num_repos, "repository", "repositories"),
            plural(report.num_commits, "commit"),
            plural(report.num_contents, "content"),
        )
    )
    if not report.is_trusted:
        fail(
            f"{root / 'hub.sqlite3'}: no commit in the database uses {report.num_unknown} contents of "
            f"{root / 'contents'}; it is new, empty, or older than they are. Put the right one back, or give them up "
            "with `bilstm-nlu hub sweep`"
        )
    if as_json:
        print_json({**asdict(report), "is_intact": not report.damaged})
    for sha256, place in report.damaged.items():
        echo(f"damaged: {place} ({sha256})")
    if report.damaged:
        echo(
            "To repair a file, start the hub and push the same content again, under any name "
            "(`hf upload OWNER/NAME FILE`). The hub stores it again; if a branch already has it, no commit is made."
        )
        fail(f"{plural(len(report.damaged), 'damaged content')}; checked: {counts}")
    echo(f"all intact: {counts}")


@app.command()
@with_one_line_errors
def sweep(
    root: Annotated[Path, typer.Option(help="Folder of the hub. Stop its server first.")],
    as_json: AsJson = False,
) -> None:
    """Delete the file contents that no commit has used for a day, even if the database was lost or put back."""
    prepare(computes=False, as_json=as_json)
    with _opened(root) as store:
        number = store.sweep()
    echo(f"deleted {plural(number, 'content')}")
    if as_json:
        print_json({"num_deleted": number})


def _opened(root: Path) -> "AbstractContextManager[HubStore]":
    """Open the store of an existing hub, and delete nothing in it."""
    from ..serving.hub import HubStore

    if not (root / "hub.sqlite3").is_file():
        raise NluError(f"{root} has no hub.sqlite3, so it is not the folder of a hub; check --root")
    return HubStore(root, sweeps=False).opened()
