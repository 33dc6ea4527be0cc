"""An OpenID Connect issuer on loopback with real RSA keys, which signs whatever a test asks for."""

import base64
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

DISCOVERY = "/.well-known/openid-configuration"
CLIENT = "client-1"


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_pem(key: rsa.RSAPrivateKey) -> bytes:
    """The public key as everybody may read it."""
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def encoded(part: object) -> str:
    """A part of a token."""
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


@dataclass
class Issuer:
    """Signs tokens and serves its metadata."""

    keys: dict[str, rsa.RSAPrivateKey]
    url: str = ""
    # What the discovery document names as issuer, where that is not the address.
    name: str = ""
    path: str = DISCOVERY
    advertised: list[Mapping[str, object]] = field(default_factory=list)
    requested: list[str] = field(default_factory=list)

    @property
    def discovery_url(self) -> str:
        return self.url + self.path

    @property
    def issuer(self) -> str:
        return self.name or self.url

    def claims(self, **changes: object) -> dict[str, object]:
        """Claims like those of an access token of Amazon Cognito; None leaves one out."""
        now = int(time.time())
        claims: dict[str, object] = {
            "sub": "user-1",
            "iss": self.issuer,
            "client_id": CLIENT,
            "token_use": "access",
            "scope": "openid tools/read",
            "cognito:groups": ["staff", "admins"],
            "tenant": "blue",
            "iat": now,
            "exp": now + 600,
            **changes,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, *, kid: str = "first", algorithm: str = "RS256", **changes: object) -> str:
        """A signed token."""
        return jwt.encode(self.claims(**changes), self.keys[kid], algorithm, headers={"kid": kid})

    def signed(self, changes: Mapping[str, object]) -> str:
        """A token with its claims changed."""
        return jwt.encode(self.claims(**changes), self.keys["first"], "RS256", headers={"kid": "first"})

    def jwks(self) -> dict[str, object]:
        """The published keys."""
        keys = [self._jwk(kid, key) for kid, key in self.keys.items()]
        return {"keys": [*keys, *self.advertised]}

    @staticmethod
    def _jwk(kid: str, key: rsa.RSAPrivateKey) -> dict[str, object]:
        return {**jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid, "use": "sig"}

    def answer(self, path: str) -> bytes | None:
        """A document, or None where there is none."""
        self.requested.append(path)
        base = self.path.removesuffix(DISCOVERY)
        if path == self.path:
            return json.dumps({"issuer": self.issuer, "jwks_uri": f"{self.url}{base}/jwks"}).encode()
        return json.dumps(self.jwks()).encode() if path == f"{base}/jwks" else None


@contextmanager
def serving(issuer: Issuer) -> Iterator[Issuer]:
    """Serve the issuer's metadata."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            body = issuer.answer(self.path)
            self.send_response(200 if body else 404)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield issuer
    finally:
        server.shutdown()
        server.server_close()
