"""Looks through all that an agent's memory keeps for canaries of somebody else."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.load.canaries import Canaries
from workbench.load.plan import Speaker

if TYPE_CHECKING:
    from mypy_boto3_bedrock_agentcore import BedrockAgentCoreClient

_ACTOR = "{actorId}"


@dataclass(frozen=True)
class Kept:
    """What a memory keeps of a test.

    Args:
        events: Events of the test's users.
        records: Long-term records of the test's users.
        leaks: One line for each event or record that holds somebody else's canary.
    """

    events: int
    records: int
    leaks: tuple[str, ...]


def inspect_memory(
    client: "BedrockAgentCoreClient",
    memory_id: str,
    namespaces: Sequence[str],
    speakers: Sequence[Speaker],
    canaries: Canaries,
) -> Kept:
    """Read every event and every record of the test's users.

    Args:
        client: AgentCore's data plane, with the right to read the memory.
        memory_id: The memory.
        namespaces: Namespace templates of its strategies.
        speakers: The users.
        canaries: The run's canaries.
    """
    events = records = 0
    leaks: list[str] = []
    for speaker in speakers:
        for session, text in _events(client, memory_id, speaker.actor):
            events += 1
            leaks += _leaks(f"an event of session {session}", text, speaker, canaries)
        for namespace, text in _records(client, memory_id, namespaces, speaker.actor):
            records += 1
            leaks += _leaks(f"a record in {namespace}", text, speaker, canaries)
    return Kept(events, records, tuple(leaks))


def _leaks(where: str, text: str, speaker: Speaker, canaries: Canaries) -> Iterator[str]:
    for owner in sorted(canaries.foreign([text], speaker.number)):
        yield f"{where}, of user {speaker.number}, holds the canary of user {owner}"


def _events(client: "BedrockAgentCoreClient", memory_id: str, actor: str) -> Iterator[tuple[str, str]]:
    try:
        for sessions in client.get_paginator("list_sessions").paginate(memoryId=memory_id, actorId=actor):
            for session in sessions["sessionSummaries"]:
                pages = client.get_paginator("list_events").paginate(
                    memoryId=memory_id, actorId=actor, sessionId=session["sessionId"], includePayloads=True
                )
                for page in pages:
                    for event in page["events"]:
                        yield session["sessionId"], str(event.get("payload"))
    except client.exceptions.ResourceNotFoundException:
        return  # a user who came too late to say anything


def _records(
    client: "BedrockAgentCoreClient", memory_id: str, namespaces: Sequence[str], actor: str
) -> Iterator[tuple[str, str]]:
    # Up to the next placeholder, so that the records of every session are found.
    for path in sorted({name.replace(_ACTOR, actor).partition("{")[0] for name in namespaces if _ACTOR in name}):
        for page in client.get_paginator("list_memory_records").paginate(memoryId=memory_id, namespacePath=path):
            for record in page["memoryRecordSummaries"]:
                yield path, str(record.get("content"))
