"""A browser as far as the Chrome DevTools Protocol shows it: scripted pages, and what was asked of it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from websockets.datastructures import Headers
from websockets.sync.server import ServerConnection, serve

Json = dict[str, object]


@dataclass
class FakeBrowser:
    """How the browser behaves."""

    url: str = ""
    text: str = "Hello, reader."
    error: str = ""
    loads: bool = True
    crashes: bool = False
    requests: list[tuple[str, str]] = field(default_factory=list)
    """What the page asks for while it loads: method and address."""
    decisions: dict[str, str] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    headers: Headers = field(default_factory=Headers)
    closed_tabs: int = 0

    def serve(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        self.headers = socket.request.headers
        for raw in socket:
            command = json.loads(raw)
            method, params = command["method"], command["params"]
            self.commands.append(method)
            if method in {"Fetch.continueRequest", "Fetch.failRequest"}:
                self.decisions[params["requestId"]] = method.removeprefix("Fetch.")
            if method == "Page.navigate" and self.crashes:
                socket.close()
                return
            if method == "Page.navigate":
                for number, (verb, address) in enumerate([("GET", params["url"]), *self.requests]):
                    paused = {"requestId": str(number), "request": {"method": verb, "url": address}}
                    socket.send(json.dumps({"method": "Fetch.requestPaused", "params": paused}))
            socket.send(json.dumps({"id": command["id"], "result": self._result(method, params)}))
            if method == "Page.navigate" and self.loads and not self.error:
                socket.send(json.dumps({"method": "Page.loadEventFired", "params": {}}))

    def _result(self, method: str, params: Json) -> Json:
        self.closed_tabs += method == "Target.closeTarget"
        if method == "Page.navigate":
            self.url = str(params["url"])
            return {"errorText": self.error} if self.error else {"frameId": "f"}
        value = {"title": "A page", "url": self.url, "text": self.text}
        answers: dict[str, Json] = {
            "Target.createTarget": {"targetId": "t"},
            "Target.attachToTarget": {"sessionId": "s"},
            "Runtime.evaluate": {"result": {"type": "object", "value": value}},
        }
        return answers.get(method, {})


@contextmanager
def serve_browser() -> Iterator[tuple[FakeBrowser, str]]:
    """A browser and its WebSocket's address, for the time of the block."""
    fake = FakeBrowser()
    with serve(fake.serve, "127.0.0.1", 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield fake, f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        server.shutdown()
