"""Tables of what is deployed, running, and permitted."""

from collections import Counter
from collections.abc import Mapping, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from workbench.local_cloud.agents import DeployedAgent
from workbench.local_cloud.deployment import Deployment
from workbench.local_cloud.workspace import RunningCloud
from workbench.permissions.grants import Grant
from workbench.permissions.report import PermissionReport

_KINDS: Mapping[str, str] = {
    "real": "works as in the service",
    "emulated": "served by the AWS emulator",
    "stand-in": "something simpler in its place",
    "record only": "noted, does nothing",
}


def deployment_table(deployment: Deployment) -> Table:
    """What each resource is on the local cloud, grouped by kind and type.

    Args:
        deployment: What was deployed.
    """
    counts = Counter((resource.kind, resource.type) for stack in deployment.stacks for resource in stack.resources)
    order = list(_KINDS)
    rows = sorted(counts, key=lambda row: (order.index(row[0]) if row[0] in order else len(order), row))
    table = _table("Kind", "Resource type", "Number", title="Deployed onto the local cloud")
    previous = ""
    for kind, type_ in rows:
        meaning = _KINDS.get(kind)
        label = f"{kind}: {meaning}" if meaning else kind
        table.add_row("" if kind == previous else label, type_, str(counts[kind, type_]))
        previous = kind
    return table


def cloud_table(cloud: RunningCloud, logs: str) -> Table:
    """Where the running cloud is reached.

    Args:
        cloud: The cloud.
        logs: Directory of its logs.
    """
    table = Table.grid(padding=(0, 2))
    for name, value in (
        ("AWS endpoint", cloud.endpoint),
        ("AgentCore server", cloud.agentcore_url),
        ("Model", cloud.model),
        ("Credentials", "AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test"),
        ("Process", str(cloud.pid)),
        ("Logs", logs),
    ):
        table.add_row(Text(name, style="bold"), Text(value))
    return table


def agents_table(agents: Sequence[DeployedAgent]) -> Table:
    """The agents and how to talk to each.

    Args:
        agents: The agents.
    """
    table = _table("Agent", "Region", "Talk to it", title="Agents")
    for agent in agents:
        table.add_row(agent.name, agent.access.region, f"agentcore-workbench chat {agent.name}")
    return table


def permissions_view(agent: str, report: PermissionReport) -> RenderableType:
    """Grants, denials and wildcards.

    Args:
        agent: The agent's name.
        report: What its role may do, and did.
    """
    used = len(report.grants) - len(report.unused)
    summary = (
        f"{agent}: {used} of {len(report.grants)} grants used, {len(report.wildcards)} with wildcards,"
        f" {sum(denial.times for denial in report.denials)} requests denied"
    )
    parts: list[RenderableType] = [Text(report.role_arn, style="dim"), _grants_table(report)]
    if report.denials:
        parts.append(_denials_table(report))
    if report.unexplained:
        parts.append(Text("Allowed by no policy of the role, so by a resource's policy:", style="bold"))
        parts += [Text(f"  {action} on {resource}") for action, resource in report.unexplained]
    return Group(*parts, Text(summary, style="bold"))


def _grants_table(report: PermissionReport) -> Table:
    table = _table("Used", "Action", "Resource", "Note", title="Granted")
    for use in report.grants:
        count = Text(f"{use.uses} ×", style="green") if use.uses else Text("never", style="yellow")
        grant = use.grant
        table.add_row(
            count,
            _stated(grant.action, grant.action_excluded),
            _stated(grant.resource, grant.resource_excluded),
            _note(grant),
        )
    return table


def _denials_table(report: PermissionReport) -> Table:
    table = _table("Times", "Action", "Resource", "Reason", title="Denied")
    for denial in report.denials:
        table.add_row(Text(str(denial.times), style="red"), denial.action, denial.resource, denial.reason)
    return table


def _note(grant: Grant) -> str:
    notes = {"wildcard": grant.wildcard, "under conditions": grant.conditional}
    return ", ".join(note for note, holds in notes.items() if holds)


def _stated(text: str, excluded: bool) -> str:
    return f"all but {text}" if excluded else text


def _table(*columns: str, title: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", header_style="dim", box=None, pad_edge=False)
    for column in columns:
        # Ids and ARNs are worth nothing cut short.
        table.add_column(column, overflow="fold")
    return table
