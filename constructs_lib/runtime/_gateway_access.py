"""Whether an agent has what opens the gateway whose tools it is to use."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from constructs_lib._place import is_token
from constructs_lib.identity.jwt_authorizer import JwtAuthorizer

if TYPE_CHECKING:
    from constructs_lib.gateway.tool_gateway import ToolGateway


def check_gateway_access(agent: str, authorizer: JwtAuthorizer | None, tools: "ToolGateway") -> None:
    """Refuse an agent whose users' tokens cannot open a gateway that takes tokens.

    Raises:
        ValueError: If the agent takes no tokens, or none that the gateway takes.
    """
    wanted = tools.authorizer
    if wanted is None:
        return
    gateway = tools.node.path
    if authorizer is None:
        raise ValueError(
            f"the gateway {gateway!r} is opened by tokens of {wanted.discovery_url!r}, and the agent {agent!r} gets"
            " none from its callers; give the agent the gateway's authorizer=, or leave out the gateway's"
        )
    if authorizer.discovery_url != wanted.discovery_url and _known([authorizer.discovery_url, wanted.discovery_url]):
        raise ValueError(
            f"the agent {agent!r} passes its users' tokens on, which {authorizer.discovery_url!r} issues, and the"
            f" gateway {gateway!r} takes tokens of {wanted.discovery_url!r}; give both one issuer"
        )
    for what, own, others in (
        ("allowed_clients", authorizer.allowed_clients, wanted.allowed_clients),
        ("allowed_audience", authorizer.allowed_audience, wanted.allowed_audience),
    ):
        if own and others and not set(own) & set(others) and _known([*own, *others]):
            raise ValueError(
                f"no token that opens the agent {agent!r} opens the gateway {gateway!r}: their {what} have nothing in"
                f" common, got {list(own)!r} and {list(others)!r}; allow the agent's at the gateway as well"
            )


def _known(values: Sequence[str]) -> bool:
    # Two references may come to the same value.
    return not any(is_token(value) for value in values)
