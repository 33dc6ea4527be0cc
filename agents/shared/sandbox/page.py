"""Reads a page in a remote browser over the Chrome DevTools Protocol, and lets the page send nothing.

https://chromedevtools.github.io/devtools-protocol/
"""

import ipaddress
import itertools
import json
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

CONNECT_SECONDS = 10.0
LOAD_SECONDS = 20.0
"""How long a page may load; then what is there is read."""
ANSWER_SECONDS = 10.0
MAX_MESSAGE = 8_000_000
"""Bytes of one message of the browser."""

_READING = frozenset({"GET", "HEAD"})
# The rest of what the SDK adds is the WebSocket library's business.
_SIGNED = frozenset({"authorization", "x-amz-date", "x-amz-security-token"})
_READ = "({title: document.title, url: location.href, text: (document.body ? document.body.innerText : '')})"

Json = dict[str, object]


class PageError(Exception):
    """A page cannot be read; the message says why."""


@dataclass(frozen=True)
class Page:
    """What a page says.

    Args:
        url: Where it was found, after redirects.
        title: Its title.
        text: Its visible text.
        complete: Whether it had loaded in time.
        blocked: How many requests of the page were stopped because they would have sent something.
    """

    url: str
    title: str
    text: str
    complete: bool
    blocked: int


def check_url(url: str) -> None:
    """Refuse what is no public web address.

    Names are not looked up: what they lead to is seen by the browser's network alone.

    Raises:
        PageError: If it is another scheme, or an address of the browser's own machine or of its link.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise PageError(f"only http and https addresses can be read, got {url[:200]!r}")
    if parts.hostname == "localhost" or parts.hostname.endswith(".localhost"):
        raise PageError(f"{parts.hostname} is the browser's own machine")
    with suppress(ValueError):
        address = ipaddress.ip_address(parts.hostname)
        if address.is_loopback or address.is_link_local or address.is_unspecified:
            raise PageError(f"{parts.hostname} is an address of the browser's own machine or link")


def read_page(url: str, address: str, headers: Mapping[str, str], *, load_seconds: float = LOAD_SECONDS) -> Page:
    """Open a page in a tab of its own, read it, and close the tab.

    Requests that would send something (any method but GET and HEAD) are stopped, as are downloads and addresses that
    `check_url` refuses. That holds for the page and its own frames; frames and workers that the browser runs as
    processes of their own are not covered, so this keeps the agent from acting, not a page from talking home.

    Args:
        url: The page.
        address: The browser's WebSocket.
        headers: Headers that open it, signed.
        load_seconds: How long the page may load.

    Raises:
        PageError: If the address is refused or the page cannot be opened.
        OSError: If the browser cannot be reached or breaks off.
    """
    check_url(url)
    signed = {name: value for name, value in headers.items() if name.lower() in _SIGNED}
    with connect(
        address, additional_headers=signed, open_timeout=CONNECT_SECONDS, max_size=MAX_MESSAGE, proxy=None
    ) as socket:
        try:
            return _Tab(socket).read(url, load_seconds)
        except (ConnectionClosed, TimeoutError) as error:
            raise ConnectionError(f"the browser broke off: {error}") from error


class _Tab:
    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._session: str | None = None
        self._events: deque[Json] = deque()
        self._blocked = 0

    def read(self, url: str, load_seconds: float) -> Page:
        self._call("Browser.setDownloadBehavior", behavior="deny")
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        attached = self._call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = str(attached["sessionId"])
        try:
            self._call("Page.enable")
            self._call("Fetch.enable", patterns=[{"urlPattern": "*"}])
            complete = self._navigate(url, load_seconds)
            answer = self._call("Runtime.evaluate", expression=_READ, returnByValue=True)
            found = cast("Json", cast("Json", answer["result"]).get("value") or {})
            return Page(
                str(found.get("url", url)),
                str(found.get("title", "")),
                str(found.get("text", "")),
                complete,
                self._blocked,
            )
        finally:
            with suppress(PageError, ConnectionClosed, TimeoutError):
                self._session = None
                self._call("Target.closeTarget", targetId=target)

    def _navigate(self, url: str, seconds: float) -> bool:
        answer = self._call("Page.navigate", seconds, url=url)
        if answer.get("errorText"):
            raise PageError(f"{url} cannot be opened: {answer['errorText']}")
        deadline = time.monotonic() + seconds
        while not any(event.get("method") == "Page.loadEventFired" for event in self._events):
            try:
                self._receive(deadline)
            except TimeoutError:
                return False
        return True

    def _call(self, method: str, seconds: float = ANSWER_SECONDS, **params: object) -> Json:
        number = self._send(method, params)
        deadline = time.monotonic() + seconds
        while True:
            message = self._receive(deadline)
            if message.get("id") == number:
                if "error" in message:
                    raise PageError(f"{method}: {cast('Json', message['error']).get('message')}")
                return cast("Json", message.get("result") or {})

    def _send(self, method: str, params: Mapping[str, object]) -> int:
        number = next(self._numbers)
        command: Json = {"id": number, "method": method, "params": params}
        if self._session is not None:
            command["sessionId"] = self._session
        self._socket.send(json.dumps(command))
        return number

    def _receive(self, deadline: float) -> Json:
        """The next message; requests that wait for a decision get it on the way."""
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("no answer in time")
        message = cast("Json", json.loads(self._socket.recv(timeout=left)))
        if message.get("method") == "Fetch.requestPaused":
            self._decide(cast("Json", message["params"]))
        elif "method" in message:
            self._events.append(message)
        return message

    def _decide(self, paused: Json) -> None:
        request = cast("Json", paused["request"])
        if request.get("method") in _READING and _allowed(str(request.get("url", ""))):
            self._send("Fetch.continueRequest", {"requestId": paused["requestId"]})
        else:
            self._blocked += 1
            self._send("Fetch.failRequest", {"requestId": paused["requestId"], "errorReason": "BlockedByClient"})


def _allowed(url: str) -> bool:
    # A page's own data, which leads nowhere.
    if urlsplit(url).scheme in {"data", "blob", "about"}:
        return True
    try:
        check_url(url)
    except PageError:
        return False
    return True
