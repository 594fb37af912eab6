"""The pages of the reference that are made from the code."""

from pathlib import Path

from .commands import render_commands
from .messages import render_messages
from .recipe_keys import render_recipe_keys

__all__ = ["reference_pages"]


def reference_pages(root: Path) -> dict[Path, str]:
    """Path of a page -> its text.

    Args:
        root: the checkout.
    """
    folder = root / "docs" / "reference"
    return {
        folder / "command_line.md": render_commands(),
        folder / "recipe_keys.md": render_recipe_keys(),
        folder / "errors.md": render_messages(root),
    }
