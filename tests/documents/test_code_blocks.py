"""Every code block of the README and the documents: it runs, and it prints what the page shows, but for numbers."""

import shutil
from pathlib import Path

import pytest

from bilstm_nlu.errors import NluError
from bilstm_nlu.normalisation import is_installed
from research.documents import Block, Documents, PageRun, differing, document_pages, fill_page, read_blocks

ROOT = Path(__file__).resolve().parents[2]
PAGES = [path.relative_to(ROOT).as_posix() for path in document_pages(ROOT)]
BLOCKS = [block for page in document_pages(ROOT) for block in read_blocks(page, ROOT)]
#: Pages that start processes of their own, which each load torch.
_SLOW = {"docs/tutorials/fleet.md", "docs/tutorials/hub.md"}
WITH_BLOCKS = [
    pytest.param(name, marks=[pytest.mark.slow] * (name in _SLOW))
    for name in PAGES
    if any(block.page == name and block.is_done_here for block in BLOCKS)
]


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Documents:
    return Documents(ROOT, tmp_path_factory.mktemp("documents"))


@pytest.mark.parametrize("name", WITH_BLOCKS)
@pytest.mark.skipif(not is_installed(), reason="the pages read dates with the extra normalise")
def test_a_page_shows_what_its_code_prints(name: str, documents: Documents):
    text = (ROOT / name).read_text("utf-8")
    if "curl " in text and shutil.which("curl") is None:
        pytest.skip("no curl")
    for block, steps in documents.run(name):
        for step in steps:
            assert not step.is_old, (
                f"{block.place}: run python scripts/write_documents.py {name}\n"
                f"--- shown ---\n{step.output}--- now ---\n{step.now}"
            )


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.place)
def test_every_block_is_tested(block: Block):
    assert block.test is not None, (
        f"{block.place}: name its language, or its file with title=; or say why it is not run"
    )
    if block.runner is not None:
        assert (ROOT / block.runner).is_file()


def test_reasons_say_what_is_missing():
    for block in BLOCKS:
        if block.reason is not None:
            assert block.reason.startswith(("it ", "a person ", "the extra ", "the command ")), block.place


def page(folder: Path, text: str) -> Path:
    path = folder / "page.md"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_kinds_of_blocks(tmp_path: Path):
    text = """
```console
$ echo one
one
```

<!-- not run: it needs a hub -->
```bash
exit 1
```

- a list

  ```csv title="data/a.csv"
  text,intent
  ```

```python
print(open("data/a.csv").read().strip())
```

```text
text,intent
```

<!-- run by: tests/test_readme.py -->
```python
raise
```

```json
{}
```

```
no language
```
"""
    blocks = read_blocks(page(tmp_path, text), tmp_path)
    kinds = ["run", "commands", "written", "run", "compared", "elsewhere", "parsed", None]
    assert [block.test for block in blocks] == kinds
    assert [block.line for block in blocks[:2]] == [2, 8] and blocks[1].reason == "it needs a hub"
    with PageRun(tmp_path / "run") as run:
        (tmp_path / "run").mkdir()
        shown = [step for block in blocks if block.is_done_here for step in run.run(block)]
    assert len(shown) == 2 and not any(step.is_old for step in shown)
    assert (tmp_path / "run" / "data" / "a.csv").read_text("utf-8") == "text,intent\n"


@pytest.mark.parametrize(
    "text, culprit",
    [
        ("```bash\nfalse\n```\n", "`false`"),
        ("<!-- fails -->\n```console\n$ true\n```\n", "`true`"),
        ("```console\n$ bilstm-nlu parse text --model nowhere\n```\n", "nowhere"),
        ("```json\n{\n```\n", "page.md:1"),
        ("```csv\na,b\nc\n```\n", "page.md:1"),
        ("```yaml\na: [\n```\n", "page.md:1"),
    ],
)
def test_a_block_that_fails_is_named(tmp_path: Path, text: str, culprit: str):
    page(tmp_path, text)
    with pytest.raises(NluError, match=culprit):
        Documents(tmp_path, tmp_path / "scratch").run("page.md")


def test_a_page_starts_where_another_one_ends(tmp_path: Path):
    (tmp_path / "first.md").write_text("```bash\necho 1 >> runs.txt\n```\n", encoding="utf-8")
    page(tmp_path, "<!-- starts from: first.md -->\n\n```console\n$ cat runs.txt\n1\n```\n")
    documents = Documents(tmp_path, tmp_path / "scratch")
    documents.run("first.md")
    ((_, (step,)),) = documents.run("page.md")
    assert step.now == "1\n" and not step.is_old


@pytest.mark.parametrize(
    "shown, now, differs",
    [
        ("scores 91.0 %\n", "scores  5 %\n\n", False),
        ("next: parse 'a b'\n", "next: parse 'c'\n", False),
        ('{"revision":"0332adc937c9"}\n', '{"revision":"aadc937c9f01"}\n', False),
        ("a\n...\nd\n", "a\nb\nc\nd\n", False),
        ("a\n...\nd\n", "a\nd\n", False),
        ("a\n...\nd\n", "a\nb\n", True),
        ("WaterZone 1.0\n", "StopWatering 1.0\n", True),
        ("", "a\n", True),
    ],
)
def test_numbers_and_gaps_do_not_count(shown: str, now: str, differs: bool):
    assert differing(shown, now) is differs


def test_output_is_filled_in(tmp_path: Path):
    text = (
        "```console\n$ echo one\ntwo\n\n$ echo 5\n4\n\n$ echo new\n```\n\n```python\nprint('x')\n```\n\n```text\n```\n"
    )
    path = page(tmp_path, text)
    assert fill_page(Documents(tmp_path, tmp_path / "scratch"), "page.md") == 2
    filled = path.read_text("utf-8")
    assert "$ echo one\none\n\n$ echo 5\n4\n\n$ echo new\n```" in filled and "```text\nx\n```" in filled
    assert fill_page(Documents(tmp_path, tmp_path / "again"), "page.md", empty_too=True) == 1
    assert "$ echo new\nnew\n```" in path.read_text("utf-8")


def test_a_shortened_command_is_not_shown(tmp_path: Path):
    page(tmp_path, "<!-- with: 60 -> 2 -->\n```console\n$ echo steps 60\nsteps 60\n```\n")
    short = Documents(tmp_path, tmp_path / "short").run("page.md")[0][1][0]
    whole = Documents(tmp_path, tmp_path / "whole", whole=True).run("page.md")[0][1][0]
    assert (short.command, short.now, whole.now) == ("echo steps 60", "steps 2\n", "steps 60\n")
