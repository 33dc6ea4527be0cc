"""A stack with a memory and several agents, synthesized in a process that reports what it cost.

`python -m benchmarks.agents_app AGENTS COUNT REPORT`: AGENTS holds the packages `agent_0`, `agent_1` … and `shared`.
The bill (see `Bill`) is written to REPORT as JSON.
"""

import json
import os
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_kms as kms

from constructs_lib import AgentCode, AgentMemory, AgentService, MemoryStrategy, ModelAccess
from tests.constructs_lib.roundtrips import counted


@dataclass(frozen=True)
class Bill:
    """What a synth cost.

    Args:
        round_trips: Messages sent to jsii's kernel.
        seconds: From the first construct to the written assembly; imports are not part of it.
        processes: Programs that were started meanwhile. jsii's own Node, which runs already, is not among them.
    """

    round_trips: int
    seconds: float
    processes: list[str]


def add_agents(stack: cdk.Stack, agents: Path, count: int, cache: str) -> None:
    key = kms.Key(stack, "Key", enable_key_rotation=True)
    strategies = [MemoryStrategy.semantic_facts(), MemoryStrategy.user_preferences()]
    memory = AgentMemory(stack, "Memory", strategies=strategies, encryption_key=key)
    for number in range(count):
        AgentService(
            stack,
            f"Agent{number}",
            code=AgentCode.from_directory(
                agents / f"agent_{number}",
                entry_point=["opentelemetry-instrument", "main.py"],
                packages=[agents / "shared"],
                aws_services=["bedrock-agentcore", "bedrock-runtime"],
                cache_directory=cache,
            ),
            model=ModelAccess.inference_profile("us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
            memory=memory,
            encryption_key=key,
        )


def synthesize(agents: Path, count: int) -> Bill:
    app = cdk.App(analytics_reporting=False)
    stack = cdk.Stack(app, "Agents", env=cdk.Environment(region="us-east-1"))
    started: list[str] = []

    def note(event: str, arguments: tuple[object, ...]) -> None:
        if event in {"subprocess.Popen", "os.posix_spawn", "os.exec"}:
            started.append(str(arguments[0]))

    sys.addaudithook(note)
    with counted() as sent:
        begun = time.perf_counter()
        add_agents(stack, agents, count, os.environ["AGENT_CACHE"])
        app.synth()
        seconds = time.perf_counter() - begun
    return Bill(len(sent), seconds, started)


if __name__ == "__main__":
    bill = synthesize(Path(sys.argv[1]), int(sys.argv[2]))
    Path(sys.argv[3]).write_text(json.dumps(asdict(bill)))
