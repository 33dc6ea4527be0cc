"""The whole system from the browser to the tools, as people use it."""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import findings
from tests.browser.conftest import NewPage
from tests.browser.pages import ANSWER_MS, ASSISTANT, ENGINEER_AGENT, ChatPage
from tests.browser.system import ENGINEER, VIEWER, ChatSystem

_WORDS = [f"w{number}" for number in range(80)]
_CHANGE = 'Use the tool changes___propose_change with {"stack_name": "engineer-notes", "template": "{}"}'
_DRAWING = (
    'Use the tool draw_architecture with {"title": "Shop", "components": [{"id": "a", "name": "Web", "service":'
    ' "Amazon ECS"}], "connections": []}'
)
_PHONE = {"width": 390, "height": 844}
_SHORT_SECONDS = 18
"""The front end counts a token as expired 15 seconds before it is."""


def test_both_users_are_ready_and_their_sign_in_page_is_the_user_directorys(
    new_page: NewPage, system: ChatSystem
) -> None:
    assert system.front_end.users == {ENGINEER: "engineers", VIEWER: "viewers"}
    page = new_page()
    page.page.get_by_role("button", name="Sign in").click()
    page.page.wait_for_url(re.compile(re.escape(system.cloud.endpoint)))
    page.give_password(VIEWER)
    expect(page.page.get_by_text(f"Signed in as {VIEWER}")).to_be_visible()


def test_a_message_is_answered_word_by_word(engineer: ChatPage) -> None:
    engineer.begin()
    engineer.say(f"My list is {' '.join(_WORDS)}")
    answer = engineer.main.get_by_text("remember that: ")
    expect(answer).to_contain_text(f" {_WORDS[3]} ", timeout=ANSWER_MS)
    so_far = answer.inner_text()
    assert _WORDS[-1] not in so_far
    expect(engineer.page.get_by_role("button", name="Stop")).to_be_visible()
    expect(answer).to_contain_text(_WORDS[-1])
    expect(engineer.said("The answer is complete.")).to_be_attached()


def test_the_tool_that_was_used_is_shown(engineer: ChatPage) -> None:
    engineer.begin()
    engineer.ask("What is 25 * 4 + 10?")
    expect(engineer.main.get_by_text("Used calculator")).to_be_visible()
    expect(engineer.main.get_by_text("The answer is 110.")).to_be_visible()


def test_a_renamed_conversation_goes_on_after_everything_was_restarted(engineer: ChatPage, system: ChatSystem) -> None:
    engineer.begin()
    engineer.ask("My favorite number is 42")
    engineer.rename("Numbers")
    assert system.kill_agents()
    system.front_end.restart()
    engineer.page.reload()
    expect(engineer.page.get_by_role("heading", name="Numbers", level=1)).to_be_visible(timeout=ANSWER_MS)
    expect(engineer.main.get_by_text("My favorite number is 42", exact=True)).to_be_visible()
    engineer.ask("What is my favorite number multiplied by 5?")
    expect(engineer.main.get_by_text("The answer is 210.")).to_be_visible()


def test_another_person_sees_nothing_of_it(engineer: ChatPage, new_page: NewPage, system: ChatSystem) -> None:
    engineer.begin()
    engineer.ask("My canary is Tweety-7391")
    engineer.rename("Canary of mine")
    link = engineer.page.url.removeprefix(system.address)
    assert "conversation=" in link
    other = new_page(system.person("other@example.com"))
    other.choose(ASSISTANT)
    expect(other.page.get_by_text("None yet: what you say is kept here.")).to_be_visible(timeout=ANSWER_MS)
    other.page.get_by_role("searchbox", name="Search your conversations").fill("Tweety")
    other.page.get_by_role("searchbox", name="Search your conversations").press("Enter")
    expect(other.page.get_by_text("Nothing found.")).to_be_visible(timeout=ANSWER_MS)
    other.page.get_by_role("searchbox", name="Search your conversations").fill("")
    other.page.get_by_role("searchbox", name="Search your conversations").press("Enter")
    other.ask("What is my canary?")
    other.open(link)
    expect(other.prompt).to_be_visible(timeout=ANSWER_MS)
    expect(other.page.get_by_role("alert")).to_be_visible(timeout=ANSWER_MS)
    assert "Tweety" not in other.page.content()
    assert "Canary of mine" not in other.page.content()


def test_a_viewer_is_told_that_a_change_is_not_allowed(new_page: NewPage) -> None:
    page = new_page(VIEWER)
    page.begin(ENGINEER_AGENT)
    page.ask(_CHANGE)
    expect(page.main.get_by_role("status").filter(has_text="is not allowed for you")).to_be_visible()
    expect(page.main.get_by_text("propose change did not work")).to_be_visible()


def test_an_engineer_gets_the_change_to_confirm(engineer: ChatPage) -> None:
    engineer.begin(ENGINEER_AGENT)
    engineer.ask(_CHANGE)
    expect(engineer.main.get_by_text("is not allowed for you")).to_have_count(0)
    expect(engineer.main.get_by_text("Used propose change")).to_be_visible()


def test_a_diagram_is_shown_and_can_be_downloaded(engineer: ChatPage) -> None:
    engineer.begin(ENGINEER_AGENT)
    engineer.ask(_DRAWING)
    drawn = engineer.main.get_by_role("img", name="shop.svg")
    expect(drawn).to_be_visible()
    assert drawn.evaluate("picture => picture.complete && picture.naturalWidth > 100")
    expect(engineer.main.get_by_role("button", name="Download shop.svg")).to_be_visible()
    assert findings(engineer.page) == []


