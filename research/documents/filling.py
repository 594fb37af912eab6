"""Writing the shown output of a page: its commands are run, and what they print now replaces the old output."""

import re
from pathlib import Path

from bilstm_nlu.files import write_text

from .running import Documents
from .shown import Shown

__all__ = ["fill_page"]


def fill_page(documents: Documents, name: str, *, empty_too: bool = False) -> int:
    """Run a page, and write the outputs that differ in more than numbers into it.

    Args:
        documents: the pages.
        name: the path of the page, seen from the checkout.
        empty_too: also write the output of commands that show none.

    Returns:
        The number of blocks that changed.

    Raises:
        NluError: a command of the page failed.
    """
    page: Path = documents.root / name
    text = page.read_text("utf-8")
    changed = 0
    for block, steps in reversed(documents.run(name)):
        if any(step.is_old or (empty_too and not step.output and step.now) for step in steps):
            parts = [_lines_of(step, empty_too=empty_too).rstrip("\n") for step in steps]
            between = "\n\n" if any("\n" in part for part in parts) else "\n"
            lines = f"{between.join(parts)}\n".splitlines(keepends=True)
            indent = re.search(r"( *)```[^\n]*\n\Z", text[: block.start])
            text = (
                text[: block.start]
                + "".join((indent[1] if indent else "") + line for line in lines)
                + text[block.end :]
            )
            changed += 1
    write_text(page, text)
    return changed


def _lines_of(step: Shown, *, empty_too: bool) -> str:
    output = step.now if step.is_old or (empty_too and not step.output) else step.output
    return (f"$ {step.command}\n" if step.command else "") + output
