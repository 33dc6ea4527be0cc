from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager

from constructs_lib import AgentService
from constructs_lib.identity import ApiKeyCredential, AuthorizationServer, OAuth2Credential, WorkloadIdentity
from tests.constructs_lib.lint import complaints
from tests.constructs_lib.nag import findings
from tests.constructs_lib.support import agent, app_in, cycle, only, resources, stack, statements, template, text

TENANT = "11111111-2222-3333-4444-555555555555"
DISCOVERY = "https://login.example.com/.well-known/openid-configuration"
API_KEY, OAUTH2 = "AWS::BedrockAgentCore::ApiKeyCredentialProvider", "AWS::BedrockAgentCore::OAuth2CredentialProvider"


def secret(of: cdk.Stack, name: str = "Secret", **props: Any) -> secretsmanager.Secret:
    return secretsmanager.Secret(of, name, **props)


def api_key(of: cdk.Stack, id: str = "Search", **props: Any) -> ApiKeyCredential:
    return ApiKeyCredential(of, id, secret=secret(of, f"{id}Secret"), **props)


def github(of: cdk.Stack, name: str = "GitHub") -> OAuth2Credential:
    return OAuth2Credential.github(of, name, client_id="Iv1.1", client_secret=secret(of, f"{name}Secret"))


def caller(of: cdk.Stack) -> iam.Role:
    return iam.Role(of, "Caller", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))


def granted(of: cdk.Stack) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = only(template(of), "AWS::IAM::Policy")["Properties"]["PolicyDocument"]["Statement"]
    return found


class TestApiKey:
    def test_the_template_names_the_secret_only(self) -> None:
        of = stack()
        api_key(of)
        properties = only(template(of), API_KEY)["Properties"]
        assert properties["ApiKeySecretSource"] == "EXTERNAL"
        assert properties["ApiKeySecretConfig"]["JsonKey"] == "api_key"
        assert properties["ApiKeySecretConfig"]["SecretId"]["Ref"].startswith("SearchSecret")
        assert "ApiKey" not in properties

    def test_is_named_after_its_path(self) -> None:
        of = stack()
        name = api_key(of).name
        assert name.startswith("Test-Search-")
        assert only(template(of), API_KEY)["Properties"]["Name"] == name

    def test_can_be_named(self) -> None:
        assert api_key(stack(), name="search-key").name == "search-key"

    def test_an_imported_secret_is_known_by_its_name(self) -> None:
        of = stack()
        imported = secretsmanager.Secret.from_secret_name_v2(of, "Imported", "search")
        credential = ApiKeyCredential(of, "Search", secret=imported, field="key")
        # Six characters that Secrets Manager chose end the ARN.
        assert credential.secret_arn.endswith(":secret:search-??????")

    def test_fails_for_a_name_that_secrets_manager_would_take_for_a_whole_arn(self) -> None:
        of = stack()
        imported = secretsmanager.Secret.from_secret_name_v2(of, "Imported", "okta-client")
        with pytest.raises(ValueError, match=r"imported by the name 'okta-client', .*from_secret_complete_arn"):
            ApiKeyCredential(of, "Search", secret=imported)

    def test_an_imported_secret_is_known_by_its_whole_arn(self) -> None:
        of = stack()
        arn = "arn:aws:secretsmanager:us-east-1:111111111111:secret:search-AbCdEf"
        imported = secretsmanager.Secret.from_secret_complete_arn(of, "Imported", arn)
        assert ApiKeyCredential(of, "Search", secret=imported).secret_arn == arn

    @pytest.mark.parametrize("name", ["", "under_score", "a b"])
    def test_fails_for_a_name_that_is_none(self, name: str) -> None:
        with pytest.raises(ValueError, match=f"a credential's name has letters, digits and '-', .* got '{name}'"):
            api_key(stack(), name=name)

    def test_fails_for_a_key_in_the_place_of_its_secret_and_does_not_repeat_it(self) -> None:
        key: Any = "hunter2"
        with pytest.raises(ValueError, match="is a secret of AWS Secrets Manager, got a str") as refused:
            ApiKeyCredential(stack(), "Search", secret=key)
        assert key not in str(refused.value)

    def test_fails_for_a_secret_that_is_plain_text(self) -> None:
        with pytest.raises(ValueError, match="got '': AgentCore reads a field of a JSON object"):
            api_key(stack(), field="")


