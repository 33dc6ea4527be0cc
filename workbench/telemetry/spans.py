"""Spans of agents, kept by session and by trace.

Which session a span belongs to says the process that sent it, not the span.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from workbench.telemetry._database import Database

_SCHEMA = """
CREATE TABLE IF NOT EXISTS span (
    trace_id TEXT NOT NULL, span_id TEXT NOT NULL, parent_id TEXT NOT NULL, session_id TEXT NOT NULL,
    agent TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, started REAL NOT NULL, ended REAL NOT NULL,
    error TEXT, scope TEXT NOT NULL, attributes TEXT NOT NULL, PRIMARY KEY (trace_id, span_id)
);
CREATE INDEX IF NOT EXISTS span_of_session ON span (session_id, started);
"""
_COLUMNS = "trace_id, span_id, parent_id, session_id, agent, name, kind, started, ended, error, scope, attributes"


@dataclass(frozen=True)
class Span:
    """One span.

    Args:
        trace_id: Hexadecimal id of its trace.
        span_id: Hexadecimal id of its own.
        parent_id: That of the span it is part of; empty for none.
        session_id: The session whose process sent it.
        agent: ARN of the runtime whose process sent it.
        name: Its name.
        kind: `INTERNAL`, `SERVER`, `CLIENT`, `PRODUCER` or `CONSUMER`.
        started: When it began, in seconds since the epoch.
        ended: When it ended.
        error: What went wrong, empty where it does not say; None where nothing did.
        scope: The instrumentation that made it.
        attributes: Its attributes.
    """

    trace_id: str
    span_id: str
    parent_id: str
    session_id: str
    agent: str
    name: str
    kind: str
    started: float
    ended: float
    error: str | None = None
    scope: str = ""
    attributes: Mapping[str, object] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.ended - self.started


class SpanStore:
    """The spans of one local cloud. Safe to use from several threads and processes at once.

    Args:
        path: The file; made if missing.
    """

    def __init__(self, path: Path) -> None:
        self._database = Database(path, _SCHEMA)

    def record(self, spans: Iterable[Span]) -> None:
        """Keep spans; one that comes twice is kept once."""
        rows = [
            (
                *(
                    s.trace_id,
                    s.span_id,
                    s.parent_id,
                    s.session_id,
                    s.agent,
                    s.name,
                    s.kind,
                    s.started,
                    s.ended,
                    s.error,
                ),
                s.scope,
                json.dumps(dict(s.attributes)),
            )
            for s in spans
        ]
        with self._database.connection() as connection:
            connection.executemany(
                f"INSERT OR REPLACE INTO span ({_COLUMNS}) VALUES ({', '.join('?' * 12)})",  # noqa: S608
                rows,
            )

    def of_session(self, session_id: str) -> list[Span]:
        """The spans of a session, oldest first."""
        return self._select("WHERE session_id = ? ORDER BY started", session_id)

    def of_trace(self, trace_id: str) -> list[Span]:
        """The spans of a trace, oldest first."""
        return self._select("WHERE trace_id = ? ORDER BY started", trace_id)

    def sessions(self) -> list[str]:
        """The sessions that have spans, the one with the newest span first."""
        query = "SELECT session_id FROM span GROUP BY session_id ORDER BY MAX(started) DESC"
        with self._database.connection() as connection:
            return [str(row[0]) for row in connection.execute(query)]

    def _select(self, condition: str, value: str) -> list[Span]:
        with self._database.connection() as connection:
            rows = connection.execute(f"SELECT {_COLUMNS} FROM span {condition}", (value,)).fetchall()  # noqa: S608
        return [Span(*(*row[:-1], json.loads(row[-1]))) for row in rows]
