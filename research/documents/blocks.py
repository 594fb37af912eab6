"""The code blocks of the README and the documents, and how each of them is tested.

A comment in the line before a block says what is special about it; readers do not see it:

    <!-- not run: it needs the internet -->    its commands and options are checked, but it is not run
    <!-- with: --steps 60 -> --steps 2 -->     the tests replace the one by the other, to take less time
    <!-- fails -->                             its last command must end with an error, whose message is shown
    <!-- run by: tests/test_readme.py -->      another test runs it; `<!-- example -->`: that of the example

A comment such as `<!-- starts from: docs/tutorials/csv.md -->` anywhere in a page lets its blocks start in the folder
that the blocks of the other page leave.
"""

import re
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Block", "document_pages", "read_blocks", "starting_page"]

#: Where people read documents. The results and the studies have commands that take hours, each with its results.
_FOLDERS = ("tutorials", "how-to", "explanation", "reference")

_FENCE = re.compile(
    r"(?:^<!-- (?P<note>[^\n]*?) -->\n\n?)?"
    r"^(?P<indent> *)```(?P<language>[\w-]*)(?: title=\"(?P<title>[^\"\n]*)\")?[^\n]*\n(?P<text>.*?)^(?P=indent)```$",
    re.DOTALL | re.MULTILINE,
)
_START = re.compile(r"^<!-- starts from: (\S+) -->$", re.MULTILINE)

#: What runs the example of the README.
_EXAMPLE = "tests/research/test_readme_example.py"

#: How blocks of a language are tested.
_RUN = {"bash", "console", "python"}
_PARSED = {"csv", "json", "yaml"}


@dataclass(frozen=True)
class Block:
    """A code block of a page.

    Attributes:
        page: the path of the page, seen from the top of the repository.
        line: the line of the opening fence.
        language: what follows the fence.
        title: the name of the file that the block shows; empty if it has no title.
        note: the comment before the block.
        text: the lines between the fences, without their common indent.
        start: where the text starts in the page, in characters.
        end: where the text ends.
        is_output: whether it shows what the Python block before it prints.
    """

    page: str
    line: int
    language: str
    title: str
    note: str
    text: str
    start: int
    end: int
    is_output: bool = False

    @property
    def place(self) -> str:
        """Page and line, for messages."""
        return f"{self.page}:{self.line}"

    @property
    def reason(self) -> str | None:
        """Why the block is not run; `None` if it is."""
        kind, _, reason = self.note.partition(": ")
        return reason.strip() if kind == "not run" else None

    @property
    def runner(self) -> str | None:
        """The file of tests that runs the block, if it is not the test of its page."""
        kind, _, path = self.note.partition(": ")
        return path if kind == "run by" else _EXAMPLE if kind == "example" else None

    @property
    def shortening(self) -> tuple[str, str]:
        """What is replaced in the test, and by what; equal texts if nothing is."""
        kind, _, change = self.note.partition(": ")
        old, _, new = change.partition(" -> ")
        return (old, new) if kind == "with" else ("", "")

    @property
    def test(self) -> str | None:
        """How the block is tested: `run`, `elsewhere`, `written`, `parsed`, `compared` or `commands`, if it is tested.

        `written` blocks become files that later blocks use, `compared` ones are what a Python block prints, and of
        `commands` only the names and options are checked.
        """
        if self.reason is not None:
            return "commands" if self.reason and self.language in _RUN else None
        if self.runner is not None:
            return "elsewhere"
        if self.language in _RUN:
            return "run"
        if self.title:
            return "written"
        if self.is_output:
            return "compared"
        return "parsed" if self.language in _PARSED else None

    @property
    def is_done_here(self) -> bool:
        """Whether the test of the page runs, writes, parses or compares the block."""
        return self.test in ("run", "written", "parsed", "compared")


def document_pages(root: Path) -> list[Path]:
    """The pages whose blocks are tested: the README, and those of the documents that people learn from.

    Args:
        root: the checkout.
    """
    docs = root / "docs"
    pages = [path for folder in _FOLDERS for path in (docs / folder).rglob("*.md")]
    return [root / "README.md", docs / "README.md", *sorted(pages)]


def read_blocks(page: Path, root: Path) -> list[Block]:
    """The code blocks of a page, in their order.

    Args:
        page: a Markdown file.
        root: the checkout, for the names of pages.
    """
    text = page.read_text("utf-8")
    name = page.relative_to(root).as_posix()
    found: list[Block] = []
    for match in _FENCE.finditer(text):
        indent = match["indent"]
        body = re.sub(rf"^{indent}", "", match["text"], flags=re.MULTILINE) if indent else match["text"]
        fence = match.start("indent")
        found.append(
            Block(
                page=name,
                line=text.count("\n", 0, fence) + 1,
                language=match["language"],
                title=match["title"] or "",
                note=match["note"] or "",
                text=body,
                start=match.start("text"),
                end=match.end("text"),
                is_output=match["language"] == "text" and bool(found) and found[-1].language == "python",
            )
        )
    return found


def starting_page(page: Path) -> str | None:
    """The page in whose folder the blocks of this one start, seen from the top of the repository, if there is one."""
    found = _START.search(page.read_text("utf-8"))
    return found[1] if found else None
