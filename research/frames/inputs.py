"""What the parts of the study measure on."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["Inputs", "Part"]


class Inputs(NamedTuple):
    """Where the data and the models are.

    Attributes:
        shared: the folder with the public corpora, `data`, and the public skills, `skills`.
        models: a folder of checkpoint folders that were trained on skills; `None` if there are no models.
    """

    shared: Path
    models: Path | None = None


#: Measures one key: returns its `value` and whatever explains it.
Part = Callable[[Inputs], dict[str, Any]]
