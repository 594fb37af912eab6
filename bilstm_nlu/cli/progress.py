"""A progress bar for work that takes more than two seconds; on a terminal alone, on standard error."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import typer

__all__ = ["with_progress"]

T = TypeVar("T")

_DELAY = 2.0  # seconds
_STEPS = 1000  # of the bar
_CHECKED_EVERY = 64  # items


def with_progress(items: Iterable[T], share_done: Callable[[], float] | None, label: str = "parsing") -> Iterator[T]:
    """Yield items, and show how much of them is done and the time left.

    Args:
        items: the items.
        share_done: gives the share of the items that is done, from 0 to 1; with `None`, nothing is shown.
        label: what is being done.
    """
    if share_done is None or not sys.stderr.isatty():
        yield from items
        return
    started, shown = time.monotonic(), 0
    with typer.progressbar(length=_STEPS, label=label, file=sys.stderr, show_eta=True) as bar:
        for number, item in enumerate(items):
            if number % _CHECKED_EVERY == 0 and time.monotonic() - started > _DELAY:
                now = int(_STEPS * share_done())
                bar.update(now - shown)
                shown = now
            yield item
        if shown:
            bar.update(_STEPS - shown)
