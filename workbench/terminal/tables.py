"""Tables of what is deployed, running, and permitted."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from workbench.local_cloud.agents import PROMPTS, DeployedAgent
from workbench.local_cloud.deployment import Deployment
from workbench.local_cloud.front_ends.front_end import STAND_IN
from workbench.local_cloud.gateways import DeployedGateway
from workbench.local_cloud.users import LOCAL_PASSWORD, SignInPage
from workbench.local_cloud.workspace import RunningCloud, RunningFrontEnd
from workbench.permissions.grants import Grant
from workbench.permissions.report import Denial, GrantUse, PermissionReport

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
        table.add_row(Text(name, style="bold"), Text(value, overflow="fold"))
    return table


def agents_table(agents: Sequence[DeployedAgent]) -> Table:
    """The agents and how to talk to each.

    Args:
        agents: The agents.
    """
    table = _table("Agent", "Region", "Talk to it", title="Agents")
    for agent in agents:
        protocol = agent.protocol()
        how = f"agentcore-workbench chat {agent.name}" if protocol == PROMPTS else f"by a client of {protocol}"
        table.add_row(agent.name, agent.access.region, how)
    return table


def gateways_view(gateways: Sequence[DeployedGateway]) -> Text:
    """The gateways, each address on a line of its own, as a terminal can copy it.

    Args:
        gateways: The gateways.
    """
    lines = [Text("Gateways", style="bold")]
    for gateway in gateways:
        users = f"; a token: agentcore-workbench sign-in {gateway.name} --user E-MAIL" if gateway.authorizer else ""
        lines += [Text(f"{gateway.name}{users}"), Text(f"  {gateway.url}")]
    return Text("\n").join(lines)


def sign_in_view(pages: Sequence[SignInPage]) -> Text:
    """The user pools' hosted pages, each address on a line of its own, as a terminal can open it.

    Args:
        pages: The pages.
    """
    lines = [Text("Sign-in pages", style="bold")]
    for page in pages:
        lines += [Text(f"{page.pool}, client {page.client}:"), Text(f"  {page.url}")]
    return Text("\n").join(lines)


def front_ends_view(front_ends: Sequence[RunningFrontEnd]) -> Text:
    """The web applications with who can sign in, each address on a line of its own, as a terminal can open it.

    Args:
        front_ends: The web applications.
    """
    lines = [Text.assemble(("Front end", "bold"), f" ({STAND_IN})")]
    for front_end in front_ends:
        lines += [Text(f"{front_end.name}:"), Text(f"  {front_end.address}")]
        lines += [
            Text(f"  sign in as {email} (group {group}), password {LOCAL_PASSWORD}")
            for email, group in front_end.users.items()
        ]
    return Text("\n").join(lines)


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
    parts = [Text(f"What {agent} may do, and did", style="bold"), Text(report.role_arn, style="dim"), *_grants(report)]
    if report.denials:
        parts += [Text("Denied", style="bold red"), *map(_denial, report.denials)]
    if report.unexplained:
        parts.append(Text("Allowed by no policy of the role, so by a resource's policy", style="bold"))
        parts += [Text(f"  {action} on {resource}") for action, resource in report.unexplained]
    return Group(*parts, Text(summary, style="bold"))


def _grants(report: PermissionReport) -> Iterator[Text]:
    # By resource: in columns, ARNs leave no room for anything else.
    resources = dict.fromkeys((use.grant.resource, use.grant.resource_excluded) for use in report.grants)
    for resource, excluded in resources:
        yield Text(f"  on {_stated(resource, excluded)}", style="cyan")
        for use in report.grants:
            if (use.grant.resource, use.grant.resource_excluded) == (resource, excluded):
                yield _grant(use)


def _grant(use: GrantUse) -> Text:
    count = (f"{use.uses} ×".rjust(9), "green") if use.uses else ("never".rjust(9), "yellow")
    note = _note(use.grant)
    action = _stated(use.grant.action, use.grant.action_excluded)
    return Text.assemble(count, f"  {action}", (f"  ({note})" if note else "", "dim"))


def _denial(denial: Denial) -> Text:
    count = (f"{denial.times} ×".rjust(9), "red")
    return Text.assemble(count, f"  {denial.action} on {denial.resource}: ", (denial.reason, "dim"))


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
