"""The commands `chat`, `invoke` and `sign-in`: who talks to an agent of the running local cloud, and what is said."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from workbench._options import (
    ActorOption,
    AgentArgument,
    GroupOption,
    JsonOption,
    SessionOption,
    SignedInOption,
    TenantOption,
    UserOption,
)
from workbench.chat import chat as chat_with
from workbench.conversations.answers import Answer
from workbench.conversations.client import AgentClient, new_session_id
from workbench.errors import WorkbenchError
from workbench.local_cloud.agents import PROMPTS, DeployedAgent, find_agent
from workbench.local_cloud.cloud import running_cloud
from workbench.local_cloud.environments import workbench_home
from workbench.local_cloud.gateways import find_sign_in
from workbench.terminal.console import console
from workbench.terminal.transcript import Transcript
from workbench.terminal.waiting import awaited, waiting

DEFAULT_ACTOR = "local-user"
"""Who talks where the user names nobody."""

_SESSION_ID_CHARACTERS = 33


def chat(
    agent: AgentArgument,
    actor: ActorOption = DEFAULT_ACTOR,
    user: UserOption = "",
    group: GroupOption = None,
    tenant: TenantOption = "",
    session: SessionOption = "",
) -> None:
    """Talk to an agent of the running local cloud; /new begins a new session, /quit ends."""
    cloud = running_cloud(workbench_home(Path.cwd()))
    found = find_agent(cloud, agent)
    output = console()
    transcript = Transcript(output, found.name, cloud.model)
    talker = _talker(found, actor, user, group or [], tenant)
    chat_with(talker, transcript, output, actor=user or actor, session=_session_id(session))


def invoke(
    agent: AgentArgument,
    prompt: Annotated[str, typer.Argument(help="What to say.")],
    actor: ActorOption = DEFAULT_ACTOR,
    user: UserOption = "",
    group: GroupOption = None,
    tenant: TenantOption = "",
    session: SessionOption = "",
    stream: Annotated[bool, typer.Option("--stream", help="Print the answer as it arrives.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Ask an agent of the running local cloud one thing."""
    if stream and as_json:
        raise WorkbenchError("--json prints a whole answer: pass either --json or --stream")
    cloud = running_cloud(workbench_home(Path.cwd()))
    found = find_agent(cloud, agent)
    session_id = _session_id(session)
    transcript = Transcript(console(), found.name, cloud.model)
    talker = _talker(found, actor, user, group or [], tenant)
    if stream:
        for event in awaited(lambda: talker.stream(prompt, session_id), console(stderr=True)):
            transcript.event(event)
        return
    with waiting(console(stderr=True)):
        answer = talker.ask(prompt, session_id)
    if as_json:
        typer.echo(_answer_json(answer, session_id, cloud.model))
    else:
        transcript.answer(answer)
        console(stderr=True).print(f"Go on with --session {session_id}", style="dim", highlight=False)


def sign_in(
    agent: Annotated[str, typer.Argument(help="Name of the agent or of the gateway.")],
    user: SignedInOption,
    group: GroupOption = None,
    tenant: TenantOption = "",
    as_json: JsonOption = False,
) -> None:
    """Sign a user in for an agent or a gateway of the running local cloud, and print the access token."""
    cloud = running_cloud(workbench_home(Path.cwd()))
    tokens = find_sign_in(cloud, agent).sign_in(user, group or [], tenant=tenant)
    typer.echo(json.dumps({**asdict(tokens), "claims": tokens.claims}, indent=2) if as_json else tokens.access_token)


def _talker(agent: DeployedAgent, actor: str, user: str, groups: Sequence[str], tenant: str) -> AgentClient:
    protocol = agent.protocol()
    if protocol != PROMPTS:
        raise WorkbenchError(
            f"{agent.name} speaks {protocol} and takes no prompts: call it by a client of {protocol}, or by a gateway"
        )
    if groups and not user:
        raise WorkbenchError("--group says in which groups a user is: name the user with --user")
    if tenant and not user:
        raise WorkbenchError("--tenant says whose a user is: name the user with --user")
    return agent.client_of_user(user, groups, tenant=tenant) if user else agent.client(actor)


def _session_id(asked: str) -> str:
    if asked and len(asked) < _SESSION_ID_CHARACTERS:
        raise WorkbenchError(
            f"a session id has at least {_SESSION_ID_CHARACTERS} characters, got {len(asked)} in {asked!r}; leave"
            " --session out for a new one"
        )
    return asked or new_session_id()


def _answer_json(answer: Answer, session_id: str, model: str) -> str:
    return json.dumps(
        {"response": answer.text, "notices": answer.notices, "session_id": session_id, "model": model},
        ensure_ascii=False,
        indent=2,
    )
