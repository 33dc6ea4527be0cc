"""Verifies bearer tokens as the inbound authorizer of runtimes and gateways does."""

from collections.abc import Mapping
from dataclasses import dataclass

import jwt

from workbench.local_cloud.agentcore.inbound import refusals
from workbench.local_cloud.agentcore.inbound.claims import mismatch
from workbench.local_cloud.agentcore.inbound.keys import ALGORITHMS, Issuer, Issuers
from workbench.local_cloud.agentcore.inbound.refusals import Challenge
from workbench.local_cloud.agentcore.service import ServiceError

_NOT_SIMULATED = ("allowedWorkloadConfiguration",)
# Claims are matched one by one afterwards, so that each mismatch is named.
_OPTIONS: Mapping[str, object] = {"require": ["exp"], "verify_aud": False, "verify_iss": False}


@dataclass(frozen=True)
class VerifiedToken:
    """A token that an authorizer accepted.

    Args:
        claims: Its claims.
        raw: The token as it came, without `Bearer`.
    """

    claims: Mapping[str, object]
    raw: str

    @property
    def subject(self) -> str:
        """Who the token speaks for; empty if it names nobody."""
        return str(self.claims.get("sub", ""))


class TokenVerifier:
    """Verifies tokens of any OpenID Connect issuer; those of Amazon Cognito are the emulator's.

    Safe to call from many threads. It waits for the network where an issuer's keys are not known yet.

    Args:
        emulator_url: Base address of the emulator.
        issuers: Where issuers' keys come from. Default: read from the issuers, and kept for five minutes.
    """

    def __init__(self, emulator_url: str, *, issuers: Issuers | None = None) -> None:
        self._issuers = issuers or Issuers(emulator_url)

    def verify(
        self, authorization_header: str | None, authorizer: Mapping[str, object], *, resource_metadata: str = ""
    ) -> VerifiedToken:
        """Accept a request's token, or refuse the request.

        Checked are the signature by a key of the issuer behind the discovery URL, the issuer, `exp` and `nbf`, and
        every demand of the authorizer: one allowed client, one allowed audience, one allowed scope, each custom claim.

        Args:
            authorization_header: The request's `Authorization` header, or None.
            authorizer: The `customJWTAuthorizer` of the control plane.
            resource_metadata: Address of the resource's OAuth metadata, for `WWW-Authenticate`. Default: none.

        Raises:
            ServiceError: `UnauthorizedException` (401, with `WWW-Authenticate` in its headers) for a token that is
                missing or not accepted; `InternalServerException` if the issuer cannot be read;
                `NotImplementedException` for what is not simulated.
        """
        for member in _NOT_SIMULATED:
            if authorizer.get(member):
                raise ServiceError("NotImplementedException", f"the local cloud does not simulate {member}", 501)
        challenge = Challenge(authorizer, resource_metadata)
        raw = _bearer(authorization_header)
        if raw is None:
            raise challenge.refusal(refusals.MISSING)
        try:
            return VerifiedToken(self._claims(raw, authorizer), raw)
        except _RefusedError as refused:
            raise challenge.refusal(refused.message) from refused

    def close(self) -> None:
        """Close the connections to issuers."""
        self._issuers.close()

    def _claims(self, raw: str, authorizer: Mapping[str, object]) -> Mapping[str, object]:
        header = _header(raw)
        if header.get("alg") not in ALGORITHMS:
            raise _RefusedError(refusals.ALGORITHM)
        # The key id is a name to look up among the issuer's keys and nothing else; `jku` and `jwk` are not looked at.
        key_id = header.get("kid")
        issuer = self._issuers.get(str(authorizer["discoveryUrl"]), key_id=str(key_id))
        claims = _signed_claims(raw, issuer, key_id)
        if not issuer.name or claims.get("iss") != issuer.name:
            raise _RefusedError(refusals.claim("iss"))
        wrong = mismatch(claims, authorizer)
        if wrong:
            raise _RefusedError(refusals.claim(wrong))
        return claims


class _RefusedError(Exception):
    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def _bearer(header: str | None) -> str | None:
    scheme, _, token = (header or "").strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def _header(raw: str) -> Mapping[str, object]:
    try:
        return jwt.get_unverified_header(raw)
    except jwt.PyJWTError as error:
        raise _RefusedError(refusals.UNREADABLE) from error


def _signed_claims(raw: str, issuer: Issuer, key_id: object) -> Mapping[str, object]:
    key = issuer.keys.get(key_id) if isinstance(key_id, str) else None
    if key is None:
        raise _RefusedError(refusals.UNKNOWN_KEY)
    try:
        return jwt.decode(raw, key.key, algorithms=list(key.algorithms), options=dict(_OPTIONS))  # type: ignore[arg-type]
    except jwt.PyJWTError as error:
        raise _RefusedError(_message(error)) from error


def _message(error: jwt.PyJWTError) -> str:
    match error:
        case jwt.ExpiredSignatureError():
            return refusals.EXPIRED
        case jwt.ImmatureSignatureError():
            return refusals.NOT_YET_VALID
        case jwt.InvalidSignatureError():
            return refusals.SIGNATURE
        case jwt.InvalidAlgorithmError():
            return refusals.ALGORITHM
        case jwt.MissingRequiredClaimError():
            return refusals.claim(error.claim)
        case _:
            return refusals.UNREADABLE
