"""What the stacks of the agents have in common: how an agent's directory is packaged, and how it remembers."""

from collections.abc import Sequence
from pathlib import Path

from constructs_lib import AgentCode
from stacks.environments import Environment

_AGENTS = Path(__file__).parent.parent / "agents"
_NOT_RUN = ("conversations.toml", "README.md")


def agent_code(name: str, *, exclude: Sequence[str]) -> AgentCode:
    """The code of one agent, with what all of them share.

    Args:
        name: The agent's directory below `agents`.
        exclude: What else of it never runs there, as patterns below that directory.
    """
    return AgentCode.from_directory(
        _AGENTS / name,
        entry_point=["opentelemetry-instrument", "main.py"],
        packages=[_AGENTS / "shared"],
        aws_services=["bedrock-agentcore", "bedrock-runtime", "dynamodb"],
        exclude=[f"agents/{name}/{pattern}" for pattern in (*exclude, *_NOT_RUN)],
    )


def memory_variables(environment: Environment) -> dict[str, str]:
    """How much an agent looks up in its memory at a turn.

    Args:
        environment: The environment.
    """
    return {
        "AGENT_MEMORY_TOP_K": str(environment.memory_top_k),
        "AGENT_MEMORY_RELEVANCE": str(environment.memory_relevance),
    }
