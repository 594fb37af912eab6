"""The page of errors: escaped, without scripts or links to elsewhere, small, and readable for everyone."""

import html
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from chromium import open_chromium, take_picture
from labelled import case

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data.schema import Utterance
from modeling_bilstm_nlu.reports.answers import Answer, Case
from modeling_bilstm_nlu.reports.error_report import ErrorReport, report_errors
from modeling_bilstm_nlu.reports.page import MOST_BYTES, render_page

ATTACK = "<script>owned=1</script><img src=x onerror=owned=1>\"'&{{7*7}}"


def report_of(cases: list[Case], utterances: list[Utterance] = (), **more) -> ErrorReport:  # type: ignore[assignment]
    given = {"model": "runs/lamp", "data": "lamp", "split": "test", "threshold": 0.4, **more}
    return report_errors(cases, checked=(cases[: len(utterances)], utterances), training=utterances, **given)


@pytest.fixture(scope="module")
def hostile() -> str:
    name = ATTACK
    rows = [Utterance(f"{ATTACK} {i}", name, ()) for i in range(3)]
    cases = [Case(row.text, name, (), row.text, Answer("stop", "stop", (), 0.95, True), True) for row in rows]
    cases += [case("play [a](genre)", slots="play a", accepted=False), case("\u202eplay\x00\n it", answer="stop")]
    return render_page(report_of(cases, rows, model=ATTACK, data=ATTACK, notes=[ATTACK]))


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_what_comes_from_data_is_escaped(hostile: str):
    parser = Tags()
    parser.feed(hostile)
    tags = {tag for tag, _ in parser.found}
    assert not tags & {"script", "img", "iframe", "object", "link", "form"} and "49" not in re.sub(
        r"<style.*?</style>", "", hostile, flags=re.DOTALL
    )
    assert html.escape("<script>owned=1</script>") in hostile
    assert not [name for _, values in parser.found for name in values if name.startswith("on")]
    assert "\u202e" not in hostile and "\x00" not in hostile


def test_the_page_needs_nothing_else(hostile: str):
    parser = Tags()
    parser.feed(hostile)
    places = [value for _, values in parser.found for name, value in values.items() if name in ("href", "src")]
    assert places and all(place.startswith("#") for place in places if place)
    ids = {values["id"] for _, values in parser.found if "id" in values}
    assert {place[1:] for place in places if place} <= ids
    assert "url(" not in hostile and "default-src 'none'" in hostile and "prefers-color-scheme: dark" in hostile


def test_a_big_skill_gives_a_small_page_that_says_what_is_left_out():
    long = "word " * 400
    cases = [
        case(
            f"{long}[x](slot{i % 90}) {i}",
            f"intent{i % 300}",
            f"intent{(i + 1 + i // 300) % 300}",
            f"{long}x {i}",
            score=0.99,
        )
        for i in range(3000)
    ]
    cases = [Case(c.text, c.intent, c.spans, c.group, c.answer, True) for c in cases]
    page = render_page(report_of(cases, [Utterance(c.text, c.intent, c.spans) for c in cases]))
    assert len(page.encode()) <= MOST_BYTES and "left out" in page


def test_limits_shrink_until_the_page_is_small_enough(monkeypatch: pytest.MonkeyPatch):
    cases = [case(f"say {i}", answer="stop") for i in range(200)]
    whole = render_page(report_of(cases))
    monkeypatch.setattr("modeling_bilstm_nlu.reports.page.MOST_BYTES", len(whole.encode()) - 1)
    assert len(render_page(report_of(cases)).encode()) < len(whole.encode())


def test_a_perfect_model_and_data_without_some_labels():
    page = render_page(report_of([case("play it"), case("stop", "stop")]))
    assert "No utterance was wrongly accepted" in page and "None was found" in page
    only_slots = case("play [jazz](genre)", intent=None, answer="play")
    assert "this is not known" in render_page(report_of([only_slots], threshold=None))


def test_data_without_labels_is_refused():
    bare = Case("hello", None, None, "hello", Answer("play", "play", (), 0.5, True), False)
    with pytest.raises(DataError, match="lamp"):
        report_of([bare])


def test_one_utterance_is_singular():
    page = render_page(report_of([case("play it", answer="stop")]))
    assert "1 utterance of" in page and "1 of 1 utterance<" in page and "1 utterances" not in page


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1200])
def test_the_page_in_a_browser(hostile: str, tmp_path: Path, scheme: str, width: int):
    (tmp_path / "errors.html").write_text(hostile, encoding="utf-8")
    with open_chromium() as browser:
        page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto((tmp_path / "errors.html").as_uri())
        assert len(asked) == 1, "the page asks for nothing"
        assert page.evaluate("typeof owned") == "undefined"
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing is cut on a phone"
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        closed = page.locator("details:not([open]) > summary").first
        closed.focus()
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.parentElement.open")
        take_picture(page, f"errors-{width}-{scheme}")
