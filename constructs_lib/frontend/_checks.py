"""What a front end is refused for at synth."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk import aws_cognito as cognito

from constructs_lib.frontend._firewall import MAX_RATE, MIN_RATE
from constructs_lib.frontend.chat_agent import ChatAgent
from constructs_lib.identity.user_directory import UserDirectory

if TYPE_CHECKING:
    from constructs_lib.frontend.frontend_domain import FrontendDomain
    from constructs_lib.frontend.frontend_edge import FrontendEdge

_MAX_AGENTS = 20
_MIN_IDLE, _MAX_IDLE = 1, 4_000
_MIN_CPU_PERCENT, _MAX_CPU_PERCENT = 10, 90
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
_MEMORY_OF_CPU = {256: (512, 2_048), 512: (1_024, 4_096), 1_024: (2_048, 8_192), 2_048: (4_096, 16_384)}


def checked_agents(
    agents: Sequence[ChatAgent], users: UserDirectory, client: cognito.UserPoolClient
) -> Sequence[ChatAgent]:
    """Agents that people can tell apart, each of which takes the tokens of the front end's client."""
    if not 1 <= len(agents) <= _MAX_AGENTS:
        raise ValueError(f"a front end shows 1 to {_MAX_AGENTS} agents, got {len(agents)}")
    labels = [each.label for each in agents]
    double = next((label for label in labels if labels.count(label) > 1), None)
    if double is not None:
        raise ValueError(f"two agents have the label {double!r}; give each its own")
    if len({each.service.node.path for each in agents}) < len(agents):
        raise ValueError(f"an agent is shown under two labels, got {labels}; name each agent once")
    for each in agents:
        authorizer, path = each.service.authorizer, each.service.node.path
        if authorizer is None:
            raise ValueError(
                f"the agent {path!r} takes IAM signatures and no users' tokens, so nobody could talk to it; pass"
                " authorizer=users.authorizer() to AgentService"
            )
        if authorizer.discovery_url != users.discovery_url:
            raise ValueError(
                f"the agent {path!r} takes tokens of another issuer than {users.node.path!r}, got"
                f" {authorizer.discovery_url!r}; pass authorizer=users.authorizer() to AgentService"
            )
        if authorizer.allowed_clients and client.user_pool_client_id not in authorizer.allowed_clients:
            raise ValueError(
                f"the agent {path!r} refuses tokens of the client {client.node.path!r}; add the client to the directory"
                " before users.authorizer() is called, or name it there in clients="
            )
    return agents


def check_tasks(cpu: int, memory_mib: int, least: int, most: int, percent: int, requests: int) -> None:
    """Sizes and numbers that Fargate and its scaling take."""
    if cpu not in _MEMORY_OF_CPU:
        raise ValueError(f"cpu is one of {sorted(_MEMORY_OF_CPU)} (1,024 is one processor), got {cpu}")
    low, high = _MEMORY_OF_CPU[cpu]
    if not low <= memory_mib <= high or memory_mib % 512:
        raise ValueError(f"with cpu={cpu}, memory_mib is {low} to {high} in steps of 512 (or 1,024), got {memory_mib}")
    if not 1 <= least <= most:
        raise ValueError(f"min_tasks is 1 to max_tasks, got min_tasks={least} and max_tasks={most}")
    if not _MIN_CPU_PERCENT <= percent <= _MAX_CPU_PERCENT:
        raise ValueError(f"target_cpu_percent is {_MIN_CPU_PERCENT} to {_MAX_CPU_PERCENT}, got {percent}")
    if requests < 1:
        raise ValueError(f"requests_per_task is 1 or more a minute, got {requests}")


def check_entrance(
    idle: Duration, requests_per_address: int | None, domain: "FrontendDomain | None", edge: "FrontendEdge | None"
) -> None:
    """Bounds of Elastic Load Balancing and AWS WAF, and an edge that is this front end's."""
    seconds = int(idle.to_seconds())
    if not _MIN_IDLE <= seconds <= _MAX_IDLE:
        raise ValueError(f"idle_timeout is {_MIN_IDLE} to {_MAX_IDLE} seconds, got {seconds} s")
    if edge is not None and (domain is None or domain.name != edge.domain.name):
        raise ValueError(
            f"the edge {edge.node.path!r} serves {edge.domain.name!r}, got the domain {domain and domain.name!r}; pass"
            " one FrontendDomain to both"
        )
    if edge is not None and requests_per_address is not None:
        raise ValueError(
            f"the firewall is that of the edge {edge.node.path!r}, got requests_per_address={requests_per_address};"
            " pass it to FrontendEdge"
        )
    if requests_per_address is not None:
        check_rate(requests_per_address)


def check_rate(requests_per_address: int) -> None:
    """Bounds of AWS WAF."""
    if not MIN_RATE <= requests_per_address <= MAX_RATE:
        raise ValueError(f"requests_per_address is {MIN_RATE} or more in 5 minutes, got {requests_per_address}")
