"""The answers to a token that is not accepted: one body for each rule it breaks, whatever the token holds.

A body names the rule and never repeats the token's own values. Status and exception are the documented ones; the
service has been seen to answer 403 to a token it cannot parse, where its reference says 401, as here.
"""

from collections.abc import Mapping, Sequence
from typing import cast

from workbench.local_cloud.agentcore.service import ServiceError

MISSING = "Missing Authentication Token"
UNREADABLE = "OAuth authorization failed: Failed to parse token"
ALGORITHM = "OAuth authorization failed: Token is not signed with an accepted algorithm"
UNKNOWN_KEY = "OAuth authorization failed: Token is signed with an unknown key"
SIGNATURE = "OAuth authorization failed: Token signature is not valid"
EXPIRED = "OAuth authorization failed: Token has expired"
NOT_YET_VALID = "OAuth authorization failed: Token is not valid yet"

_INVALID_TOKEN = "invalid_token"  # noqa: S105  an error code of RFC 6750
_INSUFFICIENT_SCOPE = "insufficient_scope"


def claim(name: str) -> str:
    """The message for a claim that is missing or not as the authorizer demands."""
    return f"OAuth authorization failed: Claim '{name}' value mismatch with configuration."


def advertised_scopes(authorizer: Mapping[str, object]) -> list[str]:
    """The scopes clients are told to ask for, which need not be those that a token then has."""
    mapping = cast("Mapping[str, str]", authorizer.get("advertisedScopeMapping") or {})
    return [mapping.get(scope, scope) for scope in cast("Sequence[str]", authorizer.get("allowedScopes") or ())]


class Challenge:
    """Makes the refusals of one authorizer, with the `WWW-Authenticate` header that goes with them (RFC 6750).

    Args:
        authorizer: The `customJWTAuthorizer` of the control plane.
        resource_metadata: Address of the resource's OAuth metadata (RFC 9728). Default: the header names none.
    """

    def __init__(self, authorizer: Mapping[str, object], resource_metadata: str = "") -> None:
        self._scope = " ".join(advertised_scopes(authorizer))
        self._resource_metadata = resource_metadata

    def refusal(self, message: str) -> ServiceError:
        """`UnauthorizedException`, 401."""
        if message == MISSING:
            # RFC 6750: a request without a token is told no error code.
            return self._error(message, {})
        code = _INSUFFICIENT_SCOPE if message == claim("scope") else _INVALID_TOKEN
        return self._error(message, {"error": code, "scope": self._scope})

    def _error(self, message: str, details: Mapping[str, str]) -> ServiceError:
        named = {**details, "resource_metadata": self._resource_metadata}
        parameters = ", ".join(f'{name}="{value}"' for name, value in named.items() if value)
        headers = {"WWW-Authenticate": f"Bearer {parameters}".strip()}
        return ServiceError("UnauthorizedException", message, 401, headers=headers)
