"""How targets are authorized to: keys and tokens of the vault, and the caller's own token."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.workbench.local_cloud.gateway.cloud import Gateway, GatewayCloud, allow, serving
from tests.workbench.local_cloud.gateway.test_inbound import Issuer, bearer, issuer
from tests.workbench.local_cloud.gateway.test_mcp_servers import mcp_server

__all__ = ["issuer"]

DESCRIPTION = {
    "openapi": "3.0.3",
    "info": {"title": "Parcels", "version": "1"},
    "servers": [{"url": "https://parcels.example.com"}],
    "paths": {
        "/parcels": {
            "get": {"operationId": "list", "summary": "Lists", "responses": {"200": {"description": "Parcels"}}}
        }
    },
}
VAULT = [
    "bedrock-agentcore:GetWorkloadAccessToken",
    "bedrock-agentcore:GetWorkloadAccessTokenForJWT",
    "bedrock-agentcore:GetResourceApiKey",
    "bedrock-agentcore:GetResourceOauth2Token",
    "secretsmanager:GetSecretValue",
]


@dataclass
class Parcels:
    """An API that says how it was called, and a token endpoint."""

    url: str = ""
    asked: list[Mapping[str, str]] = field(default_factory=list)

    def application(self) -> Starlette:
        routes = [
            Route("/parcels", self._parcels),
            Route("/token", self._token, methods=["POST"]),
            Route("/authorize", self._authorize),
            Route("/back", self._back),
            Route("/.well-known/openid-configuration", self._discovery),
            Route("/keys", self._keys),
        ]
        return Starlette(routes=routes)

    async def _parcels(self, request: Request) -> Response:
        return JSONResponse({"headers": dict(request.headers), "query": dict(request.query_params)})

    async def _token(self, request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        self.asked.append({**form, "authorization": request.headers.get("authorization", "")})
        token = "users-token" if form["grant_type"] == "authorization_code" else "machine-token"
        return JSONResponse({"access_token": token, "token_type": "Bearer", "expires_in": 300})

    async def _authorize(self, request: Request) -> Response:
        query = request.query_params
        return RedirectResponse(f"{query['redirect_uri']}?code=consent-1&state={quote(query['state'])}")

    async def _back(self, _: Request) -> Response:
        return Response("welcome back")

    async def _discovery(self, _: Request) -> Response:
        endpoints = {"token_endpoint": f"{self.url}/token", "authorization_endpoint": f"{self.url}/authorize"}
        return JSONResponse({"issuer": self.url, "jwks_uri": f"{self.url}/keys", **endpoints})

    async def _keys(self, _: Request) -> Response:
        return JSONResponse({"keys": []})


@pytest.fixture(scope="module")
def parcels(cloud: GatewayCloud) -> Iterator[Parcels]:
    known = Parcels()
    with serving(known.application()) as known.url:
        cloud.reroute({"https://parcels.example.com": known.url})
        yield known


@pytest.fixture(scope="module")
def api_key(cloud: GatewayCloud) -> str:
    """ARN of an API key's provider."""
    made = cloud.control.create_api_key_credential_provider(name="parcels-key", apiKey="k-123")
    return str(made["credentialProviderArn"])


def gateway_with(cloud: GatewayCloud, name: str, kind: str, provider: Mapping[str, object]) -> Gateway:
    """A gateway with a target on the parcels, authorized that way."""
    made = cloud.gateway(name, allow(VAULT), exceptionLevel="DEBUG")
    target = made.target(
        "Parcels", {"openApiSchema": {"inlinePayload": json.dumps(DESCRIPTION)}}, **credential(kind, provider)
    )
    assert target["status"] == "READY", target
    return made


def credential(kind: str, provider: Mapping[str, object]) -> dict[str, Any]:
    member = {"API_KEY": "apiKeyCredentialProvider", "OAUTH": "oauthCredentialProvider"}.get(kind)
    of_kind = {"credentialProvider": {member: provider}} if member else {}
    return {"credentialProviderConfigurations": [{"credentialProviderType": kind, **of_kind}]}


def test_api_key_goes_into_the_header_with_its_prefix(cloud: GatewayCloud, parcels: Parcels, api_key: str) -> None:
    place = {"credentialLocation": "HEADER", "credentialParameterName": "X-Key", "credentialPrefix": "Token"}
    gateway = gateway_with(cloud, "key-header", "API_KEY", {"providerArn": api_key, **place})
    assert gateway.value("Parcels___list")["headers"]["x-key"] == "Token k-123"


def test_api_key_goes_into_the_query(cloud: GatewayCloud, parcels: Parcels, api_key: str) -> None:
    place = {"credentialLocation": "QUERY_PARAMETER", "credentialParameterName": "key"}
    gateway = gateway_with(cloud, "key-query", "API_KEY", {"providerArn": api_key, **place})
    assert gateway.value("Parcels___list")["query"] == {"key": "k-123"}


