"""Users of an identity provider at the emulator's user pools, by way of a provider on loopback."""

import json
import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.workbench.local_cloud.agentcore.issuer import Issuer, new_key
from tests.workbench.local_cloud.emulator.cloud_under_test import Cloud
from workbench.local_cloud import sign_in
from workbench.local_cloud.sign_in import SignInError, Tokens

CALLBACK = "https://app.example.com/callback"
VERIFIER = "v" * 50


@dataclass
class Provider:
    """An identity provider that signs everybody in as it is told."""

    url: str = ""
    claims: dict[str, object] = field(default_factory=dict)
    issuer: Issuer = field(default_factory=lambda: Issuer({"first": new_key()}))


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    made = Provider()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            good = (form["code"], form["client_secret"]) == (["good"], ["provider-secret"])
            self.send_response(200 if good else 400)
            self.end_headers()
            token = made.issuer.signed({"client_id": None, "aud": "pool", **made.claims})
            self.wfile.write(json.dumps({"id_token": token, "access_token": "x"}).encode())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    made.issuer.name = made.url
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield made
    server.shutdown()
    server.server_close()


@dataclass
class Pool:
    """A pool that signs users in with the provider."""

    cloud: Cloud
    admin: Any
    id: str
    public: str
    confidential: str
    secret: str

    def authorize(self, client: str, **more: str) -> httpx.Response:
        """What the application sends the browser to."""
        query = {
            "client_id": client,
            "response_type": "code",
            "redirect_uri": CALLBACK,
            "scope": "openid",
            "state": "s",
            **more,
        }
        return httpx.get(f"{self.cloud.endpoint}/oauth2/authorize", params=query, trust_env=False)

    def code(self, client: str, *, challenge: str = "") -> str:
        """The code of a user whom the provider signed in."""
        pkce = {"code_challenge": challenge, "code_challenge_method": "S256"} if challenge else {}
        sent = self.authorize(client, identity_provider="Corp", **pkce)
        state = parse_qs(urlsplit(sent.headers["location"]).query)["state"][0]
        back = httpx.get(
            f"{self.cloud.endpoint}/oauth2/idpresponse", params={"code": "good", "state": state}, trust_env=False
        )
        returned = parse_qs(urlsplit(back.headers["location"]).query)
        assert returned["state"] == ["s"]
        return returned["code"][0]

    def redeem(self, code: str, client: str, secret: str | None = None, **changes: str) -> Tokens:
        named = {"redirect_uri": CALLBACK, "code_verifier": VERIFIER, **changes}
        return sign_in.exchange(
            self.cloud.endpoint, client, client_secret=secret, grant_type="authorization_code", code=code, **named
        )


@pytest.fixture(scope="module")
def pool(cloud: Cloud, provider: Provider) -> Pool:
    admin = cloud.client("cognito-idp")
    pool_id = admin.create_user_pool(
        PoolName="federated",
        Schema=[
            {"Name": "tenant", "AttributeDataType": "String", "Mutable": True},
            {"Name": "groups", "AttributeDataType": "String", "Mutable": True},
        ],
    )["UserPool"]["Id"]
    admin.create_user_pool_domain(UserPoolId=pool_id, Domain=f"federated-{secrets.token_hex(4)}")
    for name, kind, details in (
        (
            "Corp",
            "OIDC",
            {
                "oidc_issuer": provider.url,
                "authorize_url": f"{provider.url}/authorize",
                "token_url": f"{provider.url}/token",
                "authorize_scopes": "openid",
                "client_id": "pool",
                "client_secret": "provider-secret",
            },
        ),
        ("Old", "SAML", {"MetadataURL": f"{provider.url}/metadata"}),
    ):
        admin.create_identity_provider(
            UserPoolId=pool_id,
            ProviderName=name,
            ProviderType=kind,
            ProviderDetails=details,
            AttributeMapping={"email": "mail", "email_verified": "checked", "custom:groups": "roles"},
        )
    shared = {
        "UserPoolId": pool_id,
        "AllowedOAuthFlows": ["code"],
        "AllowedOAuthFlowsUserPoolClient": True,
        "AllowedOAuthScopes": ["openid"],
        "CallbackURLs": [CALLBACK],
        "SupportedIdentityProviders": ["Corp", "Old"],
    }
    public = admin.create_user_pool_client(ClientName="public", **shared)["UserPoolClient"]
    other = admin.create_user_pool_client(ClientName="other", GenerateSecret=True, **shared)["UserPoolClient"]
    return Pool(cloud, admin, pool_id, public["ClientId"], other["ClientId"], other["ClientSecret"])


