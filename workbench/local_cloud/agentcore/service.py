"""What every part of the local AgentCore server shares: who is calling, and how a service error looks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

JsonValue = object
"""A value parsed from, or to be written as, a service model's shape."""


@dataclass(frozen=True)
class Scope:
    """The account and region a request belongs to; every record is kept per scope."""

    account: str
    region: str


@dataclass(frozen=True)
class Caller:
    """Who signed the request, as the emulator's SigV4 check established it.

    Args:
        scope: Account and region of the request.
        principal_arn: ARN of the IAM principal, or an empty string where the emulator named none.
        secret: The secret of the credential provider that the request names, where the caller may read it.
    """

    scope: Scope
    principal_arn: str = ""
    secret: str | None = field(default=None, repr=False)


class ServiceError(Exception):
    """An error as the service returns it: a code of the service model, a message and an HTTP status.

    Args:
        code: Name of the exception.
        message: What is wrong.
        status: HTTP status.
        headers: Further headers of the response, for example `WWW-Authenticate`. Default: none.
    """

    def __init__(self, code: str, message: str, status: int = 400, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.headers = dict(headers or {})


def not_found(message: str) -> ServiceError:
    """The service's answer for a resource that does not exist."""
    return ServiceError("ResourceNotFoundException", message, 404)


def invalid(message: str) -> ServiceError:
    """The service's answer for an input that breaks a constraint of its model."""
    return ServiceError("ValidationException", message, 400)


class Operations(Protocol):
    """One service's operations, called by their API names with parameters parsed by the service model."""

    def call(self, operation: str, params: Mapping[str, JsonValue], caller: Caller) -> dict[str, JsonValue]:
        """Run one operation, for example `GetMemory`.

        Raises:
            ServiceError: As the service would answer.
        """
