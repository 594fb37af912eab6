"""A real headless Chromium for the tests of web pages; `python tests/chromium.py` says where it is, or fails.

It is the one that BILSTM_NLU_CHROMIUM names, that of playwright (`playwright install chromium`), or the system's.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # as a program, it is not started by pytest

playwright = pytest.importorskip("playwright.sync_api", reason="no playwright: pip install -e .[browser]")

from research.browser import find_chromium, opened_browser  # noqa: E402


@contextmanager
def open_chromium() -> Iterator["playwright.Browser"]:
    """A browser; where there is none, the test is skipped."""
    with opened_browser() as browser:
        if browser is None:
            pytest.skip("no Chromium: `make browser` fetches one, or name one in BILSTM_NLU_CHROMIUM")
        yield browser


def take_picture(page: "playwright.Page", name: str) -> None:
    """Save a picture of the page in the folder that BILSTM_NLU_SCREENSHOTS names, if it names one."""
    if folder := os.environ.get("BILSTM_NLU_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


if __name__ == "__main__":
    with playwright.sync_playwright() as driver:
        print(found := find_chromium(driver) or "no Chromium")
        sys.exit(found == "no Chromium")
