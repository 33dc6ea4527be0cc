"""Access tokens that are renewed before they expire, for as long as this process knows the sign-in.

Streamlit keeps the identity and the access token of a sign-in in the browser's cookie and drops the refresh token. Here
it is caught on its way and stays in this process: it never reaches a browser. A process that has not seen the sign-in,
after a deployment or behind another task, cannot renew it: then the person signs in again, by one click.
"""

import base64
import hashlib
import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import httpx

logger = logging.getLogger(__name__)

_RENEW_BEFORE = 120.0
"""Seconds before its expiry at which a token is renewed."""
_LEEWAY = 15.0
"""Seconds before its expiry at which a token counts as expired: a request takes time."""
_MAX_SIGN_INS = 20_000
_TIMEOUT = 10.0


@dataclass
class _SignIn:
    refresh_token: str = field(repr=False)
    access_token: str = field(repr=False)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Tokens:
    """The sign-ins that this process has seen.

    Args:
        http: The HTTP client; shared.
        metadata_url: OpenID discovery document of the user pool.
        client_id: The front end's client.
        client_secret: Its secret.
        clock: Seconds since 1970.
    """

    def __init__(
        self,
        http: httpx.Client,
        metadata_url: str,
        client_id: str,
        client_secret: str,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._http = http
        self._metadata_url = metadata_url
        self._client = (client_id, client_secret)
        self._clock = clock
        self._lock = threading.Lock()
        self._sign_ins: dict[str, _SignIn] = {}
        self._metadata: Mapping[str, object] = {}

    def remember(self, access_token: str, refresh_token: str) -> None:
        """Keep what a sign-in gave.

        Args:
            access_token: The token that the browser's cookie holds; it is the key.
            refresh_token: Renews it.
        """
        with self._lock:
            while len(self._sign_ins) >= _MAX_SIGN_INS:
                self._sign_ins.pop(next(iter(self._sign_ins)))
            self._sign_ins[_key(access_token)] = _SignIn(refresh_token, access_token)

    def current(self, access_token: str) -> str | None:
        """A token that is good for a request now; None if the person has to sign in again.

        Args:
            access_token: The token that the browser's cookie holds.
        """
        sign_in = self._sign_ins.get(_key(access_token))
        if sign_in is None:
            return access_token if self._left(access_token) > _LEEWAY else None
        with sign_in.lock:
            if self._left(sign_in.access_token) <= _RENEW_BEFORE:
                self._renew(sign_in)
            return sign_in.access_token if self._left(sign_in.access_token) > _LEEWAY else None

    def forget(self, access_token: str) -> None:
        """Sign out: the refresh token is revoked, and with it every token it gave.

        Args:
            access_token: The token that the browser's cookie holds.
        """
        with self._lock:
            sign_in = self._sign_ins.pop(_key(access_token), None)
        if sign_in is not None:
            self._post("revocation_endpoint", {"token": sign_in.refresh_token})

    def _renew(self, sign_in: _SignIn) -> None:
        answer = self._post(
            "token_endpoint",
            {
                "grant_type": "refresh_token",
                "client_id": self._client[0],
                "refresh_token": sign_in.refresh_token,
            },
        )
        renewed = answer.get("access_token")
        if isinstance(renewed, str):
            sign_in.access_token = renewed
        rotated = answer.get("refresh_token")
        if isinstance(rotated, str):
            sign_in.refresh_token = rotated

    def _post(self, endpoint: str, form: Mapping[str, str]) -> Mapping[str, object]:
        try:
            if not self._metadata:
                self._metadata = self._http.get(self._metadata_url, timeout=_TIMEOUT).raise_for_status().json()
            address = self._metadata.get(endpoint)
            if not isinstance(address, str):
                return {}
            answer = self._http.post(address, data=dict(form), auth=self._client, timeout=_TIMEOUT)
            answer.raise_for_status()
            parsed = answer.json() if answer.content else {}
        except (httpx.HTTPError, ValueError) as error:
            logger.warning("endpoint=<%s>, error=<%s> | the user pool refused or did not answer", endpoint, error)
            return {}
        return parsed if isinstance(parsed, dict) else {}

    def _left(self, access_token: str) -> float:
        expiry = claims(access_token).get("exp")
        return float(expiry) - self._clock() if isinstance(expiry, int | float) else 0.0


def claims(token: str) -> Mapping[str, object]:
    """What a token says. It is read, not verified: the agents' front door does that at every call.

    Args:
        token: A JWT; anything else says nothing.
    """
    payload = [*token.split("."), "", ""][1]
    try:
        parsed = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _key(access_token: str) -> str:
    return hashlib.sha256(access_token.encode()).hexdigest()
