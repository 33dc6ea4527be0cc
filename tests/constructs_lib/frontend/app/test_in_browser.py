"""The front end as its container runs it, in a browser: sign-in, dialogs, stop, keyboard, phone width."""

import base64
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from itsdangerous import URLSafeTimedSerializer
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.chromium import launched
from tests.constructs_lib.frontend.app.fake_cloud import PICTURE, FakeCloud
from tests.constructs_lib.frontend.app.support import variables

APP = Path(__file__).parents[4] / "constructs_lib" / "frontend" / "app"


@pytest.fixture(scope="module")
def address(servers: FakeCloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The front end's process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://localhost:{port}"
    told = variables(servers.url, CHAT_PORT=str(port), CHAT_REDIRECT_URI=f"{address}/oauth2callback")
    home = str(tmp_path_factory.mktemp("home"))
    environ = {"PATH": os.environ["PATH"], "HOME": home, "TMPDIR": home, **told}
    process = subprocess.Popen([sys.executable, APP / "start.py"], env=environ, cwd=home)
    for _ in range(600):
        try:
            if httpx.get(f"{address}/_stcore/health", trust_env=False).status_code == 200:
                break
        except httpx.HTTPError:
            time.sleep(0.05)
    yield address
    process.terminate()
    process.wait(20)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Other tests may run beside these.
    expect.set_options(timeout=20_000)
    with launched() as started:
        yield started


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 1280, "height": 800})
    made.set_default_timeout(30_000)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext, address: str, cloud: FakeCloud) -> Page:
    """A person who has signed in."""
    cloud.tasks = [
        {"id": "b", "title": "Price", "description": "Costs", "prompt": "What does {service} cost?", "category": "Cost"}
    ]
    opened = context.new_page()
    opened.goto(address)
    opened.get_by_role("button", name="Sign in").click()
    expect(prompt(opened)).to_be_visible()
    return opened


def prompt(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Message to Assistant")


def say(page: Page, text: str) -> None:
    prompt(page).fill(text)
    page.keyboard.press("Enter")


def kept(context: BrowserContext) -> str:
    """What the browser keeps in cookies, which are signed and compressed, not encrypted."""
    cookies = ((cookie["name"], cookie["value"]) for cookie in context.cookies())
    return str([URLSafeTimedSerializer("", salt=name).loads_unsafe(value) for name, value in cookies])


def test_a_conversation_is_held_renamed_continued_and_deleted(page: Page, cloud: FakeCloud) -> None:
    say(page, "What is S3?")
    expect(page.get_by_text("You said What is S3?")).to_be_visible()
    page.get_by_role("button", name="Rename").click()
    page.get_by_role("textbox", name="Name").fill("Storage")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Storage", level=1)).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Storage", level=1)).to_be_visible()
    expect(page.get_by_text("You said What is S3?")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete it").click()
    expect(page.get_by_role("heading", name="New conversation")).to_be_visible()
    assert not cloud.conversations
    assert len(cloud.stopped) == 1


def test_an_answer_is_shown_as_it_comes_and_stopped(page: Page, cloud: FakeCloud) -> None:
    cloud.gap = 0.3
    cloud.events = [{"type": "text", "text": f"word{number} "} for number in range(40)]
    say(page, "count")
    expect(page.get_by_text("word1 ")).to_be_visible()
    assert page.get_by_text("word39").count() == 0
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("You stopped this answer.")).to_be_visible()
    expect(prompt(page)).to_be_enabled()


def test_a_click_elsewhere_does_not_lose_an_answer(page: Page, cloud: FakeCloud) -> None:
    cloud.gap = 0.2
    cloud.events = [{"type": "text", "text": f"word{number} "} for number in range(10)]
    say(page, "count")
    expect(page.get_by_text("word1 ")).to_be_visible()
    page.get_by_role("searchbox", name="Search your conversations").fill("x")
    page.keyboard.press("Enter")
    expect(page.get_by_text("word9")).to_be_visible()
    assert cloud.prompts() == ["count"]


def test_a_task_asks_for_what_it_needs(page: Page, cloud: FakeCloud) -> None:
    page.get_by_role("button", name="Price").click()
    page.get_by_role("textbox", name="Service").fill("S3")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_text("You said What does S3 cost?")).to_be_visible()


def test_files_are_downloaded(page: Page, cloud: FakeCloud) -> None:
    data = base64.b64encode(PICTURE).decode()
    cloud.events = [{"type": "artifact", "name": "plan.png", "media_type": "image/png", "data": data}]
    say(page, "draw")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download plan.png").click()
    assert Path(download.value.path()).read_bytes() == PICTURE


def test_ones_data_is_exported_and_deleted(page: Page, cloud: FakeCloud) -> None:
    say(page, "remember tea")
    expect(page.get_by_text("You said remember tea")).to_be_visible()
    page.get_by_role("button", name="Your data").click()
    page.get_by_role("button", name="Export my data").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the export").click()
    exported = json.loads(Path(download.value.path()).read_text())
    assert set(exported["agents"]) == {"Assistant", "Engineer"}
    assert "remember tea" in json.dumps(exported)
    page.get_by_role("textbox", name="Type DELETE to confirm").fill("delete")
    page.get_by_role("button", name="Delete my data").click()
    expect(page.get_by_text("Nothing was deleted")).to_be_visible()
    assert cloud.conversations
    page.get_by_role("textbox", name="Type DELETE to confirm").fill("DELETE")
    page.get_by_role("button", name="Delete my data").click()
    expect(page.get_by_text("Your data is deleted: 1 conversation,")).to_be_visible()
    assert not cloud.conversations
    expect(page.get_by_role("heading", name="New conversation")).to_be_visible()


def test_signing_out_ends_it_everywhere(page: Page, cloud: FakeCloud, address: str) -> None:
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Signed out of the pool")).to_be_visible()
    page.goto(address)
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert {"token": "refresh-1"} in cloud.forms


def test_a_token_is_renewed_without_the_person(context: BrowserContext, address: str, cloud: FakeCloud) -> None:
    cloud.token_seconds = 60
    page = context.new_page()
    page.goto(address)
    page.get_by_role("button", name="Sign in").click()
    say(page, "hello")
    expect(page.get_by_text("You said hello")).to_be_visible()
    assert "refresh_token" in [form.get("grant_type") for form in cloud.forms]
    assert "access_token" in kept(context)
    assert "refresh-1" not in kept(context)


def test_an_expired_sign_in_is_one_click_from_a_new_one(
    context: BrowserContext, address: str, cloud: FakeCloud
) -> None:
    cloud.token_seconds, cloud.refresh_allowed = 5, False
    page = context.new_page()
    page.goto(address)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Your sign-in has expired")).to_be_visible()
    cloud.token_seconds = 3600
    page.get_by_role("button", name="Sign in again").click()
    expect(prompt(page)).to_be_visible()


def test_works_on_a_phone_by_keyboard(page: Page, cloud: FakeCloud) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    say(page, "a" * 300)
    expect(page.get_by_text("You said")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.get_by_role("status").filter(has_text="The answer is complete.").count() == 1
