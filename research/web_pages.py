"""Open every page of the server and of the hub in a real browser: what axe-core finds, who is asked, and pictures.

A finding counts if axe-core calls it serious or critical. The pages are opened at two widths, light and dark.
"""

import base64
import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Page

from .browser import opened_browser

__all__ = [
    "ALL_VIEWS",
    "SCHEMES",
    "SMALL_SKILL",
    "TWO_VIEWS",
    "WIDTHS",
    "Visit",
    "axe_findings",
    "fill_hub",
    "make_small",
    "measure",
    "pages_of_hub",
    "running",
    "visit_hub",
    "visit_server",
]

WIDTHS = {"phone": 390, "desk": 1100}
SCHEMES = ("light", "dark")
#: Every width, light and dark; and two of them that have both, for tests.
ALL_VIEWS = tuple((width, scheme) for scheme in SCHEMES for width in WIDTHS)
TWO_VIEWS = (("phone", "dark"), ("desk", "light"))
_HEIGHT = 844
_COUNTED = ("serious", "critical")
_REPO = "acme/garden"
_URL = re.compile(r"http://127\.0\.0\.1:[0-9]+")
#: A little skill that trains in seconds.
SMALL_SKILL = "text,intent\n" + "".join(
    f"{text},{intent}\n"
    for intent, texts in {
        "SwitchOn": ("turn on the [{0}](room) light", "light the [{0}](room) please", "make the [{0}](room) bright"),
        "SwitchOff": ("turn off the [{0}](room) light", "no light in the [{0}](room)", "make the [{0}](room) dark"),
        "Warm": ("heat the [{0}](room)", "make the [{0}](room) warmer", "it is cold in the [{0}](room)"),
    }.items()
    for text in (one.format(room) for one in texts for room in ("kitchen", "bath", "living room", "cellar"))
)


@dataclass
class Visit:
    """What was found on all pages that were opened.

    Attributes:
        pages: how many pages, each counted once.
        views: how often a page was opened: at each width, light and dark.
        findings: the serious and critical findings, each as page, rule, and the start of an element.
        foreign: URLs of other servers that a page asked.
        errors: what scripts of the pages failed with.
    """

    pages: set[str] = field(default_factory=set)
    views: int = 0
    findings: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def summary(self) -> dict[str, Any]:
        """The numbers for a file of results."""
        return {
            "serious": len(self.findings),
            "pages": len(self.pages),
            "views": self.views,
            "foreign_requests": len(self.foreign),
            "script_errors": len(self.errors),
            "findings": sorted(set(self.findings)),
        }

    def look(self, page: Page, name: str, pictures: Path | None = None) -> None:
        """Examine a page that is open, and take a picture of it."""
        across = page.evaluate("innerWidth")
        width = next((name for name, value in WIDTHS.items() if value == across), str(across))
        scheme = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'")
        self.pages.add(name)
        self.views += 1
        self.findings += [f"{name}, {width}, {scheme}: {finding}" for finding in axe_findings(page)]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth + 1"):
            self.findings.append(f"{name}, {width}, {scheme}: wider than the window")
        if pictures is not None:
            pictures.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=pictures / f"{name}-{width}-{scheme}.png", full_page=True)

    def watch(self, page: Page, origin: str) -> None:
        """Write down whom a page asks, and what fails in it."""
        own = (f"{origin}/", "data:", f"blob:{origin}/")
        page.on("request", lambda one: None if one.url.startswith(own) else self.foreign.append(one.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))


