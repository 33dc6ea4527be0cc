"""The command line `agentcore-workbench`."""

import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, NoReturn

import httpx
import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.markup import escape

from workbench._options import (
    ActorOption,
    AgentArgument,
    AssemblyOption,
    ContextOption,
    EnvironmentOption,
    GroupOption,
    JsonOption,
    ModelNameOption,
    ModelOption,
    SecretOption,
    SessionOption,
    SignedInOption,
    TenantOption,
    UserOption,
    context_values,
    secret_values,
)
from workbench.chat import chat as chat_with
from workbench.conversations.answers import Answer
from workbench.conversations.client import AgentClient, new_session_id
from workbench.cost.command import cost
from workbench.dashboards.command import alarms, dashboard
from workbench.demonstration import demonstrate, demonstrations, permission_report
from workbench.errors import WorkbenchError
from workbench.evaluate import evaluate
from workbench.load.command import load
from workbench.local_cloud.agents import PROMPTS, DeployedAgent, deployed_agents, find_agent, sign_in_pages
from workbench.local_cloud.cloud import running_cloud
from workbench.local_cloud.environments import workbench_home
from workbench.local_cloud.gateways import DeployedGateway, deployed_gateways, find_sign_in
from workbench.local_cloud.model_choice import SCRIPTED, ModelChoice
from workbench.local_cloud.users import LOCAL_PASSWORD
from workbench.local_cloud.workspace import RunningCloud
from workbench.review.checks.command import check
from workbench.sessions import Request, deployed
from workbench.telemetry.command import trace
from workbench.terminal.console import console
from workbench.terminal.progress import Progress
from workbench.terminal.tables import (
    agents_table,
    cloud_table,
    deployment_table,
    front_ends_view,
    gateways_view,
    permissions_view,
    sign_in_view,
)
from workbench.terminal.transcript import Transcript
from workbench.terminal.waiting import awaited, waiting

USER_ERROR = 2
"""Exit code for what the user can put right."""

EXPECTATION_FAILED = 1
"""Exit code of a demonstration that did not go as expected."""

DEFAULT_ACTOR = "local-user"
"""Who talks where the user names nobody."""

_STAY_SECONDS = 3600.0
_SESSION_ID_CHARACTERS = 33
_LOOPBACK = ("127.0.0.1", "localhost")

