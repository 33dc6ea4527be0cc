"""The front end as a person uses it: by names and roles that a screen reader would find, too."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.system import PASSWORD

ANSWER_MS = 120_000
"""How long an answer may take on a busy machine: the first message of a conversation starts the agent's process."""

_PAGE_MS = 30_000
expect.set_options(timeout=_PAGE_MS)

ENGINEER_AGENT, ASSISTANT = "Cloud engineer", "Memory assistant"


class ChatPage:
    """A browser at the front end.

    Args:
        page: The browser's page.
        address: Address of the front end.
    """

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        page.set_default_timeout(_PAGE_MS)

    def open(self, link: str = "/") -> None:
        """Go to the front end."""
        self.page.goto(f"{self.address}{link}")

    def sign_in(self, email: str) -> None:
        """Sign in at the user directory's page."""
        self.page.get_by_role("button", name="Sign in").click()
        self.give_password(email)
        expect(self.prompt).to_be_visible(timeout=ANSWER_MS)

    def give_password(self, email: str) -> None:
        """Fill the user directory's page in."""
        self.page.get_by_label("Username").fill(email)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()

    @property
    def prompt(self) -> Locator:
        """The field for a message."""
        return self.page.get_by_role("textbox", name=re.compile("^Message to"))

    @property
    def main(self) -> Locator:
        """The open conversation."""
        return self.page.get_by_role("main")

    def say(self, text: str) -> None:
        """Send a message."""
        expect(self.prompt).to_be_enabled(timeout=ANSWER_MS)
        self.prompt.fill(text)
        self.prompt.press("Enter")

    def ask(self, text: str) -> None:
        """Send a message and wait until the answer is complete."""
        self.say(text)
        expect(self.messages("user").last).to_have_text(text)
        # It is disabled as long as the agent answers.
        expect(self.prompt).to_be_enabled(timeout=ANSWER_MS)
        expect(self.said("The answer is complete.")).to_be_attached()

    def messages(self, speaker: str) -> Locator:
        """What was said by the `user` or by the `assistant`."""
        return self.main.get_by_role("group", name=f"Chat message from {speaker}")

    def said(self, text: str) -> Locator:
        """What a screen reader is told."""
        return self.page.get_by_role("status").filter(has_text=text)

    def choose(self, agent: str) -> None:
        """Go to another agent, with a new conversation."""
        picker = self.page.get_by_role("combobox", name=re.compile("Agent"))
        picker.click()
        self.page.get_by_role("option", name=agent).click()
        expect(self.page.get_by_role("textbox", name=f"Message to {agent}")).to_be_visible()

    def begin(self, agent: str = ASSISTANT) -> None:
        """Begin a conversation."""
        if self.page.get_by_role("textbox", name=f"Message to {agent}").count() == 0:
            self.choose(agent)
        self.page.get_by_role("button", name="New conversation").click()
        expect(self.page.get_by_role("heading", name="New conversation", level=1)).to_be_visible()

    def rename(self, name: str) -> None:
        """Rename the open conversation."""
        self.page.get_by_role("button", name="Rename").click()
        self.page.get_by_role("textbox", name="Name").fill(name)
        self.page.get_by_role("button", name="Save").click()
        expect(self.page.get_by_role("heading", name=name, level=1)).to_be_visible(timeout=ANSWER_MS)
