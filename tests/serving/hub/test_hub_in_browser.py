"""The pages in a real browser: they look right, ask nobody else, and run nothing that was pushed to them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import open_chromium, playwright, take_picture
from running_hub import RunningHub
from tiny_models import save

pytestmark = pytest.mark.slow

ATTACK = "<script>owned = 1</script><img src=x onerror='owned = 2'><svg onload='owned = 3'></svg>"
CARD = f"""---
license: cc-by-4.0
base_model: acme/shown
tags: ["{ATTACK}"]
---
# A card
{ATTACK}

[a link](javascript:owned=4) ![curve](curve.svg) ![other](https://elsewhere.example/x.png) and *{ATTACK}*

<a href="javascript:owned=5">click</a> <style>body {{ display: none }}</style>
"""
CURVE = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><script>parent.owned = 6</script></svg>'


@pytest.fixture(scope="module")
def browser() -> Iterator["playwright.Browser"]:
    with open_chromium() as found:
        yield found


def test_pages_are_shown_and_run_nothing(hub: RunningHub, browser: "playwright.Browser"):
    hub.create("acme/shown")
    files = {"README.md": CARD, "curve.svg": CURVE, "page.html": ATTACK, "notes/x.md": ATTACK}
    assert hub.commit("models/acme/shown", files, summary=ATTACK).status == 200
    hub.ask("POST", "/api/models/acme/shown/discussions", {"title": ATTACK, "description": ATTACK}, token="eve")
    page = browser.new_page(viewport={"width": 1100, "height": 900})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: dialog.dismiss())
    tabs = ["", "/tree/main", "/tree/main/notes", "/blob/main/notes/x.md", "/blob/main/page.html", "/commits/main"]
    tabs += ["/discussions", "/discussions/1", "/resolve/main/curve.svg", "/resolve/main/README.md"]
    for number, tab in enumerate(tabs):
        page.goto(f"{hub.url}/acme/shown{tab}")
        assert page.evaluate("window.owned") is None, tab
        if not tab.endswith(".svg"):
            assert page.locator("body").is_visible()
            take_picture(page, f"hub-{number}")
    page.goto(f"{hub.url}/acme/shown")
    assert page.locator("h1", has_text="A card").is_visible() and page.locator("nav a").count() == 6
    assert page.locator("img[alt=curve]").evaluate("image => image.naturalWidth") == 40
    assert page.locator("header").evaluate("header => getComputedStyle(header).display") == "flex", "the style sheet"
    assert page.locator(".card a", has_text="click").get_attribute("href") is None
    page.locator("aside a", has_text="acme/shown").click()
    assert page.url == f"{hub.url}/acme/shown"
    page.locator("nav a", has_text="Files").click()
    page.locator("a", has_text="notes/").click()
    page.locator("a", has_text="x.md").click()
    assert page.locator("pre").inner_text().startswith("<script>")
    page.locator("input").fill("shown")
    page.locator("input").press("Enter")
    assert page.locator("ul.repos a").all_inner_texts() == ["acme/shown"]
    assert {url for url in asked if not url.startswith(hub.url)} == set(), "nobody else is asked"
    page.close()


def test_no_page_has_a_serious_finding(hub: RunningHub, browser: "playwright.Browser", tmp_path: Path):
    pages = pytest.importorskip("research.web_pages", reason="no axe-core: pip install -e .[browser]")
    hub.create("acme/garden")
    card = "# Garden\n\n| a | b |\n|---|---|\n| [link](x) | `code` |\n\n```\n" + "long " * 60 + "\n```\n"
    for kind in ("decision", "several intents"):
        save(kind, tmp_path / kind)
        files = {path.name: path.read_bytes() for path in (tmp_path / kind).iterdir()}
        assert hub.commit("models/acme/garden", {**files, "README.md": f"{card}{kind}"}).status == 200
    hub.ask("POST", "/api/models/acme/garden/discussions", {"title": "Why", "description": "*So*"}, token="eve")
    visit = pages.Visit()
    pages.visit_hub(visit, browser, hub.url, "play some jazz in the living room", views=pages.TWO_VIEWS)
    assert visit.summary() | {"views": 0} == {
        "serious": 0, "pages": 10, "views": 0, "foreign_requests": 0, "script_errors": 0, "findings": []
    }  # fmt: skip
