"""The command `permissions`: what an agent's role may do, beside what the agent did."""

import json
from pathlib import Path

import typer

from workbench._options import AgentArgument, JsonOption
from workbench.demonstration import permission_report
from workbench.local_cloud.agents import find_agent
from workbench.local_cloud.cloud import running_cloud
from workbench.local_cloud.environments import workbench_home
from workbench.terminal.console import console
from workbench.terminal.tables import permissions_view


def permissions(agent: AgentArgument, as_json: JsonOption = False) -> None:
    """Compare what an agent's role may do with what the agent did since `up`: used, never used, denied."""
    cloud = running_cloud(workbench_home(Path.cwd()))
    found = find_agent(cloud, agent)
    report = permission_report(cloud, found)
    if as_json:
        typer.echo(json.dumps({"agent": found.name, **report.to_dict()}, indent=2))
    else:
        console().print(permissions_view(found.name, report), soft_wrap=True)
