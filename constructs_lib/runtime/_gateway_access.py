"""With what an agent opens the gateway whose tools it uses: its users' tokens, a credential of its own, or its role."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib._place import is_token
from constructs_lib.identity.jwt_authorizer import JwtAuthorizer
from constructs_lib.runtime._settings import GATEWAY_AUTH, GATEWAY_CREDENTIAL, GATEWAY_SCOPES, GATEWAY_URL, IAM, JWT

if TYPE_CHECKING:
    from constructs_lib.gateway.tool_gateway import ToolGateway
    from constructs_lib.identity.oauth2_credential import OAuth2Credential

# https://datatracker.ietf.org/doc/html/rfc6749#section-3.3
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,128}")


class GatewayAccess:
    """A gateway, and with what one agent opens it."""

    def __init__(self, tools: "ToolGateway", credential: "OAuth2Credential | None", scopes: Sequence[str]) -> None:
        self._tools = tools
        self._credential = credential
        self._scopes = scopes

    def variables(self) -> dict[str, str]:
        """What the agent is told."""
        by_token = self._tools.authorizer is not None
        variables = {GATEWAY_URL: self._tools.url, GATEWAY_AUTH: JWT if by_token else IAM}
        if self._credential is not None:
            variables[GATEWAY_CREDENTIAL] = self._credential.name
            variables[GATEWAY_SCOPES] = " ".join(self._scopes)
        return variables

    def grant(self, agent: iam.IGrantable) -> None:
        """Allow the agent what it needs besides the tokens of its users."""
        if self._tools.authorizer is None:
            self._tools.grant_invoke(agent)
        elif self._credential is not None:
            self._credential.grant_use(agent)


def gateway_access(
    agent: Construct,
    authorizer: JwtAuthorizer | None,
    tools: "ToolGateway | None",
    credential: "OAuth2Credential | None",
    scopes: Sequence[str],
) -> GatewayAccess | None:
    """The access of an agent, checked. None: it uses no gateway.

    Raises:
        ValueError: If the agent has nothing that opens the gateway, or something that no gateway asks for.
    """
    _check_credential(agent, tools, credential, scopes)
    if tools is None:
        return None
    if tools.authorizer is not None and credential is None:
        _check_users(agent, authorizer, tools.node.path, tools.authorizer)
    return GatewayAccess(tools, credential, scopes)


def _check_credential(
    agent: Construct, tools: "ToolGateway | None", credential: "OAuth2Credential | None", scopes: Sequence[str]
) -> None:
    if credential is None:
        if scopes:
            raise ValueError(
                f"tools_scopes={list(scopes)!r} of the agent {agent.node.path!r} are asked for with tools_credential=,"
                " which is missing; the scopes of users' tokens are decided where the users sign in"
            )
        return
    if tools is None or tools.authorizer is None:
        opened = f"the gateway {tools.node.path!r} is opened by IAM" if tools else "it uses no gateway"
        raise ValueError(
            f"the agent {agent.node.path!r} has a tools_credential={credential.node.path!r}, but {opened}; leave it"
            " out, or pass tools= a gateway with an authorizer"
        )
    wrong = [scope for scope in scopes if not is_token(scope) and not _SCOPE.fullmatch(scope)]
    if isinstance(scopes, str) or wrong:
        raise ValueError(f"tools_scopes is a sequence of scopes without spaces, got {scopes!r}")


def _check_users(agent: Construct, authorizer: JwtAuthorizer | None, gateway: str, wanted: JwtAuthorizer) -> None:
    if authorizer is None:
        raise ValueError(
            f"the gateway {gateway!r} is opened by tokens of {wanted.discovery_url!r}, and the agent"
            f" {agent.node.path!r} gets none from its callers; give the agent the gateway's authorizer=, or a"
            " tools_credential= of its own, or leave out the gateway's authorizer"
        )
    if authorizer.discovery_url != wanted.discovery_url and _known([authorizer.discovery_url, wanted.discovery_url]):
        raise ValueError(
            f"the agent {agent.node.path!r} passes its users' tokens on, which {authorizer.discovery_url!r} issues,"
            f" and the gateway {gateway!r} takes tokens of {wanted.discovery_url!r}; give both one issuer"
        )
    for what, own, others in (
        ("allowed_clients", authorizer.allowed_clients, wanted.allowed_clients),
        ("allowed_audience", authorizer.allowed_audience, wanted.allowed_audience),
    ):
        if own and others and not set(own) & set(others) and _known([*own, *others]):
            raise ValueError(
                f"no token that opens the agent {agent.node.path!r} opens the gateway {gateway!r}: their {what} have"
                f" nothing in common, got {list(own)!r} and {list(others)!r}; allow the agent's at the gateway as well"
            )


def _known(values: Sequence[str]) -> bool:
    # Two references may come to the same value.
    return not any(is_token(value) for value in values)
