"""The output that a page shows, compared with that of now."""

import re
from typing import NamedTuple

from ..readme import masked

__all__ = ["Shown", "differing", "steps_of"]

#: A line of shown output that means any number of lines.
_GAP = "..."


class Shown(NamedTuple):
    """A command, the output that a page shows, and the output of now."""

    command: str
    output: str
    now: str

    @property
    def is_old(self) -> bool:
        """Whether the page shows an output, or a Python block prints one, and it is not that of now."""
        return bool(self.output or not self.command) and differing(self.output, self.now)


def differing(shown: str, now: str) -> bool:
    """Whether an output differs from the shown one in more than numbers, quoted sentences and spaces.

    Args:
        shown: what a page shows; a line `...` means any number of lines.
        now: what was printed.
    """
    parts = [re.escape(_plain(part)) for part in re.split(rf"^ *{re.escape(_GAP)}\n", shown, flags=re.MULTILINE)]
    return re.fullmatch(r"(?:.*\n)*?".join(parts), _plain(now)) is None


def _plain(text: str) -> str:
    """A text without what may differ: numbers, hashes, quoted sentences, spaces and empty lines."""
    text = masked(re.sub(r"\b(?=\w*\d)[0-9a-f]{7,64}\b", "#", text))
    return "".join(f"{' '.join(line.split())}\n" for line in text.splitlines() if line.strip())


def steps_of(text: str) -> list[tuple[str, str]]:
    """(command, shown output) of a console block."""
    steps: list[tuple[str, str]] = []
    for line in text.splitlines(keepends=True):
        if line.startswith("$ "):
            steps.append((line[2:].strip(), ""))
        elif steps:
            command, output = steps[-1]
            steps[-1] = (command, output + line)
    return steps
