"""DynamoDB's PutItem over HTTP: it keeps what real clients send, checks their condition, and fails when told to."""

import json
import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Item = dict[str, dict[str, str]]

# The two forms of condition that are needed, joined by OR.
_ABSENT = re.compile(r"attribute_not_exists\((\w+)\)")
_EQUAL = re.compile(r"(\w+) = (:\w+)")


@dataclass
class FakeSessions:
    """The table, and how the service behaves: change it from the test at any time."""

    url: str = ""
    table: str = "sessions"
    key: str = "session_id"
    items: dict[str, Item] = field(default_factory=dict)
    calls: list[Mapping[str, object]] = field(default_factory=list)
    failure: tuple[int, str] | None = None
    delay: float = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, target: str, body: dict[str, object]) -> tuple[int, dict[str, object]]:
        self.calls.append(body)
        time.sleep(self.delay)
        if self.failure:
            return self.failure[0], {"__type": self.failure[1], "message": "told to fail"}
        if target == "DynamoDB_20120810.DeleteItem" and body["TableName"] == self.table:
            return self._delete(body)
        if target != "DynamoDB_20120810.PutItem" or body["TableName"] != self.table:
            return 400, {"__type": "ResourceNotFoundException", "message": "not here"}
        item = body["Item"]
        values = body.get("ExpressionAttributeValues", {})
        assert isinstance(item, dict)
        assert isinstance(values, dict)
        with self._lock:
            there = self.items.get(item[self.key]["S"], {})
            clauses = str(body["ConditionExpression"]).split(" OR ")
            if not any(self._holds(clause, there, values) for clause in clauses):
                return 400, {"__type": "ConditionalCheckFailedException", "message": "The conditional request failed"}
            self.items[item[self.key]["S"]] = item
        return 200, {}

    def _delete(self, body: dict[str, object]) -> tuple[int, dict[str, object]]:
        key, values = body["Key"], body["ExpressionAttributeValues"]
        assert isinstance(key, dict)
        assert isinstance(values, dict)
        session = key[self.key]["S"]
        with self._lock:
            if not self._holds(str(body["ConditionExpression"]), self.items.get(session, {}), values):
                return 400, {"__type": "ConditionalCheckFailedException", "message": "The conditional request failed"}
            del self.items[session]
        return 200, {}

    @staticmethod
    def _holds(clause: str, item: Item, values: dict[str, dict[str, str]]) -> bool:
        if absent := _ABSENT.fullmatch(clause):
            return absent[1] not in item
        equal = _EQUAL.fullmatch(clause)
        assert equal is not None, clause
        return item.get(equal[1]) == values[equal[2]]


@contextmanager
def serve_sessions() -> Iterator[FakeSessions]:
    """A fake on a free loopback port."""
    sessions = FakeSessions()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, answer = sessions.answer(self.headers["X-Amz-Target"], body)
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.0")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            # A caller that has timed out no longer listens.
            with suppress(ConnectionError):
                self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    sessions.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield sessions
    finally:
        server.shutdown()
        server.server_close()
