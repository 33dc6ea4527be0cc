"""The operations of AgentCore Identity's data plane.

The emulator decides, before a request gets here, whether the caller's policies allow the operation on the token vault,
the provider and the workload identity, and whether they let it read the provider's secret; it sends the secret along.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, cast
from urllib.parse import urlencode

import jwt

from workbench.local_cloud.agentcore.control_store import Record
from workbench.local_cloud.agentcore.identity.federation import Federation, Owner
from workbench.local_cloud.agentcore.identity.oauth2 import Client, client_of, request_token
from workbench.local_cloud.agentcore.identity.workload_tokens import WorkloadToken, WorkloadTokens
from workbench.local_cloud.agentcore.inbound import TokenVerifier, VerifiedToken
from workbench.local_cloud.agentcore.inbound.keys import Issuers
from workbench.local_cloud.agentcore.observing import Observing
from workbench.local_cloud.agentcore.service import Caller, JsonValue, Operations, Scope, ServiceError, invalid
from workbench.telemetry.services.agentcore import api_key_fetched, resource_token_fetched, workload_token_fetched
from workbench.telemetry.services.outcome import Outcome, Stopwatch

GATEWAY = "Gateway"
LINKED = "WorkloadIdentity is linked to a service and cannot retrieve an access token by the caller"
_DISCOVERY = "/.well-known/openid-configuration"
_SESSION_NAME_CHARACTERS = 64
# What the members that lead to a provider's secret begin with.
_SECRETS = {"ApiKeyCredentialProvider": "apiKeySecret", "Oauth2CredentialProvider": "clientSecret"}

Params = Mapping[str, JsonValue]
Result = dict[str, JsonValue]


class Control(Operations, Protocol):
    """What is asked of the control plane."""

    def record(self, noun: str, key: tuple[str, ...], scope: Scope) -> Record:
        """A resource as it is kept.

        Raises:
            ServiceError: `ResourceNotFoundException` if there is none.
        """


class IdentityDataPlane(Operations):
    """Workload access tokens, API keys and OAuth 2.0 tokens, per account and region.

    Args:
        control: The control plane, asked for identities and providers at every call.
        tokens: Verifies users' tokens.
        issuers: Reads providers' discovery documents.
        observing: Takes metrics and knows faults. Default: neither is there.
    """

    def __init__(
        self, control: Control, tokens: TokenVerifier, issuers: Issuers, observing: Observing | None = None
    ) -> None:
        self._observing = observing or Observing()
        self._control = control
        self._verifier = tokens
        self._issuers = issuers
        self._tokens = WorkloadTokens()
        self._federation = Federation()
        self._operations: Mapping[str, Callable[[Params, Caller], Result]] = {
            "GetWorkloadAccessToken": self._token,
            "GetWorkloadAccessTokenForJWT": self._token_for_jwt,
            "GetWorkloadAccessTokenForUserId": self._token_for_user_id,
            "GetResourceApiKey": self._api_key,
            "GetResourceOauth2Token": self._oauth2_token,
            "CompleteResourceTokenAuth": self._complete,
        }

    @property
    def operations(self) -> frozenset[str]:
        """The API names of the operations served here."""
        return frozenset(self._operations)

    def call(self, operation: str, params: Params, caller: Caller) -> Result:
        """Run one operation.

        Raises:
            ServiceError: As the service would answer.
        """
        stopwatch = Stopwatch()
        try:
            self._observing.meet_fault("identity", operation)
            result = self._operations[operation](params, caller)
        except ServiceError as error:
            self._count(operation, params, stopwatch.outcome(error.status, error.code))
            raise
        self._count(operation, params, stopwatch.outcome())
        return result

    def _count(self, operation: str, params: Params, outcome: Outcome) -> None:
        identity = str(params.get("workloadName") or self._tokens.identity_of(str(params.get("workloadIdentityToken"))))
        provider = str(params.get("resourceCredentialProviderName"))
        if operation == "GetResourceApiKey":
            self._observing.emit(api_key_fetched(identity=identity, provider=provider, outcome=outcome))
        elif operation == "GetResourceOauth2Token":
            flow = str(params["oauth2Flow"])
            fetched = resource_token_fetched(identity=identity, provider=provider, flow=flow, outcome=outcome)
            self._observing.emit(fetched)
        elif operation.startswith("GetWorkloadAccessToken"):
            self._observing.emit(workload_token_fetched(operation, identity=identity, outcome=outcome))

    def token_of_runtime(self, identity_arn: str, *, verified: VerifiedToken | None, user_id: str) -> str | None:
        """The token that Runtime hands to an agent with an invocation; None where nobody is known to act for.

        Args:
            identity_arn: The runtime's workload identity.
            verified: The caller's token, where the runtime verifies tokens.
            user_id: The user that a caller with permission to do so named; counts without a token.
        """
        if not identity_arn or (verified is None and not user_id):
            return None
        # Runtime asks as an agent would: it is counted, and it can fail.
        operation = "GetWorkloadAccessTokenForJWT" if verified else "GetWorkloadAccessTokenForUserId"
        named = {"workloadName": identity_arn.rpartition("/")[2]}
        stopwatch = Stopwatch()
        try:
            self._observing.meet_fault("identity", operation)
        except ServiceError as error:
            self._count(operation, named, stopwatch.outcome(error.status, error.code))
            raise
        made = self._tokens.make(identity_arn, _verified_user(verified) if verified else _named_user(user_id))
        self._count(operation, named, stopwatch.outcome())
        return made

    def secret_of(self, provider: str, name: str, scope: Scope) -> dict[str, str]:
        """Where a credential provider's secret is, for the emulator.

        Args:
            provider: `ApiKeyCredentialProvider` or `Oauth2CredentialProvider`.
            name: The provider's name.
            scope: Account and region.

        Raises:
            ServiceError: `ResourceNotFoundException` if there is no such provider.
        """
        found = self._control.call(f"Get{provider}", {"name": name}, Caller(scope))
        stem = _SECRETS[provider]
        secret = cast("Mapping[str, str]", found[f"{stem}Arn"])
        return {"secretArn": secret["secretArn"], "jsonKey": str(found[f"{stem}JsonKey"])}

    def returned(self, query: Mapping[str, str]) -> tuple[str, str]:
        """The browser came back from a provider.

        Args:
            query: The callback's query.

        Returns:
            Where to send the browser, empty for nowhere, and the session's name.

        Raises:
            ServiceError: If no session waits for this, or the provider refused.
        """
        if "code" not in query:
            raise invalid(f"The provider gave no code: {query.get('error', 'it did not say why')}")
        session = self._federation.returned(query.get("state", ""), query["code"])
        if not session.return_url:
            return "", session.uri
        joint = "&" if "?" in session.return_url else "?"
        named = {"session_id": session.uri, **({"state": session.custom_state} if session.custom_state else {})}
        return f"{session.return_url}{joint}{urlencode(named)}", session.uri

    def _token(self, params: Params, caller: Caller) -> Result:
        return {"workloadAccessToken": self._tokens.make(self._identity(params, caller))}

    def _token_for_jwt(self, params: Params, caller: Caller) -> Result:
        identity = self._identity(params, caller)
        verified = self._verified(str(params["userToken"]))
        return {"workloadAccessToken": self._tokens.make(identity, _verified_user(verified))}

    def _token_for_user_id(self, params: Params, caller: Caller) -> Result:
        identity = self._identity(params, caller)
        return {"workloadAccessToken": self._tokens.make(identity, _named_user(str(params["userId"])))}

    def _identity(self, params: Params, caller: Caller) -> str:
        name = str(params["workloadName"])
        record = self._control.record("WorkloadIdentity", (name,), caller.scope)
        linked = record.attributes.get("linkedTo")
        # A gateway's service acts under the gateway's role, in a session of the gateway's name; no code gets those.
        for_itself = linked == GATEWAY and caller.principal_arn.endswith(f"/{name[:_SESSION_NAME_CHARACTERS]}")
        if linked and not (for_itself and ":assumed-role/" in caller.principal_arn):
            raise invalid(LINKED)
        return str(record.attributes["workloadIdentityArn"])

    def _verified(self, token: str) -> VerifiedToken:
        try:
            issuer = jwt.decode(token, options={"verify_signature": False}).get("iss")
        except jwt.PyJWTError as error:
            raise ServiceError("UnauthorizedException", "The user's token cannot be parsed", 401) from error
        if not isinstance(issuer, str) or not issuer.startswith(("https://", "http://")):
            raise ServiceError("UnauthorizedException", "The user's token names no issuer", 401)
        return self._verifier.verify(f"Bearer {token}", {"discoveryUrl": issuer.rstrip("/") + _DISCOVERY})

    def _read(self, params: Params, caller: Caller) -> WorkloadToken:
        token = self._tokens.read(str(params["workloadIdentityToken"]))
        region, account = token.identity_arn.split(":")[3:5]
        if Scope(account, region) != caller.scope:
            raise ServiceError(
                "AccessDeniedException", "The workload access token is of another account or region", 403
            )
        return token

    def _api_key(self, params: Params, caller: Caller) -> Result:
        self._read(params, caller)
        self._control.call("GetApiKeyCredentialProvider", _name(params), caller)
        return {"apiKey": _secret(caller)}

    def _oauth2_token(self, params: Params, caller: Caller) -> Result:
        token = self._read(params, caller)
        provider = self._control.call("GetOauth2CredentialProvider", _name(params), caller)
        client = client_of(provider, _secret(caller), self._issuers)
        match params["oauth2Flow"]:
            case "M2M":
                return {"accessToken": request_token(client, _client_credentials(params)).access_token}
            case "USER_FEDERATION":
                return self._of_user(params, caller, token, provider, client)
            case flow:
                raise ServiceError("NotImplementedException", f"the local cloud does not simulate {flow}", 501)

    def _of_user(
        self, params: Params, caller: Caller, token: WorkloadToken, provider: Mapping[str, object], client: Client
    ) -> Result:
        if not token.user:
            raise invalid("USER_FEDERATION needs a workload access token for a user (ForJWT or ForUserId)")
        owner = Owner(token.identity_arn, token.user, str(provider["credentialProviderArn"]))
        scopes = cast("Sequence[str]", params["scopes"])
        stored = None if params.get("forceAuthentication") else self._federation.token(owner, scopes, client)
        if stored is not None:
            return {"accessToken": stored}
        asked = str(params.get("sessionUri") or "")
        status = self._federation.status(asked, owner) if asked else None
        if status:
            return {"sessionUri": asked, "sessionStatus": status}
        session = self._federation.begin(
            owner,
            client,
            scopes,
            callback_url=str(provider["callbackUrl"]),
            return_url=self._return_url(params, caller, token),
            custom_state=str(params.get("customState") or ""),
        )
        custom = cast("Mapping[str, str]", params.get("customParameters") or {})
        return {"authorizationUrl": session.authorization_url(custom), "sessionUri": session.uri}

    def _return_url(self, params: Params, caller: Caller, token: WorkloadToken) -> str:
        asked = str(params.get("resourceOauth2ReturnUrl") or "")
        name = token.identity_arn.rpartition("/")[2]
        identity = self._control.record("WorkloadIdentity", (name,), caller.scope)
        allowed = cast("Sequence[str]", identity.attributes.get("allowedResourceOauth2ReturnUrls") or ())
        if asked and asked not in allowed:
            raise invalid(f"resourceOauth2ReturnUrl {asked} is none of the workload identity's allowed return URLs")
        return asked

    def _complete(self, params: Params, caller: Caller) -> Result:
        identifier = cast("Mapping[str, str]", params["userIdentifier"])
        token = identifier.get("userToken")
        user = _verified_user(self._verified(token)) if token else _named_user(identifier["userId"])
        self._federation.complete(str(params["sessionUri"]), user, caller.scope.account)
        return {}


def _verified_user(token: VerifiedToken) -> str:
    return f"jwt:{token.claims.get('iss')}|{token.subject}"


def _named_user(user_id: str) -> str:
    return f"id:{user_id}"


def _name(params: Params) -> dict[str, JsonValue]:
    return {"name": params["resourceCredentialProviderName"]}


def _secret(caller: Caller) -> str:
    if caller.secret is None:
        raise ServiceError("AccessDeniedException", "The provider's secret was not read for this caller", 403)
    return caller.secret


def _client_credentials(params: Params) -> dict[str, str]:
    custom = cast("Mapping[str, str]", params.get("customParameters") or {})
    scopes = cast("Sequence[str]", params.get("scopes") or ())
    resources = cast("Sequence[str]", params.get("resources") or ())
    audiences = cast("Sequence[str]", params.get("audiences") or ())
    named = {"scope": " ".join(scopes), "resource": " ".join(resources), "audience": " ".join(audiences)}
    return {**custom, **{name: value for name, value in named.items() if value}, "grant_type": "client_credentials"}