app = typer.Typer(
    help="Deploys synthesized CDK templates onto a local cloud, runs their agents, and shows what each used.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command()
def up(
    environment: EnvironmentOption = "local",
    assembly: AssemblyOption = None,
    context: ContextOption = None,
    secret: SecretOption = None,
    model: ModelOption = SCRIPTED,
    model_name: ModelNameOption = "",
) -> None:
    """Synthesize the app, deploy it onto a local cloud, and stay until Ctrl-C."""
    output, progress = console(), Progress(console(stderr=True))
    request = Request(
        directory=Path.cwd(),
        assembly=assembly,
        environment=environment,
        context={"environment": environment, **context_values(context or [])},
        model=ModelChoice.parse(model, name=model_name),
        secrets=secret_values(secret or []),
        front_ends=True,
    )
    try:
        with deployed(request, progress) as (cloud, deployment):
            agents, gateways = deployed_agents(cloud.record), deployed_gateways(cloud.record)
            for part in (deployment_table(deployment), agents_table(agents)):
                output.print(part, "")
            _print_gateways(output, gateways)
            _print_sign_in_pages(output, cloud.record)
            output.print(cloud_table(cloud.record, str(cloud.workspace.logs)), "")
            _print_front_ends(output, cloud.record)
            output.print("Running. In another terminal use the commands above; Ctrl-C here ends every process.")
            while True:
                cloud.wait(_STAY_SECONDS)
    except KeyboardInterrupt:
        output.print("Ended.")


@app.command()
def demo(
    environment: EnvironmentOption = "local",
    context: ContextOption = None,
    model: ModelOption = SCRIPTED,
    model_name: ModelNameOption = "",
) -> None:
    """Synthesize and check every environment, deploy one locally, and hold the agents' demonstration conversations.

    The conversations are those of agents/NAME/conversations.toml. Exit code 1: an answer was not as expected.
    """
    started = time.monotonic()
    output, progress = console(), Progress(console(stderr=True))
    demonstrations(Path.cwd())
    request = Request(
        directory=Path.cwd(),
        assembly=None,
        environment=environment,
        context={"environment": "all", **context_values(context or [])},
        model=ModelChoice.parse(model, name=model_name),
    )
    with deployed(request, progress) as (cloud, deployment):
        output.print(deployment_table(deployment))
        succeeded = demonstrate(cloud.record, Path.cwd(), output)
    output.print(
        f"Total {time.monotonic() - started:.1f} s. To stay and talk to it: `make up` or agentcore-workbench up"
    )
    if not succeeded:
        raise typer.Exit(EXPECTATION_FAILED)


@app.command()
def status(as_json: JsonOption = False) -> None:
    """Show the local cloud that runs for this directory: endpoints, agents, live sessions."""
    home = workbench_home(Path.cwd())
    cloud = running_cloud(home)
    agents, gateways = deployed_agents(cloud), deployed_gateways(cloud)
    live = httpx.get(f"{cloud.agentcore_url}/_local/sessions", trust_env=False).raise_for_status().json()
    if as_json:
        named = [{"name": agent.name, "arn": agent.arn, "region": agent.access.region} for agent in agents]
        addresses = [{"name": gateway.name, "url": gateway.url} for gateway in gateways]
        document = {**asdict(cloud), "agents": named, "gateways": addresses, "sessions": live}
        typer.echo(json.dumps(document, indent=2))
        return
    output = console()
    output.print(cloud_table(cloud, str(home / "local-cloud" / "logs")), "", agents_table(agents), "")
    _print_gateways(output, gateways)
    _print_sign_in_pages(output, cloud)
    _print_front_ends(output, cloud)
    output.print(f"{len(live)} live session(s)")
    for session in live:
        output.print(f"  pid {session['pid']}  {session['sessionId']}  {session['agentRuntimeArn']}", highlight=False)


@app.command()
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


@app.command()
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


@app.command("sign-in")
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


@app.command()
def permissions(agent: AgentArgument, as_json: JsonOption = False) -> None:
    """Compare what an agent's role may do with what the agent did since `up`: used, never used, denied."""
    cloud = running_cloud(workbench_home(Path.cwd()))
    found = find_agent(cloud, agent)
    report = permission_report(cloud, found)
    if as_json:
        typer.echo(json.dumps({"agent": found.name, **report.to_dict()}, indent=2))
    else:
        console().print(permissions_view(found.name, report), soft_wrap=True)


app.command()(evaluate)
app.command()(load)
app.command()(check)
app.command()(dashboard)
app.command()(alarms)
app.command()(cost)
app.command()(trace)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line; what the user can put right is one line and exit code 2.

    Args:
        arguments: The arguments. Default: those of the process.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    # A shell starts background jobs with SIGINT ignored, and Ctrl-C has to end `up` all the same.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _keep_loopback_off_proxies()
    try:
        app(args=arguments)
    except WorkbenchError as error:
        _fail(str(error), error.detail)
    except (BotoCoreError, ClientError, httpx.HTTPError) as error:
        _fail(f"the local cloud answered with an error: {error}", "")
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
    sys.exit(0)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _keep_loopback_off_proxies() -> None:
    for variable in ("NO_PROXY", "no_proxy"):
        os.environ[variable] = ",".join(filter(None, (os.environ.get(variable), *_LOOPBACK)))


def _fail(message: str, detail: str) -> NoReturn:
    errors = console(stderr=True)
    # Errors of botocore run over several lines.
    line = " ".join(message.split())
    errors.print(f"[bold red]error:[/bold red] {escape(line)}", highlight=False, soft_wrap=True)
    if detail:
        errors.print(escape(detail), style="dim", highlight=False, soft_wrap=True)
    sys.exit(USER_ERROR)


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


def _print_gateways(output: Console, gateways: Sequence[DeployedGateway]) -> None:
    if gateways:
        output.print(gateways_view(gateways), "", soft_wrap=True, highlight=False, sep="\n")


def _print_sign_in_pages(output: Console, cloud: RunningCloud) -> None:
    pages = sign_in_pages(cloud)
    if pages:
        output.print(sign_in_view(pages), soft_wrap=True, highlight=False)
        output.print(f"Users made by --user have the password {LOCAL_PASSWORD}\n", highlight=False)


def _print_front_ends(output: Console, cloud: RunningCloud) -> None:
    if cloud.front_ends:
        output.print(front_ends_view(cloud.front_ends), "", soft_wrap=True, highlight=False, sep="\n")


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