def test_a_user_of_the_provider_signs_in(pool: Pool, provider: Provider) -> None:
    provider.claims = {"sub": "42", "mail": "ann@corp.example", "roles": "staff", "checked": True}
    first = pool.redeem(pool.code(pool.public, challenge=sign_in.challenge(VERIFIER)), pool.public)
    again = pool.redeem(pool.code(pool.public, challenge=sign_in.challenge(VERIFIER)), pool.public)
    user = pool.admin.admin_get_user(UserPoolId=pool.id, Username="Corp_42")
    attributes = {attribute["Name"]: attribute["Value"] for attribute in user["UserAttributes"]}
    assert (attributes["email"], attributes["custom:groups"]) == ("ann@corp.example", "staff")
    assert attributes["email_verified"] == "true"
    assert first.claims["sub"] == again.claims["sub"] == attributes["sub"]
    assert sign_in.refreshed(pool.cloud.endpoint, pool.public, first.refresh_token).claims["sub"] == attributes["sub"]


@pytest.mark.parametrize(
    "changes", [{"code_verifier": "w" * 50}, {"code_verifier": ""}, {"redirect_uri": CALLBACK + "/"}]
)
def test_the_code_is_bound_to_verifier_and_address(pool: Pool, provider: Provider, changes: dict[str, str]) -> None:
    provider.claims = {"sub": "43"}
    with pytest.raises(SignInError, match="invalid_grant"):
        pool.redeem(pool.code(pool.public, challenge=sign_in.challenge(VERIFIER)), pool.public, **changes)


def test_the_code_is_bound_to_its_client_and_the_clients_secret(pool: Pool, provider: Provider) -> None:
    provider.claims = {"sub": "44"}
    code = pool.code(pool.confidential)
    with pytest.raises(SignInError, match="invalid_grant"):
        pool.redeem(code, pool.public)
    for wrong in (None, "wrong"):
        with pytest.raises(SignInError, match="invalid_client"):
            pool.redeem(code, pool.confidential, wrong)
    assert pool.redeem(code, pool.confidential, pool.secret).access_token
    with pytest.raises(SignInError, match="invalid_grant"):
        pool.redeem(code, pool.confidential, pool.secret)


def test_the_provider_sets_mapped_attributes_only(pool: Pool, provider: Provider) -> None:
    for _ in range(2):
        provider.claims = {"sub": "45", "mail": "eve@corp.example", "custom:tenant": "blue", "email_verified": True}
        pool.code(pool.public)
    user = pool.admin.admin_get_user(UserPoolId=pool.id, Username="Corp_45")
    attributes = {attribute["Name"]: attribute["Value"] for attribute in user["UserAttributes"]}
    assert attributes["email"] == "eve@corp.example"
    assert not {"custom:tenant", "email_verified", "iss", "tenant", "scope"} & attributes.keys()


def test_a_user_of_the_provider_has_no_password(pool: Pool, provider: Provider) -> None:
    provider.claims = {"sub": "46", "mail": "x@corp.example"}
    pool.code(pool.public)
    page = pool.authorize(pool.public)
    form = sign_in._Form()
    form.feed(page.text)
    typed = {**form.fields, "username": "Corp_46", "password": "anything"}
    answer = httpx.post(f"{pool.cloud.endpoint}/login", data=typed, trust_env=False)
    assert "Incorrect username or password" in answer.text or "not confirmed" in answer.text


def test_an_unknown_state_or_a_refused_code_signs_nobody_in(pool: Pool) -> None:
    sent = pool.authorize(pool.public, identity_provider="Corp")
    state = parse_qs(urlsplit(sent.headers["location"]).query)["state"][0]
    for query in ({"code": "good", "state": "x"}, {"code": "bad", "state": state}):
        answer = httpx.get(f"{pool.cloud.endpoint}/oauth2/idpresponse", params=query, trust_env=False)
        assert (answer.status_code, "location" in answer.headers) == (400, False)


def test_assertions_of_saml_are_not_believed(pool: Pool) -> None:
    sent = pool.authorize(pool.public, identity_provider="Old")
    relay = parse_qs(urlsplit(sent.headers["location"]).query)["RelayState"][0]
    answer = httpx.post(
        f"{pool.cloud.endpoint}/saml2/idpresponse",
        data={"SAMLResponse": "PHg+", "RelayState": relay},
        trust_env=False,
    )
    assert (answer.status_code, "does not verify SAML" in answer.text) == (501, True)
