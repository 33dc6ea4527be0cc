"""Where a process takes requests about conversations: it knows which of them it holds itself."""

import asyncio
import threading
from collections.abc import Iterable, MutableMapping
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from agents.shared.errors import AgentError
from agents.shared.ownership import SessionOwners
from agents.shared.settings import Settings

if TYPE_CHECKING:
    from agents.shared.conversation import Conversation
    from agents.shared.conversations.operations import ConversationOperations

_DELETIONS = frozenset({"delete_conversation", "delete_my_data"})

OPERATIONS = frozenset(
    {
        "list_conversations",
        "search_conversations",
        "get_conversation",
        "rename_conversation",
        "export_my_data",
        *_DELETIONS,
    }
)
"""Operations of every agent with a memory."""


class ConversationDesk:
    """Runs operations on the conversations of whoever asks, whatever session the request came in.

    Args:
        live: The conversations of this process by session id; those that are deleted are taken out.
        owners: Whose these sessions are.
        starting: Held while a boto3 client is made, which a boto3 session does one at a time.
    """

    def __init__(
        self, live: "MutableMapping[str, Conversation]", owners: SessionOwners, starting: threading.Lock
    ) -> None:
        self._live = live
        self._owners = owners
        self._starting = starting

    async def run(self, settings: Settings, actor_id: str, operation: str, payload: object) -> dict[str, object]:
        """Run an operation.

        Args:
            settings: The agent's settings.
            actor_id: The request's verified actor.
            operation: One of `OPERATIONS`.
            payload: The request's JSON.

        Raises:
            AgentError: `operation_unavailable` where the agent keeps no conversations, or what the operation raises.
        """
        if settings.memory_id is None or not isinstance(payload, dict):
            raise AgentError(
                "operation_unavailable",
                "This agent keeps no conversations.",
                "It has no memory: there is nothing to list, and nothing of you to delete.",
                status=404,
            )
        operations = await asyncio.to_thread(self._operations, settings, actor_id)
        mine = {name: self._live[name] for name in self._owners.sessions_of(actor_id) if name in self._live}
        async with AsyncExitStack() as quiet:
            if operation in _DELETIONS:
                # A turn that runs would store itself after everything was deleted.
                for conversation in mine.values():
                    await quiet.enter_async_context(conversation.between_turns)
            ended: Iterable[str] = ()
            try:
                outcome = await asyncio.to_thread(operations.run, operation, payload)
                ended = outcome.ended
                return outcome.answer
            except AgentError:
                # Nobody knows how far it came: what is left is read again from memory.
                ended = mine if operation in _DELETIONS else ()
                raise
            finally:
                for session_id in ended:
                    await self._end(session_id, mine.get(session_id))

    async def _end(self, session_id: str, conversation: "Conversation | None") -> None:
        self._owners.forget(session_id)
        if conversation is not None:
            self._live.pop(session_id, None)
            await conversation.close()

    def _operations(self, settings: Settings, actor_id: str) -> "ConversationOperations":
        with self._starting:
            from agents.shared.conversations.operations import ConversationOperations

            return ConversationOperations(settings, actor_id)
