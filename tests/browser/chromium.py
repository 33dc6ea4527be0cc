"""The browser of the tests: the system's Chromium, or the one that Playwright has installed."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Without them Chromium asks hosts on the internet for updates.
_ARGUMENTS = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")
_MISSING = "no Chromium on the PATH: install the package chromium, or run `playwright install chromium`"


def program(playwright: Playwright) -> str | None:
    """Path of a Chromium; None if there is none."""
    named = [os.environ.get("CHROMIUM"), *(shutil.which(name) for name in _NAMES), playwright.chromium.executable_path]
    return next((path for path in named if path and Path(path).is_file()), None)


@contextmanager
def launched() -> Iterator[Browser]:
    """A headless Chromium. Without one, a test is skipped on a user's machine and fails in CI."""
    with sync_playwright() as playwright:
        path = program(playwright)
        if path is None:
            if os.environ.get("CI"):
                pytest.fail(_MISSING)
            pytest.skip(_MISSING)
        # Chromium's own sandbox does not work for root.
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=path, args=[*_ARGUMENTS, *sandbox])
        try:
            yield browser
        finally:
            browser.close()