FACTORIES: dict[str, tuple[Callable[..., OAuth2Credential], dict[str, Any]]] = {
    "Github": (OAuth2Credential.github, {}),
    "Google": (OAuth2Credential.google, {}),
    "Slack": (OAuth2Credential.slack, {}),
    "Atlassian": (OAuth2Credential.atlassian, {}),
    "Salesforce": (OAuth2Credential.salesforce, {}),
    "Microsoft": (OAuth2Credential.microsoft, {"tenant_id": TENANT}),
    "Custom": (OAuth2Credential.custom, {"discovery_url": DISCOVERY}),
}


class TestOAuth2:
    @pytest.mark.parametrize("vendor", FACTORIES)
    def test_the_template_names_the_secret_only(self, vendor: str) -> None:
        of = stack()
        make, further = FACTORIES[vendor]
        make(of, "Client", client_id="c-1", client_secret=secret(of), **further)
        properties = only(template(of), OAUTH2)["Properties"]
        assert properties["CredentialProviderVendor"] == f"{vendor}Oauth2"
        config = properties["Oauth2ProviderConfigInput"][f"{vendor}Oauth2ProviderConfig"]
        assert config["ClientId"] == "c-1"
        assert config["ClientSecretSource"] == "EXTERNAL"
        assert config["ClientSecretConfig"]["JsonKey"] == "client_secret"
        assert config["ClientSecretConfig"]["SecretId"]["Ref"].startswith("Secret")
        assert "ClientSecret" not in config
        assert complaints(template(of)) == []

    def test_microsoft_is_one_tenant(self) -> None:
        of = stack()
        OAuth2Credential.microsoft(of, "Client", client_id="c", client_secret=secret(of), tenant_id=TENANT)
        config = only(template(of), OAUTH2)["Properties"]["Oauth2ProviderConfigInput"]
        assert config["MicrosoftOauth2ProviderConfig"]["TenantId"] == TENANT

    def test_a_server_can_be_named_by_its_endpoints(self) -> None:
        of = stack()
        server = AuthorizationServer(
            issuer="https://id.example.com",
            authorization_endpoint="https://id.example.com/authorize",
            token_endpoint="https://id.example.com/token",
        )
        OAuth2Credential.custom(of, "Client", client_id="c", client_secret=secret(of), server=server)
        config = only(template(of), OAUTH2)["Properties"]["Oauth2ProviderConfigInput"]["CustomOauth2ProviderConfig"]
        assert config["OauthDiscovery"]["AuthorizationServerMetadata"] == {
            "Issuer": "https://id.example.com",
            "AuthorizationEndpoint": "https://id.example.com/authorize",
            "TokenEndpoint": "https://id.example.com/token",
        }

    def test_says_where_the_vendor_sends_users_back_to(self) -> None:
        of = stack()
        assert "CallbackUrl" in text(of.resolve(github(of).callback_url))

    def test_fails_without_a_server(self) -> None:
        of = stack()
        with pytest.raises(ValueError, match="needs either discovery_url or server, got neither"):
            OAuth2Credential.custom(of, "Client", client_id="c", client_secret=secret(of))

    def test_fails_for_a_discovery_url_that_is_none(self) -> None:
        of = stack()
        with pytest.raises(ValueError, match="the discovery URL has to be https"):
            OAuth2Credential.custom(
                of, "Client", client_id="c", client_secret=secret(of), discovery_url="http://id.example.com"
            )

    def test_fails_for_a_tenant_of_everybody(self) -> None:
        of = stack()
        with pytest.raises(ValueError, match=r"tenant_id of Entra ID is a GUID .* got 'common'"):
            OAuth2Credential.microsoft(of, "Client", client_id="c", client_secret=secret(of), tenant_id="common")

    def test_fails_without_a_client_id(self) -> None:
        of = stack()
        with pytest.raises(ValueError, match="a client's id has 1 to 256 characters, got ''"):
            OAuth2Credential.slack(of, "Client", client_id="", client_secret=secret(of))

    def test_fails_for_a_text_in_the_place_of_its_secret_and_does_not_repeat_it(self) -> None:
        text_itself: Any = "hunter2"
        with pytest.raises(ValueError, match="is a secret of AWS Secrets Manager, got a str") as refused:
            OAuth2Credential.slack(stack(), "Client", client_id="c", client_secret=text_itself)
        assert text_itself not in str(refused.value)

    def test_fails_for_an_endpoint_that_is_not_https(self) -> None:
        with pytest.raises(ValueError, match="token_endpoint of an authorization server is an https address"):
            AuthorizationServer(
                issuer="https://a.example.com",
                authorization_endpoint="https://a.example.com/a",
                token_endpoint="http://a.example.com/t",
            )


