"""Hooks of MkDocs for the site of the documents: it also has what they link to outside `docs`.

MkDocs loads this file by its path (`hooks` in `mkdocs.yml`).
"""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[2]
#: Where the site has what is outside `docs`.
_PROJECT = PurePosixPath("project")
_LINK = re.compile(r"(?<!\\)(\[[^\]\[]*\])\(((?!\w+:|#)[^)\s#]+)((?:#[^)\s]*)?)\)")
_CODE = re.compile(r"^ *```.*?^ *```|`[^`\n]*`", re.DOTALL | re.MULTILINE)


def on_files(files: Files, config: Any) -> Files:
    """Add what the pages link to outside `docs`, and what those pages link to in turn."""
    waiting = [PurePosixPath("docs", file.src_uri) for file in files.documentation_pages()]
    seen = set(waiting)
    while waiting:
        for target in _outside(waiting.pop()):
            if target not in seen:
                seen.add(target)
                uri = str(_PROJECT / target)
                files.append(File.generated(config, uri, abs_src_path=str(ROOT / target)))
                waiting += [target] * (target.suffix == ".md")
    for file in files:
        if file.src_uri.startswith(f"{_PROJECT}/"):
            file.inclusion = file.inclusion.NOT_IN_NAV
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Let links to files outside `docs` point to their copies on the site."""
    own = _repository_path(page.file.src_uri)

    def moved(found: re.Match[str]) -> str:
        target = _joined(own, found[2])
        here = PurePosixPath(page.file.src_uri).parent
        return f"{found[1]}({os.path.relpath(_site_path(target), here)}{found[3]})"

    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(found[0])
        return f"\0{len(kept) - 1}\0"

    text = _LINK.sub(moved, _CODE.sub(keep, markdown))
    while "\0" in text:  # a block can have pieces of code in it
        text = re.sub(r"\0(\d+)\0", lambda found: kept[int(found[1])], text)
    return text


def on_post_build(config: Any) -> None:
    """Copy the sources of the pages next to them: `llms.txt` names them, and programs read them more easily."""
    docs, site = Path(config.docs_dir), Path(config.site_dir)
    for path in docs.rglob("*.md"):
        target = site / path.relative_to(docs)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def _outside(page: PurePosixPath) -> Iterator[PurePosixPath]:
    """The files outside `docs` that a page links to."""
    text = _CODE.sub("", (ROOT / page).read_text("utf-8"))
    for found in _LINK.finditer(text):
        target = _joined(page, found[2])
        if target.parts[0] != "docs" and (ROOT / target).is_file():
            yield target


def _joined(page: PurePosixPath, link: str) -> PurePosixPath:
    return PurePosixPath(os.path.normpath(page.parent / link))


def _repository_path(uri: str) -> PurePosixPath:
    path = PurePosixPath(uri)
    return path.relative_to(_PROJECT) if path.is_relative_to(_PROJECT) else PurePosixPath("docs", path)


def _site_path(target: PurePosixPath) -> PurePosixPath:
    return target.relative_to("docs") if target.is_relative_to("docs") else _PROJECT / target
