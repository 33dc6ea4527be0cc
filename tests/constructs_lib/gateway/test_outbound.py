from typing import Any

import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secrets

from constructs_lib.gateway import OutboundAuth, ToolSource
from constructs_lib.identity import ApiKeyCredential
from tests.constructs_lib.gateway.support import (
    AUTHORIZER,
    api_key,
    client,
    picked,
    rendered,
    target,
    target_statements,
    tool,
)
from tests.constructs_lib.support import actions, stack, text

URL = "https://mcp.example.com/mcp"
DONE = "https://app.example.com/done"


def configuration(outbound: OutboundAuth, scope: Any, **props: Any) -> dict[str, Any]:
    of = rendered(ToolSource.mcp_server(URL, name="server", outbound=outbound, tools=[tool()]), scope, **props)
    (found,) = target(of)["CredentialProviderConfigurations"]
    return found  # type: ignore[no-any-return]


def test_an_api_key_goes_into_the_authorization_header() -> None:
    scope = stack()
    given = configuration(OutboundAuth.api_key(api_key(scope)), scope)
    assert given["CredentialProviderType"] == "API_KEY"
    key = given["CredentialProvider"]["ApiKeyCredentialProvider"]
    assert key["ProviderArn"]["Fn::GetAtt"][1] == "CredentialProviderArn"
    # Without a space: the service adds one.
    assert key["CredentialPrefix"] == "Bearer"
    assert (key["CredentialLocation"], key["CredentialParameterName"]) == ("HEADER", "Authorization")


def test_an_api_key_may_stand_alone_in_another_header() -> None:
    scope = stack()
    given = configuration(OutboundAuth.api_key(api_key(scope), header="X-Api-Key", prefix=None), scope)
    key = given["CredentialProvider"]["ApiKeyCredentialProvider"]
    assert key["CredentialParameterName"] == "X-Api-Key"
    assert "CredentialPrefix" not in key


def test_an_api_key_may_go_into_the_query() -> None:
    scope = stack()
    given = configuration(OutboundAuth.api_key_in_query(api_key(scope), parameter="key"), scope)
    key = given["CredentialProvider"]["ApiKeyCredentialProvider"]
    assert (key["CredentialLocation"], key["CredentialParameterName"]) == ("QUERY_PARAMETER", "key")


@pytest.mark.parametrize(
    ("make", "grant"),
    [
        (OutboundAuth.oauth2, "CLIENT_CREDENTIALS"),
        (OutboundAuth.oauth2_exchange, "TOKEN_EXCHANGE"),
    ],
)
def test_an_oauth2_client_asks_for_scopes(make: Any, grant: str) -> None:
    scope = stack()
    outbound = make(client(scope), scopes=["repo"], parameters={"audience": "tools"})
    given = configuration(outbound, scope, authorizer=AUTHORIZER)
    assert given["CredentialProviderType"] == "OAUTH"
    oauth2 = given["CredentialProvider"]["OauthCredentialProvider"]
    assert oauth2["GrantType"] == grant
    assert oauth2["Scopes"] == ["repo"]
    assert oauth2["CustomParameters"] == {"audience": "tools"}


def test_a_user_consents_in_the_browser_and_comes_back() -> None:
    scope = stack()
    given = configuration(OutboundAuth.oauth2_of_user(client(scope), return_url=DONE), scope, authorizer=AUTHORIZER)
    oauth2 = given["CredentialProvider"]["OauthCredentialProvider"]
    assert (oauth2["GrantType"], oauth2["DefaultReturnUrl"]) == ("AUTHORIZATION_CODE", DONE)


def test_a_source_that_is_open_to_everyone_gets_nothing() -> None:
    of = rendered(ToolSource.mcp_server(URL, name="server", outbound=OutboundAuth.none()))
    assert "CredentialProviderConfigurations" not in target(of)
    assert not target_statements(of)


