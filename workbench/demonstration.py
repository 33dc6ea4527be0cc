"""Holds the demonstration conversations of an app's agents on the local cloud."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from rich.console import Console

from workbench.conversations.runner import HeldTurn, hold
from workbench.conversations.script import FILE_NAME, Conversation, read_conversations
from workbench.errors import WorkbenchError
from workbench.local_cloud.agents import DeployedAgent, find_agent
from workbench.local_cloud.workspace import RunningCloud
from workbench.permissions.access_log import read_decisions
from workbench.permissions.grants import RolePolicies
from workbench.permissions.report import PermissionReport, build_report
from workbench.terminal.tables import permissions_view
from workbench.terminal.transcript import Transcript


@dataclass(frozen=True)
class Demonstration:
    """The conversations of one agent.

    Args:
        agent: Name of the agent's directory.
        conversations: What to hold.
    """

    agent: str
    conversations: tuple[Conversation, ...]


def demonstrations(directory: Path) -> tuple[Demonstration, ...]:
    """The demonstrations of an app: every `agents/NAME/conversations.toml`.

    Args:
        directory: The app's directory.

    Returns:
        One per agent that has such a file.

    Raises:
        WorkbenchError: If there is none, or one cannot be read.
    """
    files = sorted(directory.glob(f"agents/*/{FILE_NAME}"))
    if not files:
        raise WorkbenchError(
            f"no agent has demonstration conversations: {directory}/agents/*/{FILE_NAME} matches nothing"
        )
    return tuple(Demonstration(file.parent.name, read_conversations(file)) for file in files)


def hold_all(demonstration: Demonstration, agent: DeployedAgent, transcript: Transcript) -> Iterator[HeldTurn]:
    """Hold an agent's conversations and print them.

    Args:
        demonstration: What to hold.
        agent: The deployed agent.
        transcript: Prints them.

    Yields:
        Every turn when it is done.
    """
    agent_as = cache(agent.client)
    for conversation in demonstration.conversations:
        transcript.heading(conversation)
        for turn in hold(conversation, partial(agent_as, groups=conversation.groups)):
            transcript.held(turn)
            yield turn


def permission_report(cloud: RunningCloud, agent: DeployedAgent) -> PermissionReport:
    """What an agent's role may do, and did since the cloud was started.

    Args:
        cloud: The running cloud.
        agent: The agent.
    """
    role = agent.role_arn()
    grants = RolePolicies(agent.access.iam(), role).grants()
    return build_report(role, grants, read_decisions(Path(cloud.access_log), role_arn=role))


def demonstrate(cloud: RunningCloud, directory: Path, console: Console) -> bool:
    """Hold every demonstration on a running cloud, print transcripts and permissions.

    Args:
        cloud: The running cloud.
        directory: The app's directory.
        console: Where to print.

    Returns:
        Whether every expectation held.
    """
    held: list[HeldTurn] = []
    started = time.monotonic()
    for demonstration in demonstrations(directory):
        agent = find_agent(cloud, demonstration.agent)
        with console.status(f"Talking to {agent.name}"):
            held += hold_all(demonstration, agent, Transcript(console, agent.name, cloud.model))
        console.print()
        console.print(permissions_view(agent.name, permission_report(cloud, agent)), soft_wrap=True)
    failed = sum(bool(turn.failures) for turn in held)
    console.print()
    console.print(
        f"{len(held)} turns held, {failed} not as expected, in {time.monotonic() - started:.1f} s",
        style="bold red" if failed else "bold green",
    )
    return not failed
