"""What people read uses the field's terms and common words: no private ones (see docs/reference/glossary.md)."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

#: Private word -> what to write.
WORDS = {
    r"(?<!there )(?<!there\n)\b(?:is|are|was|were) no\b": "is not a, has no, or there is no",
    r"\b(?:is|are|was) none\b": "is not one, there is none",
    r"\b(?:nobody|somebody)\b": "no one, someone; better: say who",
    r"\bstands?\b": "is, means",
    r"\blies?\b": "is",
    r"\bpass(?:ed|es|ing)? over\b": "is skipped, is ignored",
    r"\banew\b": "again, from scratch; weights: re-initialised",
    r"\bdrawn again\b": "re-initialised",
    r"\btak(?:e|es|en) up\b": "reuses, continues",
    r"\b(?:at hand|to be had)\b": "available",
    r"\bbesides?\b": "next to, and",
    r"\bamong\b": "in, of, one of",
    r"\balike\b": "the same way, both",
    r"\blikewise\b": "the same way, also",
    r"\b(?:thereof|therein|whence|midst|nought)\b": "a common word",
    r"\bforet(?:ell|old)\w*": "predicts",
    r"\bfeasts?\b": "holidays",
    r"\buncut\b": "not split",
    r"\bthinning\b": "word deletion",
    r"\b(?:recall of labels|recalls? labels)\b": "label-name warm start",
    r"\bfacts\b": "data, card data",
    r"\bas for the\b": "repeat what it is",
    r"\bgoes? before\b": "overrides",
}
_PRIVATE = re.compile("|".join(f"(?:{pattern})" for pattern in WORDS), re.IGNORECASE)

#: Code in a page.
_BLOCK = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
#: Files with sentences that users say or that other people wrote: the values and phrases of data.
_DATA = ("modeling_bilstm_nlu/data/values/",)


def _sources() -> list[Path]:
    rooms = ("bilstm_nlu", "modeling_bilstm_nlu", "research", "scripts")
    code = [path for room in rooms for path in (ROOT / room).rglob("*.py")]
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "model_cards/README.md"]
    for room in (
        "docs/explanation",
        "docs/how-to",
        "docs/reference",
        "docs/results",
        "docs/tutorials",
        "modeling_bilstm_nlu/hub",
        "research",
    ):
        pages += (ROOT / room).rglob("*.md")
    recipes = [*(ROOT / "configuration").rglob("*.yaml"), ROOT / "Makefile"]
    kept = [path for path in (*code, *pages, *recipes) if not str(path.relative_to(ROOT)).startswith(_DATA)]
    return sorted(path for path in kept if "checkpoints" not in path.relative_to(ROOT).parts)


def _texts(path: Path) -> Iterator[tuple[int, str]]:
    """Line and text of what a person reads in a file."""
    source = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        yield (
            1,
            re.sub(r"^```.*?^```", lambda block: "\n" * block[0].count("\n"), source, flags=re.DOTALL | re.MULTILINE),
        )
    elif path.suffix == ".py":
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
                yield node.lineno, node.value
    else:
        for number, line in enumerate(source.splitlines(), start=1):
            if "#" in line:
                yield number, line[line.index("#") :]


def private_words(path: Path) -> list[str]:
    """Each private word of a file, with its place."""
    found = []
    for line, text in _texts(path):
        for match in _PRIVATE.finditer(text):
            found.append(f"{path.relative_to(ROOT)}:{line + text[: match.start()].count(chr(10))}: {match[0]!r}")
    return found


@pytest.mark.parametrize("path", _sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_sentences_have_no_private_words(path: Path):
    found = private_words(path)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("text", ["It is no file.", "which is passed\nover", "nobody knows", "the facts of a run"])
def test_private_words_are_found(text: str, tmp_path: Path):
    assert _PRIVATE.search(" ".join(text.split()))


@pytest.mark.parametrize("text", ["There is no file.", "understand", "besieged", "alikeness"])
def test_common_words_are_not(text: str):
    assert not _PRIVATE.search(text)
