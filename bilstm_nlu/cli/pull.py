"""`bilstm-nlu pull`: download a checkpoint from a hub into the cache or a folder."""

from pathlib import Path
from typing import Annotated

import typer

from .console import AsJson, echo, plural, prepare, print_json, with_one_line_errors

__all__ = ["pull"]


@with_one_line_errors
def pull(
    repo_id: Annotated[str, typer.Argument(metavar="REPO_ID", help="owner/name of a checkpoint.")],
    revision: Annotated[str | None, typer.Option(help="Branch, tag or commit.", show_default="main")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder to copy it to.", show_default="the local cache")] = None,
    keep_delta: Annotated[
        bool, typer.Option("--keep-delta", help="With --out: copy a delta as it is, not as a whole checkpoint.")
    ] = False,
    lineage: Annotated[bool, typer.Option("--lineage", help="Also show what it was fine-tuned from.")] = False,
    as_json: AsJson = False,
) -> None:
    """Download a model from a hub, and compare every file with its hash.

    `bilstm-nlu parse --model REPO_ID` downloads by itself. Pull first to work offline or to have a folder of files. A
    delta is pulled with its base, and --out makes a whole checkpoint of it.
    """
    prepare(as_json=as_json)
    from modeling_bilstm_nlu.hub.lineage import lineage as trace
    from modeling_bilstm_nlu.hub.pull import pull as fetch

    pulled = fetch(repo_id, revision, out=out, keep_delta=keep_delta)
    size = sum((pulled.folder / name).stat().st_size for name in pulled.files)
    echo(f"{repo_id} at commit {pulled.commit}: {plural(len(pulled.files), 'file')}, {size / 1e6:,.1f} MB, all intact")
    echo(f"in {pulled.folder}")
    ancestors = trace(repo_id, pulled.commit)[1:] if lineage else []
    if lineage:
        for ancestor in ancestors:
            echo(f"fine-tuned from {ancestor.name} at {ancestor.revision or 'an unknown commit'}")
        if not ancestors:
            echo("its card does not name a checkpoint that it was fine-tuned from")
    if as_json:
        found = {"repo_id": repo_id, "commit": pulled.commit, "folder": str(pulled.folder), "num_bytes": size}
        print_json({**found, "files": list(pulled.files), "lineage": [one._asdict() for one in ancestors]})
