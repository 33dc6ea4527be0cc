"""Bedrock's ConverseStream over HTTP: event-stream frames as real boto3 clients read them."""

import json
import struct
import threading
from binascii import crc32
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Converse = dict[str, object]


@contextmanager
def serve_bedrock(answer: Callable[[Converse], str]) -> Iterator[str]:
    """A model on a free loopback port that answers each request with a text."""

    class Handler(BaseHTTPRequestHandler):
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            assert self.path.endswith("/converse-stream")
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Type", "application/vnd.amazon.eventstream")
            self.end_headers()
            self.wfile.write(_frame("messageStart", {"role": "assistant"}))
            for word in answer(request).split(" "):
                delta = {"contentBlockIndex": 0, "delta": {"text": f"{word} "}}
                self.wfile.write(_frame("contentBlockDelta", delta))
            self.wfile.write(_frame("contentBlockStop", {"contentBlockIndex": 0}))
            self.wfile.write(_frame("messageStop", {"stopReason": "end_turn"}))
            usage = {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2}
            self.wfile.write(_frame("metadata", {"usage": usage, "metrics": {"latencyMs": 1}}))

        def log_message(self, format: str, *args: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _frame(kind: str, content: Converse) -> bytes:
    payload = json.dumps(content).encode()
    headers = b"".join(
        _header(name, value)
        for name, value in ((":message-type", "event"), (":event-type", kind), (":content-type", "application/json"))
    )
    prelude = struct.pack("!II", 16 + len(headers) + len(payload), len(headers))
    head = prelude + struct.pack("!I", crc32(prelude)) + headers + payload
    return head + struct.pack("!I", crc32(head))


def _header(name: str, value: str) -> bytes:
    return struct.pack("!B", len(name)) + name.encode() + struct.pack("!BH", 7, len(value)) + value.encode()
