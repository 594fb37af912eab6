"""Parse blocks of a table, as Ray Data and other engines for many machines hand them out."""

from pathlib import Path
from typing import Any

from ..runtime.nlu import load
from .parquet import frame_columns, frame_row

__all__ = ["BlockParser"]


class BlockParser:
    """Adds the column `frame` to blocks of a table. Each worker makes one, so that it opens the model once.

    Args:
        model: folder or hub id of a checkpoint, which every machine can open.
        column: the column of texts. A row without a text gets the frame of an empty text.

    Raises:
        NluError: the model cannot be opened, or pyarrow is not installed.
    """

    def __init__(self, model: str | Path, column: str = "text"):
        ((self._name, self._kind),) = frame_columns().items()
        self._nlu, self._column = load(model), column

    def __call__(self, block: Any) -> Any:
        """Return an Arrow table with the frames of its texts."""
        import pyarrow

        frames = self._nlu([text or "" for text in block[self._column].to_pylist()])
        kept = block.drop_columns([self._name]) if self._name in block.column_names else block
        return kept.append_column(self._name, pyarrow.array(map(frame_row, frames), self._kind))
