"""The browser of the tests: the system's Chromium, or the one that Playwright has installed."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Without them Chromium asks hosts on the internet for updates.
_ARGUMENTS = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")
_MISSING = "no Chromium on the PATH: install the package chromium, or run `playwright install chromium`"


def program() -> str:
    """Path of a Chromium. Without one, a test is skipped on a user's machine and fails in CI."""
    with sync_playwright() as playwright:
        installed = playwright.chromium.executable_path
    named = [os.environ.get("CHROMIUM"), *(shutil.which(name) for name in _NAMES), installed]
    found = next((path for path in named if path and Path(path).is_file()), None)
    if found:
        return found
    if os.environ.get("CI"):
        pytest.fail(_MISSING)
    pytest.skip(_MISSING)


@contextmanager
def launched() -> Iterator[Browser]:
    """A headless Chromium, for one test file at most: meanwhile no other test can run an event loop of its own."""
    path = program()
    # Chromium's own sandbox does not work for root.
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*_ARGUMENTS, *sandbox])
        try:
            yield browser
        finally:
            browser.close()
