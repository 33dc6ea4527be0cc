"""A conversation's memory: what was said in the session, and what is known about the actor."""

import asyncio
import logging
import re
import threading
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import boto3
from bedrock_agentcore.memory.integrations.strands.config import AgentCoreMemoryConfig
from bedrock_agentcore.memory.integrations.strands.session_manager import AgentCoreMemorySessionManager
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError
from strands.hooks import AfterInvocationEvent, HookRegistry, MessageAddedEvent
from strands.session.repository_session_manager import RepositorySessionManager
from strands.types.content import Message
from strands.types.exceptions import SessionException
from strands.types.session import Session as StoredSession
from strands.types.session import SessionAgent, SessionMessage, SessionType
from typing_extensions import override

from agents.shared import _events
from agents.shared._history import speakable
from agents.shared._retrieval import plan_searches
from agents.shared.conversations.names import latest_name, name_metadata, proposed_name
from agents.shared.notices import Notice
from agents.shared.session import Session
from agents.shared.settings import Settings
from agents.shared.telemetry import LogEvent

if TYPE_CHECKING:
    from mypy_boto3_bedrock_agentcore import BedrockAgentCoreClient
    from mypy_boto3_bedrock_agentcore.type_defs import EventTypeDef, MetadataValueTypeDef
    from strands import Agent
    from strands.types.agent import LocalAgent

logger = logging.getLogger(__name__)

CONTEXT_TAG = "user_context"
"""Encloses what long-term memory adds to a question; the system prompt explains it to the model."""
# A memory was learned from what somebody said, or from a page or a tool: it may not end the enclosure by itself.
_TAG = re.compile(rf"<(?=\s*/?\s*{CONTEXT_TAG})", re.IGNORECASE)

# Sending the same event again cannot make these succeed.
_REFUSED_FOR_GOOD = frozenset({"ValidationException", "InvalidInputException"})


