"""Whose a session is: the first actor who uses its id, for as long as anything of it is kept."""

import asyncio
import logging
import threading
import time
from typing import TYPE_CHECKING

from agents.shared.errors import AgentError
from agents.shared.session import Session, session_of_another_actor
from agents.shared.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

logger = logging.getLogger(__name__)

SESSION_ATTRIBUTE = "session_id"
"""The table's partition key."""
ACTOR_ATTRIBUTE = "actor_id"
EXPIRY_ATTRIBUTE = "expires_at"
"""The table's time-to-live attribute, in seconds since 1970."""

KEPT_SECONDS = 400 * 24 * 3600
"""AgentCore Memory keeps events for a year at most: an id is free again when nothing of its conversation is left."""


class SessionOwners:
    """Binds session ids to actors; of two who use an id first at the same time, the table lets one win.

    Args:
        starting: Held while a boto3 client is made, which a boto3 session does one at a time.
    """

    def __init__(self, starting: threading.Lock) -> None:
        self._starting = starting
        self._owners: dict[str, str] = {}

    async def claim(self, settings: Settings, session: Session) -> None:
        """Make sure that a session is its actor's; a process asks the table once for each of its sessions.

        Args:
            settings: Names the table. Without one, a session is its first actor's while this process lives.
            session: The session and who uses it.

        Raises:
            AgentError: `session_of_another_actor`, or `sessions_unavailable` if that cannot be found out.
        """
        if self._owners.get(session.id) == session.actor_id:
            return
        if settings.sessions_table is not None:
            # Also where this process knows the owner: the refusal must not come sooner where the session is alive.
            await asyncio.to_thread(self._store, settings.sessions_table, session)
        if self._owners.setdefault(session.id, session.actor_id) != session.actor_id:
            raise session_of_another_actor()

    def sessions_of(self, actor_id: str) -> list[str]:
        """The sessions in this process that are an actor's.

        Args:
            actor_id: The actor.
        """
        return [session_id for session_id, owner in self._owners.items() if owner == actor_id]

    def forget(self, session_id: str) -> None:
        """Ask the table again when the session is used again, because its binding is gone.

        Args:
            session_id: A session that has nothing left.
        """
        self._owners.pop(session_id, None)

    def _store(self, table: str, session: Session) -> None:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            self._client().put_item(
                TableName=table,
                Item={
                    SESSION_ATTRIBUTE: {"S": session.id},
                    ACTOR_ATTRIBUTE: {"S": session.actor_id},
                    EXPIRY_ATTRIBUTE: {"N": str(int(time.time()) + KEPT_SECONDS)},
                },
                ConditionExpression=f"attribute_not_exists({SESSION_ATTRIBUTE}) OR {ACTOR_ATTRIBUTE} = :actor",
                ExpressionAttributeValues={":actor": {"S": session.actor_id}},
            )
        except (BotoCoreError, ClientError) as error:
            code = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
            if code == "ConditionalCheckFailedException":
                raise session_of_another_actor() from None
            logger.exception("table=<%s>, reason=<%s> | sessions cannot be told apart, request refused", table, code)
            raise AgentError(
                "sessions_unavailable",
                f"It cannot be checked whose this session is ({code}).",
                "Send the message again in a moment; nothing of it was kept.",
                status=503,
            ) from error

    def _client(self) -> "DynamoDBClient":
        with self._starting:
            from agents.shared.aws import sessions_client

            return sessions_client()