@pytest.mark.parametrize("missing", [action for action in VAULT if "JWT" not in action and "Oauth2" not in action])
def test_each_permission_is_needed(cloud: GatewayCloud, parcels: Parcels, api_key: str, missing: str) -> None:
    name = f"no-{missing.rpartition(':')[2].lower()}"
    gateway = gateway_with(cloud, name, "API_KEY", {"providerArn": api_key})
    assert gateway.value("Parcels___list")["headers"]["authorization"].endswith("k-123")
    cloud.grant(f"{name}-gateway", allow([action for action in VAULT if action != missing]))
    refused = gateway.call("Parcels___list")["result"]
    assert (refused["isError"], missing in refused["content"][0]["text"]) == (True, True), refused


@pytest.fixture(scope="module")
def oauth(cloud: GatewayCloud, parcels: Parcels) -> str:
    """ARN of an OAuth client's provider."""
    config = {
        "customOauth2ProviderConfig": {
            "clientId": "gateway-client",
            "clientSecret": "s3cret",
            "oauthDiscovery": {"discoveryUrl": f"{parcels.url}/.well-known/openid-configuration"},
        }
    }
    provider = cloud.control.create_oauth2_credential_provider(
        name="parcels-oauth", credentialProviderVendor="CustomOauth2", oauth2ProviderConfigInput=config
    )
    return str(provider["credentialProviderArn"])


def test_machine_token_comes_from_the_token_endpoint(cloud: GatewayCloud, parcels: Parcels, oauth: str) -> None:
    gateway = gateway_with(cloud, "oauth", "OAUTH", {"providerArn": oauth, "scopes": ["parcels/read"]})
    assert gateway.value("Parcels___list")["headers"]["authorization"] == "Bearer machine-token"
    assert parcels.asked[-1]["grant_type"] == "client_credentials"
    assert parcels.asked[-1]["scope"] == "parcels/read"


def test_user_consents_once_in_the_browser(cloud: GatewayCloud, parcels: Parcels, oauth: str, issuer: Issuer) -> None:
    discovery = {"discoveryUrl": f"{issuer.url}/.well-known/openid-configuration", "allowedClients": ["app"]}
    gateway = cloud.gateway(
        "consent",
        allow(VAULT),
        authorizerType="CUSTOM_JWT",
        authorizerConfiguration={"customJWTAuthorizer": discovery},
    )
    of_user = {"grantType": "AUTHORIZATION_CODE", "defaultReturnUrl": f"{parcels.url}/back"}
    provider = {"providerArn": oauth, "scopes": ["parcels/read"], **of_user}
    configuration = {"openApiSchema": {"inlinePayload": json.dumps(DESCRIPTION)}}
    assert gateway.target("Parcels", configuration, **credential("OAUTH", provider))["status"] == "READY"
    token = issuer.token()
    asked = gateway.call("Parcels___list", {}, **bearer(token))["error"]
    assert asked["code"] == -32042
    with httpx.Client(trust_env=False, follow_redirects=True) as browser:
        arrived = browser.get(asked["data"]["elicitations"][0]["url"])
    assert arrived.text == "welcome back"
    cloud.client("bedrock-agentcore").complete_resource_token_auth(
        sessionUri=arrived.url.params["session_id"], userIdentifier={"userToken": token}
    )
    assert gateway.value("Parcels___list", {}, **bearer(token))["headers"]["authorization"] == "Bearer users-token"
    other = gateway.call("Parcels___list", {}, **bearer(issuer.token(sub="bob")))
    assert other["error"]["code"] == -32042


def test_callers_token_is_passed_through(cloud: GatewayCloud, parcels: Parcels, issuer: Issuer) -> None:
    discovery = {"discoveryUrl": f"{issuer.url}/.well-known/openid-configuration", "allowedClients": ["app"]}
    gateway = cloud.gateway(
        "passed",
        authorizerType="CUSTOM_JWT",
        authorizerConfiguration={"customJWTAuthorizer": discovery},
    )
    configuration = {"openApiSchema": {"inlinePayload": json.dumps(DESCRIPTION)}}
    gateway.target("Parcels", configuration, **credential("JWT_PASSTHROUGH", {}))
    token = issuer.token()
    assert gateway.value("Parcels___list", {}, **bearer(token))["headers"]["authorization"] == f"Bearer {token}"


def test_without_credentials_nothing_is_sent(cloud: GatewayCloud, parcels: Parcels) -> None:
    gateway = cloud.gateway("plain")
    gateway.target("Parcels", {"openApiSchema": {"inlinePayload": json.dumps(DESCRIPTION)}})
    assert "authorization" not in gateway.value("Parcels___list")["headers"]


def test_mcp_servers_get_their_key_too(cloud: GatewayCloud, api_key: str) -> None:
    with mcp_server(key="Bearer k-123") as (url, _):
        cloud.reroute({"https://keyed.example.com/mcp": url})
        gateway = cloud.gateway("keyed", allow(VAULT), exceptionLevel="DEBUG")
        configuration = {"mcpServer": {"endpoint": "https://keyed.example.com/mcp"}}
        refused = gateway.target("Plain", configuration)
        assert (refused["status"], "401" in refused["statusReasons"][0]) == ("FAILED", True)
        place = {"providerArn": api_key, "credentialPrefix": "Bearer"}
        assert gateway.target("Keyed", configuration, **credential("API_KEY", place))["status"] == "READY"
        assert gateway.call("Keyed___add", {"a": 1, "b": 1})["result"]["structuredContent"] == {"result": 2}
