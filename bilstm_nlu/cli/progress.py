"""A progress bar for work that takes more than two seconds; on a terminal alone, on standard error."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from typing import Any, TypeVar

import typer

__all__ = ["batches_with_progress", "with_progress"]

T = TypeVar("T")

_DELAY = 2.0  # seconds
_STEPS = 1000  # of the bar
_CHECKED_EVERY = 64  # items


def with_progress(
    items: Iterable[T],
    share_done: Callable[[], float] | None,
    label: str = "parsing",
    *,
    checked_every: int = _CHECKED_EVERY,
) -> Iterator[T]:
    """Yield items, and show how much of them is done and the time left.

    Args:
        items: the items.
        share_done: gives the share of the items that is done, from 0 to 1; with `None`, nothing is shown.
        label: what is being done.
        checked_every: number of items between two looks at the clock.
    """
    if share_done is None or not sys.stderr.isatty():
        yield from items
        return
    started, shown = time.monotonic(), 0
    with ExitStack() as stack:
        bar: Any = None
        for number, item in enumerate(items):
            if number % checked_every == 0 and time.monotonic() - started > _DELAY:
                if bar is None:  # a bar is drawn as soon as it is entered
                    shows = typer.progressbar(length=_STEPS, label=label, file=sys.stderr, show_eta=True)
                    bar = stack.enter_context(shows)
                now = int(_STEPS * share_done())
                bar.update(now - shown)
                shown = now
            yield item
        if bar is not None:
            bar.update(_STEPS - shown)


def batches_with_progress(label: str) -> Callable[[Any], Iterator[Any]]:
    """Return a function that yields the items of a sized series, and shows how much of them is done.

    Args:
        label: what is being done.
    """

    def shown(items: Any) -> Iterator[Any]:
        done = 0

        def counted() -> Iterator[Any]:
            nonlocal done
            for item in items:
                yield item
                done += 1

        return with_progress(counted(), lambda: done / max(len(items), 1), label, checked_every=1)

    return shown
