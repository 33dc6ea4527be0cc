"""Workload access tokens: which workload identity acts, and for which user.

A stand-in for the service's own opaque tokens: signed with a key of this process, so that nobody else makes one. The
emulator reads the identity's name from the middle part, to hold the caller's policies against it.
"""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import time
from dataclasses import asdict, dataclass

from workbench.local_cloud.agentcore.service import ServiceError

LIFETIME_SECONDS = 3600
PREFIX = "workload"


@dataclass(frozen=True)
class WorkloadToken:
    """What a workload access token says.

    Args:
        identity_arn: The workload identity.
        user: Whom it acts for: `jwt:` with issuer and subject of a verified token, or `id:` with an id that the caller
            chose, so that nobody becomes a verified user by choosing an id. Empty: for no user.
        expires: When it ends, in seconds since 1970.
    """

    identity_arn: str
    user: str = ""
    expires: float = 0.0


class WorkloadTokens:
    """Makes and reads workload access tokens."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def make(self, identity_arn: str, user: str = "") -> str:
        """A token, good for an hour."""
        token = WorkloadToken(identity_arn, user, time.time() + LIFETIME_SECONDS)
        payload = _encoded(json.dumps(asdict(token)).encode())
        return f"{PREFIX}.{payload}.{self._signature(payload)}"

    def read(self, text: str) -> WorkloadToken:
        """What a token says.

        Raises:
            ServiceError: `UnauthorizedException`, if it was not made here or has ended.
        """
        prefix, _, rest = text.partition(".")
        payload, _, signature = rest.partition(".")
        if prefix != PREFIX or not hmac.compare_digest(signature.encode(), self._signature(payload).encode()):
            raise _refused("The workload access token is not valid")
        try:
            token = WorkloadToken(**json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))
        except (ValueError, TypeError, binascii.Error) as error:
            raise _refused("The workload access token is not valid") from error
        if token.expires <= time.time():
            raise _refused("The workload access token has expired")
        return token

    def identity_of(self, text: str) -> str:
        """Name of the workload identity that a token is of; empty for a token that is not valid."""
        try:
            return self.read(text).identity_arn.rpartition("/")[2]
        except ServiceError:
            return ""

    def _signature(self, payload: str) -> str:
        return _encoded(hmac.new(self._key, payload.encode(), hashlib.sha256).digest())


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _refused(message: str) -> ServiceError:
    return ServiceError("UnauthorizedException", message, 401)
