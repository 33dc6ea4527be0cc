"""Credentials of execution roles, from the emulator, renewed before they expire."""

import datetime as dt
import secrets
import threading
from dataclasses import dataclass, replace

import httpx

from workbench.local_cloud.agentcore.service import ServiceError

RENEW_BEFORE = dt.timedelta(minutes=20)
"""Validity at which new credentials are asked for; the SDKs ask again from 15 minutes on."""

_TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True)
class Credentials:
    """Temporary credentials of a role."""

    access_key_id: str
    secret_access_key: str
    session_token: str
    expiration: dt.datetime

    def container_document(self) -> dict[str, str]:
        """The answer of a container credentials endpoint.

        https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
        """
        return {
            "AccessKeyId": self.access_key_id,
            "SecretAccessKey": self.secret_access_key,
            "Token": self.session_token,
            "Expiration": self.expiration.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }


@dataclass(frozen=True)
class _Holder:
    role_arn: str
    source_arn: str
    account: str
    region: str


class RoleCredentials:
    """Hands each runtime the credentials of its execution role, and each of its processes a token to ask for them.

    Args:
        emulator_url: Base address of the emulator.
    """

    def __init__(self, emulator_url: str) -> None:
        self._client = httpx.Client(base_url=emulator_url, timeout=_TIMEOUT_SECONDS, trust_env=False)
        self._lock = threading.Lock()
        self._held: dict[_Holder, Credentials] = {}
        self._tokens: dict[str, _Holder] = {}

    def token(self, *, role_arn: str, source_arn: str, account: str, region: str) -> str:
        """A secret with which one process may ask for its role's credentials."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._tokens[token] = _Holder(role_arn, source_arn, account, region)
        return token

    def revoke(self, token: str) -> None:
        """Make a token worthless."""
        with self._lock:
            self._tokens.pop(token, None)

    def by_token(self, token: str) -> Credentials | None:
        """The credentials a process may use, or None for a token that was not handed out."""
        with self._lock:
            holder = self._tokens.get(token)
        return self._current(holder) if holder else None

    def close(self) -> None:
        """Close the connections to the emulator."""
        self._client.close()

    def _current(self, holder: _Holder) -> Credentials:
        with self._lock:
            held = self._held.get(holder)
            if held is None or held.expiration - dt.datetime.now(dt.UTC) < RENEW_BEFORE:
                held = self._fetch(holder)
                self._held[holder] = held
            return replace(held)

    def _fetch(self, holder: _Holder) -> Credentials:
        body = {"roleArn": holder.role_arn, "sourceArn": holder.source_arn}
        headers = {"x-local-account": holder.account, "x-local-region": holder.region}
        try:
            response = self._client.post("/_local/credentials", json=body, headers=headers)
        except httpx.HTTPError as error:
            raise ServiceError("InternalServerException", f"the emulator gave no credentials: {error}", 500) from error
        if response.is_error:
            raise ServiceError(
                "AccessDeniedException",
                f"Role validation failed for '{holder.role_arn}': {response.text[:500]}. Check that its trust policy"
                f" lets bedrock-agentcore.amazonaws.com assume it for {holder.source_arn}",
                403,
            )
        answer = response.json()
        return Credentials(
            access_key_id=answer["AccessKeyId"],
            secret_access_key=answer["SecretAccessKey"],
            session_token=answer["SessionToken"],
            expiration=dt.datetime.fromisoformat(str(answer["Expiration"])).astimezone(dt.UTC),
        )
