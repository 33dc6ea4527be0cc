"""The commands `up`, `demo` and `status`: a local cloud, brought up and looked at."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import httpx
import typer
from rich.console import Console

from workbench._options import (
    AssemblyOption,
    ContextOption,
    EnvironmentOption,
    JsonOption,
    ModelNameOption,
    ModelOption,
    SecretOption,
    context_values,
    secret_values,
)
from workbench.demonstration import demonstrate, demonstrations
from workbench.local_cloud.agents import deployed_agents, sign_in_pages
from workbench.local_cloud.cloud import running_cloud
from workbench.local_cloud.environments import workbench_home
from workbench.local_cloud.gateways import DeployedGateway, deployed_gateways
from workbench.local_cloud.model_choice import SCRIPTED, ModelChoice
from workbench.local_cloud.users import LOCAL_PASSWORD
from workbench.local_cloud.workspace import RunningCloud
from workbench.sessions import Request, deployed
from workbench.terminal.console import console
from workbench.terminal.progress import Progress
from workbench.terminal.tables import (
    agents_table,
    cloud_table,
    deployment_table,
    front_ends_view,
    gateways_view,
    sign_in_view,
)

EXPECTATION_FAILED = 1
"""Exit code of a demonstration that did not go as expected."""

_STAY_SECONDS = 3600.0


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
