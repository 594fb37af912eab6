"""Modules that are imported when they are first used.

Parsing a line needs neither the data nor the training code, and `--help` needs none of it; importing all of it costs
every start of the command a second or more.
"""

import importlib
from types import ModuleType
from typing import Any

__all__ = ["lazy_module"]

_PACKAGE = __name__.partition(".")[0]


class _LazyModule(ModuleType):
    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module(self.__name__), name)


def lazy_module(name: str) -> Any:
    """A stand-in for a module of this package, such as `training.runs`; the first use of a name imports it."""
    return _LazyModule(f"{_PACKAGE}.{name}")
