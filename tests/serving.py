"""Fakes and servers under test, on real sockets."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp


@contextmanager
def serving(application: ASGIApp, *, port: int = 0) -> Iterator[str]:
    """Serve an application on loopback until the block ends.

    Args:
        application: What to serve.
        port: Where. Default: a free port.

    Yields:
        Its address.
    """
    config = uvicorn.Config(application, port=port, log_level="warning", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start: its log says why"
        time.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
