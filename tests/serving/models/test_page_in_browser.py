"""The page in a real browser: it answers by keyboard, nothing given to it acts, and it asks nobody else.

No view of it has a serious finding of axe-core.

It needs the extra `browser` and a Chromium (see chromium.py).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from chromium import open_chromium, playwright, take_picture
from running_server import RunningServer
from tiny_models import TOKENIZER, save

from bilstm_nlu.serving.models import Limits, ServerSettings, TrainingLimits
from modeling_bilstm_nlu import BiLstmNluConfig, BiLstmNluForIntentAndSlots
from modeling_bilstm_nlu.catalogs_bilstm_nlu import SlotCatalogs

pytestmark = pytest.mark.slow

HOSTILE = (
    "<img src=x onerror=\"window.owned='label'\">",
    "</script><script>window.owned='script'</script>",
    "${window.owned='template'}{{constructor.constructor('window.owned=1')()}}",
    "[click](javascript:window.owned=1) ![x](http://198.51.100.1/x.png) <b>bold</b>",
    "\u202eright to left\u202c end",
)
ATTACK = "<img src=x onerror=\"window.owned='text'\">"


def save_hostile(folder: Path) -> None:
    """Write a checkpoint whose labels, values and ids attack the page; it marks every word of a text as a slot."""
    sizes = dict.fromkeys(("vocabulary_size", "ngram_buckets"), 64) | dict.fromkeys(("word_dim", "ngram_dim"), 4)
    sizes |= dict.fromkeys(("shared_hidden", "slot_hidden", "intent_hidden"), 4)
    torch.manual_seed(0)
    model = BiLstmNluForIntentAndSlots(BiLstmNluConfig(HOSTILE, HOSTILE, use_crf=False, **sizes)).eval()
    with torch.no_grad():
        model.slot_head.weight.uniform_(-5, 5)
        model.slot_head.bias[0] = -100  # no word is outside
        model.slot_head.bias[2::2] = -100  # every word begins a slot of its own
    values = {"values": {HOSTILE[0]: {"id": HOSTILE[1], "synonyms": ["attack"]}}}
    model.slot_catalogs = SlotCatalogs({slot_type: values for slot_type in HOSTILE[:4]})
    model.save_pretrained(folder)
    TOKENIZER.save_pretrained(folder)


@pytest.fixture(scope="module")
def browser() -> Iterator["playwright.Browser"]:
    with open_chromium() as found:
        yield found


@pytest.fixture(scope="module")
def server_of_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server of two models that lets people train."""
    folder = tmp_path_factory.mktemp("models")
    save("several intents", folder / "garden")
    save_hostile(folder / "hostile")
    settings = ServerSettings(
        folder=folder, interval=0, trainings=TrainingLimits(), limits=Limits(body=16_000_000), default="garden"
    )
    running = RunningServer(settings, tmp_path_factory.mktemp("log")).start()
    yield running
    running.stop()


@pytest.fixture
def page(browser: "playwright.Browser", server_of_page: RunningServer) -> Iterator["playwright.Page"]:
    """The page, loaded; at the end no other server was asked, no dialog opened, nothing run that was given to it."""
    url = f"http://127.0.0.1:{server_of_page.port}/"
    page = browser.new_page(viewport={"width": 1100, "height": 900})
    page.set_default_timeout(60_000)
    events: list[str] = []
    page.on("request", lambda request: request.url.startswith((url, "data:", "blob:")) or events.append(request.url))
    page.on("dialog", lambda dialog: (events.append(dialog.message), dialog.dismiss()))
    page.on("pageerror", lambda error: events.append(str(error)))
    page.goto(url)
    playwright.expect(page.locator("#about")).to_contain_text("4 intents")
    yield page
    assert page.evaluate("window.owned") is None
    assert events == []
    page.close()


def parse(page: "playwright.Page", text: str) -> None:
    """Type a text, press Enter, wait for the answer."""
    page.locator("#answer").evaluate("place => place.replaceChildren()")
    page.fill("#text", text)
    page.press("#text", "Enter")
    page.locator("#answer .verdict").first.wait_for()


