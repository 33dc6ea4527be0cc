"""Short-term memory: events of sessions of actors, with branches.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/using-memory-short-term.html
"""

import datetime as dt
import itertools
import json
import threading
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

from workbench.local_cloud.agentcore.memory.values import Clock, Document, matches, to_milliseconds
from workbench.local_cloud.agentcore.service import invalid, not_found

MAIN_BRANCH = "main"
JSON_LIMIT_BYTES = 100_000
"""Largest `json` payload item, by the API reference."""


@dataclass(frozen=True)
class Event:
    """One stored event. Its id sorts as its order in the session: time first, then arrival."""

    event_id: str
    actor_id: str
    session_id: str
    timestamp: dt.datetime
    expires_at: dt.datetime
    payload: Sequence[Document]
    branch: Document
    metadata: Document | None

    def output(self, memory_id: str, *, payloads: bool = True) -> dict[str, object]:
        """The event as the API shows it; without payloads the member is left out altogether."""
        return {
            "memoryId": memory_id,
            "actorId": self.actor_id,
            "sessionId": self.session_id,
            "eventId": self.event_id,
            "eventTimestamp": self.timestamp,
            "payload": list(self.payload) if payloads else None,
            "branch": dict(self.branch),
            "metadata": self.metadata,
        }


@dataclass
class _Session:
    created_at: dt.datetime
    events: dict[str, Event] = field(default_factory=dict)
    branches: dict[str, str | None] = field(default_factory=lambda: {MAIN_BRANCH: None})


class EventStore:
    """The events of one memory.

    Args:
        memory_id: The memory's id.
        clock: Tells the time, for expiry.
    """

    def __init__(self, memory_id: str, clock: Clock) -> None:
        self._memory_id = memory_id
        self._clock = clock
        self._lock = threading.RLock()
        self._sessions: dict[tuple[str, str], _Session] = {}
        self._tokens: dict[str, Event] = {}
        self._numbers = itertools.count(1)

    def create(self, params: Document, *, expiry_days: int) -> tuple[Event, bool]:
        """Store an event, or find the one an equal client token has stored.

        Args:
            params: The parameters of CreateEvent.
            expiry_days: The memory's event expiry.

        Returns:
            The event, and whether it is new.

        Raises:
            ServiceError: `ValidationException`, if a payload item is too large or the branch does not fit.
        """
        _check_payload(cast("Sequence[Document]", params["payload"]))
        token = str(params.get("clientToken") or "")
        with self._lock:
            known = self._tokens.get(token)
            if known is not None:
                return known, False
            event = self._store(params, expiry_days)
            if token:
                self._tokens[token] = event
            return event, True

    def _store(self, params: Document, expiry_days: int) -> Event:
        now = self._clock()
        key = (str(params["actorId"]), str(params.get("sessionId") or uuid.uuid4()))
        session = self._sessions.get(key) or _Session(created_at=now)
        timestamp = to_milliseconds(cast("dt.datetime", params["eventTimestamp"]))
        branch = _branch(session, cast("Document | None", params.get("branch")))
        milliseconds = round(timestamp.timestamp() * 1000)
        event = Event(
            event_id=f"{milliseconds:019d}#{next(self._numbers):08x}",
            actor_id=key[0],
            session_id=key[1],
            timestamp=timestamp,
            expires_at=now + dt.timedelta(days=expiry_days),
            payload=cast("Sequence[Document]", params["payload"]),
            branch=branch,
            metadata=cast("Document | None", params.get("metadata")),
        )
        session.branches[str(branch["name"])] = cast("str | None", branch.get("rootEventId"))
        session.events[event.event_id] = event
        self._sessions[key] = session
        return event

    def get(self, params: Document) -> Event:
        """One event of a session.

        Raises:
            ServiceError: `ResourceNotFoundException`.
        """
        event_id = str(params["eventId"])
        with self._lock:
            for event in self._alive(str(params["actorId"]), str(params["sessionId"])):
                if event.event_id == event_id:
                    return event
        raise not_found(f"Unable to find event with id {event_id}")

    def delete(self, params: Document) -> str:
        """Remove one event; returns its id.

        Raises:
            ServiceError: `ResourceNotFoundException`.
        """
        with self._lock:
            event = self.get(params)
            del self._sessions[event.actor_id, event.session_id].events[event.event_id]
            return event.event_id

    def find(self, params: Document) -> list[Event]:
        """The events of a session that pass the request's filter, newest first; an unknown session has none."""
        key = (str(params["actorId"]), str(params["sessionId"]))
        wanted = cast("Document", params.get("filter") or {})
        filters = cast("Sequence[Document]", wanted.get("eventMetadata") or ())
        with self._lock:
            events = sorted(self._alive(*key), key=lambda event: event.event_id, reverse=True)
            session = self._sessions.get(key)
            branch = cast("Document | None", wanted.get("branch"))
            if session and branch:
                reach = _reach(session, branch)
                events = [event for event in events if _within(event, reach)]
        return [event for event in events if matches(event.metadata or {}, filters)]

    def sessions(self, actor_id: str, *, with_events: bool) -> list[tuple[str, dt.datetime]]:
        """Id and creation time of an actor's sessions, newest first.

        Args:
            actor_id: The actor.
            with_events: Whether only sessions that still hold events count.
        """
        with self._lock:
            found = [
                (session_id, session.created_at)
                for (actor, session_id), session in self._sessions.items()
                if actor == actor_id and (not with_events or any(self._alive(actor, session_id)))
            ]
        return sorted(found, key=lambda row: row[1], reverse=True)

    def actors(self) -> list[str]:
        """Every actor who has a session, sorted."""
        with self._lock:
            return sorted({actor for actor, _ in self._sessions})

    def _alive(self, actor_id: str, session_id: str) -> Iterator[Event]:
        session = self._sessions.get((actor_id, session_id))
        now = self._clock()
        yield from (event for event in list(session.events.values()) if event.expires_at > now) if session else ()


