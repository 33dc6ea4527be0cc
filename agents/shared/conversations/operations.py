"""The operations: from a payload to an answer.

| operation | arguments | answer |
| --- | --- | --- |
| `list_conversations` | `limit` (1 to 50), `next` | `conversations`, `next` |
| `search_conversations` | `query`, `limit` (1 to 50), `next` | `conversations` with `found`, `next` |
| `get_conversation` | `conversation` | `conversation`, `messages` |
| `rename_conversation` | `conversation`, `name` | `conversation` |
| `delete_conversation` | `conversation` | `deleted` |
| `export_my_data` | `next` | `conversations` with `messages`, `next`; on the last page `records` |
| `delete_my_data` | `confirm`: true | `deleted`, `complete`, `conversations` |
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from agents.shared.conversations import arguments
from agents.shared.conversations.history import found_in, shown_messages
from agents.shared.conversations.names import checked_name
from agents.shared.conversations.records import RecordStore
from agents.shared.conversations.registry import OwnedSessions
from agents.shared.conversations.store import PAGE, ConversationStore, Deadline, Summary, at_once
from agents.shared.errors import AgentError

if TYPE_CHECKING:
    from mypy_boto3_bedrock_agentcore.type_defs import SessionSummaryTypeDef

    from agents.shared.settings import Settings

logger = logging.getLogger(__name__)

Arguments = Mapping[object, object]
Answer = dict[str, object]

_LISTED = 20
_MOST_LISTED = 50
_SEARCHED = 50
"""Conversations that one search reads; the next page goes on."""
_EXPORTED = 10
_DELETING_SECONDS = 40.0
"""A person waits; what is left after this time the next request deletes."""


@dataclass(frozen=True)
class Outcome:
    """What an operation did.

    Args:
        answer: What the caller is told.
        ended: Sessions that have nothing left: whatever a process still holds of them goes too.
    """

    answer: Answer
    ended: tuple[str, ...] = ()


class ConversationOperations:
    """The operations on one actor's conversations.

    Args:
        settings: Names the memory, the paths of its records and the table of sessions.
        actor_id: Whose conversations: the request's verified actor.
    """

    def __init__(self, settings: "Settings", actor_id: str) -> None:
        from agents.shared.aws import conversations_client, sessions_client

        client, memory_id = conversations_client(), settings.memory_id or ""
        self._store = ConversationStore(client, memory_id, actor_id)
        self._records = RecordStore(client, memory_id, settings.memory_record_paths, actor_id)
        table = settings.sessions_table
        self._owned = OwnedSessions(sessions_client(), table, actor_id) if table is not None else None
        self._operations: dict[str, Callable[[Arguments], Outcome]] = {
            "list_conversations": self._list,
            "search_conversations": self._search,
            "get_conversation": self._get,
            "rename_conversation": self._rename,
            "delete_conversation": self._delete,
            "export_my_data": self._export,
            "delete_my_data": self._delete_everything,
        }

    def run(self, operation: str, given: Arguments) -> Outcome:
        """Run an operation; it waits for the network, so call it in a thread.

        Args:
            operation: Its name, as in the table above.
            given: The request's JSON.

        Raises:
            AgentError: What is wrong with the request, or `memory_unavailable`.
        """
        try:
            return self._operations[operation](given)
        except (BotoCoreError, ClientError) as error:
            code = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
            logger.exception("operation=<%s>, reason=<%s> | memory unavailable, request failed", operation, code)
            raise AgentError(
                "memory_unavailable",
                f"Your conversations cannot be reached at the moment ({code}).",
                "Try again in a moment.",
                status=503,
            ) from error

    def _list(self, given: Arguments) -> Outcome:
        limit = arguments.page_size(given, default=_LISTED, most=_MOST_LISTED)
        sessions, token = self._store.sessions(limit, arguments.page_token(given))
        shown = [summary.shown() for summary in self._store.summaries(sessions)]
        return Outcome({"conversations": shown, "next": token})

    def _search(self, given: Arguments) -> Outcome:
        wanted = arguments.query(given)
        limit = arguments.page_size(given, default=_LISTED, most=_MOST_LISTED)
        sessions, token = self._store.sessions(min(_SEARCHED, PAGE), arguments.page_token(given))
        found = [hit for hit in at_once(lambda session: self._hit(session, wanted), sessions) if hit is not None]
        ordered = sorted(found, key=lambda hit: hit[0].last_used_at, reverse=True)[:limit]
        return Outcome({"conversations": [{**hit.shown(), "found": text} for hit, text in ordered], "next": token})

    def _hit(self, session: "SessionSummaryTypeDef", wanted: str) -> tuple[Summary, str] | None:
        events = self._store.events(session["sessionId"])
        if not events:
            return None
        summary = self._store.summary(session["sessionId"], events)
        if summary.name and wanted.casefold() in summary.name.casefold():
            return summary, ""
        text = found_in(shown_messages(events), wanted)
        return (summary, text) if text is not None else None

    def _get(self, given: Arguments) -> Outcome:
        session_id = arguments.conversation_id(given)
        events = self._store.events(session_id)
        if not events:
            raise _not_found()
        summary = self._store.summary(session_id, events)
        return Outcome({"conversation": summary.shown(), "messages": shown_messages(events)})

    def _rename(self, given: Arguments) -> Outcome:
        session_id, name = arguments.conversation_id(given), checked_name(given.get("name"))
        # CreateEvent would begin a session that has only a name.
        if not self._store.exists(session_id):
            raise _not_found()
        self._store.rename(session_id, name)
        return Outcome({"conversation": {"id": session_id, "name": name}})

    def _delete(self, given: Arguments) -> Outcome:
        session_id = arguments.conversation_id(given)
        events = self._store.delete(session_id)
        # Also where no event is left: a deletion that broke off half-way goes on.
        records = self._records.delete_of_session(session_id)
        released = self._release(session_id)
        if not (events or records or released):
            raise _not_found()
        return Outcome({"deleted": {"events": events, "records": records}}, ended=(session_id,))

    def _export(self, given: Arguments) -> Outcome:
        sessions, token = self._store.sessions(_EXPORTED, arguments.page_token(given))
        answer: Answer = {"conversations": at_once(self._exported, sessions), "next": token}
        if token is None:
            answer["records"] = self._records.shown()
        return Outcome(answer)

    def _exported(self, session: "SessionSummaryTypeDef") -> Answer:
        events = self._store.events(session["sessionId"])
        known = self._store.summary(session["sessionId"], events).shown() if events else {"id": session["sessionId"]}
        return {**known, "messages": shown_messages(events)}

    def _delete_everything(self, given: Arguments) -> Outcome:
        arguments.confirmation(given)
        deadline = Deadline(_DELETING_SECONDS)
        ended: list[str] = []
        events = 0
        sessions = self._store.all_sessions()
        for session_id in sessions:
            if deadline.passed:
                break
            # First, because a session without events is in no list, and where this breaks off the next request goes on.
            self._release(session_id)
            events += self._store.delete(session_id)
            ended.append(session_id)
        complete = len(ended) == len(sessions)
        # Last, because what is said in an event can become a record as long as the event is there.
        records = self._records.delete_all() if complete else 0
        logger.info("sessions=<%d>, events=<%d>, records=<%d> | an actor's data deleted", len(ended), events, records)
        deleted = {"conversations": len(ended), "events": events, "records": records}
        return Outcome({"deleted": deleted, "complete": complete, "conversations": ended}, ended=tuple(ended))

    def _release(self, session_id: str) -> bool:
        return self._owned is not None and self._owned.release(session_id)


def _not_found() -> AgentError:
    return AgentError(
        "conversation_not_found",
        "You have no such conversation.",
        "It may be deleted or expired: list your conversations again.",
        status=404,
    )
