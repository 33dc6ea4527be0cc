"""Users' consent at OAuth 2.0 providers: sessions that wait for it, and the tokens it gave.

The user opens the authorization URL, the provider sends the browser back to the callback, and the application says
whose session it was (`CompleteResourceTokenAuth`); only then is the token that user's.
https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/oauth2-authorization-url-session-binding.html
"""

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal
from urllib.parse import urlencode

from workbench.local_cloud.agentcore.identity.oauth2 import Client, ProviderToken, request_token
from workbench.local_cloud.agentcore.service import ServiceError, invalid, not_found

SESSION_SECONDS = 600
_URN = "urn:ietf:params:oauth:request_uri:"


@dataclass(frozen=True)
class Owner:
    """Whose a token is: one user's, at one provider, by one workload identity."""

    identity_arn: str
    user: str
    provider_arn: str


@dataclass(frozen=True)
class Session:
    """One request for a user's consent.

    Args:
        uri: Its name.
        owner: Who asked, and for whom.
        client: The client at the provider.
        scopes: What was asked for.
        callback_url: Where the provider sends the browser.
        return_url: Where the callback sends it on; empty: nowhere.
        custom_state: The application's own state.
        verifier: PKCE verifier.
        token: What the provider gave; None until the user was there.
        expires: When it ends, in seconds since 1970.
    """

    uri: str
    owner: Owner
    client: Client
    scopes: tuple[str, ...]
    callback_url: str
    return_url: str
    custom_state: str
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48), repr=False)
    token: ProviderToken | None = None
    expires: float = field(default_factory=lambda: time.time() + SESSION_SECONDS)

    def authorization_url(self, custom: Mapping[str, str]) -> str:
        """Where the user has to go.

        Args:
            custom: Further parameters; they override none.
        """
        digest = hashlib.sha256(self.verifier.encode()).digest()
        parameters = {
            **custom,
            "response_type": "code",
            "client_id": self.client.client_id,
            "redirect_uri": self.callback_url,
            "scope": " ".join(self.scopes),
            "state": self.uri.removeprefix(_URN),
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        joint = "&" if "?" in self.client.authorization_endpoint else "?"
        return f"{self.client.authorization_endpoint}{joint}{urlencode(parameters)}"


@dataclass(frozen=True)
class _Stored:
    token: ProviderToken
    scopes: frozenset[str]


class Federation:
    """Sessions and tokens of users, kept in memory. Safe to call from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sessions: dict[str, Session] = {}
        self._tokens: dict[Owner, _Stored] = {}

    def token(self, owner: Owner, scopes: Sequence[str], client: Client) -> str | None:
        """The user's access token with these scopes, refreshed where it has ended; None if there is none."""
        with self._lock:
            stored = self._tokens.get(owner)
        if stored is None or not set(scopes) <= stored.scopes:
            return None
        if stored.token.expires > time.time():
            return stored.token.access_token
        if not stored.token.refresh_token:
            return None
        try:
            renewed = request_token(
                client, {"grant_type": "refresh_token", "refresh_token": stored.token.refresh_token}
            )
        except ServiceError:
            # The provider takes consent back by refusing: the user has to be asked again.
            return None
        kept = replace(renewed, refresh_token=renewed.refresh_token or stored.token.refresh_token)
        with self._lock:
            self._tokens[owner] = _Stored(kept, stored.scopes)
        return kept.access_token

    def begin(
        self,
        owner: Owner,
        client: Client,
        scopes: Sequence[str],
        *,
        callback_url: str,
        return_url: str,
        custom_state: str,
    ) -> Session:
        """A new session."""
        uri = _URN + secrets.token_urlsafe(24)
        session = Session(uri, owner, client, tuple(scopes), callback_url, return_url, custom_state)
        with self._lock:
            self._sessions = {u: s for u, s in self._sessions.items() if s.expires > time.time()}
            self._sessions[uri] = session
        return session

    def status(self, uri: str, owner: Owner) -> Literal["IN_PROGRESS"] | None:
        """State of a session of this owner; None if it has none of that name."""
        session = self._sessions.get(uri)
        return "IN_PROGRESS" if session and session.owner == owner and session.expires > time.time() else None

    def returned(self, state: str, code: str) -> Session:
        """The provider sent the user back with a code, which becomes a token.

        Raises:
            ServiceError: If no session waits for it, or the provider refuses the code.
        """
        session = self._waiting(_URN + state)
        if session.token is not None:
            raise invalid("The session has its token already")
        parameters = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": session.callback_url,
            "code_verifier": session.verifier,
        }
        done = replace(session, token=request_token(session.client, parameters))
        with self._lock:
            self._sessions[session.uri] = done
        return done

    def complete(self, uri: str, user: str, account: str) -> None:
        """Give a session's token to its user.

        Args:
            uri: The session.
            user: Whose session the application says it is.
            account: Account of the application.

        Raises:
            ServiceError: If it was begun for another user or account, or the user was not at the provider yet.
        """
        session = self._waiting(uri)
        if session.owner.identity_arn.split(":")[4] != account or session.owner.user != user:
            raise ServiceError("AccessDeniedException", "The session was begun for another user", 403)
        if session.token is None:
            raise invalid("The user has not authorized the request yet")
        with self._lock:
            self._sessions.pop(uri, None)
            self._tokens[session.owner] = _Stored(session.token, frozenset(session.scopes))

    def _waiting(self, uri: str) -> Session:
        session = self._sessions.get(uri)
        if session is None or session.expires <= time.time():
            raise not_found(f"There is no authorization session {uri}, or it has ended")
        return session