def axe_findings(page: Page) -> list[str]:
    """The serious and critical findings of axe-core on a page that is open."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {node['html'][:120]}" for one in found if one["impact"] in _COUNTED for node in one["nodes"]
    ]


@contextmanager
def running(*arguments: str, folder: Path) -> Iterator[str]:
    """A subcommand of `bilstm-nlu` that serves on a free port; gives its URL.

    Args:
        arguments: of the command.
        folder: where it runs, and where its log is written.
    """
    command = [sys.executable, "-m", "bilstm_nlu", *arguments, "--port", "0"]
    root = str(Path(__file__).resolve().parents[1])
    environment = os.environ | {"PYTHONPATH": root, "PYTHONUNBUFFERED": "1"}
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        assert process.stdout is not None
        found = next((match for line in process.stdout if (match := _URL.search(line))), None)
        if found is None:
            raise RuntimeError((folder / "server.log").read_text())
        yield found[0]
    finally:
        process.terminate()
        process.wait(30)


def fill_hub(url: str, revisions: Sequence[Path]) -> None:
    """Commit the folders of models to one repository of a hub without tokens, one after another."""
    owner, _, name = _REPO.partition("/")
    _post(f"{url}/api/repos/create", json.dumps({"organization": owner, "name": name}).encode())
    for number, folder in enumerate(revisions):
        lines: list[dict[str, Any]] = [{"key": "header", "value": {"summary": f"Model {number + 1}"}}]
        for path in sorted(path for path in folder.iterdir() if path.is_file()):
            content = base64.b64encode(path.read_bytes()).decode()
            lines.append({"key": "file", "value": {"path": path.name, "content": content, "encoding": "base64"}})
        _post(f"{url}/api/models/{_REPO}/commit/main", b"".join(json.dumps(line).encode() + b"\n" for line in lines))


def _post(url: str, body: bytes) -> None:
    request = urllib.request.Request(url, body, {"Authorization": "Bearer local"})
    urllib.request.urlopen(request, timeout=60).close()


def pages_of_hub(url: str, text: str) -> dict[str, str]:
    """The pages of a hub that `fill_hub` has filled, by names for pictures."""
    repo = f"{url}/{_REPO}"
    return {
        "hub-models": url,
        "hub-card": repo,
        "hub-try": f"{repo}/try?text={quote(text)}",
        "hub-compare": f"{repo}/compare",
        "hub-files": f"{repo}/tree/main",
        "hub-file": f"{repo}/blob/main/config.json",
        "hub-commits": f"{repo}/commits/main",
        "hub-commit": f"{repo}/commit/main",
        "hub-discussions": f"{repo}/discussions",
        "hub-refusal": f"{url}/acme/missing",
    }


def visit_hub(
    visit: Visit,
    browser: Browser,
    url: str,
    text: str,
    pictures: Path | None = None,
    *,
    views: Sequence[tuple[str, str]] = ALL_VIEWS,
) -> None:
    """Open all pages of a hub, in some views."""
    for page in _opened(browser, views):
        visit.watch(page, url)
        for name, place in pages_of_hub(url, text).items():
            page.goto(place)
            visit.look(page, name, pictures)


def visit_server(
    visit: Visit,
    browser: Browser,
    url: str,
    text: str,
    pictures: Path | None = None,
    *,
    views: Sequence[tuple[str, str]] = ALL_VIEWS,
    after: Callable[[Page], None] | None = None,
) -> None:
    """Open all pages of a server, in some views; once, a small skill is trained on the page.

    Args:
        visit: where findings go.
        browser: the browser.
        url: of the server, which lets people train.
        text: a text to type.
        pictures: folder for pictures.
        views: width and scheme of each.
        after: called with the page once a model was trained on it.
    """
    for number, page in enumerate(_opened(browser, views)):
        visit.watch(page, url)
        page.goto(url)
        page.locator("#about").get_by_text("intent").wait_for()
        page.fill("#text", text)
        page.press("#text", "Enter")
        page.locator("#answer .verdict").first.wait_for()
        visit.look(page, "page", pictures)
        page.goto(f"{url}/docs")
        visit.look(page, "docs", pictures)
        if number == 0:
            page.set_default_timeout(300_000)
            page.goto(url)
            page.fill("#pasted", SMALL_SKILL)
            page.get_by_role("button", name="Check the data").click()
            page.locator("#train:visible, #own-trouble:visible").first.wait_for()
            page.locator("#train").click()
            page.locator("#stop").wait_for(state="visible")
            page.locator("#stop").wait_for(state="hidden")
            for width, scheme in views:
                page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
                page.set_viewport_size({"width": WIDTHS[width], "height": _HEIGHT})
                visit.look(page, "trained", pictures)
            if after is not None:
                after(page)


def _opened(browser: Browser, views: Sequence[tuple[str, str]]) -> Iterator[Page]:
    """A new page in each view."""
    for width, scheme in views:
        context = browser.new_context(
            viewport={"width": WIDTHS[width], "height": _HEIGHT},
            color_scheme="dark" if scheme == "dark" else "light",
        )
        yield context.new_page()
        context.close()


def measure(models: Sequence[Path], text: str, scratch: Path, pictures: Path | None = None) -> dict[str, Any]:
    """Open all pages, and count what is wrong with them.

    Args:
        models: revisions of a model, the oldest first; the server serves the last one.
        text: a text that the model understands.
        scratch: an empty folder.
        pictures: folder for pictures of all pages.

    Raises:
        RuntimeError: there is no Chromium.
    """
    visit = Visit()
    with opened_browser() as browser:
        if browser is None:
            raise RuntimeError("there is no Chromium; `make browser` installs one")
        with running("serve", f"garden={models[-1].resolve()}", "--train", folder=scratch) as url:
            visit_server(visit, browser, url, text, pictures)
        with running("hub", "serve", "--root", "hub", folder=scratch) as url:
            fill_hub(url, models)
            visit_hub(visit, browser, url, text, pictures)
    return visit.summary()


def make_small(pictures: Path, out: Path, wanted: Mapping[str, int]) -> list[Path]:
    """Write some pictures as small WebP files.

    Args:
        pictures: folder of the pictures.
        out: folder for the small ones.
        wanted: name without suffix -> pixels of its height to keep, from the top.
    """
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for name, height in wanted.items():
        with Image.open(pictures / f"{name}.png") as picture:
            cut = picture.crop((0, 0, picture.width, min(height, picture.height)))
            written.append(out / f"{name}.webp")
            cut.save(written[-1], quality=82, method=6)
    return written
