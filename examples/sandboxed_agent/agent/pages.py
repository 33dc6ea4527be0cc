"""Reads a page in a remote browser, by the few commands of the Chrome DevTools Protocol that this takes.

https://chromedevtools.github.io/devtools-protocol/
"""

import itertools
import json
import time
from collections.abc import Mapping
from typing import Any

from websockets.sync.client import ClientConnection, connect

SECONDS = 30.0
"""How long a page may take."""

SIGNED = ("authorization", "x-amz-date", "x-amz-security-token")


class Browser:
    """A connection to a browser."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._deadline = time.monotonic() + SECONDS
        self._numbers = itertools.count(1)

    def call(self, method: str, session: str | None = None, **params: object) -> dict[str, Any]:
        """Send a command and wait for its answer; what the browser says in between is left out."""
        number = next(self._numbers)
        command = {"id": number, "method": method, "params": params, **({"sessionId": session} if session else {})}
        self._socket.send(json.dumps(command))
        while True:
            answer = json.loads(self._socket.recv(timeout=max(0.0, self._deadline - time.monotonic())))
            if answer.get("id") == number:
                if "error" in answer:
                    raise OSError(f"{method}: {answer['error']['message']}")
                result: dict[str, Any] = answer["result"]
                return result


def text_of(url: str, address: str, headers: Mapping[str, str]) -> str:
    """The visible text of a page.

    Raises:
        OSError: If the page is not there in time, or the browser cannot open it.
    """
    signed = {name: value for name, value in headers.items() if name.lower() in SIGNED}
    with connect(address, additional_headers=signed, max_size=None) as socket:
        browser = Browser(socket)
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        opened = browser.call("Page.navigate", session, url=url)
        if "errorText" in opened:
            raise OSError(f"{url}: {opened['errorText']}")
        while _value(browser, session, "document.readyState") != "complete":
            time.sleep(0.2)
        return _value(browser, session, "document.body.innerText")


def _value(browser: Browser, session: str, expression: str) -> str:
    found = browser.call("Runtime.evaluate", session, expression=expression, returnByValue=True)
    return str(found["result"].get("value", ""))
