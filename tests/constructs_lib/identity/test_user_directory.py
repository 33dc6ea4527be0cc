import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager

from constructs_lib.identity import ClientSecret, IdentityProviderSource, LoginBranding, RequiredClaim, UserDirectory
from tests.constructs_lib.lint import complaints
from tests.constructs_lib.nag import findings
from tests.constructs_lib.roundtrips import counted
from tests.constructs_lib.support import agent, app_in, cycle, only, resources, stack, template, text

CALLBACKS = ["https://chat.example.com/signed-in"]


def directory(of: cdk.Stack, **props: Any) -> UserDirectory:
    return UserDirectory(of, "Users", **props)


def pool(of: cdk.Stack) -> dict[str, Any]:
    return only(template(of), "AWS::Cognito::UserPool")


def client(of: cdk.Stack) -> dict[str, Any]:
    properties: dict[str, Any] = only(template(of), "AWS::Cognito::UserPoolClient")["Properties"]
    return properties


def okta(of: cdk.Stack, **props: Any) -> IdentityProviderSource:
    secret = secretsmanager.Secret.from_secret_name_v2(of, "OktaSecret", "okta")
    return IdentityProviderSource.okta("acme.okta.com", client_id="0oa", client_secret=secret, **props)


class TestDefaults:
    def test_survives_its_stack_and_refuses_deletion(self) -> None:
        of = stack()
        directory(of)
        assert pool(of)["DeletionPolicy"] == pool(of)["UpdateReplacePolicy"] == "Retain"
        assert pool(of)["Properties"]["DeletionProtection"] == "ACTIVE"
        assert {each["DeletionPolicy"] for each in resources(template(of), "AWS::Logs::LogGroup").values()} == {
            "Retain"
        }

    def test_signs_in_by_email_and_makes_no_account_by_itself(self) -> None:
        of = stack()
        directory(of)
        properties = pool(of)["Properties"]
        assert properties["UsernameAttributes"] == ["email"]
        assert properties["UsernameConfiguration"] == {"CaseSensitive": False}
        assert properties["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
        assert properties["AccountRecoverySetting"]["RecoveryMechanisms"] == [{"Name": "verified_email", "Priority": 1}]

    def test_passwords_are_long_mixed_and_new(self) -> None:
        of = stack()
        directory(of)
        assert pool(of)["Properties"]["Policies"]["PasswordPolicy"] == {
            "MinimumLength": 12,
            "PasswordHistorySize": 24,
            "RequireLowercase": True,
            "RequireNumbers": True,
            "RequireSymbols": True,
            "RequireUppercase": True,
            "TemporaryPasswordValidityDays": 3,
        }

    def test_a_second_factor_is_a_time_based_code(self) -> None:
        of = stack()
        directory(of)
        assert pool(of)["Properties"]["MfaConfiguration"] == "OPTIONAL"
        assert pool(of)["Properties"]["EnabledMfas"] == ["SOFTWARE_TOKEN_MFA"]

    def test_threat_protection_acts(self) -> None:
        of = stack()
        directory(of)
        assert pool(of)["Properties"]["UserPoolTier"] == "PLUS"
        assert pool(of)["Properties"]["UserPoolAddOns"]["AdvancedSecurityMode"] == "ENFORCED"
        risk = only(template(of), "AWS::Cognito::UserPoolRiskConfigurationAttachment")["Properties"]
        assert risk["CompromisedCredentialsRiskConfiguration"]["Actions"]["EventAction"] == "BLOCK"
        assert risk["AccountTakeoverRiskConfiguration"]["Actions"]["HighAction"]["EventAction"] == "MFA_REQUIRED"

    def test_sign_ins_are_logged(self) -> None:
        of = stack()
        directory(of)
        delivered = only(template(of), "AWS::Cognito::LogDeliveryConfiguration")["Properties"]["LogConfigurations"]
        assert [(each["EventSource"], each["LogLevel"]) for each in delivered] == [
            ("userAuthEvents", "INFO"),
            ("userNotification", "ERROR"),
        ]
        assert "/aws/vendedlogs/cognito/" in text(resources(template(of), "AWS::Logs::LogGroup"))

    def test_the_domain_is_the_accounts_own(self) -> None:
        of = stack()
        directory(of)
        domain = only(template(of), "AWS::Cognito::UserPoolDomain")["Properties"]
        assert domain["Domain"] == {"Fn::Join": ["", ["test-users-", {"Ref": "AWS::AccountId"}]]}
        assert domain["ManagedLoginVersion"] == 2

    def test_a_long_path_makes_a_domain_within_bounds_and_without_reserved_words(self) -> None:
        app = cdk.App(analytics_reporting=False)
        of = cdk.Stack(
            app, "AwsAgentsForAmazonCustomers" * 3, env=cdk.Environment(account="1" * 12, region="eu-west-1")
        )
        prefix = directory(of).domain_prefix
        assert len(prefix) <= 63
        assert prefix.endswith("-111111111111")
        assert not any(word in prefix for word in ("aws", "amazon", "cognito"))

    def test_its_function_may_write_its_log_and_nothing_else(self) -> None:
        of = stack()
        directory(of)
        statements = only(template(of), "AWS::IAM::ManagedPolicy")["Properties"]["PolicyDocument"]["Statement"]
        assert [each["Action"] for each in statements] == [["logs:CreateLogStream", "logs:PutLogEvents"]]
        assert "*" not in text(statements[0]["Resource"])
        assert "ManagedPolicyArns" not in only(template(of), "AWS::IAM::Role")["Properties"]

    def test_only_this_pool_may_call_its_function(self) -> None:
        of = stack()
        directory(of)
        permission = only(template(of), "AWS::Lambda::Permission")["Properties"]
        assert permission["Principal"] == "cognito-idp.amazonaws.com"
        assert "UsersPool" in text(permission["SourceArn"])


class TestOptions:
    def test_a_second_factor_can_be_required(self) -> None:
        of = stack()
        directory(of, mfa_required=True)
        assert pool(of)["Properties"]["MfaConfiguration"] == "ON"

    def test_can_leave_with_its_stack(self) -> None:
        of = stack()
        directory(of, removal_policy=RemovalPolicy.DESTROY)
        assert pool(of)["DeletionPolicy"] == "Delete"
        assert pool(of)["Properties"]["DeletionProtection"] == "INACTIVE"

    def test_a_key_encrypts_pool_and_function_log(self) -> None:
        of = stack()
        directory(of, encryption_key=kms.Key(of, "Key"))
        configuration = pool(of)["Properties"]["KeyConfiguration"]
        assert configuration["KeyType"] == "CUSTOMER_MANAGED_KEY"
        assert configuration["KmsKeyArn"]["Fn::GetAtt"][0].startswith("Key")
        policy = only(template(of), "AWS::KMS::Key")["Properties"]["KeyPolicy"]["Statement"]
        own = [each for each in policy if "UserPool" in each.get("Sid", "")]
        assert len(own) == 6
        account = {"Ref": "AWS::AccountId"}
        for each in own:
            # Nobody outside this account, and nobody inside it but through Amazon Cognito.
            equals = each["Condition"].get("StringEquals", {})
            if each["Principal"] == {"AWS": "*"}:
                assert equals == {
                    "kms:CallerAccount": account,
                    "kms:ViaService": "cognito-idp.us-east-1.amazonaws.com",
                }
            elif each["Sid"] in ("UserPools", "UserPoolsDescribe"):
                assert equals == {"aws:SourceAccount": account}
            else:
                assert "AWS::AccountId" in text(each["Condition"]["StringLike"])
        groups = resources(template(of), "AWS::Logs::LogGroup")
        # Amazon Cognito delivers to no group with a key.
        assert {
            key.startswith("UsersTokenClaims"): "KmsKeyId" in each["Properties"] for key, each in groups.items()
        } == {
            True: True,
            False: False,
        }

    @pytest.mark.parametrize("length", [7, 100])
    def test_fails_for_a_password_length_out_of_bounds(self, length: int) -> None:
        with pytest.raises(ValueError, match=f"password_length is 8 to 99, got {length}"):
            directory(stack(), password_length=length)

    @pytest.mark.parametrize("prefix", ["Acme", "my-aws-agents", "-a", "a" * 64])
    def test_fails_for_a_domain_prefix_that_is_none(self, prefix: str) -> None:
        with pytest.raises(ValueError, match=f"got '{prefix}'"):
            directory(stack(), domain_prefix=prefix)


class TestWebClient:
    def test_takes_codes_only_and_no_password(self) -> None:
        of = stack()
        directory(of).add_web_client("Web", callback_urls=CALLBACKS, logout_urls=["http://localhost:8501/"])
        properties = client(of)
        assert properties["AllowedOAuthFlows"] == ["code"]
        assert properties["ExplicitAuthFlows"] == ["ALLOW_REFRESH_TOKEN_AUTH"]
        assert properties["CallbackURLs"] == CALLBACKS
        assert properties["LogoutURLs"] == ["http://localhost:8501/"]
        assert properties["GenerateSecret"] is False
        assert properties["PreventUserExistenceErrors"] == "ENABLED"

    def test_tokens_live_for_an_hour_and_thirty_days(self) -> None:
        of = stack()
        directory(of).add_web_client("Web", callback_urls=CALLBACKS)
        assert client(of)["AccessTokenValidity"] == client(of)["IdTokenValidity"] == 60
        assert client(of)["RefreshTokenValidity"] == 30 * 24 * 60

    def test_has_a_login_page(self) -> None:
        of = stack()
        directory(of).add_web_client("Web", callback_urls=CALLBACKS)
        branding = only(template(of), "AWS::Cognito::ManagedLoginBranding")["Properties"]
        assert branding["UseCognitoProvidedValues"] is True

    def test_its_login_page_can_have_a_logo(self, tmp_path: Path) -> None:
        logo = tmp_path / "logo.svg"
        logo.write_text("<svg/>")
        of = stack()
        directory(of).add_web_client("Web", callback_urls=CALLBACKS, branding=LoginBranding(logo=logo))
        branding = only(template(of), "AWS::Cognito::ManagedLoginBranding")["Properties"]
        assert {each["ColorMode"] for each in branding["Assets"]} == {"LIGHT", "DARK"}
        assert "UseCognitoProvidedValues" not in branding

    def test_users_cannot_write_what_decides_on_groups_and_tenant(self) -> None:
        of = stack()
        directory(of).add_web_client("Web", callback_urls=CALLBACKS, password_sign_in=True)
        assert client(of)["ExplicitAuthFlows"] == ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
        assert not [each for each in client(of)["WriteAttributes"] if each.startswith("custom:")]

    def test_password_sign_in_is_for_users_of_the_directory(self) -> None:
        of = stack()
        users = directory(of)
        users.add_identity_provider(okta(of))
        users.add_web_client("Tests", callback_urls=CALLBACKS, password_sign_in=True)
        assert client(of)["SupportedIdentityProviders"] == ["COGNITO"]
        assert not [each for each in client(of)["WriteAttributes"] if each.startswith("custom:")]

    def test_offers_the_identity_providers_and_waits_for_them(self) -> None:
        of = stack()
        users = directory(of)
        users.add_identity_provider(okta(of))
        users.add_web_client("Web", callback_urls=CALLBACKS, own_users=False)
        found = only(template(of), "AWS::Cognito::UserPoolClient")
        assert found["Properties"]["SupportedIdentityProviders"] == ["Okta"]
        assert "custom:groups" in found["Properties"]["WriteAttributes"]
        assert any("IdentityProviderOkta" in each for each in found["DependsOn"])

    def test_waits_for_its_scopes(self) -> None:
        of = stack()
        users = directory(of)
        server = users.add_resource_server("agents", scopes={"invoke": "Talk to agents"})
        users.add_web_client("Web", callback_urls=CALLBACKS, scopes=["openid", server.scope("invoke")])
        found = only(template(of), "AWS::Cognito::UserPoolClient")
        assert found["Properties"]["AllowedOAuthScopes"] == ["openid", "agents/invoke"]
        assert any("ResourceServer" in each for each in found["DependsOn"])

    @pytest.mark.parametrize(
        "url", ["http://chat.example.com/", "myapp://in", "javascript:alert(1)", "/signed-in", "https:///signed-in"]
    )
    def test_fails_for_an_address_where_a_code_can_be_read(self, url: str) -> None:
        with pytest.raises(ValueError, match="callback_urls are https addresses, or http on localhost, got"):
            directory(stack()).add_web_client("Web", callback_urls=[url])

    @pytest.mark.parametrize("url", ["https://*.example.com/", "https://example.com/#in", "https://me@example.com/"])
    def test_fails_for_an_address_that_is_not_exact(self, url: str) -> None:
        with pytest.raises(ValueError, match="callback_urls are exact"):
            directory(stack()).add_web_client("Web", callback_urls=[url])

    def test_fails_without_an_address(self) -> None:
        with pytest.raises(ValueError, match="callback_urls has 1 to 100 addresses, got 0"):
            directory(stack()).add_web_client("Web", callback_urls=[])

    def test_fails_for_the_scope_that_lets_users_change_themselves(self) -> None:
        with pytest.raises(ValueError, match=r"aws.cognito.signin.user.admin' lets a user change the attributes"):
            directory(stack()).add_web_client(
                "Web", callback_urls=CALLBACKS, scopes=["openid", "aws.cognito.signin.user.admin"]
            )

    @pytest.mark.parametrize("scope", ["agents/invoke", "everything"])
    def test_fails_for_an_unknown_scope(self, scope: str) -> None:
        with pytest.raises(ValueError, match=f"no resource server of this directory has the scope '{scope}'"):
            directory(stack()).add_web_client("Web", callback_urls=CALLBACKS, scopes=["openid", scope])

    def test_fails_without_a_scope_to_ask_for(self) -> None:
        with pytest.raises(ValueError, match=r"the web client 'Web' has no scope.* pass scopes="):
            directory(stack()).add_web_client("Web", callback_urls=CALLBACKS, scopes=[])

    def test_fails_for_a_scope_its_server_does_not_have(self) -> None:
        users = directory(stack())
        users.add_resource_server("agents", scopes={"invoke": "Talk to agents"})
        with pytest.raises(ValueError, match=r"'agents' has the scopes \['invoke'\], got 'admin'"):
            users.add_web_client("Web", callback_urls=CALLBACKS, scopes=["agents/admin"])

    def test_fails_where_nobody_could_sign_in(self) -> None:
        with pytest.raises(ValueError, match="nobody could sign in at the web client 'Web'"):
            directory(stack()).add_web_client("Web", callback_urls=CALLBACKS, own_users=False)

    def test_fails_for_an_access_token_that_outlives_its_refresh_token(self) -> None:
        with pytest.raises(ValueError, match="access_token_validity is 7200 s, above refresh_token_validity of 3600 s"):
            directory(stack()).add_web_client(
                "Web",
                callback_urls=CALLBACKS,
                access_token_validity=Duration.hours(2),
                refresh_token_validity=Duration.hours(1),
            )

    def test_fails_for_an_access_token_that_lives_for_days(self) -> None:
        with pytest.raises(ValueError, match="access_token_validity is 300 to 86400 seconds, got 172800 s"):
            directory(stack()).add_web_client("Web", callback_urls=CALLBACKS, access_token_validity=Duration.days(2))

    def test_fails_for_a_second_client_of_one_id(self) -> None:
        users = directory(stack())
        users.add_web_client("Web", callback_urls=CALLBACKS)
        with pytest.raises(ValueError, match="there is a client 'Web' already"):
            users.add_machine_client("Web", scopes=[])

    def test_fails_for_a_logo_that_is_none(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="the logo is a file that ends in"):
            LoginBranding(logo=tmp_path / "logo.gif")


class TestMachineClient:
    def test_gets_tokens_for_its_scopes_and_for_no_user(self) -> None:
        of = stack()
        users = directory(of)
        server = users.add_resource_server("agents", scopes={"invoke": "Talk to agents"})
        users.add_machine_client("Nightly", scopes=[server.scope("invoke")])
        properties = client(of)
        assert properties["AllowedOAuthFlows"] == ["client_credentials"]
        assert properties["AllowedOAuthScopes"] == ["agents/invoke"]
        assert properties["GenerateSecret"] is True
        assert not resources(template(of), "AWS::Cognito::ManagedLoginBranding")

    def test_fails_without_a_scope(self) -> None:
        with pytest.raises(ValueError, match="the machine client 'Nightly' has no scope"):
            directory(stack()).add_machine_client("Nightly", scopes=[])

    def test_fails_for_a_scope_of_users(self) -> None:
        with pytest.raises(ValueError, match="no resource server of this directory has the scope 'openid'"):
            directory(stack()).add_machine_client("Nightly", scopes=["openid"])


class TestGroups:
    def test_are_known_to_the_token_claims(self) -> None:
        of = stack()
        users = directory(of)
        users.add_group("operators", precedence=10, description="May restart things")
        users.add_group("admins", precedence=1)
        variables = only(template(of), "AWS::Lambda::Function")["Properties"]["Environment"]["Variables"]
        assert json.loads(variables["DIRECTORY"]) == {"groups": ["admins", "operators"], "tenants": {}}
        groups = resources(template(of), "AWS::Cognito::UserPoolGroup").values()
        assert {each["Properties"]["GroupName"]: each["Properties"]["Precedence"] for each in groups} == {
            "operators": 10,
            "admins": 1,
        }

    def test_fails_for_two_preferred_roles(self) -> None:
        of = stack()
        users = directory(of)
        role = iam.Role(of, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        users.add_group("a", precedence=1, role=role)
        with pytest.raises(ValueError, match="the groups 'a' and 'b' have roles and the precedence 1"):
            users.add_group("b", precedence=1, role=role)

    def test_fails_for_a_name_that_no_claim_can_be_compared_with(self) -> None:
        with pytest.raises(ValueError, match="got 'Team Blue'"):
            directory(stack()).add_group("Team Blue", precedence=1)

    def test_fails_for_a_taken_name(self) -> None:
        users = directory(stack())
        users.add_group("a", precedence=1)
        with pytest.raises(ValueError, match="there is a group 'a' already"):
            users.add_group("a", precedence=2)


class TestAuthorizer:
    def test_opens_an_agent_to_the_directorys_clients(self) -> None:
        of = stack()
        users = directory(of)
        server = users.add_resource_server("agents", scopes={"invoke": "Talk to agents"})
        users.add_web_client("Web", callback_urls=CALLBACKS, scopes=["openid", server.scope("invoke")])
        users.add_machine_client("Nightly", scopes=[server.scope("invoke")])
        agent(
            of,
            authorizer=users.authorizer(
                scopes=[server.scope("invoke")], required_claims=[RequiredClaim.contains("cognito:groups", "operators")]
            ),
        )
        made = template(of)
        found = only(made, "AWS::BedrockAgentCore::Runtime")["Properties"]["AuthorizerConfiguration"]
        authorizer = found["CustomJWTAuthorizer"]
        assert "ProviderURL" in text(authorizer["DiscoveryUrl"])
        assert "/.well-known/openid-configuration" in text(authorizer["DiscoveryUrl"])
        assert {each["Ref"] for each in authorizer["AllowedClients"]} == set(
            resources(made, "AWS::Cognito::UserPoolClient")
        )
        assert authorizer["AllowedScopes"] == ["agents/invoke"]
        assert authorizer["CustomClaims"][0]["InboundTokenClaimName"] == "cognito:groups"

    def test_can_be_for_some_clients(self) -> None:
        users = directory(stack())
        users.add_web_client("Web", callback_urls=CALLBACKS)
        other = users.add_web_client("Other", callback_urls=CALLBACKS)
        assert users.authorizer(clients=[other]).allowed_clients == (other.user_pool_client_id,)

    def test_fails_without_a_client(self) -> None:
        with pytest.raises(ValueError, match="has no client whose tokens an authorizer could accept"):
            directory(stack()).authorizer()

    def test_fails_for_a_scope_nobody_grants(self) -> None:
        users = directory(stack())
        users.add_web_client("Web", callback_urls=CALLBACKS)
        with pytest.raises(ValueError, match="no resource server of this directory has the scope 'tools/call'"):
            users.authorizer(scopes=["tools/call"])


class TestImported:
    def test_gets_clients_and_an_authorizer(self) -> None:
        of = stack()
        existing = cognito.UserPool.from_user_pool_id(of, "Pool", "us-east-1_abc")
        users = UserDirectory.from_user_pool(of, "Users", existing)
        users.add_group("admins", precedence=1)
        web = users.add_web_client("Web", callback_urls=CALLBACKS, scopes=["openid", "crm/read"])
        authorizer = users.authorizer(scopes=["crm/read"])
        assert (
            authorizer.discovery_url
            == "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_abc/.well-known/openid-configuration"
        )
        assert authorizer.allowed_clients == (web.user_pool_client_id,)
        made = template(of)
        assert not resources(made, "AWS::Cognito::UserPool")
        assert not resources(made, "AWS::Lambda::Function")


def documented(stack: cdk.Stack, users: UserDirectory) -> None:
    """What docs/constructs/user-directory.md shows."""
    # --8<-- [start:okta]
    okta = IdentityProviderSource.okta(
        "acme.okta.com",
        client_id="0oa1acme",
        client_secret=secretsmanager.Secret.from_secret_name_v2(stack, "OktaClient", "sso/okta"),
        tenant="acme",
    )
    users.add_identity_provider(okta)
    # --8<-- [end:okta]
    # --8<-- [start:machine]
    api = users.add_resource_server("tools", scopes={"call": "Call tools"})
    nightly = users.add_machine_client("Nightly", scopes=[api.scope("call")])
    client = ClientSecret(stack, "NightlySecret", client=nightly)
    # --8<-- [end:machine]
    # --8<-- [start:import]
    pool = cognito.UserPool.from_user_pool_id(stack, "Pool", "us-east-1_AbCdEfGhI")
    existing = UserDirectory.from_user_pool(stack, "ExistingUsers", pool)
    existing.add_web_client("Web", callback_urls=["https://chat.example.com/signed-in"])
    authorizer = existing.authorizer()
    # --8<-- [end:import]
    assert client.secret
    assert authorizer.allowed_clients


def test_the_documentations_code_works() -> None:
    of = stack()
    documented(of, directory(of))
    made = template(of)
    assert len(resources(made, "AWS::Cognito::UserPoolClient")) == 2
    assert len(resources(made, "AWS::Cognito::UserPoolIdentityProvider")) == 1


def full(of: cdk.Stack, **props: Any) -> UserDirectory:
    users = directory(of, encryption_key=kms.Key(of, "Key", enable_key_rotation=True), **props)
    server = users.add_resource_server("agents", scopes={"invoke": "Talk to agents"})
    users.add_group("operators", precedence=10)
    users.add_identity_provider(okta(of, tenant="acme", email_domains=["acme.example.com"]))
    users.add_identity_provider(
        IdentityProviderSource.entra_id(
            "11111111-2222-3333-4444-555555555555", application_id="66666666-7777-8888-9999-000000000000"
        )
    )
    users.add_web_client("Web", callback_urls=CALLBACKS, scopes=["openid", server.scope("invoke")])
    users.add_machine_client("Nightly", scopes=[server.scope("invoke")])
    return users


@pytest.mark.parametrize("mfa_required", [True, False])
def test_has_no_findings(tmp_path: Path, mfa_required: bool) -> None:
    app = app_in(tmp_path)
    full(stack(app=app), mfa_required=mfa_required)
    assert findings(app, tmp_path) == []


def test_is_valid_cloudformation() -> None:
    of = stack()
    full(of)
    assert complaints(template(of)) == []


def test_has_no_cycle() -> None:
    of = stack()
    users = full(of)
    agent(of, authorizer=users.authorizer())
    assert cycle(template(of)) == []


def test_the_template_holds_no_secret() -> None:
    of = stack()
    full(of)
    details = resources(template(of), "AWS::Cognito::UserPoolIdentityProvider")
    assert "{{resolve:secretsmanager:" in text(details)


def test_costs_few_round_trips() -> None:
    of = stack()
    with counted() as sent:
        users = directory(of)
        users.add_web_client("Web", callback_urls=CALLBACKS)
    assert len(sent) <= 64
