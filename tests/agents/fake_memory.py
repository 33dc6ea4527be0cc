"""AgentCore Memory's data plane over HTTP: it keeps what real boto3 clients send, and fails when told to."""

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote

Json = dict[str, object]


@dataclass
class Call:
    """One request, as the service would see it."""

    operation: str
    body: Json
    path: tuple[str, ...]


@dataclass
class FakeMemory:
    """The service's state, and how it behaves: change it from the test at any time."""

    url: str = ""
    calls: list[Call] = field(default_factory=list)
    events: list[Json] = field(default_factory=list)
    records: list[tuple[str, str, float]] = field(default_factory=list)
    failures: dict[str, tuple[int, str]] = field(default_factory=dict)
    failures_after_storing: dict[str, tuple[int, str]] = field(default_factory=dict)
    delays: dict[str, float] = field(default_factory=dict)

    def fail(self, *operations: str, status: int = 403, code: str = "AccessDeniedException") -> None:
        for operation in operations or ("CreateEvent", "ListEvents", "RetrieveMemoryRecords"):
            self.failures[operation] = (status, code)

    def recover(self) -> None:
        self.failures.clear()
        self.failures_after_storing.clear()
        self.delays.clear()

    def operations(self) -> list[str]:
        return [call.operation for call in self.calls]

    def said(self, actor: str, session: str) -> list[tuple[str, str]]:
        """(role, text) of the stored messages, in order; text of tool blocks is left out."""
        found = []
        for event in self.events:
            if (event["actorId"], event["sessionId"]) != (actor, session):
                continue
            payload = event["payload"]
            assert isinstance(payload, list)
            for item in payload:
                if "conversational" in item:
                    message = json.loads(item["conversational"]["content"]["text"])["message"]
                    text = "".join(block.get("text", "") for block in message["content"])
                    found.append((item["conversational"]["role"], text))
        return found

    def answer(self, method: str, path: tuple[str, ...], body: Json) -> tuple[int, Json]:
        operation = self._operation(method, path)
        self.calls.append(Call(operation, body, path))
        time.sleep(self.delays.get(operation, 0))
        if operation in self.failures:
            return self._error(self.failures[operation])
        status, answer = getattr(self, f"_{operation}")(path, body)
        if operation in self.failures_after_storing:
            return self._error(self.failures_after_storing[operation])
        return status, answer

    @staticmethod
    def _operation(method: str, path: tuple[str, ...]) -> str:
        if method == "DELETE":
            return "DeleteEvent" if "events" in path else "DeleteMemoryRecord"
        by_end = {
            "retrieve": "RetrieveMemoryRecords",
            "events": "CreateEvent",
            "sessions": "ListSessions",
            "memoryRecords": "ListMemoryRecords",
        }
        return by_end.get(path[-1], "ListEvents")

    @staticmethod
    def _error(failure: tuple[int, str]) -> tuple[int, Json]:
        return failure[0], {"__type": failure[1], "message": "told to fail"}

    def _CreateEvent(self, path: tuple[str, ...], body: Json) -> tuple[int, Json]:  # noqa: N802
        same = [event for event in self.events if event["clientToken"] == body["clientToken"]]
        event = (
            same[0] if same else {**body, "memoryId": path[1], "eventId": f"{len(self.events):04}#{len(self.events):x}"}
        )
        if not same:
            self.events.append(event)
        return 201, {"event": self._public(event)}

    def _ListEvents(self, path: tuple[str, ...], body: Json) -> tuple[int, Json]:  # noqa: N802
        mine = [e for e in self.events if (e["actorId"], e["sessionId"]) == (unquote(path[3]), unquote(path[5]))]
        if body.get("filter"):
            # The one filter that is needed.
            key = body["filter"]["eventMetadata"][0]["left"]["metadataKey"]  # type: ignore[index]
            mine = [event for event in mine if key in event.get("metadata", {})]  # type: ignore[operator]
        hidden: Json = {} if body.get("includePayloads") else {"payload": []}
        return 200, _page("events", [{**self._public(event), **hidden} for event in reversed(mine)], body)

    def _DeleteEvent(self, path: tuple[str, ...], body: Json) -> tuple[int, Json]:  # noqa: N802
        wanted = (unquote(path[3]), unquote(path[5]), unquote(path[7]))
        found = [e for e in self.events if (e["actorId"], e["sessionId"], e["eventId"]) == wanted]
        if not found:
            return self._error((404, "ResourceNotFoundException"))
        self.events.remove(found[0])
        return 200, {"eventId": wanted[2]}

    def _ListSessions(self, path: tuple[str, ...], body: Json) -> tuple[int, Json]:  # noqa: N802
        assert body["filter"] == {"eventFilter": "HAS_EVENTS"}
        actor = unquote(path[3])
        first = {str(e["sessionId"]): e["eventTimestamp"] for e in reversed(self.events) if e["actorId"] == actor}
        rows: list[Json] = [
            {"sessionId": session, "actorId": actor, "createdAt": created} for session, created in first.items()
        ]
        return 200, _page("sessionSummaries", rows, body)

    def _ListMemoryRecords(self, path: tuple[str, ...], body: Json) -> tuple[int, Json]:  # noqa: N802
        below = str(body["namespacePath"])
        rows = [self._record(each) for each in self.records if each[0].startswith(below)]
        return 200, _page("memoryRecordSummaries", rows, body)

    def _DeleteMemoryRecord(self, path: tuple[str, ...], body: Json) -> tuple[int, Json]:  # noqa: N802
        found = [each for each in self.records if self._record(each)["memoryRecordId"] == path[3]]
        if not found or body["namespace"] != [found[0][0]]:
            return self._error((404, "ResourceNotFoundException"))
        self.records.remove(found[0])
        return 200, {"memoryRecordId": path[3]}

    @staticmethod
    def _record(record: tuple[str, str, float]) -> Json:
        namespace, text, _ = record
        return {
            "memoryRecordId": f"mem-{hashlib.sha1(repr(record).encode()).hexdigest()}",
            "memoryStrategyId": "facts-0123456789",
            "namespaces": [namespace],
            "content": {"text": text},
            "createdAt": 1_790_000_000,
        }

    def _RetrieveMemoryRecords(self, path: tuple[str, ...], body: Json) -> tuple[int, Json]:  # noqa: N802
        criteria = body["searchCriteria"]
        assert isinstance(criteria, dict)
        below = str(body["namespacePath"])
        found = sorted((r for r in self.records if r[0].startswith(below)), key=lambda record: -record[2])
        return 200, {
            "memoryRecordSummaries": [
                {
                    "memoryRecordId": f"mem-{index:040}",
                    "memoryStrategyId": "facts-0123456789",
                    "namespaces": [namespace],
                    "content": {"text": text},
                    "score": score,
                    "createdAt": 1_790_000_000,
                }
                for index, (namespace, text, score) in enumerate(found[: criteria["topK"]])
            ]
        }

    @staticmethod
    def _public(event: Json) -> Json:
        return {name: value for name, value in event.items() if name != "clientToken"}


def _page(name: str, rows: list[Json], body: Json) -> Json:
    size, start = min(2, int(str(body.get("maxResults", 2)))), int(str(body.get("nextToken", 0)))
    following: Json = {"nextToken": str(start + size)} if start + size < len(rows) else {}
    return {name: rows[start : start + size], **following}


@contextmanager
def serve_memory() -> Iterator[FakeMemory]:
    """A fake on a free loopback port."""
    memory = FakeMemory()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            address, _, query = self.path.partition("?")
            body = json.loads(raw or b"{}") | parse_qs(query)
            status, answer = memory.answer(self.command, tuple(address.strip("/").split("/")), body)
            content = json.dumps(answer).encode()
            self.send_response(status)
            if status >= 400:
                self.send_header("x-amzn-ErrorType", str(answer["__type"]))
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            # A caller that has timed out no longer listens.
            with suppress(ConnectionError):
                self.wfile.write(content)

        do_DELETE = do_POST  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    memory.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield memory
    finally:
        server.shutdown()
        server.server_close()
