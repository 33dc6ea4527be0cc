"""How examples/sandboxed_agent reads a page: against a stand-in that speaks the browser's protocol."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.server import ServerConnection, serve

from tests.modules import load

SOURCE = Path(__file__).parent.parent.parent / "examples/sandboxed_agent/agent/pages.py"
HEADERS = {"Authorization": "AWS4-HMAC-SHA256 x", "X-Amz-Date": "20261121T000000Z", "Connection": "Upgrade"}
TEXT = "Prices\n12 euros"


@pytest.fixture
def pages() -> Any:
    return load(SOURCE, "sandboxed_pages")


class Chromium:
    """Answers as Chromium does, events in between included. The page is complete when it is asked a second time."""

    def __init__(self, *, error: str = "", complete: bool = True) -> None:
        self.error = error
        self.complete = complete
        self.methods: list[str] = []
        self.headers: dict[str, str] = {}

    def talk(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        self.headers = dict(socket.request.headers.raw_items())
        for message in socket:
            command = json.loads(message)
            self.methods.append(command["method"])
            socket.send(json.dumps({"method": "Target.targetInfoChanged", "params": {}}))
            socket.send(json.dumps({"id": command["id"], "result": self.result(command)}))

    def result(self, command: dict[str, Any]) -> dict[str, Any]:
        asked = command["params"].get("expression")
        if asked == "document.readyState":
            ready = self.complete and self.methods.count("Runtime.evaluate") > 1
            return {"result": {"value": "complete" if ready else "loading"}}
        if asked:
            return {"result": {"value": TEXT}}
        if command["method"] == "Page.navigate":
            assert command["sessionId"] == "page"
            return {"errorText": self.error} if self.error else {"frameId": "1"}
        return {"targetId": "target"} if command["method"] == "Target.createTarget" else {"sessionId": "page"}


@contextmanager
def listening(talk: Callable[[ServerConnection], None]) -> Iterator[str]:
    with serve(talk, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}/"
        server.shutdown()
        thread.join()


def test_the_text_of_a_page_once_it_is_complete(pages: Any) -> None:
    chromium = Chromium()
    with listening(chromium.talk) as address:
        assert pages.text_of("https://shop.example/", address, HEADERS) == TEXT
    assert chromium.methods.count("Runtime.evaluate") == 3
    assert {name.lower() for name in chromium.headers} >= {"authorization", "x-amz-date"}


def test_fails_for_an_address_that_does_not_answer(pages: Any) -> None:
    with (
        listening(Chromium(error="net::ERR_NAME_NOT_RESOLVED").talk) as address,
        pytest.raises(OSError, match=r"https://no\.example/: net::ERR_NAME_NOT_RESOLVED"),
    ):
        pages.text_of("https://no.example/", address, HEADERS)


def test_fails_for_a_page_that_does_not_end(pages: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "SECONDS", 0.5)
    with listening(Chromium(complete=False).talk) as address, pytest.raises(OSError):  # noqa: PT011 -- a time-out has no text
        pages.text_of("https://slow.example/", address, HEADERS)
