"""Sign-ins, sign-ups and refreshes of the emulator's user pools, counted as Amazon Cognito counts them."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from ministack.services import cognito

from workbench.telemetry.services import cognito as published
from workbench.telemetry.services.outcome import Emit

Answer = Any
"""Status, headers and body; the emulator is not typed."""

_Call = Callable[..., Answer]
_Publish = Callable[..., Any]
_BAD_REQUEST = 400
_REFRESH = frozenset({"REFRESH_TOKEN_AUTH", "REFRESH_TOKEN"})


def install(emit: Emit) -> None:
    """Count from now on. Comes after the corrections of `cognito`, whose answers are what counts.

    Args:
        emit: Takes the counts.
    """
    counts = _Counts(emit)
    for name in ("_initiate_auth", "_admin_initiate_auth"):
        setattr(cognito, name, counts.initiated(getattr(cognito, name)))
    for name in ("_respond_to_auth_challenge", "_admin_respond_to_auth_challenge"):
        setattr(cognito, name, counts.responded(getattr(cognito, name)))
    cognito._get_tokens_from_refresh_token = counts.called(
        published.token_refreshed, cognito._get_tokens_from_refresh_token
    )
    cognito._sign_up = counts.called(published.signed_up, cognito._sign_up)
    cognito._oauth2_token = counts.token_given(cognito._oauth2_token)
    cognito._oauth2_idp_response = counts.federated(cognito._oauth2_idp_response)
    cognito.handle_login_submit = counts.submitted(cognito.handle_login_submit)


class _Counts:
    def __init__(self, emit: Emit) -> None:
        self._emit = emit

    def initiated(self, call: _Call) -> _Call:
        def counted(data: dict[str, Any]) -> Answer:
            answer = call(data)
            if data.get("AuthFlow") in _REFRESH:
                self._count(published.token_refreshed, data.get("ClientId"), succeeded=answer[0] < _BAD_REQUEST)
            else:
                self._sign_in(data, answer)
            return answer

        return counted

    def responded(self, call: _Call) -> _Call:
        def counted(data: dict[str, Any]) -> Answer:
            answer = call(data)
            self._sign_in(data, answer)
            return answer

        return counted

    def called(self, publish: _Publish, call: _Call) -> _Call:
        def counted(data: dict[str, Any]) -> Answer:
            answer = call(data)
            self._count(publish, data.get("ClientId"), succeeded=answer[0] < _BAD_REQUEST)
            return answer

        return counted

    def token_given(self, call: _Call) -> _Call:
        def counted(data: dict[str, Any], query: object, body: bytes = b"", headers: Any = None) -> Answer:
            answer = call(data, query, body, headers)
            form = _form(body)
            client = form.get("client_id")
            if form.get("grant_type") == "refresh_token" and client:
                self._count(published.token_refreshed, client, succeeded=answer[0] < _BAD_REQUEST)
            return answer

        return counted

    def federated(self, call: _Call) -> _Call:
        def counted(method: str, body: bytes, query: Mapping[str, Any]) -> Answer:
            state = cognito._qp(query, "state") or _form(body).get("state", "")
            relay = dict(cognito._auth_codes.get(state) or {})
            answer = call(method, body, query)
            if relay.get("client_id") and relay.get("provider_name"):
                self._emit(
                    published.federated(
                        pool=_pool(relay["client_id"]),
                        client=relay["client_id"],
                        provider=relay["provider_name"],
                        succeeded=bool(_code(answer)),
                        when=time.time(),
                    )
                )
            return answer

        return counted

    def submitted(self, call: _Call) -> _Call:
        def counted(method: str, path: str, headers: Any, body: bytes, query: Mapping[str, Any]) -> Answer:
            answer = call(method, path, headers, body, query)
            code = cognito._authorization_codes.get(_code(answer)) or {}
            if code:
                self._count(published.signed_in, code["client_id"], succeeded=True)
            elif b'class="error"' in bytes(answer[2] or b""):
                self._count(published.signed_in, _form(body).get("client_id"), succeeded=False)
            return answer

        return counted

    def _sign_in(self, data: Mapping[str, Any], answer: Answer) -> None:
        document = json.loads(answer[2] or b"{}")
        # A challenge is neither: the sign-in goes on.
        if answer[0] >= _BAD_REQUEST or "AuthenticationResult" in document:
            self._count(published.signed_in, data.get("ClientId"), succeeded=answer[0] < _BAD_REQUEST)

    def _count(self, publish: _Publish, client: object, *, succeeded: bool) -> None:
        pool = _pool(str(client or ""))
        if pool:
            self._emit(publish(pool=pool, client=str(client), succeeded=succeeded, when=time.time()))


def _pool(client: str) -> str:
    """The pool of a client, in whatever account; empty for an unknown client."""
    found = (pid for (_, _, pid), pool in cognito._user_pools.all_items() if client in pool["_clients"])
    return str(next(found, ""))


def _form(body: bytes | None) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs((body or b"").decode(errors="replace")).items()}


def _code(answer: Answer) -> str:
    """The authorization code that an answer sends the browser away with; empty where it does not."""
    return next(iter(parse_qs(urlsplit(str(answer[1].get("Location", ""))).query).get("code", [""])))