def test_the_role_fetches_one_key_as_this_gateway_and_reads_one_secret() -> None:
    scope = stack()
    of = rendered(ToolSource.openapi(picked(), name="api", outbound=OutboundAuth.api_key(api_key(scope))), scope)
    identity, use, secret = target_statements(of)
    assert identity["Action"] == "bedrock-agentcore:GetWorkloadAccessToken"
    assert use["Action"] == "bedrock-agentcore:GetResourceApiKey"
    assert secret["Action"] == "secretsmanager:GetSecretValue"
    assert secret["Resource"].endswith(":secret:weather-abcdef")
    for statement in (identity, use):
        assert '"GatewayIdentifier"' in text(statement["Resource"])
    assert '"CredentialProviderArn"' in text(use["Resource"])
    assert "*" not in text(target_statements(of))


@pytest.mark.parametrize(
    ("of_user", "jwt", "expected"),
    [
        (False, False, {"GetWorkloadAccessToken"}),
        (False, True, {"GetWorkloadAccessToken"}),
        (True, True, {"GetWorkloadAccessToken", "GetWorkloadAccessTokenForJWT"}),
        (True, False, {"GetWorkloadAccessToken", "GetWorkloadAccessTokenForUserId"}),
    ],
)
def test_the_role_acts_for_users_only_where_they_authorize_it(of_user: bool, jwt: bool, expected: set[str]) -> None:
    scope = stack()
    credential = client(scope)
    outbound = OutboundAuth.oauth2_of_user(credential, return_url=DONE) if of_user else OutboundAuth.oauth2(credential)
    source = ToolSource.mcp_server(URL, name="server", outbound=outbound, tools=[tool()])
    of = rendered(source, scope, authorizer=AUTHORIZER if jwt else None)
    assert actions(target_statements(of)) == {
        "bedrock-agentcore:GetResourceOauth2Token",
        "secretsmanager:GetSecretValue",
        *(f"bedrock-agentcore:{action}" for action in expected),
    }


def test_the_role_decrypts_a_secret_by_its_key_through_secrets_manager_only() -> None:
    scope = stack()
    secret = secrets.Secret(scope, "Secret", encryption_key=kms.Key(scope, "SecretKey"))
    outbound = OutboundAuth.api_key(ApiKeyCredential(scope, "Weather", secret=secret))
    of = rendered(ToolSource.openapi(picked(), name="api", outbound=outbound), scope)
    (decrypt,) = [each for each in target_statements(of) if each["Action"] == "kms:Decrypt"]
    assert decrypt["Resource"]["Fn::GetAtt"][0].startswith("SecretKey")
    assert decrypt["Condition"]["StringEquals"]["kms:ViaService"].startswith("secretsmanager.")


def test_no_secret_text_is_in_the_template() -> None:
    scope = stack()
    of = rendered(ToolSource.openapi(picked(), name="api", outbound=OutboundAuth.api_key(api_key(scope))), scope)
    assert "resolve:secretsmanager" not in text(of)


@pytest.mark.parametrize("make", [OutboundAuth.oauth2, OutboundAuth.oauth2_exchange])
def test_fails_for_a_scope_in_the_place_of_scopes(make: Any) -> None:
    with pytest.raises(ValueError, match=r"scopes is a sequence of strings, got the string 'repo'; pass \['repo'\]"):
        make(client(stack()), scopes="repo")


def test_fails_for_more_than_the_service_asks_for() -> None:
    credential = client(stack())
    with pytest.raises(ValueError, match="at most 100 scopes, got 101"):
        OutboundAuth.oauth2(credential, scopes=[f"s{number}" for number in range(101)])
    with pytest.raises(ValueError, match="at most 10 parameters, got 11"):
        OutboundAuth.oauth2(credential, parameters={f"p{number}": "x" for number in range(11)})


@pytest.mark.parametrize("header", ["", "X Key", "X-Key: a\r\nX-Other"])
def test_fails_for_a_header_that_is_none(header: str) -> None:
    with pytest.raises(ValueError, match="is no name of a header or query parameter"):
        OutboundAuth.api_key(api_key(stack()), header=header)


@pytest.mark.parametrize("url", ["http://app.example.com/done", "https://*.example.com/done", "done"])
def test_fails_for_a_return_address_where_consent_can_be_taken(url: str) -> None:
    with pytest.raises(ValueError, match="return addresses are exact https addresses, or http on localhost"):
        OutboundAuth.oauth2_of_user(client(stack()), return_url=url)