def test_signing_out_ends_it_at_the_user_directory_too(new_page: NewPage, system: ChatSystem) -> None:
    page = new_page(VIEWER)
    # The page says "Sign in" at once, and only then goes to the user directory and comes back.
    with page.page.expect_navigation():
        page.page.get_by_role("button", name="Sign out").click()
    expect(page.page.get_by_role("button", name="Sign in")).to_be_visible()
    page.page.reload()
    expect(page.page.get_by_role("button", name="Sign in")).to_be_visible()
    assert page.page.url.startswith(system.address)
    page.page.get_by_role("button", name="Sign in").click()
    expect(page.page.get_by_label("Password")).to_be_visible()


@pytest.fixture
def short_sign_ins(system: ChatSystem) -> Iterator[None]:
    """Access tokens of a few seconds."""
    system.let_tokens_expire_after(_SHORT_SECONDS)
    yield
    system.let_tokens_expire_after(3600)


@pytest.mark.usefixtures("short_sign_ins")
def test_an_expired_sign_in_is_said_and_one_click_from_a_new_one(new_page: NewPage, system: ChatSystem) -> None:
    page = new_page(VIEWER)
    # What renews it is in that process's memory only.
    system.front_end.restart()
    time.sleep(_SHORT_SECONDS - 15)
    page.page.reload()
    expect(page.page.get_by_role("heading", name="Your sign-in has expired")).to_be_visible()
    page.page.get_by_role("button", name="Sign in again").click()
    page.give_password(VIEWER)
    expect(page.prompt).to_be_visible()


@pytest.mark.usefixtures("short_sign_ins")
def test_a_sign_in_is_renewed_as_long_as_it_is_used(new_page: NewPage) -> None:
    page = new_page(VIEWER)
    page.choose(ASSISTANT)
    time.sleep(_SHORT_SECONDS)
    page.ask("What is 2 * 3?")
    expect(page.main.get_by_text("The answer is 6.")).to_be_visible()


def test_ones_data_is_deleted_at_every_agent(new_page: NewPage, system: ChatSystem) -> None:
    page = new_page(system.person("leaving@example.com"))
    page.begin(ASSISTANT)
    page.ask("My favorite tea is Oolong-5150")
    page.page.get_by_role("button", name="Your data").click()
    page.page.get_by_role("textbox", name="Type DELETE to confirm").fill("DELETE")
    page.page.get_by_role("button", name="Delete my data").click()
    expect(page.page.get_by_text("Your data is deleted: 1 conversation,")).to_be_visible(timeout=ANSWER_MS)
    page.page.reload()
    page.begin(ASSISTANT)
    expect(page.page.get_by_text("None yet: what you say is kept here.")).to_be_visible(timeout=ANSWER_MS)
    page.ask("What is my favorite tea?")
    expect(page.main.get_by_text("I do not know")).to_be_visible()
    assert "Oolong" not in page.page.content()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(new_page: NewPage, scheme: str) -> None:
    page = new_page(color_scheme=scheme)
    expect(page.page.get_by_role("button", name="Sign in")).to_be_visible()
    assert findings(page.page) == []
    page.sign_in(VIEWER)
    expect(page.page.get_by_role("heading", name="What you can ask")).to_be_visible(timeout=ANSWER_MS)
    assert findings(page.page) == []
    page.ask(_CHANGE)
    expect(page.main.get_by_text("is not allowed for you")).to_be_visible()
    assert findings(page.page) == []
    page.begin(ASSISTANT)
    page.ask("What is 12 * 12?")
    expect(page.main.get_by_text("Used calculator")).to_be_visible()
    assert findings(page.page) == []
    page.page.get_by_role("button", name="Rename").click()
    expect(page.page.get_by_role("dialog")).to_be_visible()
    assert findings(page.page) == []
    page.page.keyboard.press("Escape")
    page.page.get_by_role("button", name="Your data").click()
    expect(page.page.get_by_role("textbox", name="Type DELETE to confirm")).to_be_visible()
    assert findings(page.page) == []


def test_a_phone_shows_everything_within_its_width(new_page: NewPage) -> None:
    page = new_page(VIEWER, viewport=_PHONE)
    page.ask("What is 12 * 12?")
    assert findings(page.page) == []
    assert page.page.evaluate("document.documentElement.scrollWidth") <= _PHONE["width"]
    page.page.get_by_role("button", name="Expand sidebar").click()
    expect(page.page.get_by_role("button", name="Sign out")).to_be_visible()
    assert findings(page.page) == []


def test_a_message_is_sent_by_the_keyboard_alone(new_page: NewPage) -> None:
    page = new_page(VIEWER)
    page.page.locator("body").press("Tab")
    expect(page.page.get_by_role("link", name="Skip to main content")).to_be_focused()
    page.page.keyboard.press("Enter")
    for _ in range(30):
        page.page.keyboard.press("Tab")
        if page.prompt.evaluate("field => field === document.activeElement"):
            break
    page.page.keyboard.type("What is 3 * 3?")
    page.page.keyboard.press("Enter")
    expect(page.messages("user")).to_have_text("What is 3 * 3?")
    expect(page.said("The answer is complete.")).to_be_attached(timeout=ANSWER_MS)
