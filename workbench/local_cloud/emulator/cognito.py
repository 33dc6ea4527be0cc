"""What the emulator's Amazon Cognito gets wrong, put right: tokens, refreshes, accounts, hosted page, resources."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from ministack import app
from ministack.core.responses import error_response_json
from ministack.services import cognito
from ministack.services.cloudformation import provisioners

from workbench.local_cloud.emulator import cognito_federation, cognito_resources, cognito_triggers
from workbench.local_cloud.emulator.cognito_challenges import Challenges
from workbench.local_cloud.emulator.cognito_triggers import TriggerError

Answer = Any
"""Status, headers and body; the emulator is not typed."""

STAND_IN = "Local stand-in for the sign-in page of Amazon Cognito"
_FOOTER = "Powered by ministack"


def install() -> None:
    """Put every correction in place. Comes before CloudFormation's table of handlers is extended."""
    Challenges().install()
    cognito_federation.install()
    cognito._apply_pretoken_trigger = cognito_triggers.apply
    cognito._refresh_tokens = _NoHostedTokens()
    cognito._pin_unsigned_idp_scope = _finding_pools_of_every_account(cognito._pin_unsigned_idp_scope)
    cognito._run_idp_handler = _refusing_without_trigger(cognito._run_idp_handler)
    cognito._oauth2_token = _refusing_grant_without_trigger(cognito._oauth2_token)
    cognito._page_shell = _naming_itself(cognito._page_shell)
    app._handle_cognito_get_request = _with_login_page(app._handle_cognito_get_request)
    cognito_resources.install(provisioners._RESOURCE_HANDLERS)


class _NoHostedTokens(dict[str, dict[str, str]]):
    """Keeps no refresh token of the hosted page.

    The emulator has a second way to refresh for those, which leaves out the groups, does not ask a confidential client
    for its secret, and serves one client with another's token. Without an entry here it takes the way of the API.
    """

    def __setitem__(self, _: str, __: dict[str, str]) -> None:
        pass


def _finding_pools_of_every_account(pin: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, Any]], None]:
    def pinned(data: dict[str, Any]) -> None:
        # Requests of users are not signed, so only what they name says which account they are for.
        pin(data)
        session = cognito._challenge_sessions.get(data.get("Session", "")) or {}
        pool_id = data.get("UserPoolId") or session.get("pool_id") or _pool_of_token(data)
        if pool_id:
            cognito._get_pool_unscoped(pool_id)
        else:
            cognito._find_pool_by_client_id(data.get("ClientId", ""))

    return pinned


def _pool_of_token(data: Mapping[str, Any]) -> str:
    tokens = (data.get(name) for name in ("AccessToken", "RefreshToken", "Token"))
    return next((str(cognito._pool_id_from_token(token)) for token in tokens if token), "")


def _refusing_without_trigger(run: Callable[..., Answer]) -> Callable[..., Answer]:
    def refusing(*arguments: object) -> Answer:
        try:
            return run(*arguments)
        except TriggerError as error:
            return error_response_json(error.code, error.message, 400)

    return refusing


def _refusing_grant_without_trigger(grant: Callable[..., Answer]) -> Callable[..., Answer]:
    def refusing(*arguments: object, **named: object) -> Answer:
        try:
            return grant(*arguments, **named)
        except TriggerError as error:
            return cognito._oauth2_error("invalid_grant", error.message)

    return refusing


def _naming_itself(shell: Callable[..., str]) -> Callable[..., str]:
    # Whoever is asked for a password sees whose page this is; the emulator's name stays.
    def named(*parts: str) -> str:
        return shell(*parts).replace(_FOOTER, f"{STAND_IN}. {_FOOTER}")

    return named


def _with_login_page(get: Callable[..., Awaitable[Answer]]) -> Callable[..., Awaitable[Answer]]:
    async def extended(method: str, path: str, headers: Mapping[str, str], query: Mapping[str, Any]) -> Answer:
        # The service has the page at both addresses; the emulator takes only what the page sends there.
        shown = "/oauth2/authorize" if (method, path) == ("GET", "/login") else path
        return await get(method, shown, headers, query)

    return extended
