"""One SQLite file that several processes read and write."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_BUSY_SECONDS = 30.0


class Database:
    """Connections to one file, one for each thread.

    Args:
        path: The file; made with its directory if missing.
        schema: Statements that make tables and indexes which are not there yet.
    """

    def __init__(self, path: Path, schema: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._threads = threading.local()
        with self.connection() as connection:
            connection.executescript(schema)

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """This thread's connection; what is done with it is one transaction."""
        connection: sqlite3.Connection | None = getattr(self._threads, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self._path, timeout=_BUSY_SECONDS)
            # Readers do not wait for writers. A local cloud begins empty each time, so nothing has to outlive a crash.
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = OFF")
            self._threads.connection = connection
        with connection:
            yield connection
