"""An issuer's name and public keys, from its discovery document, kept until a token names a key they lack."""

import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from workbench.local_cloud.agentcore.service import ServiceError

ALGORITHMS = ("RS256", "RS384", "RS512")
"""Signatures that are accepted. Never one that a public key could also verify as a shared secret."""

MINIMUM_KEY_BITS = 2048

# Issuers, and the domains of hosted pages and token endpoints.
_COGNITO_HOST = re.compile(
    r"cognito-idp\.[a-z0-9-]+\.amazonaws\.com(\.cn)?|[a-z0-9-]+\.auth\.[a-z0-9-]+\.amazoncognito\.com"
)
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_TIMEOUT_SECONDS = 5.0


@dataclass(frozen=True)
class SigningKey:
    """A public key and the algorithms its signatures may have."""

    key: RSAPublicKey
    algorithms: tuple[str, ...]


@dataclass(frozen=True)
class Issuer:
    """What an issuer says about itself.

    Args:
        name: Its identifier, which its tokens carry as `iss`.
        keys: Its public keys by key id.
        token_endpoint: Where it gives out tokens; empty if it names none.
        authorization_endpoint: Where users sign in; empty if it names none.
        read_at: When this was read, in seconds of a monotonic clock.
    """

    name: str
    keys: Mapping[str, SigningKey]
    token_endpoint: str = ""
    authorization_endpoint: str = ""
    read_at: float = field(default_factory=time.monotonic)


class Issuers:
    """Reads issuers' discovery documents and keys.

    Args:
        emulator_url: The emulator, which stands for every user pool of Amazon Cognito.
        keep_seconds: How long what was read is good for.
        refresh_seconds: How long after a reading a token with an unknown key causes no other.
    """

    def __init__(self, emulator_url: str, *, keep_seconds: float = 300.0, refresh_seconds: float = 1.0) -> None:
        self._emulator_url = emulator_url.rstrip("/")
        self._keep_seconds = keep_seconds
        self._refresh_seconds = refresh_seconds
        self._known: dict[str, Issuer] = {}
        self._lock = threading.Lock()
        self._reading: dict[str, threading.Lock] = {}
        self._local = httpx.Client(timeout=_TIMEOUT_SECONDS, trust_env=False)
        self._remote = httpx.Client(timeout=_TIMEOUT_SECONDS)

    def get(self, discovery_url: str, *, key_id: str | None = None) -> Issuer:
        """The issuer behind a discovery URL.

        Args:
            discovery_url: Address of its metadata.
            key_id: A key that is wanted; the issuer is asked again if it was not among its keys.

        Raises:
            ServiceError: `InternalServerException`, if the issuer cannot be read.
        """
        # One lock an issuer: nobody waits for an issuer of somebody else that does not answer.
        with self._lock:
            reading = self._reading.setdefault(discovery_url, threading.Lock())
        with reading:
            known = self._known.get(discovery_url)
            if known is None or self._is_stale(known, key_id):
                known = self._read(discovery_url)
                self._known[discovery_url] = known
            return known

    def local_url(self, url: str) -> str:
        """Where an address is served: those of Amazon Cognito by the emulator, others where they say."""
        parts = urlsplit(url)
        if _COGNITO_HOST.fullmatch(parts.hostname or ""):
            return self._emulator_url + parts.path
        return url

    def close(self) -> None:
        """Close the connections."""
        self._local.close()
        self._remote.close()

    def _is_stale(self, known: Issuer, key_id: str | None) -> bool:
        age = time.monotonic() - known.read_at
        unknown = key_id is not None and key_id not in known.keys
        return age > self._keep_seconds or (unknown and age > self._refresh_seconds)

    def _read(self, discovery_url: str) -> Issuer:
        document = self._document(discovery_url)
        keys = self._document(str(document.get("jwks_uri", "")))
        return Issuer(
            str(document.get("issuer", "")),
            _signing_keys(keys),
            str(document.get("token_endpoint", "")),
            str(document.get("authorization_endpoint", "")),
        )

    def _document(self, url: str) -> Mapping[str, object]:
        served = self.local_url(url)
        client = self._local if urlsplit(served).hostname in _LOOPBACK else self._remote
        try:
            document = client.get(served, headers={"Accept": "application/json"}).raise_for_status().json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise _unreadable(url, repr(error)) from error
        if not isinstance(document, dict):
            raise _unreadable(url, "it is no JSON object")
        return document


def _unreadable(url: str, reason: str) -> ServiceError:
    message = f"The identity provider's metadata at {url!r} cannot be read: {reason}"
    return ServiceError("InternalServerException", message, 500)


def _signing_keys(document: Mapping[str, object]) -> dict[str, SigningKey]:
    listed = document.get("keys")
    found = {}
    for jwk in listed if isinstance(listed, list) else ():
        key = _signing_key(jwk) if isinstance(jwk, dict) else None
        if key:
            found[str(jwk["kid"])] = key
    return found


def _signing_key(jwk: Mapping[str, object]) -> SigningKey | None:
    algorithm = jwk.get("alg", "")
    algorithms = tuple(name for name in ALGORITHMS if algorithm in (name, ""))
    if not algorithms or not jwk.get("kid") or jwk.get("use", "sig") != "sig" or jwk.get("kty") != "RSA":
        return None
    try:
        key = jwt.PyJWK(dict(jwk), algorithms[0]).key
    except jwt.PyJWTError:
        return None
    if not isinstance(key, RSAPublicKey) or key.key_size < MINIMUM_KEY_BITS:
        return None
    return SigningKey(key, algorithms)
