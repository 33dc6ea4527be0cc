"""Deployment onto the local cloud, and invocations of the deployed agent over boto3."""

import re
import statistics
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

import httpx
import psutil

from benchmarks.stage import DeployedStage, deployed_stage
from benchmarks.table import Row
from benchmarks.timing import percentile, seconds
from workbench.conversations.client import AgentClient, new_session_id

TURNS = {1: 40, 10: 10, 100: 3}
"""Warm turns of each session, by the number of sessions that talk at once."""

PROCESS_BYTES = 125_000_000
"""What a session's process may need, for the check that the machine has room for all."""

_NUMBERS = count(1)


@dataclass(frozen=True)
class Turn:
    """How long an answer took, and what it goes without: an agent whose memory is slow answers without it."""

    seconds: float
    notices: tuple[str, ...]


@dataclass(frozen=True)
class Talk:
    """One session of one actor."""

    client: AgentClient
    session: str

    def turn(self) -> "Turn":
        """One turn, whose answer has to be right."""
        number = next(_NUMBERS)
        begun = time.perf_counter()
        answer = self.client.ask(f"What is {number} * 4 + 10?", self.session)
        taken = time.perf_counter() - begun
        assert re.search(rf"\b{number * 4 + 10}\b", answer.text), answer
        return Turn(taken, answer.notices)


def measure() -> list[Row]:
    rows: list[Row] = []
    with deployed_stage() as stage:
        rows.append(
            Row(
                "local deploy of the stage",
                stage.deploy_seconds,
                "s",
                10,
                "memory_assistant and what it depends on, onto an empty local cloud",
            )
        )
        with _sessions(stage, 1) as talks:
            # The first start on this machine installs the agent's dependencies; it is not measured.
            talks[0].turn()
        for sessions, turns in TURNS.items():
            rows.extend(_level(stage, sessions, turns))
    return rows


def _level(stage: DeployedStage, sessions: int, turns: int) -> list[Row]:
    with _sessions(stage, sessions) as talks, ThreadPoolExecutor(sessions) as pool:
        start = seconds(lambda: list(pool.map(Talk.turn, talks)))
        said = [each for talk in pool.map(lambda talk: [talk.turn() for _ in range(turns)], talks) for each in talk]
        latencies = [turn.seconds for turn in said]
        memory = statistics.median(_resident_bytes(stage))
    named = f"{sessions} session{'s' if sessions > 1 else ''}"
    how = f"InvokeAgentRuntime over boto3 with users' tokens, all at once, {len(latencies)} warm turns"
    return [
        Row(f"start of {named}", start, "s", how="processes started, first answers received"),
        Row(f"invoke, {named}, p50", percentile(latencies, 0.5) * 1000, "ms", how=how),
        Row(f"invoke, {named}, p99", percentile(latencies, 0.99) * 1000, "ms", how=how),
        Row(
            f"answers without memory, {named}",
            sum(bool(turn.notices) for turn in said),
            f"of {len(said)}",
            how="the agent waits 2 s for its memory, and says so when it goes on without",
        ),
        Row(f"memory per process, {named}", memory / 1_000_000, "MB", how="resident, median"),
    ]


@contextmanager
def _sessions(stage: DeployedStage, number: int) -> Iterator[Sequence[Talk]]:
    """Sessions of as many actors; their processes are ended on the way out."""
    needed, available = number * PROCESS_BYTES, psutil.virtual_memory().available
    if needed > available:
        raise MemoryError(f"{number} sessions need about {needed >> 20} MiB, and {available >> 20} MiB are free")
    agent = stage.agent
    clients = (agent.client(f"actor-{index}") for index in range(number))
    talks = [Talk(client, new_session_id()) for client in clients]
    try:
        yield talks
    finally:
        for talk in talks:
            talk.client.stop_session(talk.session)


def _resident_bytes(stage: DeployedStage) -> list[int]:
    rows = httpx.get(f"{stage.cloud.agentcore_url}/_local/sessions", trust_env=False).json()
    return [int(row["memoryBytes"]) for row in rows]
