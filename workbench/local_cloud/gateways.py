"""The gateways deployed on a running local cloud."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from workbench.errors import WorkbenchError
from workbench.local_cloud.agents import Access, DeployedAgent, find_agent
from workbench.local_cloud.sign_in import Tokens
from workbench.local_cloud.users import Users
from workbench.local_cloud.workspace import RunningCloud


@dataclass(frozen=True)
class DeployedGateway:
    """A gateway on the local cloud.

    Args:
        name: The gateway's name.
        url: Its endpoint.
        authorizer: What it demands of a token; None where IAM decides or nobody is asked.
        access: Clients for the account and region it is in.
    """

    name: str
    url: str
    authorizer: Mapping[str, object] | None
    access: Access

    def sign_in(self, email: str, groups: Sequence[str] = (), *, tenant: str = "") -> Tokens:
        """Sign a user in for this gateway.

        Args:
            email: The user; made where it is missing.
            groups: Groups to add the user to. Default: the user's groups stay as they are.
            tenant: The tenant to give the user. Default: the user's stays as it is.

        Raises:
            WorkbenchError: If the gateway takes no users' tokens, or the user cannot sign in.
        """
        if self.authorizer is None:
            raise WorkbenchError(f"{self.name} takes no users' tokens: sign requests to it under a role")
        return Users(self.access.endpoint, self.access.account).sign_in(self.authorizer, email, groups, tenant=tenant)


def deployed_gateways(cloud: RunningCloud) -> tuple[DeployedGateway, ...]:
    """Every gateway of a running cloud, by name.

    Args:
        cloud: The cloud.
    """
    places = {(stack.account, stack.region) for stack in cloud.stacks}
    found = (each for account, region in places for each in _gateways_in(Access(cloud.endpoint, account, region)))
    return tuple(sorted(found, key=lambda gateway: (gateway.name, gateway.url)))


def find_gateway(cloud: RunningCloud, name: str) -> DeployedGateway | None:
    """The gateway a user means, or None.

    Args:
        cloud: The cloud.
        name: The gateway's name, or a part of it that no other gateway's has.
    """
    gateways = deployed_gateways(cloud)
    exact = [gateway for gateway in gateways if gateway.name == name]
    partly = [gateway for gateway in gateways if name and name.casefold() in gateway.name.casefold()]
    found = exact or partly
    return found[0] if len(found) == 1 else None


def find_sign_in(cloud: RunningCloud, name: str) -> DeployedAgent | DeployedGateway:
    """The agent or gateway a user wants to sign in at; a part of a name means what takes users' tokens.

    Args:
        cloud: The cloud.
        name: Name of the agent or the gateway.

    Raises:
        WorkbenchError: If none is called so.
    """
    gateway = find_gateway(cloud, name)
    try:
        agent = find_agent(cloud, name)
    except WorkbenchError as error:
        if gateway is None:
            names = ", ".join(each.name for each in deployed_gateways(cloud))
            raise WorkbenchError(f"{error}; gateways: {names or 'none'}") from error
        return gateway
    if gateway is not None and (gateway.name == name or (agent.name != name and agent.authorizer() is None)):
        return gateway
    return agent


def _gateways_in(access: Access) -> Iterator[DeployedGateway]:
    control = access.control()
    for page in control.get_paginator("list_gateways").paginate():
        for item in page["items"]:
            gateway = control.get_gateway(gatewayIdentifier=item["gatewayId"])
            configuration: Mapping[str, object] = {**gateway.get("authorizerConfiguration", {})}
            authorizer = configuration.get("customJWTAuthorizer")
            yield DeployedGateway(
                gateway["name"],
                gateway.get("gatewayUrl", ""),
                authorizer if isinstance(authorizer, Mapping) else None,
                access,
            )
