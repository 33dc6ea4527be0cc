from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_kms as kms

from constructs_lib.identity import ClientSecret, OAuth2Credential, UserDirectory
from tests.constructs_lib.lint import complaints
from tests.constructs_lib.nag import findings
from tests.constructs_lib.support import agent, app_in, only, stack, template, text


def machine(of: cdk.Stack, key: kms.IKey | None = None) -> tuple[UserDirectory, cognito.UserPoolClient]:
    users = UserDirectory(of, "Users", encryption_key=key)
    server = users.add_resource_server("tools", scopes={"call": "Call tools"})
    return users, users.add_machine_client("Nightly", scopes=[server.scope("call")])


def test_the_template_refers_to_the_secret() -> None:
    of = stack()
    ClientSecret(of, "Secret", client=machine(of)[1])
    value = only(template(of), "AWS::SecretsManager::Secret")["Properties"]["SecretString"]
    client = next(iter(value["Fn::Join"][1][1].values()))
    assert value["Fn::Join"][1] == [
        '{"client_id":"',
        {"Ref": client},
        '","client_secret":"',
        {"Fn::GetAtt": [client, "ClientSecret"]},
        '"}',
    ]


def test_fails_for_a_client_without_a_secret() -> None:
    of = stack()
    web = UserDirectory(of, "Users").add_web_client("Web", callback_urls=["https://chat.example.com/signed-in"])
    with pytest.raises(ValueError, match="the client 'Test/Users/Web' has no secret"):
        ClientSecret(of, "Secret", client=web)


def everything(of: cdk.Stack) -> None:
    key = kms.Key(of, "Key", enable_key_rotation=True)
    users, client = machine(of, key)
    held = ClientSecret(of, "Secret", client=client, encryption_key=key)
    credential = OAuth2Credential.custom(
        of,
        "Credential",
        client_id=client.user_pool_client_id,
        client_secret=held.secret,
        discovery_url=users.discovery_url,
    )
    credential.grant_use(agent(of, encryption_key=key))


def test_an_agent_gets_tokens_as_the_client() -> None:
    of = stack()
    everything(of)
    provider = only(template(of), "AWS::BedrockAgentCore::OAuth2CredentialProvider")["Properties"]
    config = provider["Oauth2ProviderConfigInput"]["CustomOauth2ProviderConfig"]
    assert config["ClientSecretConfig"]["JsonKey"] == "client_secret"
    assert "ProviderURL" in text(config["OauthDiscovery"]["DiscoveryUrl"])


def test_has_no_findings(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    everything(stack(app=app))
    assert findings(app, tmp_path) == []


def test_is_valid_cloudformation() -> None:
    of = stack()
    everything(of)
    assert complaints(template(of)) == []
