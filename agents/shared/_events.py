"""A turn's messages as one CreateEvent, and back."""

import json
import logging
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, cast

from bedrock_agentcore.memory.integrations.strands.bedrock_converter import AgentCoreMemoryConverter
from bedrock_agentcore.memory.integrations.strands.session_manager import AGENT_ID_KEY, STATE_TYPE_KEY, StateType
from strands.types.session import SessionAgent, SessionMessage

if TYPE_CHECKING:
    from mypy_boto3_bedrock_agentcore import BedrockAgentCoreClient
    from mypy_boto3_bedrock_agentcore.type_defs import EventTypeDef, MetadataValueTypeDef, PayloadTypeTypeDef

logger = logging.getLogger(__name__)

MAX_PAYLOAD = 100
"""Most items in the payload of one event."""


MESSAGE_KEY = "message.id"
"""Metadata key of an event that holds a message which had an id, and the answer to it."""


@dataclass(frozen=True)
class Address:
    """Where a conversation is stored.

    Args:
        memory_id: The memory.
        actor_id: Whose conversation it is.
        session_id: Which of theirs.
    """

    memory_id: str
    actor_id: str
    session_id: str


@dataclass(frozen=True)
class Batch:
    """Messages on their way to the memory; sent again under the same token, they are stored once.

    Args:
        payload: Messages, then the agent's state.
        metadata: Marks an event that holds the agent's state.
        timestamp: The event's time.
        token: `clientToken` of every attempt.
    """

    payload: list["PayloadTypeTypeDef"]
    metadata: dict[str, "MetadataValueTypeDef"]
    timestamp: datetime
    token: str = field(default_factory=lambda: str(uuid.uuid4()))

    def send(self, client: "BedrockAgentCoreClient", address: Address) -> None:
        """Store the batch as one event.

        Args:
            client: AgentCore's data plane.
            address: Where to store it.
        """
        client.create_event(
            memoryId=address.memory_id,
            actorId=address.actor_id,
            sessionId=address.session_id,
            eventTimestamp=self.timestamp,
            payload=self.payload,
            metadata=self.metadata,
            clientToken=self.token,
        )


def message_payload(message: SessionMessage) -> list["PayloadTypeTypeDef"]:
    """A message as the Strands integration writes it; empty if the message says nothing.

    Args:
        message: The message. Where it was redacted, only what stands in its place is written.
    """
    # The integration would write what was redacted next to its replacement.
    kept = replace(message, message=message.to_message(), redact_message=None)
    payload: list[PayloadTypeTypeDef] = []
    for text, role in AgentCoreMemoryConverter.message_to_payload(kept):
        if AgentCoreMemoryConverter.exceeds_conversational_limit((text, role)):
            payload.append(_blob([text, role]))
        else:
            payload.append(
                {"conversational": {"content": {"text": text}, "role": "USER" if role == "user" else "ASSISTANT"}}
            )
    return payload


def state_payload(state: SessionAgent) -> "PayloadTypeTypeDef":
    """The agent's state as the Strands integration writes it.

    Args:
        state: State of the agent and of its conversation manager.
    """
    return _blob(state.to_dict())


def state_metadata(state: SessionAgent) -> dict[str, "MetadataValueTypeDef"]:
    """Marks an event whose last payload item is an agent's state.

    Args:
        state: The state in the event.
    """
    return {STATE_TYPE_KEY: {"stringValue": StateType.AGENT.value}, AGENT_ID_KEY: {"stringValue": state.agent_id}}


def message_metadata(message_id: str | None) -> dict[str, "MetadataValueTypeDef"]:
    """Marks an event that holds the answer to a message.

    Args:
        message_id: The message's own id, if it has one.
    """
    return {MESSAGE_KEY: {"stringValue": message_id}} if message_id else {}


def answers(events: Iterable["EventTypeDef"]) -> dict[str, str]:
    """What was answered to the messages of a session that had an id.

    Args:
        events: The session's events.
    """
    found: dict[str, str] = {}
    for event in events:
        message_id = event.get("metadata", {}).get(MESSAGE_KEY, {}).get("stringValue")
        said = [stored.to_message() for stored in read_messages([event])] if message_id else []
        if message_id and said and said[-1]["role"] == "assistant":
            found[message_id] = "".join(block["text"] for block in said[-1]["content"] if "text" in block)
    return found


def read_events(client: "BedrockAgentCoreClient", address: Address) -> list["EventTypeDef"]:
    """Every event of a session, oldest first.

    Args:
        client: AgentCore's data plane.
        address: The session to read.
    """
    pages = client.get_paginator("list_events").paginate(
        memoryId=address.memory_id,
        actorId=address.actor_id,
        sessionId=address.session_id,
        includePayloads=True,
        PaginationConfig={"PageSize": 100},
    )
    events = [event for page in pages for event in page["events"]]
    return sorted(events, key=lambda event: (event["eventTimestamp"], event["eventId"]))


def latest_state(events: Sequence["EventTypeDef"], agent_id: str) -> SessionAgent | None:
    """The newest state of an agent in its session's events, or None.

    Args:
        events: The session's events, oldest first.
        agent_id: Whose state.
    """
    for event in reversed(events):
        owner = event.get("metadata", {}).get(AGENT_ID_KEY, {}).get("stringValue")
        blob = event["payload"][-1].get("blob") if event["payload"] else None
        if owner == agent_id and isinstance(blob, str):
            return SessionAgent.from_dict(json.loads(blob))
    return None


def read_messages(events: Iterable["EventTypeDef"]) -> list[SessionMessage]:
    """The messages in a session's events; what another program wrote there is left out.

    Args:
        events: The session's events, oldest first.
    """
    messages: list[SessionMessage] = []
    for event in events:
        try:
            messages += AgentCoreMemoryConverter.events_to_messages([_as_dict(event)])
        except (ValueError, TypeError, KeyError) as error:
            logger.warning("event_id=<%s>, error=<%r> | event is no Strands message", event["eventId"], error)
    return messages


def _as_dict(event: Mapping[str, object]) -> dict[str, object]:
    return dict(event)


def _blob(value: object) -> "PayloadTypeTypeDef":
    # The stubs know documents as objects only; the integration writes JSON text, which is a document as well.
    return {"blob": cast("Mapping[str, object]", json.dumps(value))}
