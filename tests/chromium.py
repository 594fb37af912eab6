"""A real headless Chromium for the tests of web pages; `python tests/chromium.py` says where it is, or fails.

It is the one that BILSTM_NLU_CHROMIUM names, that of playwright (`playwright install chromium`), or the system's.
"""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="no playwright: pip install -e .[space]")

_NAMES = ("chromium", "chromium-browser", "google-chrome")


def find_chromium(driver: "playwright.Playwright") -> str | None:
    """The path of a Chromium, if there is one."""
    places = (os.environ.get("BILSTM_NLU_CHROMIUM"), driver.chromium.executable_path, *map(shutil.which, _NAMES))
    return next((place for place in places if place and Path(place).is_file()), None)


@contextmanager
def open_chromium() -> Iterator["playwright.Browser"]:
    """A browser; where there is none, the test is skipped."""
    with playwright.sync_playwright() as driver:
        path = find_chromium(driver)
        if path is None:
            pytest.skip("no Chromium: `make browser` fetches one, or name one in BILSTM_NLU_CHROMIUM")
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"] if os.geteuid() == 0 else [])
        yield browser
        browser.close()


def take_picture(page: "playwright.Page", name: str) -> None:
    """Save a picture of the page in the folder that BILSTM_NLU_SCREENSHOTS names, if it names one."""
    if folder := os.environ.get("BILSTM_NLU_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


if __name__ == "__main__":
    with playwright.sync_playwright() as driver:
        print(found := find_chromium(driver) or "no Chromium")
        sys.exit(found == "no Chromium")
