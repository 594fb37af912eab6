"""A real headless Chromium, for pictures and tests of web pages."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright

__all__ = ["find_chromium", "opened_browser"]

_NAMES = ("chromium", "chromium-browser", "google-chrome")


def find_chromium(driver: Playwright) -> str | None:
    """The path of a Chromium: the one of BILSTM_NLU_CHROMIUM, that of playwright, or that of the system."""
    places = (os.environ.get("BILSTM_NLU_CHROMIUM"), driver.chromium.executable_path, *map(shutil.which, _NAMES))
    return next((place for place in places if place and Path(place).is_file()), None)


@contextmanager
def opened_browser() -> Iterator[Browser | None]:
    """A headless Chromium; `None` if the machine has none."""
    with sync_playwright() as driver:
        path = find_chromium(driver)
        if path is None:
            yield None
            return
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"] if os.geteuid() == 0 else [])
        yield browser
        browser.close()
