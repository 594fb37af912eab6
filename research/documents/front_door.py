"""What is measured of the documents: pages, tested code blocks, and how easy they are to read."""

from importlib.metadata import version
from pathlib import Path
from typing import Any

import textstat

from ..house import prose_of
from .blocks import document_pages, read_blocks

__all__ = ["measure_documents"]

_COMMAND = "python scripts/measure_front_door.py"


def measure_documents(root: Path) -> dict[str, dict[str, Any]]:
    """Count the pages of the site, the code blocks and those that are tested, and measure how easy the texts are.

    Args:
        root: the checkout.

    Returns:
        Name, such as `docs.code_blocks` -> `value`, `unit` and `command`. `docs.code_blocks_not_run` also has the
        reason of each.
    """
    blocks = [block for page in document_pages(root) for block in read_blocks(page, root)]
    not_run = {block.place: block.reason for block in blocks if block.reason is not None}
    lessons = [root / "README.md", *sorted((root / "docs" / "tutorials").glob("*.md"))]
    ease = {page.relative_to(root).as_posix(): _ease(page) for page in lessons}
    return {
        "docs.pages": _value(len(list((root / "docs").rglob("*.md"))), "pages"),
        "docs.code_blocks": _value(len(blocks), "blocks of README and docs, without results and studies"),
        "docs.code_blocks_tested": _value(sum(block.test is not None for block in blocks), "blocks"),
        "docs.code_blocks_not_run": {
            **_value(len(not_run), "blocks of which only the commands and options are checked"),
            "reasons": not_run,
        },
        "readability.flesch": {
            **_value(min(ease.values()), f"Flesch reading ease of the hardest page (textstat {version('textstat')})"),
            "pages": ease,
        },
    }


def _ease(page: Path) -> float:
    return round(textstat.flesch_reading_ease(prose_of(page.read_text("utf-8"))), 1)


def _value(value: float, unit: str) -> dict[str, Any]:
    return {"value": value, "unit": unit, "command": _COMMAND}
