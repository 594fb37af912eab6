"""Counts the steps of a computation, which are the same on every machine, however busy."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def steps_of(function: Callable[..., Any], *arguments: Any, **options: Any) -> int:
    """The lines of Python that a call runs in this thread, and the functions that it calls, those written in C too."""
    steps = 0

    def on_line(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal steps
        steps += event == "line"
        return on_line

    def on_call(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal steps
        steps += event in ("call", "c_call")

    before = sys.gettrace(), sys.getprofile()
    sys.settrace(on_line)
    sys.setprofile(on_call)
    try:
        function(*arguments, **options)
    finally:
        sys.setprofile(before[1])
        sys.settrace(before[0])
    return steps
