"""Parse the lines of a file, or of standard input, with a checkpoint; one JSON frame a line."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from bilstm_nlu.cli.console import echo, prepare, to_json, with_one_line_errors
from modeling_bilstm_nlu.hub.predict import predict


@with_one_line_errors
def main(
    checkpoint: Annotated[str, typer.Argument(help="Folder or hub id.")],
    file: Annotated[Path | None, typer.Argument(help="One text a line.", show_default="standard input")] = None,
    top_k: Annotated[int, typer.Option(min=1, help="List so many intents with their scores.")] = 1,
) -> None:
    """Parse the lines of a file, or of standard input, with a checkpoint; one JSON frame a line."""
    prepare()
    with sys.stdin if file is None else file.open(encoding="utf-8", errors="replace") as lines:
        for frame in predict(checkpoint, (line.rstrip("\r\n") for line in lines), top_k=top_k):
            echo(to_json(frame))


if __name__ == "__main__":
    typer.run(main)
