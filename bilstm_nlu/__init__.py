"""The light part of bilstm-nlu: the command, and the code it shares with the network. Importing it loads no torch."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .runtime.nlu import Nlu, load

__version__ = "0.1.0"

__all__ = ["Nlu", "__version__", "load"]

_LAZY = {"Nlu": ".runtime.nlu", "load": ".runtime.nlu"}


def __getattr__(name: str) -> Any:
    """Load the runtime on first use."""
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
