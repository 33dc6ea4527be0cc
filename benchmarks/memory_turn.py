"""What memory adds to a turn, when AgentCore Memory answers at once."""

import asyncio
import os
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from agents.memory_assistant.agent import build_agent
from agents.shared import aws
from agents.shared.conversation import Conversation
from agents.shared.identity import Proof
from agents.shared.memory import memory_for
from agents.shared.session import Session
from agents.shared.settings import Settings
from benchmarks.table import Row
from tests.agents.fake_memory import FakeMemory, serve_memory
from tests.agents.scripted_model import ScriptedModel, texts

TURNS = 60
WARM_UP = 5
KNOWN, UNKNOWN = "You prefer Earl Grey.", "You told me nothing yet."
VARIABLES = {
    "AGENT_MODEL_ID": "scripted",
    "AGENT_MEMORY_NAMESPACES": '["/users/{actorId}/facts/","/users/{actorId}/preferences/"]',
}
RECORDS = [
    ("/users/ann/facts/", "Ann's favorite number is 42.", 0.9),
    ("/users/ann/preferences/", "Ann prefers Earl Grey tea.", 0.8),
]


def measure() -> list[Row]:
    with serve_memory() as memory, _reached_by_boto(memory.url):
        memory.records += RECORDS
        return asyncio.run(_measure(memory))


async def _measure(memory: FakeMemory) -> list[Row]:
    remembering = _conversation({**VARIABLES, "BEDROCK_AGENTCORE_MEMORY_ID": "assistant_memory-0123456789"})
    forgetting = _conversation(VARIABLES)

    async def pair() -> tuple[float, float]:
        return await _turn_seconds(remembering, KNOWN), await _turn_seconds(forgetting, UNKNOWN)

    for _ in range(WARM_UP):
        await pair()
    memory.calls.clear()
    pairs = [await pair() for _ in range(TURNS)]
    calls = Counter(memory.operations())
    added = statistics.median(with_memory - without for with_memory, without in pairs)
    named = ", ".join(sorted(calls))
    return [
        Row("memory calls of a turn", calls.total() / TURNS, "calls", 2, f"{named}; {TURNS} turns"),
        Row("turn with memory", statistics.median(a for a, _ in pairs) * 1000, "ms", how="in process, scripted model"),
        Row("turn without memory", statistics.median(b for _, b in pairs) * 1000, "ms", how="in turn with the former"),
        Row("memory adds to a turn", added * 1000, "ms", 6, f"memory answers at once; median of {TURNS} pairs"),
    ]


def _conversation(variables: Mapping[str, str]) -> Conversation:
    settings = Settings.from_environment(variables)
    session = Session("session-of-the-benchmark-0123456789", "ann")
    memory = memory_for(settings, session)
    model = ScriptedModel(lambda messages: KNOWN if "Earl Grey" in texts(messages[-1]) else UNKNOWN)
    return Conversation(build_agent(settings, session, memory=memory, model=model), memory)


async def _turn_seconds(conversation: Conversation, expected: str) -> float:
    begun = time.perf_counter()
    events = [event async for event in conversation.turn("What do you know about me?", Proof())]
    taken = time.perf_counter() - begun
    assert events[-1] == {"type": "end", "response": expected, "notices": []}, events[-1]
    return taken


@contextmanager
def _reached_by_boto(url: str) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(
        AWS_ENDPOINT_URL=url, AWS_REGION="us-east-1", AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test"
    )
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        aws.agentcore_client.cache_clear()
        aws.boto_session.cache_clear()
