"""One actor's conversations in AgentCore Memory: sessions, and the events in them.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/using-memory-short-term.html
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from botocore.exceptions import ClientError

from agents.shared import _events
from agents.shared.conversations.names import NAME_KEY, latest_name, name_metadata

if TYPE_CHECKING:
    from mypy_boto3_bedrock_agentcore import BedrockAgentCoreClient
    from mypy_boto3_bedrock_agentcore.type_defs import (
        EventMetadataFilterExpressionTypeDef,
        EventTypeDef,
        FilterInputTypeDef,
        ListEventsOutputTypeDef,
        SessionSummaryTypeDef,
    )

PAGE = 100
"""The most that one call lists."""

_HAS_NAME: "EventMetadataFilterExpressionTypeDef" = {"left": {"metadataKey": NAME_KEY}, "operator": "EXISTS"}
_AT_ONCE = 8
Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Summary:
    """A conversation in a list.

    Args:
        id: Its session id.
        name: What it is called; None: nobody has named it.
        created_at: When it began.
        last_used_at: When something was last said in it, or it was renamed.
    """

    id: str
    name: str | None
    created_at: datetime
    last_used_at: datetime

    def shown(self) -> dict[str, object]:
        """The conversation as an operation answers it; times as ISO 8601 in UTC."""
        return {
            "id": self.id,
            "name": self.name,
            "created_at": utc(self.created_at),
            "last_used_at": utc(self.last_used_at),
        }


class ConversationStore:
    """The conversations of one actor.

    Args:
        client: AgentCore's data plane.
        memory_id: The memory.
        actor_id: Whose conversations; every call names this actor and no other.
    """

    def __init__(self, client: "BedrockAgentCoreClient", memory_id: str, actor_id: str) -> None:
        self._client = client
        self._memory_id = memory_id
        self._actor_id = actor_id

    def sessions(self, limit: int, token: str | None) -> tuple[list["SessionSummaryTypeDef"], str | None]:
        """A page of the actor's sessions that hold events, and where the next one begins.

        Args:
            limit: Most sessions, up to 100.
            token: Where to begin. None: at the first.
        """
        answer = self._client.list_sessions(
            memoryId=self._memory_id,
            actorId=self._actor_id,
            maxResults=limit,
            filter={"eventFilter": "HAS_EVENTS"},
            **({"nextToken": token} if token else {}),
        )
        return answer["sessionSummaries"], answer.get("nextToken")

    def all_sessions(self) -> list[str]:
        """The ids of all the actor's sessions that hold events."""
        found, token = self.sessions(PAGE, None)
        while token:
            more, token = self.sessions(PAGE, token)
            found += more
        return [session["sessionId"] for session in found]

    def summaries(self, sessions: Sequence["SessionSummaryTypeDef"]) -> list[Summary]:
        """What a list shows of sessions, last used first; one that was emptied meanwhile is left out.

        Args:
            sessions: Sessions of the actor.
        """
        found = (summary for summary in at_once(self._summary, sessions) if summary is not None)
        return sorted(found, key=lambda summary: summary.last_used_at, reverse=True)

    def summary(self, session_id: str, events: Sequence["EventTypeDef"]) -> Summary:
        """What a list shows of a session whose events are known.

        Args:
            session_id: The session.
            events: All its events, oldest first; at least one.
        """
        return Summary(session_id, latest_name(events), events[0]["eventTimestamp"], events[-1]["eventTimestamp"])

    def events(self, session_id: str) -> list["EventTypeDef"]:
        """Every event of a session, oldest first; none if the actor has no such session.

        Args:
            session_id: The session.
        """
        return _events.read_events(self._client, self._address(session_id))

    def exists(self, session_id: str) -> bool:
        """Whether the actor has a session that holds events.

        Args:
            session_id: The session.
        """
        page = next(self._pages(session_id, 1), None)
        return page is not None and bool(page["events"])

    def rename(self, session_id: str, name: str) -> None:
        """Name a session; extraction of long-term memories leaves the name alone.

        Args:
            session_id: A session that exists.
            name: A checked name.
        """
        self._client.create_event(
            memoryId=self._memory_id,
            actorId=self._actor_id,
            sessionId=session_id,
            eventTimestamp=datetime.now(UTC),
            payload=[],
            metadata=name_metadata(name),
            extractionMode="SKIP",
        )

    def delete(self, session_id: str) -> int:
        """Delete every event of a session; returns how many there were.

        Args:
            session_id: The session.
        """
        # All pages first: what is deleted between two of them would shift the second.
        events = [event for page in self._pages(session_id, PAGE) for event in page["events"]]
        return sum(at_once(lambda event: self._delete_event(session_id, event["eventId"]), events))

    def _summary(self, session: "SessionSummaryTypeDef") -> Summary | None:
        session_id = session["sessionId"]
        page = next(self._pages(session_id, PAGE), None)
        if page is None or not page["events"]:
            return None
        name = latest_name(page["events"])
        if name is None and page.get("nextToken"):
            named = self._pages(session_id, PAGE, {"eventMetadata": [_HAS_NAME]})
            name = latest_name(event for each in named for event in each["events"])
        last = max(event["eventTimestamp"] for event in page["events"])
        return Summary(session_id, name, session["createdAt"], last)

    def _pages(
        self, session_id: str, size: int, wanted: "FilterInputTypeDef | None" = None
    ) -> Iterator["ListEventsOutputTypeDef"]:
        ask = partial(
            self._client.get_paginator("list_events").paginate,
            memoryId=self._memory_id,
            actorId=self._actor_id,
            sessionId=session_id,
            includePayloads=False,
            PaginationConfig={"PageSize": size},
        )
        pages = ask(filter=wanted) if wanted else ask()
        try:
            yield from pages
        except ClientError as error:
            if not is_missing(error):
                raise

    def _delete_event(self, session_id: str, event_id: str) -> int:
        try:
            self._client.delete_event(
                memoryId=self._memory_id, actorId=self._actor_id, sessionId=session_id, eventId=event_id
            )
        except ClientError as error:
            if not is_missing(error):
                raise
            # Somebody was faster, such as the same request sent twice.
            return 0
        return 1

    def _address(self, session_id: str) -> _events.Address:
        return _events.Address(self._memory_id, self._actor_id, session_id)


class Deadline:
    """A time by which a request has to be answered.

    Args:
        seconds: From now.
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def passed(self) -> bool:
        """Whether it is that late."""
        return time.monotonic() >= self._end


def at_once(action: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """Do something for several items at a time; results are in the items' order, and the first error is raised.

    Args:
        action: What to do; it waits for the network.
        items: For what.
    """
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="conversations") as pool:
        return list(pool.map(action, items))


def is_missing(error: ClientError) -> bool:
    """Whether the service says that something does not exist.

    Args:
        error: What it answered.
    """
    return error.response.get("Error", {}).get("Code") == "ResourceNotFoundException"


def utc(moment: datetime) -> str:
    """A moment in ISO 8601, in UTC to the second.

    Args:
        moment: With its time zone.
    """
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
