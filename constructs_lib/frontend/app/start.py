"""Entry point of the container: checks what it is told, and serves the page at port 8501.

On one's own machine: `AWS_ENDPOINT_URL=… CHAT_AGENTS=… python start.py`, with every variable of
`chat_app/settings.py`; `CHAT_PORT` chooses another port, `CHAT_HOST` the address to listen at.
"""

import logging
import os
import signal
import sys
from pathlib import Path

from chat_app.server import HOST, PORT, serve  # type: ignore[import-not-found]
from chat_app.settings import SettingsError  # type: ignore[import-not-found]


def main() -> None:
    """Serve, or say what is missing."""
    # An exit instead of an end on the spot: the file with the secrets goes too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    # They would write a line for each call.
    for name in ("httpx", "httpx2"):
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        host, port = os.environ.get("CHAT_HOST") or HOST, int(os.environ.get("CHAT_PORT") or PORT)
        serve(Path(__file__).parent / "app.py", host=host, port=port)
    except SettingsError as error:
        sys.exit(f"the front end cannot start: {error}")


if __name__ == "__main__":
    main()
