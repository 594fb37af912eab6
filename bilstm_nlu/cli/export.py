"""`bilstm-nlu export`: write a checkpoint as one file, as a delta, or as a whole again."""

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from ..errors import NluError
from .completion import complete_model
from .console import AsJson, echo, plural, prepare, print_json, with_one_line_errors
from .last_model import last_model

__all__ = ["export"]


class Format(str, Enum):
    """What is written."""

    nlu = "nlu"
    onnx = "onnx"
    delta = "delta"
    checkpoint = "checkpoint"


@with_one_line_errors
def export(
    model: Annotated[
        str | None,
        typer.Argument(
            help="Folder or hub id of a checkpoint.",
            show_default="the model trained last",
            autocompletion=complete_model,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="The file or folder to write.", show_default="the name of the model and the format"),
    ] = None,
    kind: Annotated[
        Format,
        typer.Option(
            "--format",
            help="nlu: all that parses, for this package. onnx: the network, for other programs. delta: a folder with "
            "the difference from the checkpoint that it was trained from. checkpoint: a folder with the whole "
            "checkpoint of a delta.",
        ),
    ] = Format.nlu,
    base: Annotated[
        str | None,
        typer.Option(
            help="What a delta is the difference from: folder, name or hub id of a checkpoint.",
            show_default="the one that the model names",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a checkpoint as one file, or as a delta.

    `parse` and `bilstm_nlu.load` open it as they open its folder. A file of the format `onnx` has the network alone.
    A delta is a folder, which they open, too, where they find its base.
    """
    prepare(computes=kind != Format.nlu, as_json=as_json)
    name = model or last_model()
    if kind in (Format.delta, Format.checkpoint):
        folder = out or Path(f"{Path(name).resolve().name}-{kind.value}")
        written = _write_folder(name, folder, kind, base)
        if as_json:
            print_json({"written": str(folder), "format": kind.value, **written})
        return
    path = out or Path(f"{Path(name).resolve().name}.{kind.value}")
    if path.is_dir():
        raise NluError(f"{str(path)!r} is a folder; name a file with --out")
    if Path(name).is_file():
        raise NluError(f"{name!r} is a file already; give the folder of a checkpoint")
    if kind == Format.onnx:
        from modeling_bilstm_nlu.hub.onnx_file import export_onnx

        export_onnx(name, path)
        echo(f"{path}: {path.stat().st_size / 1e6:.1f} MB")
        if as_json:
            print_json({"written": str(path), "format": kind.value, "num_bytes": path.stat().st_size})
        return
    from ..runtime.finding import find_checkpoint
    from ..runtime.packed_file import read_checkpoint, write_packed

    write_packed(read_checkpoint(find_checkpoint(name), name, base=base), path)
    echo(f"{path}: {path.stat().st_size / 1e6:.1f} MB; next: bilstm-nlu parse --model {path} TEXT")
    if as_json:
        print_json({"written": str(path), "format": kind.value, "num_bytes": path.stat().st_size})


def _write_folder(name: str, out: Path, kind: Format, base: str | None) -> dict[str, int]:
    """Write a delta or a whole checkpoint, and return what is known about it."""
    from modeling_bilstm_nlu.hub.delta import save_delta
    from modeling_bilstm_nlu.hub.delta_folder import put_together

    from ..runtime.finding import find_checkpoint

    folder = find_checkpoint(name)
    if kind == Format.checkpoint:
        put_together(folder, out, base=base)
        echo(f"{out}: a whole checkpoint; next: bilstm-nlu parse --model {out} TEXT")
        return {"num_bytes": sum(file.stat().st_size for file in out.iterdir() if file.is_file())}
    saved = save_delta(folder, out, base=base)
    echo(
        f"{out}: {saved.num_bytes / 1e6:.2f} MB, {saved.share:.0%} of the whole checkpoint; "
        f"{plural(saved.num_texts, 'text')} parsed with the same frames"
    )
    return {"num_bytes": saved.num_bytes, "whole_bytes": saved.whole_bytes, "num_texts": saved.num_texts}