class ConversationMemory(AgentCoreMemorySessionManager):
    """The Strands session manager for AgentCore Memory, made for one conversation in one process.

    It stores what `AgentCoreMemorySessionManager` stores, in the same format, and differs where a chat needs it:

    - A turn makes two calls: one RetrieveMemoryRecords for all namespaces, one CreateEvent for all its messages and
      the agent's state together, before the answer ends. The first turn of a process adds one ListEvents.
    - A memory that fails never fails a turn and never loses a message: the turn leaves a notice, unsent messages are
      kept, and the next turn tries again, with an idempotency token so that nothing is stored twice.
    - It looks nowhere but at the actor's own events. The base class also reads events of actors named after the
      session or the agent (a format from before 2026), which any caller could write.
    - Boto calls run in threads, so the event loop stays free.

    Args:
        settings: Names the memory and the namespaces.
        session: Whose conversation it is.
        client: AgentCore's data plane.
    """

    def __init__(self, settings: Settings, session: Session, client: "BedrockAgentCoreClient") -> None:
        config = AgentCoreMemoryConfig(
            memory_id=settings.memory_id or "", session_id=session.id, actor_id=session.actor_id, async_mode=True
        )
        super().__init__(config, boto_session=cast("boto3.Session", _OneClient(client)))
        self._settings = settings
        self._client = client
        self._address = _events.Address(config.memory_id, session.actor_id, session.id)
        self._searches = plan_searches(
            settings.memory_namespaces, {"actorId": session.actor_id, "sessionId": session.id}
        )
        self._restored = False
        self._stored: list[EventTypeDef] = []
        self._said: list[SessionMessage] = []
        self._state: SessionAgent | None = None
        self._unsent: deque[_events.Batch] = deque()
        self._sending = threading.Lock()
        self._notices: list[Notice] = []
        self._named = True
        self._answered: dict[str, str] = {}
        self.message_id: str | None = None
        """Id of the message that the next turn answers; it is kept with what is said in the turn."""

    def answer_to(self, message_id: str) -> str | None:
        """What an earlier process of the session answered to a message; None if no stored message has this id.

        Args:
            message_id: The message's own id.
        """
        return self._answered.get(message_id)

    def take_notices(self) -> list[Notice]:
        """What went wrong since the last call, in words for the person who reads the answer."""
        taken, self._notices = self._notices, []
        return taken

    async def restore(self, agent: "Agent") -> None:
        """Give a new agent the session's earlier messages; after a failure, the next turn's call tries again.

        Args:
            agent: The session's agent. Messages it has heard in the meantime stay, after the restored ones.
        """
        if not self._restored:
            await asyncio.to_thread(self._restore, agent)

    def _restore(self, agent: "Agent") -> None:
        heard, agent.messages = agent.messages, []
        self._latest_agent_message.pop(agent.agent_id, None)
        try:
            RepositorySessionManager.initialize(self, agent)
            self._restored = True
        except (BotoCoreError, ClientError) as error:
            self._report("ListEvents", error, "Earlier messages of this conversation could not be read")
        agent.messages = speakable([*agent.messages, *heard])

    @override
    def register_hooks(self, registry: HookRegistry, **kwargs: object) -> None:
        registry.add_callback(MessageAddedEvent, self._on_message)
        registry.add_callback(AfterInvocationEvent, self._on_turn_end)

    async def _on_message(self, event: MessageAddedEvent) -> None:
        self.append_message(event.message, event.agent)
        question = _question(event.message)
        if question and self._searches:
            known = await asyncio.to_thread(self._recall, question)
            if known:
                context = _TAG.sub("&lt;", "\n".join(known))
                event.message["content"].insert(0, {"text": f"<{CONTEXT_TAG}>{context}</{CONTEXT_TAG}>"})

    async def _on_turn_end(self, event: AfterInvocationEvent) -> None:
        self.sync_agent(event.agent)
        await asyncio.to_thread(self._flush)

    def _recall(self, question: str) -> list[str]:
        try:
            return [text for search in self._searches for text in search.run(self._client, self._settings, question)]
        except (BotoCoreError, ClientError) as error:
            self._report("RetrieveMemoryRecords", error, "What is known about you could not be looked up")
            return []

    def _flush(self) -> None:
        # A caller who leaves in the middle of a turn may start the next one while this thread still sends.
        with self._sending:
            self._seal()
            while self._unsent:
                try:
                    self._unsent[0].send(self._client, self._address)
                except (BotoCoreError, ClientError) as error:
                    if not _refused_for_good(error):
                        self._report("CreateEvent", error, "What was said is not stored yet; the next turn tries again")
                        return
                    self._report("CreateEvent", error, "A part of this conversation could not be stored")
                self._unsent.popleft()

    def _seal(self) -> None:
        said, self._said = self._said, []
        state, self._state = self._state, None
        payload = [item for message in said for item in _events.message_payload(message)]
        room = _events.MAX_PAYLOAD - 1
        parts = [payload[start : start + room] for start in range(0, len(payload), room)]
        if state is not None:
            parts = parts or [[]]
        for part in parts:
            is_last = part is parts[-1]
            carried = state if is_last else None
            metadata = _events.message_metadata(self.message_id) if is_last else {}
            if part is parts[0]:
                metadata |= self._name(said)
            self._unsent.append(
                _events.Batch(
                    payload=[*part, *([_events.state_payload(carried)] if carried else [])],
                    metadata={**metadata, **(_events.state_metadata(carried) if carried else {})},
                    timestamp=self._get_monotonic_timestamp(),
                )
            )

    def _name(self, said: Sequence[SessionMessage]) -> dict[str, "MetadataValueTypeDef"]:
        # Read here, where a message that a guardrail has redacted is no longer what was typed.
        prompt = next(filter(None, (_question(message.to_message()) for message in said)), None)
        name = proposed_name(prompt) if prompt and not self._named else None
        self._named = self._named or name is not None
        return name_metadata(name) if name else {}

    def _report(self, operation: str, error: BotoCoreError | ClientError, consequence: str) -> None:
        reason = _reason(error)
        logger.warning(
            f"memory_id=<%s>, operation=<%s>, reason=<%s>, error=<%s> | {LogEvent.MEMORY_UNAVAILABLE}",
            self._address.memory_id,
            operation,
            reason,
            error,
        )
        remedy = "Nothing you said is lost in this session; if it stays so, tell whoever runs the agent."
        self._notices.append(Notice(f"{consequence} ({reason}).", code="memory_unavailable", remedy=remedy))

    # What the base classes ask of their repository: kept in this process until the turn's end.

    @override
    def create_session(self, session: StoredSession, **kwargs: object) -> StoredSession:
        # A session of AgentCore Memory exists by its events.
        return session

    @override
    def read_session(self, session_id: str, **kwargs: object) -> StoredSession:
        return StoredSession(session_id=session_id, session_type=SessionType.AGENT)

    @override
    def create_agent(self, session_id: str, session_agent: SessionAgent, **kwargs: object) -> None:
        self._state = session_agent

    @override
    def update_agent(self, session_id: str, session_agent: SessionAgent, **kwargs: object) -> None:
        self._state = session_agent

    @override
    def read_agent(self, session_id: str, agent_id: str, **kwargs: object) -> SessionAgent | None:
        self._stored = _events.read_events(self._client, self._address)
        self._named = latest_name(self._stored) is not None
        self._answered = _events.answers(self._stored)
        return _events.latest_state(self._stored, agent_id)

    @override
    def list_messages(
        self, session_id: str, agent_id: str, limit: int | None = None, offset: int = 0, **kwargs: object
    ) -> list[SessionMessage]:
        # `read_agent` has just read them all, in the same call.
        stored, self._stored = self._stored, []
        return _events.read_messages(stored)[offset : None if limit is None else offset + limit]

    @override
    def append_message(self, message: Message, agent: "LocalAgent", **kwargs: object) -> None:
        # A copy, because the agent's own message gets context from long-term memory that nobody said.
        said = SessionMessage.from_message({**message, "content": list(message["content"])}, 0)
        self._said.append(said)
        self._latest_agent_message[agent.agent_id] = said

    @override
    def update_message(self, session_id: str, agent_id: str, session_message: SessionMessage, **kwargs: object) -> None:
        # A message of this turn is converted when it is sent, and so leaves the process redacted.
        if not any(session_message is said for said in self._said):
            raise SessionException("the message is stored already and cannot be redacted")


class _OneClient:
    """Stands in for a boto3 session: the base class makes four clients and calls one."""

    def __init__(self, client: "BedrockAgentCoreClient") -> None:
        self._client = client
        self.region_name = client.meta.region_name

    def client(self, *_: object, **__: object) -> "BedrockAgentCoreClient":
        return self._client


def _question(message: Message) -> str | None:
    if message["role"] != "user" or any("toolResult" in block for block in message["content"]):
        return None
    return "\n".join(block["text"] for block in message["content"] if "text" in block) or None


def _reason(error: BotoCoreError | ClientError) -> str:
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", "ClientError"))
    return type(error).__name__


def _refused_for_good(error: BotoCoreError | ClientError) -> bool:
    return isinstance(error, ParamValidationError) or _reason(error) in _REFUSED_FOR_GOOD


def memory_for(settings: Settings, session: Session) -> ConversationMemory | None:
    """The session's memory, or None where the agent has none; makes no call yet.

    Args:
        settings: Names the memory, if any.
        session: Whose conversation it is.
    """
    if settings.memory_id is None:
        return None
    from agents.shared.aws import agentcore_client

    return ConversationMemory(settings, session, agentcore_client())
