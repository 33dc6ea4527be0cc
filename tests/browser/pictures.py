"""Takes the pictures of the guide: `python -m tests.browser.pictures [DIRECTORY]`, by default docs/images/chat."""

import re
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.chromium import launched
from tests.browser.pages import ANSWER_MS, ASSISTANT, ChatPage
from tests.browser.system import ENGINEER, ROOT, VIEWER, ChatSystem, chat_system
from workbench.local_cloud.model_choice import SCRIPTED, ModelChoice

_SIZES = {"desktop": {"width": 1280, "height": 860}, "phone": {"width": 390, "height": 844}}
_CHANGE = 'Use the tool changes___propose_change with {"stack_name": "engineer-notes", "template": "{}"}'
_DRAW = (
    'Use the tool draw_architecture with {"title": "Shop", "components": [{"id": "a", "name": "Web", "service":'
    ' "Amazon ECS"}, {"id": "b", "name": "Stock", "service": "Amazon DynamoDB"}], "connections": [{"from": "a", "to":'
    ' "b", "label": "reads"}]}'
)
_SETTLE_MS = 900


def take(system: ChatSystem, browser: Browser, directory: Path) -> None:
    """Take every picture, in both sizes, light and dark."""
    for size, viewport in _SIZES.items():
        for scheme in ("light", "dark"):
            context = browser.new_context(viewport=viewport, color_scheme=scheme)  # type: ignore[arg-type]
            page = ChatPage(context.new_page(), system.address)
            _tour(page, directory, f"{size}-{scheme}", phone=size == "phone")
            context.close()


def _tour(page: ChatPage, directory: Path, name: str, *, phone: bool) -> None:
    def shoot(what: str) -> None:
        page.page.wait_for_timeout(_SETTLE_MS)
        page.page.screenshot(path=directory / f"{what}-{name}.png")

    page.open()
    expect(page.page.get_by_role("button", name="Sign in")).to_be_visible()
    shoot("sign-in")
    page.sign_in(VIEWER if phone else ENGINEER)
    expect(page.page.get_by_role("heading", name="What you can ask")).to_be_visible(timeout=ANSWER_MS)
    shoot("tasks")
    page.ask(_CHANGE if phone else _DRAW)
    if not phone:
        expect(page.page.get_by_role("button", name=re.compile("^Download")).first).to_be_visible()
    shoot("denied" if phone else "diagram")
    if phone:
        return
    page.choose(ASSISTANT)
    page.ask("My favorite number is 42")
    page.ask("What is my favorite number multiplied by 5?")
    page.rename("Numbers")
    shoot("conversation")
    page.page.get_by_role("button", name="Your data").click()
    expect(page.page.get_by_role("textbox", name="Type DELETE to confirm")).to_be_visible()
    shoot("your-data")


def main(arguments: list[str]) -> None:
    """Bring the system up and take the pictures."""
    directory = Path(arguments[0]) if arguments else ROOT / "docs" / "images" / "chat"
    directory.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as work,
        launched() as browser,
        chat_system(Path(work), model=ModelChoice.parse(SCRIPTED)) as system,
    ):
        take(system, browser, directory)


if __name__ == "__main__":
    main(sys.argv[1:])