def _check_payload(payload: Sequence[Document]) -> None:
    for item in payload:
        data = cast("Document | None", item.get("json"))
        size = len(json.dumps(data["content"]).encode()) if data else 0
        if size > JSON_LIMIT_BYTES:
            raise invalid(f"a json payload item has {size} bytes; at most {JSON_LIMIT_BYTES} are allowed: split it up")


def _branch(session: _Session, wanted: Document | None) -> Document:
    if wanted is None or (wanted["name"] == MAIN_BRANCH and "rootEventId" not in wanted):
        return {"name": MAIN_BRANCH}
    name = str(wanted["name"])
    root = cast("str | None", wanted.get("rootEventId"))
    if name in session.branches:
        known = session.branches[name]
        if root not in {None, known}:
            raise invalid(f"branch '{name}' starts at event {known}, got rootEventId {root}: use another branch name")
        return {"name": name, "rootEventId": known}
    if root is None:
        raise invalid(f"branch '{name}' does not exist in this session: name the 'rootEventId' from which it starts")
    if root not in session.events:
        raise invalid(f"rootEventId {root} of branch '{name}' is no event of this actor's session")
    return {"name": name, "rootEventId": root}


def _reach(session: _Session, wanted: Document) -> dict[str, str | None]:
    """Which branches are in view, each up to which event (None: to its end)."""
    name = str(wanted["name"])
    reach: dict[str, str | None] = {name: None}
    while wanted.get("includeParentBranches"):
        root = session.branches.get(name)
        parent = session.events.get(root) if root else None
        if parent is None or parent.branch["name"] in reach:
            break
        name = str(parent.branch["name"])
        reach[name] = root
    return reach


def _within(event: Event, reach: dict[str, str | None]) -> bool:
    name = str(event.branch["name"])
    last = reach.get(name)
    return name in reach and (last is None or event.event_id <= last)
