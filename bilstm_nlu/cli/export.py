"""`bilstm-nlu export`: write a checkpoint as one file."""

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from ..errors import NluError
from .console import echo, prepare, with_one_line_errors
from .last_model import last_model

__all__ = ["export"]


class Format(str, Enum):
    """Kinds of files."""

    nlu = "nlu"
    onnx = "onnx"


@with_one_line_errors
def export(
    model: Annotated[
        str | None, typer.Argument(help="Folder or hub id of a checkpoint.", show_default="the model trained last")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The file to write.", show_default="the name of the model and the format")
    ] = None,
    kind: Annotated[
        Format,
        typer.Option(
            "--format", help="nlu: all that parses, for this package. onnx: the network, for other programs."
        ),
    ] = Format.nlu,
) -> None:
    """Write a checkpoint as one file.

    `parse` and `bilstm_nlu.load` open it as they open its folder. A file of the format `onnx` has the network alone.
    """
    prepare(computes=kind == Format.onnx)
    name = model or last_model()
    path = out or Path(f"{Path(name).resolve().name}.{kind.value}")
    if path.is_dir():
        raise NluError(f"{str(path)!r} is a folder; name a file with --out")
    if Path(name).is_file():
        raise NluError(f"{name!r} is a file already; give the folder of a checkpoint")
    if kind == Format.onnx:
        from modeling_bilstm_nlu.hub.onnx_file import export_onnx

        export_onnx(name, path)
        echo(f"{path}: {path.stat().st_size / 1e6:.1f} MB")
        return
    from ..runtime.checkpoint import read_folder
    from ..runtime.finding import find_checkpoint
    from ..runtime.packed_file import write_packed

    write_packed(read_folder(find_checkpoint(name), name), path)
    echo(f"{path}: {path.stat().st_size / 1e6:.1f} MB; next: bilstm-nlu parse --model {path} TEXT")
