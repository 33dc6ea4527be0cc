"""AgentCore Identity's token endpoint over HTTP, as real boto3 clients call it."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class FakeIdentity:
    """The token vault: change it from the test at any time."""

    url: str = ""
    token: str = ""
    failure: str | None = None
    requests: list[Mapping[str, object]] = field(default_factory=list)

    def answer(self, path: str, request: Mapping[str, object]) -> tuple[int, dict[str, object]]:
        assert path == "/identities/oauth2/token"
        self.requests.append(request)
        if self.failure:
            return 403, {"__type": self.failure, "message": "told to fail"}
        return 200, {"accessToken": self.token}


@contextmanager
def serve_identity() -> Iterator[FakeIdentity]:
    """A fake on a free loopback port."""
    identity = FakeIdentity()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, answer = identity.answer(self.path, request)
            content = json.dumps(answer).encode()
            self.send_response(status)
            if status >= 400:
                self.send_header("x-amzn-ErrorType", str(answer["__type"]))
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    identity.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield identity
    finally:
        server.shutdown()
        server.server_close()
