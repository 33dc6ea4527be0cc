"""Challenges of a sign-in, bound to the sign-in they belong to, and second factors wherever a pool demands them.

The emulator answers a challenge with tokens for whatever user it names, whether or not that user ever gave a password,
lets users without a second factor into pools that require one, and asks for none on the hosted page.
https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa.html
"""

import base64
import html
import json
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs

from ministack.core.responses import error_response_json, json_response
from ministack.services import cognito

NEW_PASSWORD, TOTP, SETUP = "NEW_PASSWORD_REQUIRED", "SOFTWARE_TOKEN_MFA", "MFA_SETUP"
SESSION_SECONDS = 180
_BOUND = frozenset({NEW_PASSWORD, TOTP, SETUP})

Answer = Any
"""Status, headers and body; the emulator is not typed."""


@dataclass(frozen=True)
class _Pending:
    """A sign-in that waits for an answer."""

    pool_id: str
    client_id: str
    username: str
    challenge: str
    secret: str = ""
    verified: bool = False
    # What the hosted page does once the answer is there.
    redirect: tuple[object, ...] = ()
    expires: float = 0.0


class Challenges:
    """The sign-ins that wait for an answer. Safe to call from many threads."""

    def __init__(self) -> None:
        self._pending: dict[str, _Pending] = {}
        self._lock = threading.Lock()
        self._redirect: Callable[..., Answer] = cognito._issue_auth_code_redirect
        self._submit: Callable[..., Answer] = cognito.handle_login_submit
        self._respond: Callable[[dict[str, Any]], Answer] = cognito._respond_to_auth_challenge
        self._password_result: Callable[..., Answer] = cognito._password_auth_result
        self._demand: Callable[..., dict[str, Any] | None] = cognito._mfa_challenge_for_user
        self._refuse_password: Callable[[Mapping[str, Any]], Answer] = cognito._password_signin_refused

    def install(self) -> None:
        """Put these in place of the emulator's."""
        cognito._mfa_challenge_for_user = self.demand
        cognito._password_auth_result = self.password_result
        cognito._respond_to_auth_challenge = self.respond
        cognito._associate_software_token = self._associating(cognito._associate_software_token)
        cognito._verify_software_token = self._verifying(cognito._verify_software_token)
        cognito._password_signin_refused = self.refuse_password
        cognito._issue_auth_code_redirect = self.redirect
        cognito.handle_login_submit = self.submit

    def demand(
        self, pool: Mapping[str, Any], user: Mapping[str, Any], pid: str, username: str
    ) -> dict[str, Any] | None:
        """The second factor a user has to show, or to set up where the pool requires one."""
        demanded = self._demand(pool, user, pid, username)
        if demanded is None and pool.get("MfaConfiguration") == "ON" and TOTP not in user.get("_mfa_enabled", []):
            parameters = {"USER_ID_FOR_SRP": username, "MFAS_CAN_SETUP": json.dumps([TOTP])}
            return {"ChallengeName": SETUP, "Session": _new_session(), "ChallengeParameters": parameters}
        return demanded

    def password_result(
        self, pool: Mapping[str, Any], pid: str, cid: str, user: Mapping[str, Any], *rest: object, **named: object
    ) -> Answer:
        """What follows a right password; a challenge is remembered with whom it is for."""
        answer = self._password_result(pool, pid, cid, user, *rest, **named)
        document = json.loads(answer[2])
        if document.get("ChallengeName") in _BOUND:
            pending = _Pending(pid, cid, user["Username"], document["ChallengeName"])
            self._keep(document["Session"], pending)
        return answer

    def respond(self, data: dict[str, Any]) -> Answer:
        """RespondToAuthChallenge, for the user whose sign-in the session belongs to."""
        name = data.get("ChallengeName")
        if name not in _BOUND:
            return self._respond(data)
        responses = data.get("ChallengeResponses") or {}
        pending = self._find(data.get("Session"))
        pool = cognito._user_pools.get(pending.pool_id) if pending else None
        user = cognito._resolve_user(pool, responses.get("USERNAME"))[0] if pool else None
        if (
            pending is None
            or user is None
            or (pending.challenge, pending.client_id, pending.username)
            != (name, data.get("ClientId"), user["Username"])
            or (name == SETUP and not pending.verified)
        ):
            return error_response_json("NotAuthorizedException", "Invalid session for the user.", 400)
        if name == NEW_PASSWORD:
            return self._new_password(data, pending, pool, user)
        answer = self._respond(data)
        if answer[0] < 400:
            self._drop(data["Session"])
        return answer

    def _new_password(self, data: dict[str, Any], pending: _Pending, pool: Any, user: dict[str, Any]) -> Answer:
        password = (data.get("ChallengeResponses") or {}).get("NEW_PASSWORD", "")
        refused = cognito._validate_password(pool, password)
        if refused:
            return refused
        self._drop(data["Session"])
        if self.demand(pool, user, pending.pool_id, pending.username) is None:
            return self._respond(data)
        user.update(_password=password, UserStatus="CONFIRMED", UserLastModifiedDate=cognito._now_epoch())
        return self.password_result(pool, pending.pool_id, pending.client_id, user, pending.username)

    def refuse_password(self, user: Mapping[str, Any]) -> Answer:
        """Refuse a password of a user that has none, such as one of an identity provider."""
        if not user.get("_password"):
            return error_response_json("NotAuthorizedException", "Incorrect username or password.", 400)
        return self._refuse_password(user)

    def _associating(self, associate: Callable[[dict[str, Any]], Answer]) -> Callable[[dict[str, Any]], Answer]:
        def associated(data: dict[str, Any]) -> Answer:
            if data.get("AccessToken"):
                return associate(data)
            pending = self._find(data.get("Session"))
            if pending is None or pending.challenge != SETUP:
                return error_response_json("NotAuthorizedException", "Invalid session for the user.", 400)
            secret, session = _new_secret(), _new_session()
            self._drop(data["Session"])
            self._keep(session, replace(pending, secret=secret))
            return json_response({"SecretCode": secret, "Session": session})

        return associated

    def _verifying(self, verify: Callable[[dict[str, Any]], Answer]) -> Callable[[dict[str, Any]], Answer]:
        def verified(data: dict[str, Any]) -> Answer:
            if data.get("AccessToken"):
                return verify(data)
            pending = self._find(data.get("Session"))
            if pending is None or not pending.secret:
                return error_response_json("NotAuthorizedException", "Invalid session for the user.", 400)
            if not cognito._totp_matches(pending.secret, data.get("UserCode", "")):
                return error_response_json("EnableSoftwareTokenMFAException", "Code mismatch", 400)
            _enrol(pending)
            session = _new_session()
            self._drop(data["Session"])
            self._keep(session, replace(pending, verified=True))
            return json_response({"Status": "SUCCESS", "Session": session})

        return verified

    def redirect(self, client_id: str, pool_id: str, *rest: object) -> Answer:
        """The hosted page's way back, by way of the second factor where one is demanded."""
        username = str(rest[2])
        pool = cognito._get_pool_unscoped(pool_id)
        user = pool["_users"].get(username) if pool else None
        demanded = self.demand(pool, user, pool_id, username) if pool and user else None
        if user is None or demanded is None:
            return self._redirect(client_id, pool_id, *rest)
        setup = demanded["ChallengeName"] == SETUP
        secret = _new_secret() if setup else user["_totp_secret"]
        way = (client_id, pool_id, *rest)
        pending = _Pending(pool_id, client_id, username, demanded["ChallengeName"], secret, redirect=way)
        session = _new_session()
        self._keep(session, pending)
        return _code_page(session, secret if setup else "", "")

    def submit(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, Any]
    ) -> Answer:
        """What the hosted page sends."""
        form = {name: values[0] for name, values in parse_qs(body.decode(errors="replace")).items()}
        session = form.get("mfa_session")
        if not session:
            return self._submit(method, path, headers, body, query)
        pending = self._find(session)
        if pending is None or not pending.redirect:
            return cognito._oauth2_error("invalid_request", "Session has expired. Please sign in again.")
        if not cognito._totp_matches(pending.secret, form.get("code", "")):
            shown = pending.secret if pending.challenge == SETUP else ""
            return _code_page(session, shown, "Incorrect code.")
        self._drop(session)
        if pending.challenge == SETUP:
            _enrol(pending)
        return self._redirect(*pending.redirect)

    def _keep(self, session: str, pending: _Pending) -> None:
        now = time.time()
        with self._lock:
            self._pending = {name: found for name, found in self._pending.items() if found.expires > now}
            self._pending[session] = replace(pending, expires=now + SESSION_SECONDS)

    def _find(self, session: object) -> _Pending | None:
        with self._lock:
            found = self._pending.get(session) if isinstance(session, str) else None
        return found if found and found.expires > time.time() else None

    def _drop(self, session: str) -> None:
        with self._lock:
            self._pending.pop(session, None)


def _new_session() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _new_secret() -> str:
    return base64.b32encode(secrets.token_bytes(20)).decode()


def _enrol(pending: _Pending) -> None:
    pool = cognito._get_pool_unscoped(pending.pool_id)
    user = pool["_users"].get(pending.username) if pool else None
    if user is not None:
        user.update(_totp_secret=pending.secret, _preferred_mfa=TOTP)
        user["_mfa_enabled"] = list({*user.get("_mfa_enabled", []), TOTP})


def _code_page(session: str, secret: str, error: str) -> Answer:
    message = f'<div class="error">{html.escape(error)}</div>' if error else ""
    shown = f"<p>Add this key to your authenticator app: <code>{html.escape(secret)}</code></p>" if secret else ""
    body = f"""{message}{shown}
<form method="POST" action="/login">
<input type="hidden" name="mfa_session" value="{html.escape(session)}">
<label for="code">Code of your authenticator app</label>
<input type="text" id="code" name="code" inputmode="numeric" autocomplete="one-time-code" required autofocus>
<button type="submit">Sign in</button>
</form>"""
    page: str = cognito._page_shell("Sign in", "Second factor", body)
    return 200, {"Content-Type": "text/html; charset=utf-8"}, page.encode()
