"""Who may come in: gateways opened by signatures, by tokens, and by nothing."""

import http.client
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import boto3
import httpx
import jwt
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.workbench.local_cloud.gateway.cloud import ACCOUNT, REGION, Gateway, GatewayCloud, allow, serving

PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


@dataclass
class Issuer:
    """An OpenID Connect issuer on this machine."""

    url: str
    key: rsa.RSAPrivateKey

    def token(self, key: rsa.RSAPrivateKey | None = None, **claims: object) -> str:
        """A token of user ann; claims may differ from what a good one has."""
        good = {"iss": self.url, "sub": "ann", "client_id": "app", "exp": time.time() + 60}
        return jwt.encode({**good, **claims}, key or self.key, algorithm="RS256", headers={"kid": "key-1"})


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    known = Issuer("", key)

    async def discovery(_: Request) -> Response:
        return JSONResponse({"issuer": known.url, "jwks_uri": f"{known.url}/keys"})

    async def keys(_: Request) -> Response:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
        return JSONResponse({"keys": [{**public, "kid": "key-1", "alg": "RS256", "use": "sig"}]})

    routes = [Route("/.well-known/openid-configuration", discovery), Route("/keys", keys)]
    with serving(Starlette(routes=routes)) as known.url:
        yield known


@pytest.fixture(scope="module")
def opened_by_tokens(cloud: GatewayCloud, issuer: Issuer) -> Gateway:
    discovery = f"{issuer.url}/.well-known/openid-configuration"
    authorizer = {"customJWTAuthorizer": {"discoveryUrl": discovery, "allowedClients": ["app"]}}
    return cloud.gateway("tokens", authorizerType="CUSTOM_JWT", authorizerConfiguration=authorizer)


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def test_good_token_comes_in(opened_by_tokens: Gateway, issuer: Issuer) -> None:
    assert opened_by_tokens.post(PING, bearer(issuer.token())).status_code == 200


def test_no_token_is_told_where_tokens_come_from(opened_by_tokens: Gateway, issuer: Issuer) -> None:
    refused = opened_by_tokens.post(PING)
    assert refused.status_code == 401
    metadata = opened_by_tokens.url.removesuffix("/mcp") + "/.well-known/oauth-protected-resource"
    assert refused.headers["www-authenticate"] == f'Bearer resource_metadata="{metadata}"'
    assert refused.json()["error"]["code"] == -32001
    document = httpx.get(metadata, trust_env=False).json()
    assert document == {"resource": opened_by_tokens.url, "authorization_servers": [issuer.url]}


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": 1},
        {"iss": "https://other.example.com"},
        {"client_id": "other"},
        {"nbf": 99999999999},
    ],
)
def test_wrong_claims_stay_out(opened_by_tokens: Gateway, issuer: Issuer, claims: dict[str, object]) -> None:
    assert opened_by_tokens.post(PING, bearer(issuer.token(None, **claims))).status_code == 401


def test_forged_tokens_stay_out(opened_by_tokens: Gateway, issuer: Issuer) -> None:
    forger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    unsigned = jwt.encode({"iss": issuer.url, "sub": "ann", "client_id": "app", "exp": 9999999999}, "", "none")
    for token in (issuer.token(forger), unsigned, "nonsense"):
        assert opened_by_tokens.post(PING, bearer(token)).status_code == 401


def test_signature_does_not_open_what_tokens_open(opened_by_tokens: Gateway) -> None:
    administrator = boto3.Session("test", "test", region_name=REGION)
    assert signed(opened_by_tokens, administrator).status_code == 401


def test_caller_cannot_name_itself(cloud: GatewayCloud) -> None:
    gateway = cloud.gateway("spoofed", authorizerType="AWS_IAM")
    forged = {"x-local-principal-arn": f"arn:aws:iam::{ACCOUNT}:root", "x-local-account": ACCOUNT}
    assert gateway.post(PING, forged).status_code == 403
    assert gateway.post(PING, {**forged, **bearer("nonsense")}).status_code == 403


def signature(session: boto3.Session, url: str, body: bytes, region: str = REGION) -> dict[str, str]:
    """The headers of a signed message."""
    keys: Any = session.get_credentials()
    request = AWSRequest("POST", url, data=body, headers={"content-type": "application/json"})
    credentials = Credentials(keys.access_key, keys.secret_key, keys.token)
    SigV4Auth(credentials, "bedrock-agentcore", region).add_auth(request)
    return dict(request.headers)