def test_it_answers_by_keyboard_alone(page: "playwright.Page"):
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    for _ in range(12):
        if page.evaluate("document.activeElement.id") == "text":
            break
        page.keyboard.press("Tab")
    page.keyboard.type("play some jazz in the living room")
    page.keyboard.press("Enter")
    page.locator("#answer .verdict").first.wait_for()
    shown = page.locator("#answer")
    assert "ccepted" in shown.inner_text() and shown.get_attribute("aria-live") == "polite"
    pieces = "".join(page.locator("#answer .utterance").evaluate_all(
        "lines => lines.map(line => { const copy = line.cloneNode(true);"
        "copy.querySelectorAll('small').forEach(one => one.remove()); return copy.textContent; })"
    ))  # fmt: skip
    assert pieces.replace(" ", "") == "playsomejazzinthelivingroom"
    page.get_by_text("The answer as JSON").click()
    assert '"frames"' in page.locator("#frame pre").inner_text()
    take_picture(page, "answer")


def test_characters_beyond_the_first_plane_keep_their_places(page: "playwright.Page"):
    parse(page, "🎵🎵 play jazz 🎵")
    assert page.locator("#answer .utterance").first.inner_text().startswith("🎵")


def test_nothing_that_is_typed_acts(page: "playwright.Page"):
    for text in (ATTACK, "play </script><script>window.owned=1</script>", "play ${window.owned=1} {{1+1}} **x**"):
        parse(page, text)
    assert page.locator("#answer :is(img, script, a, b), #frame :is(img, script)").count() == 0
    page.fill("#text", " ")
    page.get_by_role("button", name="Find").click()
    playwright.expect(page.locator("#trouble")).to_be_visible()


def test_nothing_that_a_model_says_acts(page: "playwright.Page"):
    page.select_option("#model", "hostile")
    playwright.expect(page.locator("#about")).to_contain_text("5 intents")
    parse(page, "attack on words")
    assert page.locator("#answer mark").count() == 3
    playwright.expect(page.locator("#answer td").filter(has_text="(id </script>")).to_be_visible()
    page.get_by_text("What this model knows").click()
    assert "${window.owned='template'}" in page.locator("#labels").inner_text()
    assert page.locator("main :is(img, script, iframe)").count() == 0
    assert "\u202e" not in page.locator("main").inner_text()


def test_speech_is_off_until_it_is_allowed(page: "playwright.Page"):
    if not page.evaluate("'SpeechRecognition' in window || 'webkitSpeechRecognition' in window"):
        assert page.locator("#speak").is_hidden()
        return
    assert not page.locator("#may-listen").is_checked()
    page.locator("#speak").click()
    playwright.expect(page.locator("#trouble")).to_contain_text("llow")
    assert page.locator("#listening-note").inner_text()


def test_bad_data_says_why(page: "playwright.Page"):
    page.get_by_role("button", name="Check the data").click()
    playwright.expect(page.locator("#own-trouble")).to_be_visible()
    page.fill("#pasted", '{"languageModel": 7}')
    page.get_by_role("button", name="Check the data").click()
    playwright.expect(page.locator("#own-trouble")).to_contain_text("my-skill.json", timeout=300_000)
    assert "/tmp" not in page.locator("#own-trouble").inner_text()


def test_all_pages_and_a_training_have_no_serious_finding(
    browser: "playwright.Browser", server_of_page: RunningServer
):
    pages = pytest.importorskip("research.web_pages", reason="no axe-core: pip install -e .[browser]")
    visit = pages.Visit()

    def try_trained(page: "playwright.Page") -> None:
        """Download the model, and ask it."""
        with page.expect_download() as started:
            page.get_by_role("button", name="Download the model").click()
        assert started.value.suggested_filename.endswith(".zip") and started.value.path().stat().st_size > 1_000_000
        page.get_by_role("button", name="Try it").click()
        page.locator("#answer .verdict.accepted").wait_for()
        assert page.locator("#answer mark").count() == 1
        page.locator("#plot circle.pretrained").first.wait_for(state="attached")
        page.locator("#plot circle.scratch").first.wait_for(state="attached")

    url = f"http://127.0.0.1:{server_of_page.port}"
    pages.visit_server(
        visit, browser, url, "play some jazz in the living room", views=pages.TWO_VIEWS, after=try_trained
    )
    assert visit.summary() | {"views": 0} == {
        "serious": 0, "pages": 3, "views": 0, "foreign_requests": 0, "script_errors": 0, "findings": []
    }  # fmt: skip
