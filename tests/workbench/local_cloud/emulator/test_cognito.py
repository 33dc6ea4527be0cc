"""Sign-ins at the emulator's user pools: the real flows, and what each refuses."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from botocore.exceptions import ClientError, WaiterError

from tests.workbench.local_cloud.emulator import srp
from tests.workbench.local_cloud.emulator.cloud_under_test import REGION, Cloud
from tests.workbench.local_cloud.emulator.user_directory import (
    CALLBACK,
    PASSWORD,
    SCOPE,
    Directory,
    delete,
    deploy,
    template,
)
from workbench.local_cloud import sign_in
from workbench.local_cloud.agentcore.inbound import TokenVerifier
from workbench.local_cloud.agentcore.service import ServiceError
from workbench.local_cloud.sign_in import SignInError, Tokens

ANN = "ann@example.com"


@pytest.fixture(scope="module")
def directory(cloud: Cloud) -> Iterator[Directory]:
    """A deployed directory with one user, Ann, of the group staff and the tenant blue."""
    deployed = deploy(cloud, "users", template("acme-users"))
    deployed.outputs["Ann"] = deployed.add_user(ANN, "staff", tenant="blue")
    yield deployed
    delete(cloud, "users")


@pytest.fixture(autouse=True)
def plain_trigger(directory: Directory) -> Iterator[None]:
    """Every test begins with the trigger as deployed."""
    yield
    if directory.trigger:
        directory.configure_trigger()


def by_password(directory: Directory, username: str = ANN, password: str = PASSWORD) -> Tokens:
    return sign_in.password_token(
        directory.cloud.endpoint,
        directory.pool,
        directory.outputs["Tests"],
        username,
        password,
        client_secret=directory.outputs["TestsSecret"],
    )


def by_code(directory: Directory, username: str = ANN, password: str = PASSWORD, **changes: Any) -> Tokens:
    named = {"redirect_uri": CALLBACK, "scopes": ["openid", SCOPE], **changes}
    return sign_in.code_flow(directory.cloud.endpoint, directory.outputs["Web"], username, password, **named)


def machine(directory: Directory, *scopes: str, secret: str = "") -> Tokens:
    outputs = directory.outputs
    return sign_in.client_credentials(
        directory.cloud.endpoint, outputs["Machine"], secret or outputs["MachineSecret"], scopes=scopes
    )


def decoded(token: str) -> dict[str, Any]:
    return dict(replace(Tokens(token, "", "", 0)).claims)


class TestFlows:
    def test_a_password_at_the_api(self, directory: Directory) -> None:
        tokens = by_password(directory)
        assert tokens.claims["sub"] == directory.outputs["Ann"]
        assert (tokens.claims["token_use"], tokens.claims["client_id"]) == ("access", directory.outputs["Tests"])
        assert decoded(tokens.id_token)["aud"] == directory.outputs["Tests"]

    def test_a_wrong_password(self, directory: Directory) -> None:
        with pytest.raises(SignInError, match="NotAuthorizedException"):
            by_password(directory, password="Wrong-Horse-9-Battery")

    def test_a_flow_the_client_does_not_allow(self, directory: Directory) -> None:
        with pytest.raises(SignInError, match="USER_PASSWORD_AUTH flow not enabled"):
            sign_in.password_token(directory.cloud.endpoint, directory.pool, directory.outputs["Web"], ANN, PASSWORD)

    def test_secure_remote_password(self, directory: Directory) -> None:
        client = sign_in.user_pools(directory.cloud.endpoint, directory.pool)
        answer = srp.sign_in(client, directory.outputs["Web"], directory.pool, ANN, PASSWORD)
        assert decoded(answer["AuthenticationResult"]["AccessToken"])["sub"] == directory.outputs["Ann"]
        with pytest.raises(ClientError, match="Incorrect username or password"):
            srp.sign_in(client, directory.outputs["Web"], directory.pool, ANN, "Wrong-Horse-9-Battery")

    def test_secure_remote_password_where_the_client_does_not_allow_it(self, directory: Directory) -> None:
        client = sign_in.user_pools(directory.cloud.endpoint, directory.pool)
        outputs = directory.outputs
        hashed = sign_in.secret_hash(ANN, outputs["Tests"], outputs["TestsSecret"])
        with pytest.raises(ClientError, match="USER_SRP_AUTH is not enabled"):
            client.initiate_auth(
                AuthFlow="USER_SRP_AUTH",
                ClientId=outputs["Tests"],
                AuthParameters={"USERNAME": ANN, "SRP_A": "2", "SECRET_HASH": hashed},
            )

    def test_the_hosted_page_with_a_code(self, directory: Directory) -> None:
        tokens = by_code(directory)
        assert tokens.claims["sub"] == directory.outputs["Ann"]
        assert set(str(tokens.claims["scope"]).split()) == {"openid", SCOPE, "extra/scope"}

    def test_a_wrong_password_at_the_hosted_page(self, directory: Directory) -> None:
        with pytest.raises(SignInError, match="Incorrect username or password"):
            by_code(directory, password="Wrong-Horse-9-Battery")

    @pytest.mark.parametrize(
        "redirect_uri",
        [CALLBACK + "/", CALLBACK + "?x=1", "https://app.example.com.evil.example/callback", "http://localhost/"],
    )
    def test_another_address_to_return_to(self, directory: Directory, redirect_uri: str) -> None:
        with pytest.raises(SignInError, match="redirect_uri is not allowed"):
            by_code(directory, redirect_uri=redirect_uri)

    def test_a_scope_the_client_may_not_ask_for(self, directory: Directory) -> None:
        with pytest.raises(SignInError, match="gave no code: invalid_request"):
            by_code(directory, scopes=["openid", "tools/write"])

    def test_the_page_is_at_both_addresses(self, directory: Directory) -> None:
        page = sign_in.sign_in_page(directory.cloud.endpoint, directory.outputs["Web"], redirect_uri=CALLBACK)
        for address in (page, page.replace("/oauth2/authorize", "/login")):
            shown = httpx.get(address, trust_env=False).text
            assert "Sign in" in shown
            assert "Local stand-in for the sign-in page of Amazon Cognito" in shown

    def test_a_machine(self, directory: Directory) -> None:
        tokens = machine(directory, SCOPE)
        assert (tokens.claims["sub"], tokens.claims["scope"]) == (directory.outputs["Machine"], SCOPE)
        assert tokens.refresh_token == tokens.id_token == ""

    @pytest.mark.parametrize(("scope", "error"), [("tools/write", "invalid_grant"), ("nothing/here", "invalid_scope")])
    def test_a_machine_asks_for_more_than_it_may(self, directory: Directory, scope: str, error: str) -> None:
        with pytest.raises(SignInError, match=error):
            machine(directory, scope)

    def test_a_machine_with_a_wrong_secret(self, directory: Directory) -> None:
        with pytest.raises(SignInError, match="invalid_client"):
            machine(directory, secret="wrong")

    def test_a_client_of_users_is_no_machine(self, directory: Directory) -> None:
        outputs = directory.outputs
        with pytest.raises(SignInError, match="invalid_grant"):
            sign_in.client_credentials(
                directory.cloud.endpoint, outputs["Tests"], outputs["TestsSecret"], scopes=[SCOPE]
            )


class TestCode:
    """One code, taken from the hosted page and redeemed by hand."""

    VERIFIER = "v" * 50

    def code(self, directory: Directory) -> str:
        page = sign_in.sign_in_page(
            directory.cloud.endpoint,
            directory.outputs["Web"],
            redirect_uri=CALLBACK,
            challenge=sign_in.challenge(self.VERIFIER),
        )
        with httpx.Client(trust_env=False) as browser:
            returned = sign_in._submit(browser, browser.get(page), {"username": ANN, "password": PASSWORD})
        return parse_qs(urlsplit(returned).query)["code"][0]

    def redeem(self, directory: Directory, code: str, client: str = "Web", **changes: str) -> Tokens:
        named = {"redirect_uri": CALLBACK, "code_verifier": self.VERIFIER, **changes}
        return sign_in.exchange(
            directory.cloud.endpoint, directory.outputs[client], grant_type="authorization_code", code=code, **named
        )

    def test_is_good_once(self, directory: Directory) -> None:
        code = self.code(directory)
        assert self.redeem(directory, code).access_token
        with pytest.raises(SignInError, match="invalid_grant"):
            self.redeem(directory, code)

    @pytest.mark.parametrize(
        "changes",
        [{"code_verifier": "w" * 50}, {"code_verifier": ""}, {"redirect_uri": CALLBACK + "/"}, {"client": "Machine"}],
    )
    def test_is_bound_to_verifier_address_and_client(self, directory: Directory, changes: dict[str, str]) -> None:
        with pytest.raises(SignInError, match="invalid_grant"):
            self.redeem(directory, self.code(directory), **changes)


class TestRefresh:
    def test_keeps_groups_and_claims(self, directory: Directory) -> None:
        first = by_code(directory)
        again = sign_in.refreshed(directory.cloud.endpoint, directory.outputs["Web"], first.refresh_token)
        for claim in ("sub", "scope", "cognito:groups", "groups", "tenant"):
            assert again.claims[claim] == first.claims[claim]
        assert decoded(again.id_token)["cognito:groups"] == ["staff"]
        assert again.claims["jti"] != first.claims["jti"]

    def test_is_bound_to_the_client(self, directory: Directory) -> None:
        token = by_code(directory).refresh_token
        outputs = directory.outputs
        with pytest.raises(SignInError, match="invalid_grant"):
            sign_in.refreshed(directory.cloud.endpoint, outputs["Tests"], token, client_secret=outputs["TestsSecret"])

    @pytest.mark.parametrize("secret", [None, "wrong"])
    def test_needs_the_secret_of_a_client_that_has_one(self, directory: Directory, secret: str | None) -> None:
        outputs = directory.outputs
        token = sign_in.code_flow(
            directory.cloud.endpoint,
            outputs["Tests"],
            ANN,
            PASSWORD,
            redirect_uri=CALLBACK,
            client_secret=outputs["TestsSecret"],
        ).refresh_token
        with pytest.raises(SignInError, match="invalid_client"):
            sign_in.refreshed(directory.cloud.endpoint, outputs["Tests"], token, client_secret=secret)

    def test_an_access_token_refreshes_nothing(self, directory: Directory) -> None:
        with pytest.raises(SignInError, match="invalid_grant"):
            sign_in.refreshed(directory.cloud.endpoint, directory.outputs["Web"], by_code(directory).access_token)

    def test_ends_with_a_global_sign_out(self, directory: Directory) -> None:
        directory.add_user("leaver@example.com")
        tokens = by_code(directory, "leaver@example.com")
        directory.cloud.client("cognito-idp").admin_user_global_sign_out(
            UserPoolId=directory.pool, Username="leaver@example.com"
        )
        with pytest.raises(SignInError, match="invalid_grant"):
            sign_in.refreshed(directory.cloud.endpoint, directory.outputs["Web"], tokens.refresh_token)


class TestTrigger:
    def test_puts_groups_and_tenant_into_both_tokens(self, directory: Directory) -> None:
        tokens = by_code(directory)
        for claims in (tokens.claims, decoded(tokens.id_token)):
            assert (claims["groups"], claims["tenant"], claims["cognito:groups"]) == (["staff"], "blue", ["staff"])

    @pytest.mark.parametrize("flow", [by_password, by_code])
    def test_no_tokens_where_it_fails(self, directory: Directory, flow: Any) -> None:
        directory.configure_trigger(FAIL="yes")
        with pytest.raises(SignInError, match="PreTokenGeneration failed with error no tokens today"):
            flow(directory)

    @pytest.mark.parametrize("flow", [by_password, by_code])
    def test_no_tokens_where_its_answer_is_none(self, directory: Directory, flow: Any) -> None:
        directory.configure_trigger(ANSWER="nonsense")
        with pytest.raises(SignInError, match="Unrecognizable lambda output"):
            flow(directory)

    def test_no_refresh_where_it_fails(self, directory: Directory) -> None:
        token = by_code(directory).refresh_token
        directory.configure_trigger(FAIL="yes")
        with pytest.raises(SignInError, match="PreTokenGeneration failed"):
            sign_in.refreshed(directory.cloud.endpoint, directory.outputs["Web"], token)

    def test_no_tokens_without_the_permission(self, cloud: Cloud) -> None:
        body = template("acme-unpermitted")
        del body["Resources"]["Permission"]
        unpermitted = deploy(cloud, "unpermitted", body)
        unpermitted.add_user(ANN)
        with pytest.raises(SignInError, match="AccessDeniedException"):
            by_code(unpermitted)

    def test_no_tokens_with_the_permission_for_another_pool(self, cloud: Cloud, directory: Directory) -> None:
        body = template("acme-misdirected")
        pool = f"arn:aws:cognito-idp:us-east-1:000000000000:userpool/{directory.pool}"
        body["Resources"]["Permission"]["Properties"]["SourceArn"] = pool
        misdirected = deploy(cloud, "misdirected", body)
        misdirected.add_user(ANN)
        with pytest.raises(SignInError, match="AccessDeniedException"):
            by_code(misdirected)

    def test_cannot_say_who_the_token_is_about(self, directory: Directory) -> None:
        also = {"sub": "root", "iss": "me", "exp": 9999999999, "client_id": "x", "username": "root", "aud": "x"}
        directory.configure_trigger(ALSO=json.dumps({**also, "token_use": "x", "color": "red"}))
        tokens = by_code(directory)
        access, identity = tokens.claims, decoded(tokens.id_token)
        assert (access["color"], identity["color"]) == ("red", "red")
        assert access["sub"] == identity["sub"] == directory.outputs["Ann"]
        assert (access["client_id"], access["token_use"]) == (directory.outputs["Web"], "access")
        assert (identity["aud"], identity["token_use"]) == (directory.outputs["Web"], "id")
        assert access["exp"] != 9999999999
        assert access["username"] != "root"

    def test_changes_groups(self, directory: Directory) -> None:
        directory.configure_trigger(GROUPS="one,two")
        tokens = by_code(directory)
        assert tokens.claims["cognito:groups"] == decoded(tokens.id_token)["cognito:groups"] == ["one", "two"]

    def test_machines_only_from_version_three_on(self, directory: Directory) -> None:
        directory.configure_trigger(ALSO='{"color": "red"}')
        assert "color" not in machine(directory, SCOPE).claims

        configured = directory.cloud.client("cognito-idp").describe_user_pool(UserPoolId=directory.pool)["UserPool"]
        trigger = configured["LambdaConfig"]["PreTokenGenerationConfig"]
        version_three = {"PreTokenGenerationConfig": {**trigger, "LambdaVersion": "V3_0"}}
        change = directory.cloud.client("cognito-idp").update_user_pool
        change(UserPoolId=directory.pool, LambdaConfig=version_three)
        try:
            assert machine(directory, SCOPE).claims["color"] == "red"
        finally:
            change(UserPoolId=directory.pool, LambdaConfig={"PreTokenGenerationConfig": trigger})


class TestIssuer:
    def authorizer(self, directory: Directory, *clients: str) -> dict[str, object]:
        discovery = f"{directory.outputs['Url']}/.well-known/openid-configuration"
        return {"discoveryUrl": discovery, "allowedClients": [directory.outputs[client] for client in clients]}

    def test_of_the_document_is_the_one_of_the_tokens(self, directory: Directory) -> None:
        address = f"{directory.cloud.endpoint}/{directory.pool}/.well-known/openid-configuration"
        document = httpx.get(address, trust_env=False).json()
        assert document["issuer"] == directory.outputs["Url"] == by_code(directory).claims["iss"]

    def test_signs_what_an_authorizer_accepts(self, directory: Directory) -> None:
        verifier = TokenVerifier(directory.cloud.endpoint)
        for flow, client in ((by_code, "Web"), (by_password, "Tests")):
            verified = verifier.verify(f"Bearer {flow(directory).access_token}", self.authorizer(directory, client))
            assert verified.subject == directory.outputs["Ann"]
        assert verifier.verify(
            f"Bearer {machine(directory).access_token}", self.authorizer(directory, "Machine")
        ).claims["scope"]

    def test_an_authorizer_refuses_the_id_token_and_other_clients(self, directory: Directory) -> None:
        tokens, verifier = by_code(directory), TokenVerifier(directory.cloud.endpoint)
        for token, client in (
            (tokens.id_token, "Web"),
            (tokens.refresh_token, "Tests"),
            (tokens.access_token, "Tests"),
        ):
            with pytest.raises(ServiceError, match="client_id"):
                verifier.verify(f"Bearer {token}", self.authorizer(directory, client))

    def test_an_authorizer_refuses_tokens_of_another_pool(self, cloud: Cloud, directory: Directory) -> None:
        made = cloud.client("cognito-idp").create_user_pool(PoolName="other")["UserPool"]["Id"]
        other = f"https://cognito-idp.us-east-1.amazonaws.com/{made}/.well-known/openid-configuration"
        rules = {**self.authorizer(directory, "Web"), "discoveryUrl": other}
        with pytest.raises(ServiceError, match="unknown key"):
            TokenVerifier(cloud.endpoint).verify(f"Bearer {by_code(directory).access_token}", rules)

    def test_keys_stay_with_the_run(self, directory: Directory) -> None:
        by_code(directory)
        state = directory.cloud.access_log.parent / "emulator-state"
        assert list(state.glob(f"cognito-pool-keys/{directory.pool}-access.pem"))
        assert not list(Path("/tmp/ministack-state").glob(f"cognito-pool-keys/{directory.pool}*"))


class TestAccounts:
    def test_a_pool_of_another_account_and_region_signs_in(self, cloud: Cloud) -> None:
        session = cloud.session("111122223333")
        cognito = session.client("cognito-idp", region_name="eu-west-1", endpoint_url=cloud.endpoint)
        pool = cognito.create_user_pool(PoolName="elsewhere")["UserPool"]["Id"]
        client = cognito.create_user_pool_client(
            UserPoolId=pool, ClientName="c", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
        )["UserPoolClient"]["ClientId"]
        cognito.admin_create_user(UserPoolId=pool, Username="bob", TemporaryPassword=PASSWORD)
        cognito.admin_set_user_password(UserPoolId=pool, Username="bob", Password=PASSWORD, Permanent=True)

        tokens = sign_in.password_token(cloud.endpoint, pool, client, "bob", PASSWORD)

        assert tokens.claims["iss"] == f"https://cognito-idp.eu-west-1.amazonaws.com/{pool}"
        again = sign_in.user_pools(cloud.endpoint, pool).initiate_auth(
            AuthFlow="REFRESH_TOKEN_AUTH", ClientId=client, AuthParameters={"REFRESH_TOKEN": tokens.refresh_token}
        )
        assert decoded(again["AuthenticationResult"]["AccessToken"])["sub"] == tokens.claims["sub"]


class TestStack:
    def test_every_resource_updates_in_place(self, cloud: Cloud) -> None:
        first = deploy(cloud, "changing", template("acme-changing"))
        body = template("acme-changing")
        resources = body["Resources"]
        resources["Pool"]["Properties"]["UserPoolTier"] = "PLUS"
        resources["Pool"]["Properties"]["Policies"]["PasswordPolicy"]["MinimumLength"] = 16
        resources["Server"]["Properties"]["Scopes"].append({"ScopeName": "admin", "ScopeDescription": "Administer"})
        resources["Web"]["Properties"]["CallbackURLs"] = [CALLBACK, CALLBACK + "/2"]
        resources["Staff"]["Properties"]["Precedence"] = 5
        resources["Branding"]["Properties"] |= {"UseCognitoProvidedValues": False, "Settings": {"a": 1}}
        resources["Provider"]["Properties"]["ProviderDetails"]["client_id"] = "okta-client-2"
        resources["Provider"]["Properties"]["IdpIdentifiers"] = ["example.org"]
        resources["Logs"]["Properties"]["LogConfigurations"][0]["LogLevel"] = "ERROR"

        second = deploy(cloud, "changing", body, update=True)

        assert second.outputs == first.outputs
        cognito = cloud.client("cognito-idp")
        assert (
            len(
                cognito.describe_user_pool_client(UserPoolId=second.pool, ClientId=second.outputs["Web"])[
                    "UserPoolClient"
                ]["CallbackURLs"]
            )
            == 2
        )
        assert cognito.get_group(UserPoolId=second.pool, GroupName="staff")["Group"]["Precedence"] == 5
        provider = cognito.describe_identity_provider(UserPoolId=second.pool, ProviderName="Okta")["IdentityProvider"]
        assert (provider["ProviderDetails"]["client_id"], provider["IdpIdentifiers"]) == (
            "okta-client-2",
            ["example.org"],
        )
        delete(cloud, "changing")
        assert second.pool not in [pool["Id"] for pool in cognito.list_user_pools(MaxResults=60)["UserPools"]]

    def test_a_provider_of_another_name_replaces_the_first(self, cloud: Cloud) -> None:
        first = deploy(cloud, "renaming", template("acme-renaming"))
        body = template("acme-renaming")
        body["Resources"]["Provider"]["Properties"] |= {"ProviderName": "Entra", "IdpIdentifiers": ["example.net"]}

        deploy(cloud, "renaming", body, update=True)

        listed = cloud.client("cognito-idp").list_identity_providers(UserPoolId=first.pool)["Providers"]
        assert [provider["ProviderName"] for provider in listed] == ["Entra"]
        delete(cloud, "renaming")

    def test_a_second_provider_of_one_name_fails_the_stack(self, cloud: Cloud) -> None:
        body = template("acme-duplicate")
        body["Resources"]["Again"] = {**body["Resources"]["Provider"], "DependsOn": ["Provider"]}
        with pytest.raises(WaiterError):
            deploy(cloud, "duplicate", body)
        events = cloud.client("cloudformation").describe_stack_events(StackName="duplicate")["StackEvents"]
        assert any("DuplicateProviderException" in event.get("ResourceStatusReason", "") for event in events)

    def test_a_protected_pool_is_not_deleted(self, cloud: Cloud) -> None:
        body = template("acme-protected")
        body["Resources"]["Pool"]["Properties"]["DeletionProtection"] = "ACTIVE"
        protected = deploy(cloud, "protected", body)
        with pytest.raises(WaiterError):
            delete(cloud, "protected")
        assert cloud.client("cognito-idp").describe_user_pool(UserPoolId=protected.pool)["UserPool"]["Id"]

    def test_a_domain_belongs_to_one_pool(self, cloud: Cloud, directory: Directory) -> None:
        assert directory.pool
        with pytest.raises(WaiterError):
            deploy(cloud, "second-domain", template("acme-users"))
        events = cloud.client("cloudformation").describe_stack_events(StackName="second-domain")["StackEvents"]
        assert any("already exists" in event.get("ResourceStatusReason", "") for event in events)

    def test_the_region_is_the_pools(self, directory: Directory) -> None:
        assert directory.pool.startswith(f"{REGION}_")
