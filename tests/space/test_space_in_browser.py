"""The page in a real browser: it answers, it can be switched to another checkpoint, and nothing typed into it acts.

It needs the extra `space` and a Chromium (see chromium.py). BILSTM_NLU_SPACE_PYTHON names another interpreter to run
the Space with, such as that of an environment with `scripts/space/requirements.txt`.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from chromium import open_chromium, playwright, take_picture

pytestmark = pytest.mark.slow

EXAMPLES = ["play hey jude", "make the kitchen brighter"]
ATTACK = "<img src=x onerror=\"window.owned='text'\">"
_START = 180  # seconds; a busy machine imports torch, transformers and gradio slowly


def find_python() -> str:
    python = os.environ.get("BILSTM_NLU_SPACE_PYTHON")
    if python is None and find_spec("gradio") is None:
        pytest.skip("no gradio: pip install -e .[space], or name an interpreter in BILSTM_NLU_SPACE_PYTHON")
    return python or sys.executable


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def browser() -> Iterator["playwright.BrowserContext"]:
    with open_chromium() as found:
        yield found.new_context(
            viewport={"width": 1100, "height": 900}
        )  # one for all tests, so that it caches the scripts


@pytest.fixture(scope="module")
def url(
    browser: object,
    space: Path,
    toy_checkpoint: Path,
    hostile_checkpoint: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """Where the Space is served from a copy of its folder, with two checkpoints."""
    python = find_python()
    home = tmp_path_factory.mktemp("space")
    folder = Path(shutil.copytree(space, home / "space", ignore=shutil.ignore_patterns("__pycache__")))
    checkpoints = [
        {"model": str(toy_checkpoint), "examples": EXAMPLES},
        {"model": str(hostile_checkpoint), "examples": [ATTACK, "</script><script>window.owned='example'</script>"]},
    ]
    (folder / "checkpoints.json").write_text(json.dumps(checkpoints))
    port = free_port()
    passed_over = ("BILSTM_", "GRADIO_", "HF_", "PYTHON")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(passed_over)}
    environment |= {"GRADIO_SERVER_PORT": str(port), "HF_HOME": str(home), "HF_HUB_OFFLINE": "1"}
    with (home / "log").open("w") as log:
        command = [python, str(folder / "app.py")]
        process = subprocess.Popen(command, env=environment, cwd=home, stdout=log, stderr=subprocess.STDOUT)
    try:
        end = time.monotonic() + _START
        while not is_up(f"http://127.0.0.1:{port}/"):
            assert process.poll() is None and time.monotonic() < end, (home / "log").read_text()
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.wait(30)


def is_up(url: str) -> bool:
    try:
        return urllib.request.urlopen(url, timeout=5).status == 200
    except OSError:
        return False


@pytest.fixture
def page(browser: "playwright.BrowserContext", url: str) -> Iterator["playwright.Page"]:
    """The page, loaded; at the end no other server was asked, no dialog opened, nothing run that was given to it."""
    page = browser.new_page()
    page.set_default_timeout(60_000)
    events: list[str] = []
    page.on("request", lambda request: request.url.startswith((url, "data:", "blob:")) or events.append(request.url))
    page.on("dialog", lambda dialog: (events.append(dialog.message), dialog.dismiss()))
    page.on("pageerror", lambda error: events.append(str(error)))
    page.goto(url)
    page.locator("#slots .token").first.wait_for()  # the first example, parsed
    yield page
    assert page.evaluate("window.owned") is None
    assert events == []
    page.close()


def parse(page: "playwright.Page", text: str) -> None:
    """Type a text, press Enter, wait for the answer."""
    box = page.locator("#utterance").get_by_role("textbox")
    box.fill(text)
    box.press("Enter")
    shown = " ".join(text.split())
    page.wait_for_function(
        "text => [...document.querySelectorAll('#slots .text')].map(e => e.textContent).join('')"
        ".replace(/\\s+/g, ' ').trim() === text",
        arg=shown,
    )


def choose(page: "playwright.Page", name: str) -> None:
    page.get_by_role("combobox", name="Checkpoint").click()
    page.get_by_role("option", name=name).click()


def test_it_answers(page: "playwright.Page"):
    assert page.locator("#utterance").get_by_role("textbox").input_value() == EXAMPLES[0]
    parse(page, "switch on the light in the Living Room")
    intent = page.locator("#intent")
    playwright.expect(intent.get_by_test_id("label-output-value")).to_have_text("light")
    assert intent.get_by_role("meter").count() == 2
    marked = page.locator("#slots .token.highlighted")
    assert marked.locator(".text").inner_text() == "Living Room" and marked.locator(".label").inner_text() == "room"
    cells = page.locator("#table").get_by_role("gridcell")
    playwright.expect(cells.filter(has_text="27\u201338")).to_be_visible()
    assert [text.strip() for text in cells.all_inner_texts()] == ["room", "Living Room", "27\u201338", "living room"]
    playwright.expect(page.locator("#speed")).to_contain_text("ms on one CPU core")
    page.get_by_text("The frame as JSON").click()
    playwright.expect(page.locator("#frame")).to_contain_text('"resolved"')
    take_picture(page, "answer")


def test_an_example_is_a_click_away(page: "playwright.Page"):
    page.locator("#examples").get_by_text(EXAMPLES[1]).click()
    playwright.expect(page.locator("#slots .token.highlighted .label")).to_have_text("room")
    assert page.locator("#utterance").get_by_role("textbox").input_value() == EXAMPLES[1]


def test_a_text_without_words_has_no_intent(page: "playwright.Page"):
    box = page.locator("#utterance").get_by_role("textbox")
    box.fill(" ")
    page.get_by_role("button", name="Parse").click()
    playwright.expect(page.locator("#speed")).to_have_text("No words, no intent.")
    playwright.expect(page.locator("#table")).to_be_hidden()


def test_nothing_that_is_typed_acts(page: "playwright.Page"):
    for text in (ATTACK, "play </script><script>window.owned=1</script>", "play ${window.owned=1} {{1+1}} **x** $y$"):
        parse(page, text)
    assert page.locator("#slots img, #table img, #frame img").count() == 0


def test_nothing_that_a_checkpoint_says_acts(page: "playwright.Page"):
    page.get_by_text("What this checkpoint knows").click()
    playwright.expect(page.locator("#labels")).to_contain_text("2 slot types")
    choose(page, "hostile")
    playwright.expect(page.locator("#labels")).to_contain_text("5 slot types")
    playwright.expect(page.locator("#examples")).to_contain_text("<img src=x")
    parse(page, "attack on words")
    playwright.expect(page.locator("#slots .token.highlighted")).to_have_count(3)
    playwright.expect(page.locator("#table").get_by_role("gridcell").filter(has_text="(id </script>")).to_be_visible()
    for place in ("#labels", "#intent", "#slots", "#table", "#examples"):
        assert page.locator(f"{place} :is(img, script, a, b)").count() == 0, place
    playwright.expect(page.locator("#labels")).to_contain_text("${window.owned='template'}")
    take_picture(page, "hostile")


def test_programs_get_the_same_frame_and_a_clear_refusal(url: str):
    def ask(*data: object) -> str:
        request = urllib.request.Request(
            f"{url}gradio_api/call/parse",
            json.dumps({"data": data}).encode(),
            {"Content-Type": "application/json"},
        )
        event = json.load(urllib.request.urlopen(request, timeout=60))["event_id"]
        return urllib.request.urlopen(f"{url}gradio_api/call/parse/{event}", timeout=60).read().decode()

    answer = ask("toy-checkpoint", "play hey\njude \ud800")
    frame = json.loads(answer.partition("data: ")[2])[0]
    assert frame["intent"] == "play" and frame["text"] == "play hey jude \ufffd"
    assert frame["slots"][0] | {"resolved": None} == {
        "slot_type": "song", "value": "hey jude", "start": 5, "end": 13, "resolved": None
    }  # fmt: skip
    for data in (("../../etc", "play"), ("toy-checkpoint", "x" * 501), ("toy-checkpoint", 7), (None, None), ({}, [])):
        refusal = ask(*data)
        assert "event: error" in refusal and "Traceback" not in refusal and "/" not in refusal, data
    assert "500 characters" in ask("toy-checkpoint", "x" * 501)
