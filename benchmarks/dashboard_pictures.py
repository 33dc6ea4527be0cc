"""`python -m benchmarks.dashboard_pictures [MINUTES]`: the pictures of docs/images/dashboards.

Deploys the stack of the fault drills onto a local cloud of its own, holds 200 conversations' turns with it over eight
minutes, with a few failures among them, draws the deployed dashboards, and takes their pictures with Chromium.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path

import httpx
from botocore.exceptions import BotoCoreError, ClientError

from tests.contract.drills.app import AGENT, TOOL, synthesize
from tests.contract.drills.drill import Drills
from workbench.assembly import read_assembly
from workbench.conversations.client import new_session_id
from workbench.dashboards.page.render import page
from workbench.dashboards.page.tiles import ROW_PIXELS
from workbench.dashboards.shown import Shown, evaluated
from workbench.errors import WorkbenchError
from workbench.local_cloud.cloud import LocalCloud
from workbench.local_cloud.environments import workbench_home

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "images" / "dashboards"
INVOCATIONS = 200
DEFAULT_MINUTES = 8.0
USERS = ("ann@example.com", "bob@example.com", "cy@example.com")
PROMPTS = (
    "My favorite number is 42",
    "What is my favorite number multiplied by 5?",
    f'Use the tool {TOOL} with {{"instance": "i-1"}}',
    "I work in the platform team in Berlin",
    "What is 17 * 23?",
    f'Use the tool {TOOL} with {{"instance": "i-2"}}',
    "Where do I work?",
    "My address is ann@example.org",
    "What is 2 to the power of 10?",
    "Should I put my savings into bitcoin or into stocks?",
)
# From which to which part of the run something fails.
FAULTS: Mapping[tuple[float, float], dict[str, dict[str, object]]] = {
    (0.25, 0.35): {"model": {"code": "ThrottlingException", "every": 2}},
    (0.40, 0.43): {"model": {"code": "ThrottlingException"}},
    (0.55, 0.60): {"memory": {"code": "ServiceException", "every": 3}},
    (0.75, 0.79): {"runtime": {"code": "ProcessKilled", "every": 4}},
    (0.88, 0.91): {"model": {"code": "ServiceUnavailableException"}},
}
_WIDTH = 1448
_HEADER, _REASON, _ALARM, _FOOT = 118, 22, 41, 16


def main() -> int:
    minutes = float(sys.argv[1]) if sys.argv[1:] else DEFAULT_MINUTES
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        print("Chromium takes the pictures, and none is on the PATH")
        return 2
    with tempfile.TemporaryDirectory() as directory:
        work = Path(directory)
        synthesize(work / "cdk.out")
        with LocalCloud(workbench_home(ROOT), work=work / "cloud") as cloud:
            deployment = cloud.deploy(read_assembly(work / "cdk.out"))
            drills = Drills(cloud, deployment.stacks[0].outputs)
            talk(drills, minutes * 60)
            shown = evaluated(cloud.record)
    draw(shown, chromium)
    return 0


def draw(shown: Shown, chromium: str) -> None:
    """Take the pictures."""
    with tempfile.TemporaryDirectory() as directory:
        for name, one in pictures(shown).items():
            take(chromium, one, PICTURES / f"{name}.png", Path(directory))
        overview = pictures(shown)["overview"]
        take(chromium, overview, PICTURES / "overview-dark.png", Path(directory), theme="dark")


def talk(drills: Drills, seconds: float) -> None:
    """Make the invocations, evenly over the time."""
    # One of them is a guest of the agent whose guardrail only records.
    clients = {user: (drills.shadow if user == USERS[-1] else drills.agent).client_of_user(user) for user in USERS}
    sessions = {user: new_session_id() for user in USERS}
    # Whole minutes: none at the ends looks like a fall.
    time.sleep(-time.time() % 60)
    start, on = time.time(), ExitStack()
    current: dict[str, dict[str, object]] = {}
    for number in range(INVOCATIONS):
        part = number / INVOCATIONS
        time.sleep(max(0.0, start + seconds * part - time.time()))
        wanted = next((faults for (first, last), faults in FAULTS.items() if first <= part < last), {})
        if wanted != current:
            on.close()
            on.enter_context(drills.fault(**wanted))
            current = wanted
        user = USERS[number % len(USERS)]
        if number % 25 == 24:
            sessions[user] = new_session_id()
            besides(drills)
        attempt(lambda user=user, number=number: clients[user].ask(PROMPTS[number % 10], sessions[user]))  # type: ignore[misc]
    on.close()
    # Log lines arrive a moment later.
    time.sleep(3)


def besides(drills: Drills) -> None:
    """What happens at doors: people sign in, one of them wrongly, and somebody comes with a forged token."""
    attempt(drills.refresh)
    attempt(lambda: drills.sign_in_with("Wrong-Password-1!"))
    attempt(lambda: drills.ask_with("bad.token.here"))


def attempt(request: Callable[[], object]) -> None:
    with suppress(BotoCoreError, ClientError, WorkbenchError, httpx.HTTPError):
        request()


def pictures(shown: Shown) -> dict[str, Shown]:
    """A page for each dashboard, and one for the alarms."""
    found = {"alarms": replace(shown, dashboards=())}
    for board, widgets in shown.dashboards:
        name = next((each for each in NAMES if each.casefold() in board.name.casefold()), board.name)
        title = f"{name} of {AGENT}"
        one = [(replace(board, name=title), widgets)]
        found[name.lower()] = replace(shown, dashboards=one, alarms=())
    return found


NAMES = ("Overview", "Performance", "Sessions", "Errors", "Memory", "Authentication", "Guardrails", "Tools", "Cost")
"""Dashboards of `AgentMonitoring` by a part of their name."""


def take(chromium: str, shown: Shown, picture: Path, work: Path, theme: str = "light") -> None:
    picture.parent.mkdir(parents=True, exist_ok=True)
    html = work / f"{picture.stem}.html"
    html.write_text(page(shown, theme=theme), encoding="utf-8")
    widgets = [widget for _, board in shown.dashboards for widget in board]
    rows = max((each.widget.y + each.widget.height for each in widgets), default=0)
    reasons = sum(bool(each.empty) for each in widgets)
    height = _HEADER + rows * ROW_PIXELS + (reasons + 2 * bool(reasons)) * _REASON + len(shown.alarms) * _ALARM + _FOOT
    arguments = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--window-size={_WIDTH},{height}")
    subprocess.run((chromium, *arguments, f"--screenshot={picture}", html.as_uri()), check=True, capture_output=True)
    print(f"{picture.relative_to(ROOT)}: {picture.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    sys.exit(main())
