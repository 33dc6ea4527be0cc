"""The front end on the local cloud: its first page, what it adds to an answer's first word, and what it needs."""

import json
import statistics
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import httpx
import psutil
from playwright.sync_api import BrowserContext
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

from benchmarks.table import Row
from tests.browser.chromium import launched
from tests.browser.pages import ASSISTANT, ChatPage
from tests.browser.system import VIEWER, ChatSystem, chat_system
from workbench.local_cloud.agents import DeployedAgent
from workbench.local_cloud.model_choice import SCRIPTED, ModelChoice

FIRST_PAGE_SECONDS = 1.0
ADDED_MILLISECONDS = 150.0
CONVERSATIONS = 100
MEMORY_MIB = 1024.0

_ROUNDS = 10
_MIB = 2**20
_RUN_SECONDS = 60.0
# Set before a message is sent: remembers when the answer's first words stand on the page.
_WATCH = """words => {
  window.seen = null;
  const before = document.querySelectorAll('[data-testid=stChatMessage]').length;
  const look = () => {
    const said = [...document.querySelectorAll('[data-testid=stChatMessage]')];
    if (said.length === before + 2 && said.at(-1).innerText.includes(words)) window.seen = performance.now();
    else requestAnimationFrame(look);
  };
  window.begun = null;
  addEventListener('keydown', () => { window.begun = performance.now(); }, {once: true, capture: true});
  requestAnimationFrame(look);
}"""


def measure() -> list[Row]:
    """The rows; run it alone."""
    with ExitStack() as running:
        work = Path(running.enter_context(tempfile.TemporaryDirectory()))
        browser = running.enter_context(launched())
        system = running.enter_context(chat_system(work, model=ModelChoice.parse(SCRIPTED)))
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        page = ChatPage(context.new_page(), system.address)
        page.open()
        page.sign_in(VIEWER)
        page.begin(ASSISTANT)
        page.ask("My favorite number is 42")
        return [*_first_page(page), *_first_words(page, system), *_conversations(page, context, system)]


def _first_page(page: ChatPage) -> Iterator[Row]:
    taken: list[float] = []
    for _ in range(_ROUNDS):
        begun = time.perf_counter()
        page.open()
        page.prompt.wait_for()
        taken.append(time.perf_counter() - begun)
    how = f"a browser loads it, signed in, until a message can be typed; median of {_ROUNDS}"
    yield Row("front end: first page, warm", statistics.median(taken), "s", FIRST_PAGE_SECONDS, how)


def _first_words(page: ChatPage, system: ChatSystem) -> Iterator[Row]:
    agent = system.agent("memory_assistant")
    token = agent.sign_in(VIEWER).access_token
    session = f"bench-{uuid.uuid4()}"
    with httpx.Client(base_url=system.cloud.endpoint, trust_env=False, timeout=60) as client:
        # The first answer starts the agent's process.
        own = [_agents_first_word(client, agent, token, session, number) for number in range(_ROUNDS + 1)][1:]
    page.begin(ASSISTANT)
    page.ask("My first number is 1")
    page.page.wait_for_timeout(1_000)
    shown = [_pages_first_word(page, number) for number in range(_ROUNDS)]
    added = (statistics.median(shown) - statistics.median(own)) * 1000
    yield Row(
        "first words: the agent alone", statistics.median(own) * 1000, "ms", how="streamed over HTTP, warm session"
    )
    how = f"from the key that sends a message to words on the page, less the agent alone; medians of {_ROUNDS}"
    yield Row("first words: the front end adds", added, "ms", ADDED_MILLISECONDS, how)


def _agents_first_word(client: httpx.Client, agent: DeployedAgent, token: str, session: str, number: int) -> float:
    headers = {
        "Authorization": f"Bearer {token}",
        "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id": session,
        "Accept": "text/event-stream",
    }
    body = {"prompt": f"My lucky number is {number}", "stream": True}
    begun = time.perf_counter()
    with client.stream("POST", f"/runtimes/{quote(agent.arn, safe='')}/invocations", headers=headers, json=body) as got:
        for line in got.iter_lines():
            if line.startswith("data:") and json.loads(line.removeprefix("data:")).get("type") == "text":
                return time.perf_counter() - begun
    raise AssertionError(f"the agent said nothing: HTTP {got.status_code}")


def _pages_first_word(page: ChatPage, number: int) -> float:
    page.prompt.fill(f"My lucky number is {number}")
    page.page.evaluate(_WATCH, "remember")
    page.prompt.press("Enter")
    page.page.wait_for_function("window.seen !== null")
    taken = float(page.page.evaluate("window.seen - window.begun")) / 1000
    page.page.wait_for_timeout(500)
    return taken


def _conversations(page: ChatPage, context: BrowserContext, system: ChatSystem) -> Iterator[Row]:
    before = _resident(system)
    with ExitStack() as opened:
        sockets = [opened.enter_context(_open(context, system)) for _ in range(CONVERSATIONS)]
        for socket in sockets:
            _run(socket, page.page.url.partition("?")[2])
        after = _resident(system)
    how = f"resident, with {CONVERSATIONS} pages open at a conversation of {_ROUNDS + 1} turns"
    yield Row("front end: memory at rest", before, "MiB")
    yield Row(f"front end: {CONVERSATIONS} open conversations", after, "MiB", MEMORY_MIB, how)


def _open(context: BrowserContext, system: ChatSystem) -> ClientConnection:
    cookies = {cookie["name"]: cookie["value"] for cookie in context.cookies(system.address)}
    header = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return connect(
        f"{system.address.replace('http', 'ws')}/_stcore/stream",
        additional_headers={"Cookie": header, "Origin": system.address},
        subprotocols=["streamlit", cookies["_streamlit_xsrf"]],  # type: ignore[list-item]
        max_size=None,
        proxy=None,
    )


def _run(socket: ClientConnection, query: str) -> None:
    """Have the page drawn, and make sure that the whole conversation is on it."""
    request = BackMsg()
    request.rerun_script.query_string = query
    socket.send(request.SerializeToString())
    drawn = b""
    while True:
        received = bytes(socket.recv(_RUN_SECONDS))  # type: ignore[arg-type]
        drawn += received
        message = ForwardMsg()
        message.ParseFromString(received)
        if message.WhichOneof("type") == "script_finished":
            missing = [number for number in range(_ROUNDS) if f"My lucky number is {number}".encode() not in drawn]
            assert not missing, f"turns of the conversation were not drawn: {missing}"
            return


def _resident(system: ChatSystem) -> float:
    guard = psutil.Process(system.front_end.process.pid)
    return sum(process.memory_info().rss for process in guard.children(recursive=True)) / _MIB
