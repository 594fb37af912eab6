"""Put a generic checkpoint into the package: python scripts/embed_checkpoint.py runs/generic-permissive."""

from pathlib import Path
from typing import Annotated

import typer

from bilstm_nlu.cli.console import echo, prepare, with_one_line_errors
from modeling_bilstm_nlu.hub.embedded import DEFAULT_BASE
from modeling_bilstm_nlu.hub.refresh import embed_checkpoint


@with_one_line_errors
def main(
    model: Annotated[str, typer.Argument(help="Folder or hub id of a checkpoint.")],
    name: Annotated[str, typer.Option(help="Name to open it by.")] = DEFAULT_BASE,
    into: Annotated[Path | None, typer.Option(help="Folder to put it into, instead of the package.")] = None,
) -> None:
    """Embed a checkpoint in the package, with packed weights and its card."""
    prepare()
    folder = embed_checkpoint(model, name, into)
    size = sum(path.stat().st_size for path in folder.iterdir())
    echo(f"{folder}: {size / 1e6:.1f} MB")


if __name__ == "__main__":
    typer.run(main)
