"""The site of the documents: it builds without a broken link, fetches nothing from elsewhere, and can be searched."""

import json
import re
import shutil
from pathlib import Path

import pytest

pytest.importorskip("mkdocs", reason="no mkdocs: pip install -e .[docs]")
pytest.importorskip("material", reason="no mkdocs-material: pip install -e .[docs]")
pytest.importorskip("mkdocstrings", reason="no mkdocstrings: pip install -e .[docs]")

from mkdocs.commands.build import build  # noqa: E402
from mkdocs.config import load_config  # noqa: E402
from mkdocs.exceptions import Abort  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


def build_site(folder: Path, docs: Path = DOCS, **settings: object) -> Path:
    """Build the site strictly: a warning is an error."""
    config = load_config(str(ROOT / "mkdocs.yml"), docs_dir=str(docs), site_dir=str(folder), strict=True, **settings)
    config.plugins.on_startup(command="build", dirty=False)
    build(config)
    return folder


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    patch = pytest.MonkeyPatch()
    patch.chdir(ROOT)
    try:
        return build_site(tmp_path_factory.mktemp("site") / "site")
    finally:
        patch.undo()


def test_every_page_is_on_the_site(site: Path):
    for page in DOCS.rglob("*.md"):
        path = page.relative_to(DOCS)
        name = "index.html" if path.name == "README.md" else f"{path.stem}.html"
        assert (site / path.parent / name).is_file()
        assert (site / path).read_text("utf-8") == page.read_text("utf-8"), "programs read the sources"
    assert (site / "llms.txt").is_file() and (site / "project" / "CONTRIBUTING.html").is_file()


def test_nothing_comes_from_elsewhere(site: Path):
    for path in site.rglob("*.html"):
        html = path.read_text("utf-8")
        found = re.findall(
            r"<(?:script|link|img|iframe|source|video|audio)\b[^>]*?\b(?:src|href|srcset)=\"?([^\"\s>]+)", html
        )
        foreign = [url for url in found if re.match(r"(?:https?:)?//", url)]
        assert not foreign, f"{path.relative_to(site)}: {foreign}"
    for path in site.rglob("*.css"):
        assert not re.search(r"url\(\s*[\"']?(?:https?:)?//|@import", path.read_text("utf-8")), path.name


def test_the_search_works_from_the_disk(site: Path):
    text = (site / "search" / "search_index.js").read_text("utf-8")
    index = json.loads(text.removeprefix("var __index = "))
    assert any("wrongly rejected" in entry["text"].lower() for entry in index["docs"])
    assert "assets/iframe-worker.js" in (site / "index.html").read_text("utf-8")


def test_the_reference_shows_docstrings(site: Path):
    html = (site / "reference" / "python.html").read_text("utf-8")
    assert 'id="bilstm_nlu.load"' in html and ":::" not in html
    assert "Neither torch nor transformers is loaded" in html


def test_code_keeps_its_links_and_blocks(site: Path):
    html = (site / "tutorials" / "csv.html").read_text("utf-8")
    assert "[roses](zone)" in re.sub(r"<[^>]+>", "", html) and "\0" not in html


@pytest.mark.parametrize("link", ["[x](no_such_page.md)", "[x](other.md#no-such-heading)", "[x](../nowhere.py)"])
def test_a_broken_link_is_an_error(tmp_path: Path, link: str):
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "README.md").write_text(f"# Start\n\n{link}\n", encoding="utf-8")
    (docs / "other.md").write_text("# Other\n", encoding="utf-8")
    with pytest.raises(Abort):
        build_site(tmp_path / "site", docs, plugins=[], hooks=[], nav=["README.md", "other.md"], extra_css=[])


@pytest.fixture(scope="module")
def small_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of two pages, with the settings and the style of the real one."""
    folder = tmp_path_factory.mktemp("small")
    (folder / "docs").mkdir()
    shutil.copytree(DOCS / "assets", folder / "docs" / "assets")
    shutil.copy(DOCS / "explanation" / "network.svg", folder / "docs")
    (folder / "docs" / "README.md").write_text(
        "# Start\n\n![net](network.svg)\n\n```console\n$ bilstm-nlu parse one\none\n\n$ bilstm-nlu parse two\n```\n",
        "utf-8",
    )
    (folder / "docs" / "other.md").write_text("# Other\n\nThe threshold decides.\n", "utf-8")
    pages = ["README.md", "other.md"]
    return build_site(folder / "site", folder / "docs", plugins=["search", "offline"], hooks=[], nav=pages)


@pytest.mark.slow
def test_the_search_finds_pages_in_a_browser_without_a_network(small_site: Path):
    from chromium import open_chromium, take_picture

    with open_chromium() as browser:
        for width, scheme in ((1280, "light"), (390, "dark")):
            context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
            page = context.new_page()
            asked: list[str] = []
            page.on("request", lambda request, asked=asked: asked.append(request.url))
            page.goto((small_site / "index.html").as_uri())
            assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
            take_picture(page, f"docs-{scheme}-{width}")
            page.locator("label.md-header__button[for=__search]" if width < 500 else ".md-search__input").click()
            page.locator(".md-search__input").press_sequentially("threshold", delay=20)
            page.locator(".md-search-result__item").first.wait_for()
            assert not [url for url in asked if not url.startswith(("file:", "data:", "blob:"))]
            context.close()


@pytest.mark.slow
def test_a_console_block_is_copied_without_what_it_prints(small_site: Path):
    from chromium import open_chromium

    with open_chromium() as browser:
        context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
        page = context.new_page()
        page.goto((small_site / "index.html").as_uri())
        block = page.locator(".language-console").first
        block.hover()
        block.locator("button").first.click()
        copied = page.evaluate("navigator.clipboard.readText()")
        assert [line for line in copied.splitlines() if line] == ["bilstm-nlu parse one", "bilstm-nlu parse two"]
