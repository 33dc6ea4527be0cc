"""One system for all tests here, and a browser for each file."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser.chromium import launched, program
from tests.browser.pages import ChatPage
from tests.browser.system import ENGINEER, ChatSystem, chat_system

NewPage = Callable[..., ChatPage]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as started:
        yield started


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChatSystem]:
    # Without a browser nothing has to be deployed.
    program()
    with chat_system(tmp_path_factory.mktemp("chat")) as running:
        yield running


@pytest.fixture
def new_page(browser: Browser, system: ChatSystem) -> Iterator[NewPage]:
    """Opens the front end in a browser of its own: `new_page(email)` signs in, `new_page()` does not."""
    contexts: list[BrowserContext] = []

    def opened(email: str = "", **options: object) -> ChatPage:
        chosen: dict[str, object] = {"viewport": {"width": 1280, "height": 800}, **options}
        context = browser.new_context(**chosen)  # type: ignore[arg-type]
        contexts.append(context)
        page = ChatPage(context.new_page(), system.address)
        page.open()
        if email:
            page.sign_in(email)
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def engineer(browser: Browser, system: ChatSystem) -> Iterator[ChatPage]:
    """The engineer, who stays signed in for a whole file."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = ChatPage(context.new_page(), system.address)
    page.open()
    page.sign_in(ENGINEER)
    yield page
    context.close()