class TestGrants:
    def test_open_one_key_and_its_secret_only(self) -> None:
        of = stack()
        identity = WorkloadIdentity(of, "Identity")
        mine, other = api_key(of), api_key(of, "Other")
        mine.grant_use(caller(of), workload_identity=identity)
        use, read = granted(of)
        assert use["Action"] == "bedrock-agentcore:GetResourceApiKey"
        assert use["Resource"][0] == {"Fn::GetAtt": [only_id(of, API_KEY, "Search"), "CredentialProviderArn"]}
        assert text(use["Resource"]).count(":token-vault/default") == 1
        assert "WorkloadIdentityArn" in text(use["Resource"][-1])
        assert read == {
            "Action": "secretsmanager:GetSecretValue",
            "Effect": "Allow",
            "Resource": {"Ref": only_id(of, "AWS::SecretsManager::Secret", "SearchSecret")},
        }
        assert "Other" not in text(granted(of))
        assert other.secret_arn != mine.secret_arn
        assert "*" not in text([use["Resource"], read["Resource"]])

    def test_open_one_client_and_its_secret_only(self) -> None:
        of = stack()
        identity = WorkloadIdentity(of, "Identity")
        mine = github(of)
        github(of, "Other")
        mine.grant_use(caller(of), workload_identity=identity)
        assert [each["Action"] for each in granted(of)] == [
            "bedrock-agentcore:GetResourceOauth2Token",
            "secretsmanager:GetSecretValue",
        ]
        assert "Other" not in text(granted(of))

    def test_completing_an_authorization_is_a_grant_of_its_own(self) -> None:
        of = stack()
        github(of).grant_complete_authorization(caller(of), workload_identity=WorkloadIdentity(of, "Identity"))
        assert granted(of)[0]["Action"] == "bedrock-agentcore:CompleteResourceTokenAuth"

    def test_the_secrets_key_decrypts_through_secrets_manager_only(self) -> None:
        of = stack()
        held = secret(of, encryption_key=kms.Key(of, "Key"))
        ApiKeyCredential(of, "Search", secret=held).grant_use(
            caller(of), workload_identity=WorkloadIdentity(of, "Identity")
        )
        decrypt = granted(of)[2]
        assert decrypt["Action"] == "kms:Decrypt"
        assert decrypt["Condition"] == {"StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}}

    def test_an_agent_uses_its_own_identity(self) -> None:
        of = stack()
        assistant = agent(of)
        api_key(of).grant_use(assistant)
        made = template(of)
        use, _ = statements(made, "AgentGrants")
        runtime = next(iter(resources(made, "AWS::BedrockAgentCore::Runtime")))
        parts = use["Resource"][-1]["Fn::Join"][1]
        assert parts[-2].endswith(":workload-identity-directory/default/workload-identity/")
        assert parts[-1] == {"Fn::GetAtt": [runtime, "AgentRuntimeId"]}
        assert cycle(made) == []

    def test_fails_without_an_identity(self) -> None:
        of = stack()
        with pytest.raises(ValueError, match="'Test/Caller' has none of its own; grant to an agent, or pass"):
            api_key(of).grant_use(caller(of))


class TestWorkloadIdentity:
    def test_is_named_after_its_path(self) -> None:
        of = stack()
        identity = WorkloadIdentity(of, "Website", return_urls=["https://chat.example.com/agreed"])
        properties = only(template(of), "AWS::BedrockAgentCore::WorkloadIdentity")["Properties"]
        assert properties["Name"] == identity.name == "Test_Website"
        assert properties["AllowedResourceOauth2ReturnUrls"] == ["https://chat.example.com/agreed"]

    @pytest.mark.parametrize(
        ("grant", "action"),
        [
            (WorkloadIdentity.grant_token, "GetWorkloadAccessToken"),
            (WorkloadIdentity.grant_token_for_jwt, "GetWorkloadAccessTokenForJWT"),
            (WorkloadIdentity.grant_token_for_user_id, "GetWorkloadAccessTokenForUserId"),
        ],
    )
    def test_grants_one_way_to_a_token_of_this_identity(self, grant: Callable[..., iam.Grant], action: str) -> None:
        of = stack()
        grant(WorkloadIdentity(of, "Website"), caller(of))
        (only_one,) = granted(of)
        assert only_one["Action"] == f"bedrock-agentcore:{action}"
        assert text(only_one["Resource"][0]).count("workload-identity-directory/default") == 1
        assert only_one["Resource"][1]["Fn::GetAtt"][1] == "WorkloadIdentityArn"

    @pytest.mark.parametrize(
        "url", ["http://chat.example.com/", "https://*.example.com/", "https://a.example.com/#x", "chat"]
    )
    def test_fails_for_a_return_url_that_is_not_exact(self, url: str) -> None:
        with pytest.raises(ValueError, match="return_urls are exact https addresses"):
            WorkloadIdentity(stack(), "Website", return_urls=[url])

    def test_fails_for_a_name_that_is_none(self) -> None:
        with pytest.raises(ValueError, match="a workload identity's name has letters, digits"):
            WorkloadIdentity(stack(), "Website", name="a b c")


def only_id(of: cdk.Stack, type: str, prefix: str) -> str:
    (found,) = [each for each in resources(template(of), type) if each.startswith(prefix)]
    return found


def everything(of: cdk.Stack) -> None:
    key = kms.Key(of, "Key", enable_key_rotation=True)
    identity = WorkloadIdentity(of, "Website", return_urls=["https://chat.example.com/agreed"], encryption_key=key)
    imported = secretsmanager.Secret.from_secret_name_v2(of, "Imported", "search")
    search = ApiKeyCredential(of, "Search", secret=imported)
    client = OAuth2Credential.github(of, "GitHub", client_id="Iv1.1", client_secret=imported)
    # The packs refuse inline policies, which a grant to the role itself would make.
    website = iam.ManagedPolicy(of, "Website Policy", roles=[caller(of)])
    search.grant_use(website, workload_identity=identity)
    client.grant_use(website, workload_identity=identity)
    client.grant_complete_authorization(website, workload_identity=identity)
    identity.grant_token_for_jwt(website)
    encrypted = agent(of, encryption_key=key)
    client.grant_use(encrypted)


def documented(stack: cdk.Stack, assistant: AgentService, website_role: iam.IRole) -> None:
    """What docs/constructs/outbound-credentials.md shows."""
    # --8<-- [start:credentials]
    search = ApiKeyCredential(
        stack, "Search", secret=secretsmanager.Secret.from_secret_name_v2(stack, "SearchKey", "keys/search")
    )
    search.grant_use(assistant)
    github = OAuth2Credential.github(
        stack,
        "GitHub",
        client_id="Iv1.0123456789abcdef",
        client_secret=secretsmanager.Secret.from_secret_name_v2(stack, "GitHubClient", "clients/github"),
    )
    github.grant_use(assistant)
    # --8<-- [end:credentials]
    # --8<-- [start:workload]
    identity = WorkloadIdentity(stack, "Website", return_urls=["https://chat.example.com/agreed"])
    identity.grant_token_for_jwt(website_role)
    github.grant_use(website_role, workload_identity=identity)
    github.grant_complete_authorization(website_role, workload_identity=identity)
    # --8<-- [end:workload]


def test_the_documentations_code_works() -> None:
    of = stack()
    role = caller(of)
    documented(of, agent(of), role)
    assert {action for each in granted(of) for action in [each["Action"]]} == {
        "bedrock-agentcore:GetWorkloadAccessTokenForJWT",
        "bedrock-agentcore:GetResourceOauth2Token",
        "bedrock-agentcore:CompleteResourceTokenAuth",
        "secretsmanager:GetSecretValue",
    }
    found = [each["Action"] for each in statements(template(of), "AgentGrants")]
    assert "bedrock-agentcore:GetResourceApiKey" in found
    assert "bedrock-agentcore:GetResourceOauth2Token" in found


def test_has_no_findings(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    everything(stack(app=app))
    assert findings(app, tmp_path) == []


def test_is_valid_cloudformation() -> None:
    of = stack()
    everything(of)
    assert complaints(template(of)) == []