def signed(gateway: Gateway, session: boto3.Session, region: str = REGION, *, message: object = PING) -> httpx.Response:
    """A message with a signature."""
    body = json.dumps(message).encode()
    return httpx.post(gateway.url, content=body, headers=signature(session, gateway.url, body, region), trust_env=False)


def status_at(cloud: GatewayCloud, session: boto3.Session, path: str) -> int:
    """The answer to a signed message, its path sent as it is written: an HTTP client would tidy it."""
    body, server = json.dumps(PING).encode(), urlsplit(cloud.endpoint)
    connection = http.client.HTTPConnection(str(server.hostname), server.port)
    try:
        connection.request("POST", path, body, signature(session, cloud.endpoint + path, body))
        return connection.getresponse().status
    finally:
        connection.close()


def role_session(cloud: GatewayCloud, role_arn: str) -> boto3.Session:
    body = {"roleArn": role_arn, "sourceArn": f"arn:aws:bedrock-agentcore:{REGION}:{ACCOUNT}:runtime/agent-0123456789"}
    keys = httpx.post(f"{cloud.endpoint}/_local/credentials", json=body, trust_env=False).raise_for_status().json()
    return boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], region_name=REGION)


def test_role_with_the_permission_comes_in_and_others_do_not(cloud: GatewayCloud) -> None:
    gateway = cloud.gateway("signatures", authorizerType="AWS_IAM")
    may = cloud.role("may-invoke", allow("bedrock-agentcore:InvokeGateway", gateway.arn))
    may_not = cloud.role("may-not-invoke", allow("bedrock-agentcore:InvokeGateway", f"{gateway.arn}-other"))
    assert signed(gateway, role_session(cloud, may)).json()["result"] == {}
    refused = signed(gateway, role_session(cloud, may_not))
    assert refused.status_code == 403
    assert "bedrock-agentcore:InvokeGateway" in refused.text
    assert [line["allowed"] for line in cloud.decisions(may)] == [True]
    assert [line["allowed"] for line in cloud.decisions(may_not)] == [False]


def test_the_way_through_a_gateway_of_ones_own_leads_to_no_other(cloud: GatewayCloud) -> None:
    mine, other = (cloud.gateway(name, authorizerType="AWS_IAM") for name in ("mine", "other"))
    session = role_session(cloud, cloud.role("only-mine", allow("bedrock-agentcore:InvokeGateway", mine.arn)))
    own = f"/gateways/{mine.gateway_id}"
    assert status_at(cloud, session, f"{own}/mcp") == 200
    assert status_at(cloud, session, f"{own}/../{other.gateway_id}/mcp") == 400
    assert status_at(cloud, session, f"{own}/mcp/../../{other.gateway_id}/mcp") == 400


def test_another_spelling_of_a_gateway_does_not_get_round_what_is_denied(cloud: GatewayCloud) -> None:
    gateway = cloud.gateway("denied-by-name", authorizerType="AWS_IAM")
    denied = {**allow("bedrock-agentcore:InvokeGateway", gateway.arn), "Effect": "Deny"}
    session = role_session(cloud, cloud.role("all-but-one", allow("bedrock-agentcore:InvokeGateway"), denied))
    assert status_at(cloud, session, f"/gateways/%64{gateway.gateway_id[1:]}/mcp") == 403


def test_signature_with_a_wrong_key_stays_out(cloud: GatewayCloud) -> None:
    gateway = cloud.gateway("wrong-key", authorizerType="AWS_IAM")
    role = cloud.role("right-key", allow("bedrock-agentcore:InvokeGateway", gateway.arn))
    good: Any = role_session(cloud, role).get_credentials()
    forged = boto3.Session(good.access_key, "wrong", good.token, region_name=REGION)
    assert signed(gateway, forged).status_code == 403


def test_gateway_is_in_its_region_only(cloud: GatewayCloud) -> None:
    gateway = cloud.gateway("region", authorizerType="AWS_IAM")
    administrator = boto3.Session("test", "test", region_name=REGION)
    assert signed(gateway, administrator).status_code == 200
    assert signed(gateway, administrator, region="eu-west-1").status_code == 404
