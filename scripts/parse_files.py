"""Parse many files of texts on many machines: JSON Lines, CSV or Parquet in, Parquet files with frames out.

Ray Data reads the files in blocks, and every worker opens the model once. Needs the extras `fleet` and `parquet`.
"""

from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import checkout  # noqa: F401
import ray
import typer

from bilstm_nlu.cli.console import echo, prepare
from bilstm_nlu.errors import DataError
from bilstm_nlu.records.blocks import BlockParser


class Kind(str, Enum):
    """Formats of the files."""

    jsonl = "jsonl"
    csv = "csv"
    parquet = "parquet"


def main(
    files: Annotated[list[str], typer.Argument(help="Files or folders; also s3:// and the like.")],
    model: Annotated[str, typer.Option(help="Folder or hub id of a checkpoint.")],
    out: Annotated[Path, typer.Option(help="Folder for Parquet files.")],
    kind: Annotated[Kind, typer.Option("--format", help="Format of the files.")] = Kind.parquet,
    column: Annotated[str, typer.Option(help="The column of texts.")] = "text",
    workers: Annotated[int, typer.Option(min=1, help="Number of processes that parse.")] = 1,
    address: Annotated[str | None, typer.Option(help="Ray cluster, such as ray://host:10001.")] = None,
) -> None:
    """Parse all texts and print their number."""
    prepare(computes=False)
    # on this machine alone: reading and writing need processors, too, or they wait for the workers for ever
    own: dict[str, Any] = {} if address else {"num_cpus": workers + 2, "include_dashboard": False}
    ray.init(address=address, log_to_driver=False, **own)
    readers = {"parquet": ray.data.read_parquet, "csv": ray.data.read_csv, "jsonl": ray.data.read_json}
    texts = readers[kind.value]([str(Path(file).resolve()) if Path(file).exists() else file for file in files])
    if column not in (names := texts.schema().names):
        raise DataError(f"there is no column {column!r}, only {', '.join(names)}; name one with --column")
    options: dict[str, Any] = {"fn_constructor_args": (model, column), "batch_format": "pyarrow"}
    frames = texts.map_batches(BlockParser, concurrency=workers, num_cpus=1, batch_size=1024, **options)
    frames.write_parquet(str(out))
    echo(f"frames in {out}")


if __name__ == "__main__":
    typer.run(main)
