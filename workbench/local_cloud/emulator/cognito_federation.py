"""Sign-ins by an identity provider, with the checks that the emulator leaves to the hosted page's own users.

Its codes for users of a provider are good for whoever has them, without PKCE, secret or address; every claim of a
provider becomes an attribute, mapped or not; and assertions of SAML are believed unsigned.
https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-identity-federation.html
"""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from ministack.core.responses import error_response_json
from ministack.services import cognito

_CODE_SECONDS = 300

Answer = Any
"""Status, headers and body; the emulator is not typed."""


def install() -> None:
    """Put these in place of the emulator's."""
    cognito._saml2_idp_response = _refuse_assertion
    cognito._apply_inbound_federation_trigger = _mapping_only(cognito._apply_inbound_federation_trigger)
    cognito._oauth2_authorize_federation = _remembering_challenge(cognito._oauth2_authorize_federation)
    cognito._oauth2_idp_response = _giving_bound_code(cognito._oauth2_idp_response)


def _refuse_assertion(*_: object) -> Answer:
    return error_response_json(
        "NotImplementedException",
        "the local cloud does not verify SAML assertions, so it takes none: sign in with a user of the pool itself",
        501,
    )


def _mapping_only(trigger: Callable[..., Any]) -> Callable[..., Any]:
    def mapped(
        pool_id: str, client_id: str, name: str, provider_name: str, kind: str, given: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        changed = trigger(pool_id, client_id, name, provider_name, kind, given)
        if changed:
            found: Mapping[str, Any] = changed
            return found
        claims = given.get("idToken") or {}
        pool = cognito._get_pool_unscoped(pool_id) or {}
        provider = pool.get("_identity_providers", {}).get(provider_name) or {}
        wanted = set((provider.get("AttributeMapping") or {}).values())
        kept = {claim: _text(value) for claim, value in claims.items() if claim in wanted}
        # Not empty, or the emulator takes everything; `iss` is dropped later unless it is mapped.
        return {"iss": "", **kept}

    return mapped


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _remembering_challenge(authorize: Callable[[Mapping[str, Any]], Answer]) -> Callable[[Mapping[str, Any]], Answer]:
    def remembering(query: Mapping[str, Any]) -> Answer:
        challenge = cognito._qp(query, "code_challenge")
        method = cognito._qp(query, "code_challenge_method")
        answer = authorize(query)
        sent = parse_qs(urlsplit(answer[1].get("Location", "")).query)
        relay = cognito._auth_codes.get(next(iter(sent.get("state") or sent.get("RelayState") or [""])))
        if relay is None:
            return answer
        refused = cognito._pkce_error_redirect(relay["redirect_uri"], challenge, method, relay["state"])
        relay.update(code_challenge=challenge, code_challenge_method=method)
        return refused or answer

    return remembering


def _giving_bound_code(returned: Callable[..., Answer]) -> Callable[..., Answer]:
    def bound(method: str, body: bytes, query: Mapping[str, Any]) -> Answer:
        form = parse_qs(body.decode(errors="replace")) if body else {}
        state = cognito._qp(query, "state") or next(iter(form.get("state", [""])))
        relay = cognito._auth_codes.get(state) or {}
        answer = returned(method, body, query)
        code = next(iter(parse_qs(urlsplit(answer[1].get("Location", "")).query).get("code", [""])))
        loose = cognito._auth_codes.pop(code, None)
        if loose is not None:
            # Among the codes of the hosted page, which are held against client, address, secret and verifier.
            cognito._authorization_codes[code] = {
                "client_id": loose["client_id"],
                "pool_id": loose["pool_id"],
                "redirect_uri": loose["redirect_uri"],
                "scope": loose["scopes"],
                "username": loose["username"],
                "nonce": loose["nonce"],
                "code_challenge": relay.get("code_challenge", ""),
                "code_challenge_method": relay.get("code_challenge_method", ""),
                "expires_at": loose["created_at"] + _CODE_SECONDS,
            }
        return answer

    return bound
