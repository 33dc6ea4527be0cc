"""The pre token generation trigger as Amazon Cognito runs it: refused tokens instead of tokens without claims.

The emulator issues a token unchanged where the function is missing, not permitted, or fails, lets it overwrite who the
token is about, and looks for groups in the wrong place of a version two answer.
https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-token-generation.html
"""

import json
from collections.abc import Mapping, MutableMapping
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import cognito, lambda_svc

SERVICE_PRINCIPAL = "cognito-idp.amazonaws.com"
PROTECTED = frozenset(
    {"acr", "amr", "at_hash", "auth_time", "azp", "exp", "iat", "iss", "jti", "nbf", "nonce", "origin_jti", "sub"}
    | {"token_use"}
)
"""Claims of both tokens that no function changes."""

PROTECTED_BY_TOKEN: Mapping[str, frozenset[str]] = {
    "id": PROTECTED | {"aud", "cognito:username", "identities"},
    "access": PROTECTED | {"client_id", "device_key", "event_id", "scope", "username", "version"},
}
_CLIENT_CREDENTIALS = "TokenGeneration_ClientCredentials"
_SECTIONS = {"id": "idTokenGeneration", "access": "accessTokenGeneration"}


class TriggerError(Exception):
    """The function gave no usable answer, so there is no token.

    Args:
        code: Exception of the user pools API.
        message: What is wrong.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def apply(
    pool_id: str,
    claims: dict[str, object],
    token_type: str,
    trigger_source: str,
    client_id: str,
    username: str,
    user_attrs: Mapping[str, object],
    groups: list[str],
    client_metadata: Mapping[str, str] | None = None,
    scope: str = cognito._API_TOKEN_SCOPE,
) -> dict[str, object]:
    """The claims of a token after the pool's function had its say (in place of the emulator's own).

    Raises:
        TriggerError: If the function is missing, not permitted, fails, or answers with something else than an event.
    """
    function, version = _function(cognito._user_pools.get(pool_id) or {})
    if not function or not _runs(version, token_type, trigger_source):
        return claims
    event = cognito._build_pretoken_event(
        pool_id=pool_id,
        client_id=client_id,
        username=username,
        user_attrs=user_attrs,
        groups=groups,
        trigger_source=trigger_source,
        version=version,
        client_metadata=client_metadata,
        scope=scope,
    )
    details = _details(_answer(function, pool_id, event), version)
    _override(claims, details, token_type, version)
    return claims


def _function(pool: Mapping[str, Any]) -> tuple[str, str]:
    settings = pool.get("LambdaConfig") or {}
    newer = settings.get("PreTokenGenerationConfig") or {}
    if newer.get("LambdaArn"):
        return str(newer["LambdaArn"]), str(newer.get("LambdaVersion") or "V1_0").upper()
    return str(settings.get("PreTokenGeneration") or ""), "V1_0"


def _runs(version: str, use: str, trigger_source: str) -> bool:
    if trigger_source == _CLIENT_CREDENTIALS:
        return version == "V3_0"
    return use == "id" or version != "V1_0"


def _answer(function: str, pool_id: str, event: Mapping[str, object]) -> Mapping[str, Any]:
    record, config, _ = lambda_svc._get_func_record_for_ref(function)
    if record is None or config is None or not _permitted(record, function, pool_id):
        raise TriggerError(
            "UnexpectedLambdaException",
            "PreTokenGeneration invocation failed due to error AccessDeniedException:"
            f" {function} does not exist, or its policy does not let {SERVICE_PRINCIPAL} invoke it"
            f" for {cognito._pool_arn(pool_id)}.",
        )
    executed = lambda_svc._execution_record_for_config(record, config)
    result = lambda_svc._execute_function_with_config_scope(executed, event)
    body = _parsed(result.get("body"))
    if result.get("error"):
        message = body.get("errorMessage", body) if isinstance(body, Mapping) else body
        raise TriggerError("UserLambdaValidationException", f"PreTokenGeneration failed with error {message}.")
    response = body.get("response") if isinstance(body, Mapping) else None
    if not isinstance(response, Mapping):
        raise TriggerError("InvalidLambdaResponseException", "Unrecognizable lambda output")
    return response


def _permitted(record: Mapping[str, Any], function: str, pool_id: str) -> bool:
    context = iam_evaluator.EvalContext(
        principal_arn=SERVICE_PRINCIPAL,
        principal_type="Service",
        principal_account=get_account_id(),
        action="lambda:InvokeFunction",
        resource_arn=function,
        region=get_region(),
        service_context={"aws:sourceaccount": get_account_id(), "aws:sourcearn": cognito._pool_arn(pool_id)},
    )
    # A function without an alias or version is in its policy as plain ARN.
    decision = iam_evaluator.evaluate_resource_policy(record.get("policy"), context, SERVICE_PRINCIPAL)
    return bool(decision.decision == "Allow")


def _parsed(body: object) -> object:
    if isinstance(body, bytes | bytearray | str):
        try:
            return json.loads(body)
        except ValueError:
            return body
    return body


def _details(response: Mapping[str, Any], version: str) -> Mapping[str, Any]:
    name = "claimsOverrideDetails" if version == "V1_0" else "claimsAndScopeOverrideDetails"
    return response.get(name) or {}


def _override(claims: MutableMapping[str, object], details: Mapping[str, Any], use: str, version: str) -> None:
    section = details if version == "V1_0" else details.get(_SECTIONS[use]) or {}
    protected = PROTECTED_BY_TOKEN[use]
    groups = (details.get("groupOverrideDetails") or {}).get("groupsToOverride")
    if isinstance(groups, list):
        claims["cognito:groups"] = groups
    for name in section.get("claimsToSuppress") or ():
        if name not in protected:
            claims.pop(name, None)
    for name, value in (section.get("claimsToAddOrOverride") or {}).items():
        if name not in protected:
            claims[name] = value
    if use == "access":
        claims["scope"] = _scopes(str(claims.get("scope", "")), section)


def _scopes(scope: str, section: Mapping[str, Any]) -> str:
    suppressed = section.get("scopesToSuppress") or ()
    kept = [name for name in scope.split() if name not in suppressed]
    return " ".join(dict.fromkeys([*kept, *(section.get("scopesToAdd") or ())]))
