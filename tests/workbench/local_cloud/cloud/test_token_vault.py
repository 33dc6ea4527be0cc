"""AgentCore Identity on a whole local cloud: who gets which credential, and who does not."""

import base64
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.workbench.local_cloud.agentcore import issuer as oidc
from workbench.local_cloud.agentcore.inbound import TokenVerifier
from workbench.local_cloud.cloud import LocalCloud
from workbench.local_cloud.credentials import administrator

if TYPE_CHECKING:
    from mypy_boto3_bedrock_agentcore import BedrockAgentCoreClient

pytestmark = pytest.mark.local_cloud

ACCOUNT, REGION = "000000000000", "us-east-1"
ARN = f"arn:aws:bedrock-agentcore:{REGION}:{ACCOUNT}:"
RETURN_URL = "https://app.example.com/authorized"
CONFIG = Config(retries={"total_max_attempts": 1}, proxies={})


@dataclass
class FakeProvider:
    """An OAuth 2.0 provider with one client, real enough to check what the vault sends."""

    url: str = ""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    requests: list[dict[str, str]] = field(default_factory=list)
    expires_in: int = 3600

    def answer(self, form: Mapping[str, str], authorization: str) -> tuple[int, dict[str, object]]:
        """The token endpoint."""
        basic = "Basic " + base64.b64encode(b"vault-client:vault-secret").decode()
        posted = (form.get("client_id"), form.get("client_secret")) == ("vault-client", "vault-secret")
        self.requests.append(dict(form))
        if authorization != basic and not posted:
            return 401, {"error": "invalid_client"}
        if form["grant_type"] == "authorization_code" and form["code"] not in ("good",):
            return 400, {"error": "invalid_grant"}
        number = len(self.requests)
        return 200, {"access_token": f"token-{number}", "refresh_token": "again", "expires_in": self.expires_in}


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    fake = FakeProvider()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            status, document = fake.answer(form, self.headers.get("Authorization", ""))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(document).encode())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    fake.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield fake
    server.shutdown()
    server.server_close()


class Vault:
    """The cloud as its administrator and as roles of one's own making."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.endpoint = cloud.endpoint
        self.access_log = cloud.record.access_log
        keys = administrator(ACCOUNT)
        self._session = boto3.Session(keys.aws_access_key_id, keys.aws_secret_access_key, region_name=REGION)

    def client(self, service: str) -> Any:
        """An administrator's client."""
        create: Any = self._session.client
        return create(service, endpoint_url=self.endpoint, config=CONFIG)

    def role(self, name: str, *statements: Mapping[str, object], source: str = "") -> "BedrockAgentCoreClient":
        """The data plane under a new role, as code in AgentCore gets it."""
        source_arn = f"{ARN}{source or 'runtime/' + name + '-0123456789'}"
        trust = {
            "Effect": "Allow",
            "Principal": {"Service": "bedrock-agentcore.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
        iam = self.client("iam")
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
        policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        iam.put_role_policy(RoleName=name, PolicyName="Granted", PolicyDocument=policy)
        body = {"roleArn": arn, "sourceArn": source_arn}
        keys = httpx.post(f"{self.endpoint}/_local/credentials", json=body, trust_env=False).raise_for_status().json()
        session = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], region_name=REGION)
        return session.client("bedrock-agentcore", endpoint_url=self.endpoint, config=CONFIG)

    def identity(self, name: str) -> str:
        """A workload identity of one's own."""
        made = self.client("bedrock-agentcore-control").create_workload_identity(
            name=name, allowedResourceOauth2ReturnUrls=[RETURN_URL]
        )
        return str(made["workloadIdentityArn"])

    def decisions(self, role: str) -> set[tuple[str, str, bool]]:
        """What was decided about a role: action, resource, allowed."""
        lines = [json.loads(line) for line in Path(self.access_log).read_text(encoding="utf-8").splitlines()]
        of_role = [line for line in lines if line["role_arn"].endswith(f"/{role}")]
        return {(line["action"], line["resource"], line["allowed"]) for line in of_role}


@pytest.fixture(scope="module")
def vault(local_cloud: LocalCloud) -> Vault:
    return Vault(local_cloud)


def tokens(identity: str) -> dict[str, object]:
    """May get tokens of one identity."""
    return {
        "Effect": "Allow",
        "Action": "bedrock-agentcore:GetWorkloadAccessToken*",
        "Resource": [f"{ARN}workload-identity-directory/default", identity],
    }


def use(action: str, identity: str, provider_arn: str) -> dict[str, object]:
    """May use one provider by one identity."""
    return {
        "Effect": "Allow",
        "Action": f"bedrock-agentcore:{action}",
        "Resource": [
            f"{ARN}token-vault/default",
            provider_arn,
            f"{ARN}workload-identity-directory/default",
            identity,
        ],
    }


def read(secret_arn: str) -> dict[str, object]:
    """May read one secret."""
    return {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": secret_arn}


def api_key(vault: Vault, name: str, key: str = "k3y") -> dict[str, Any]:
    """An API key provider with a secret of the service's own."""
    made = vault.client("bedrock-agentcore-control").create_api_key_credential_provider(name=name, apiKey=key)
    return {"arn": made["credentialProviderArn"], "secret": made["apiKeySecretArn"]["secretArn"]}


def oauth2(vault: Vault, name: str, provider: FakeProvider, **changes: object) -> dict[str, Any]:
    """A custom OAuth 2.0 provider."""
    metadata = {
        "issuer": provider.url,
        "authorizationEndpoint": f"{provider.url}/authorize",
        "tokenEndpoint": f"{provider.url}/token",
    }
    config = {
        "clientId": "vault-client",
        "clientSecret": "vault-secret",
        "oauthDiscovery": {"authorizationServerMetadata": metadata},
        **changes,
    }
    made = vault.client("bedrock-agentcore-control").create_oauth2_credential_provider(
        name=name,
        credentialProviderVendor="CustomOauth2",
        oauth2ProviderConfigInput={"customOauth2ProviderConfig": config},
    )
    return {
        "arn": made["credentialProviderArn"],
        "secret": made["clientSecretArn"]["secretArn"],
        "callback": made["callbackUrl"],
    }


def refused(code: str, call: Callable[..., object], **parameters: Any) -> str:
    with pytest.raises(ClientError) as error:
        call(**parameters)
    assert error.value.response["Error"]["Code"] == code
    return str(error.value.response["Error"]["Message"])


class TestApiKey:
    def test_goes_to_who_may_have_it(self, vault: Vault) -> None:
        identity, weather = vault.identity("weather-agent"), api_key(vault, "weather")
        client = vault.role(
            "WeatherAgent",
            tokens(identity),
            use("GetResourceApiKey", identity, weather["arn"]),
            read(weather["secret"]),
        )
        token = client.get_workload_access_token(workloadName="weather-agent")["workloadAccessToken"]

        answer = client.get_resource_api_key(workloadIdentityToken=token, resourceCredentialProviderName="weather")

        assert answer["apiKey"] == "k3y"
        decisions = vault.decisions("WeatherAgent")
        assert ("bedrock-agentcore:GetResourceApiKey", weather["arn"], True) in decisions
        assert ("bedrock-agentcore:GetResourceApiKey", identity, True) in decisions
        assert ("secretsmanager:GetSecretValue", weather["secret"], True) in decisions

    def test_the_secret_is_real_and_goes_with_the_provider(self, vault: Vault) -> None:
        control, secrets = vault.client("bedrock-agentcore-control"), vault.client("secretsmanager")
        made = api_key(vault, "short-lived", "first")
        assert json.loads(secrets.get_secret_value(SecretId=made["secret"])["SecretString"]) == {
            "api_key_value": "first"
        }
        control.update_api_key_credential_provider(name="short-lived", apiKey="second")
        assert "second" in secrets.get_secret_value(SecretId=made["secret"])["SecretString"]
        control.delete_api_key_credential_provider(name="short-lived")
        assert "ResourceNotFound" in refused_code(secrets.get_secret_value, SecretId=made["secret"])

    @pytest.mark.parametrize("missing", ["provider", "identity", "secret"])
    def test_not_without_one_permission(self, vault: Vault, missing: str) -> None:
        name = f"lacks-{missing}"
        identity, made = vault.identity(name), api_key(vault, name)
        other = api_key(vault, f"{name}-other")
        elsewhere = vault.identity(f"{name}-other")
        client = vault.role(
            f"Lacks-{missing}",
            tokens(identity),
            use(
                "GetResourceApiKey",
                elsewhere if missing == "identity" else identity,
                other["arn"] if missing == "provider" else made["arn"],
            ),
            read(other["secret"] if missing == "secret" else made["secret"]),
        )
        token = client.get_workload_access_token(workloadName=name)["workloadAccessToken"]

        message = refused(
            "AccessDeniedException",
            client.get_resource_api_key,
            workloadIdentityToken=token,
            resourceCredentialProviderName=name,
        )

        wanted = {"provider": made["arn"], "identity": identity, "secret": made["secret"]}[missing]
        assert wanted in message
        assert any(resource == wanted and not allowed for _, resource, allowed in vault.decisions(f"Lacks-{missing}"))

    def test_not_by_the_token_of_another_identity(self, vault: Vault) -> None:
        own, others = vault.identity("own-identity"), vault.identity("others-identity")
        made = api_key(vault, "own-key")
        granted = [use("GetResourceApiKey", own, made["arn"]), read(made["secret"])]
        client = vault.role("OwnIdentity", tokens(own), *granted)
        stolen = vault.client("bedrock-agentcore").get_workload_access_token(workloadName="others-identity")

        message = refused(
            "AccessDeniedException",
            client.get_resource_api_key,
            workloadIdentityToken=stolen["workloadAccessToken"],
            resourceCredentialProviderName="own-key",
        )
        assert others in message
        assert others in refused(
            "AccessDeniedException", client.get_workload_access_token, workloadName="others-identity"
        )

    def test_not_by_a_forged_token(self, vault: Vault) -> None:
        own, others = vault.identity("forger"), vault.identity("forged")
        made = api_key(vault, "forgers-key")
        client = vault.role("Forger", tokens(own), use("GetResourceApiKey", own, made["arn"]), read(made["secret"]))
        real = vault.client("bedrock-agentcore").get_workload_access_token(workloadName="forged")
        prefix, payload, signature = real["workloadAccessToken"].split(".")
        said = json.loads(base64.urlsafe_b64decode(payload + "=="))
        changed = base64.urlsafe_b64encode(json.dumps({**said, "identity_arn": own}).encode()).decode().rstrip("=")
        for token in (f"{prefix}.{changed}.{signature}", f"{prefix}.{changed}.", f"{prefix}.{changed}.x"):
            refused(
                "UnauthorizedException",
                client.get_resource_api_key,
                workloadIdentityToken=token,
                resourceCredentialProviderName="forgers-key",
            )
        assert others != own

    def test_not_of_an_unknown_provider(self, vault: Vault) -> None:
        vault.identity("asks-in-vain")
        client = vault.client("bedrock-agentcore")
        token = client.get_workload_access_token(workloadName="asks-in-vain")["workloadAccessToken"]
        refused(
            "ResourceNotFoundException",
            client.get_resource_api_key,
            workloadIdentityToken=token,
            resourceCredentialProviderName="nobodys",
        )

    def test_from_a_secret_the_account_keeps(self, vault: Vault) -> None:
        secrets, control = vault.client("secretsmanager"), vault.client("bedrock-agentcore-control")
        own = secrets.create_secret(Name="teams/maps", SecretString=json.dumps({"maps": "m4ps", "other": "x"}))["ARN"]
        control.create_api_key_credential_provider(
            name="maps", apiKeySecretSource="EXTERNAL", apiKeySecretConfig={"secretId": own, "jsonKey": "maps"}
        )
        vault.identity("maps-agent")
        client = vault.client("bedrock-agentcore")
        token = client.get_workload_access_token(workloadName="maps-agent")["workloadAccessToken"]
        named = {"workloadIdentityToken": token, "resourceCredentialProviderName": "maps"}

        assert client.get_resource_api_key(**named)["apiKey"] == "m4ps"
        secrets.put_secret_value(SecretId=own, SecretString=json.dumps({"maps": "rotated"}))
        assert client.get_resource_api_key(**named)["apiKey"] == "rotated"
        secrets.put_secret_value(SecretId=own, SecretString="no JSON object")
        assert "'maps'" in refused("ValidationException", client.get_resource_api_key, **named)

        control.delete_api_key_credential_provider(name="maps")
        assert secrets.get_secret_value(SecretId=own)["ARN"] == own

    def test_a_secret_that_does_not_exist_is_refused_at_once(self, vault: Vault) -> None:
        message = refused(
            "ValidationException",
            vault.client("bedrock-agentcore-control").create_api_key_credential_provider,
            name="nothing",
            apiKeySecretSource="EXTERNAL",
            apiKeySecretConfig={"secretId": "no/such/secret", "jsonKey": "key"},
        )
        assert "no/such/secret" in message

    def test_needs_the_key_of_an_encrypted_secret(self, vault: Vault) -> None:
        kms, secrets = vault.client("kms"), vault.client("secretsmanager")
        key = kms.create_key()["KeyMetadata"]["Arn"]
        own = secrets.create_secret(Name="teams/sealed", SecretString='{"k": "v"}', KmsKeyId=key)["ARN"]
        made = vault.client("bedrock-agentcore-control").create_api_key_credential_provider(
            name="sealed", apiKeySecretSource="EXTERNAL", apiKeySecretConfig={"secretId": own, "jsonKey": "k"}
        )
        identity = vault.identity("sealed-agent")
        granted = [
            tokens(identity),
            use("GetResourceApiKey", identity, made["credentialProviderArn"]),
            read(own),
        ]
        decrypt = {
            "Effect": "Allow",
            "Action": "kms:Decrypt",
            "Resource": key,
            "Condition": {"StringEquals": {"kms:ViaService": f"secretsmanager.{REGION}.amazonaws.com"}},
        }
        keyless, whole = vault.role("Keyless", *granted), vault.role("WithKey", *granted, decrypt)
        token = keyless.get_workload_access_token(workloadName="sealed-agent")["workloadAccessToken"]
        named = {"workloadIdentityToken": token, "resourceCredentialProviderName": "sealed"}

        assert "kms:Decrypt" in refused("AccessDeniedException", keyless.get_resource_api_key, **named)
        assert whole.get_resource_api_key(**named)["apiKey"] == "v"


class TestWorkloadTokens:
    def test_a_runtimes_identity_gives_its_agent_none(self, vault: Vault) -> None:
        control = vault.client("bedrock-agentcore-control")
        made = control.create_agent_runtime(
            agentRuntimeName="linked",
            agentRuntimeArtifact={
                "codeConfiguration": {
                    "code": {"s3": {"bucket": "none", "prefix": "none.zip"}},
                    "runtime": "PYTHON_3_13",
                    "entryPoint": ["main.py"],
                }
            },
            roleArn=f"arn:aws:iam::{ACCOUNT}:role/none",
            networkConfiguration={"networkMode": "PUBLIC"},
        )
        name = made["workloadIdentityDetails"]["workloadIdentityArn"].rpartition("/")[2]
        client = vault.role(
            "Linked",
            tokens(made["workloadIdentityDetails"]["workloadIdentityArn"]),
            source=f"runtime/{made['agentRuntimeId']}",
        )
        assert "linked to a service" in refused(
            "ValidationException", client.get_workload_access_token, workloadName=name
        )

    def test_a_gateways_identity_gives_them_to_the_gateway_alone(self, vault: Vault) -> None:
        control = vault.client("bedrock-agentcore-control")
        made = control.create_gateway(
            name="linked-gateway",
            protocolType="MCP",
            authorizerType="AWS_IAM",
            roleArn=f"arn:aws:iam::{ACCOUNT}:role/g",
        )
        identity = made["workloadIdentityDetails"]["workloadIdentityArn"]
        name = identity.rpartition("/")[2]
        gateway = vault.role("TheGateway", tokens(identity), source=f"gateway/{made['gatewayId']}")
        other = vault.role("AnotherGateway", tokens(identity), source="gateway/another-0123456789")

        assert gateway.get_workload_access_token(workloadName=name)["workloadAccessToken"]
        assert "linked to a service" in refused(
            "ValidationException", other.get_workload_access_token, workloadName=name
        )
        assert "linked to a service" in refused(
            "ValidationException", vault.client("bedrock-agentcore").get_workload_access_token, workloadName=name
        )

    def test_a_users_token_is_verified(self, vault: Vault) -> None:
        vault.identity("for-users")
        client = vault.client("bedrock-agentcore")
        with oidc.serving(oidc.Issuer({"first": oidc.new_key()})) as issuer:
            good = issuer.token()
            forged = good.rsplit(".", 1)[0] + "." + issuer.token(sub="x").rsplit(".", 1)[1]
            assert client.get_workload_access_token_for_jwt(workloadName="for-users", userToken=good)
            for bad in (forged, issuer.token(exp=1), issuer.token(iss="https://nobody.invalid")):
                with pytest.raises(ClientError):
                    client.get_workload_access_token_for_jwt(workloadName="for-users", userToken=bad)

    def test_an_unknown_identity_has_none(self, vault: Vault) -> None:
        client = vault.client("bedrock-agentcore")
        refused("ResourceNotFoundException", client.get_workload_access_token, workloadName="nobody-at-all")


class TestMachineTokens:
    @pytest.mark.parametrize("method", ["CLIENT_SECRET_BASIC", "CLIENT_SECRET_POST"])
    def test_come_from_the_provider(self, vault: Vault, provider: FakeProvider, method: str) -> None:
        name = f"machine-{method[-4:].lower()}"
        oauth2(vault, name, provider, clientAuthenticationMethod=method)
        token = machine_identity(vault, name)
        answer = vault.client("bedrock-agentcore").get_resource_oauth2_token(
            workloadIdentityToken=token,
            resourceCredentialProviderName=name,
            scopes=["read", "write"],
            oauth2Flow="M2M",
            audiences=["https://api.example.com"],
            customParameters={"extra": "yes", "grant_type": "password"},
        )
        assert answer["accessToken"] == "token-1"
        sent = provider.requests[0]
        assert (sent["grant_type"], sent["scope"], sent["extra"]) == ("client_credentials", "read write", "yes")
        assert sent["audience"] == "https://api.example.com"

    def test_come_from_a_user_pool(self, vault: Vault) -> None:
        cognito = vault.client("cognito-idp")
        pool = cognito.create_user_pool(PoolName="machines")["UserPool"]["Id"]
        scopes = [{"ScopeName": "read", "ScopeDescription": "Read"}]
        cognito.create_resource_server(UserPoolId=pool, Identifier="tools", Name="tools", Scopes=scopes)
        client = cognito.create_user_pool_client(
            UserPoolId=pool,
            ClientName="machine",
            GenerateSecret=True,
            AllowedOAuthFlows=["client_credentials"],
            AllowedOAuthFlowsUserPoolClient=True,
            AllowedOAuthScopes=["tools/read"],
        )["UserPoolClient"]
        issuer = f"https://cognito-idp.{REGION}.amazonaws.com/{pool}"
        discovery = {"discoveryUrl": f"{issuer}/.well-known/openid-configuration"}
        known = {"clientId": client["ClientId"], "clientSecret": client["ClientSecret"], "oauthDiscovery": discovery}
        vault.client("bedrock-agentcore-control").create_oauth2_credential_provider(
            name="pool-machine",
            credentialProviderVendor="CustomOauth2",
            oauth2ProviderConfigInput={"customOauth2ProviderConfig": known},
        )
        answer = vault.client("bedrock-agentcore").get_resource_oauth2_token(
            workloadIdentityToken=machine_identity(vault, "pool-machine"),
            resourceCredentialProviderName="pool-machine",
            scopes=["tools/read"],
            oauth2Flow="M2M",
        )
        rules = {**discovery, "allowedClients": [client["ClientId"]], "allowedScopes": ["tools/read"]}
        assert TokenVerifier(vault.endpoint).verify(f"Bearer {answer['accessToken']}", rules).claims["iss"] == issuer

    def test_a_refusal_of_the_provider_is_told(self, vault: Vault, provider: FakeProvider) -> None:
        oauth2(vault, "wrong-secret", provider, clientSecret="wrong")
        message = refused(
            "ValidationException",
            vault.client("bedrock-agentcore").get_resource_oauth2_token,
            workloadIdentityToken=machine_identity(vault, "wrong-secret"),
            resourceCredentialProviderName="wrong-secret",
            scopes=[],
            oauth2Flow="M2M",
        )
        assert "invalid_client" in message
        assert "wrong" not in message.replace("wrong-secret", "")

    def test_not_without_the_secret(self, vault: Vault, provider: FakeProvider) -> None:
        identity, made = vault.identity("secretless"), oauth2(vault, "secretless", provider)
        client = vault.role("Secretless", tokens(identity), use("GetResourceOauth2Token", identity, made["arn"]))
        token = client.get_workload_access_token(workloadName="secretless")["workloadAccessToken"]
        message = refused(
            "AccessDeniedException",
            client.get_resource_oauth2_token,
            workloadIdentityToken=token,
            resourceCredentialProviderName="secretless",
            scopes=[],
            oauth2Flow="M2M",
        )
        assert "secretsmanager:GetSecretValue" in message
        assert provider.requests == []

    def test_on_behalf_of_is_not_pretended(self, vault: Vault, provider: FakeProvider) -> None:
        oauth2(vault, "on-behalf", provider)
        refused(
            "NotImplementedException",
            vault.client("bedrock-agentcore").get_resource_oauth2_token,
            workloadIdentityToken=machine_identity(vault, "on-behalf"),
            resourceCredentialProviderName="on-behalf",
            scopes=[],
            oauth2Flow="ON_BEHALF_OF_TOKEN_EXCHANGE",
        )


class TestUsersConsent:
    def ask(self, vault: Vault, name: str, user: str, **more: Any) -> dict[str, Any]:
        client = vault.client("bedrock-agentcore")
        token = client.get_workload_access_token_for_user_id(workloadName=name, userId=user)["workloadAccessToken"]
        return dict(
            client.get_resource_oauth2_token(
                workloadIdentityToken=token,
                resourceCredentialProviderName=name,
                scopes=["mail"],
                oauth2Flow="USER_FEDERATION",
                **{"resourceOauth2ReturnUrl": RETURN_URL, **more},
            )
        )

    def visit(self, asked: Mapping[str, Any], code: str = "good") -> httpx.Response:
        """What the provider does with the user's browser."""
        query = parse_qs(urlsplit(asked["authorizationUrl"]).query)
        back = {"code": code, "state": query["state"][0]}
        return httpx.get(query["redirect_uri"][0], params=back, trust_env=False)

    def test_the_whole_way(self, vault: Vault, provider: FakeProvider) -> None:
        oauth2(vault, "mail", provider)
        vault.identity("mail")
        data = vault.client("bedrock-agentcore")
        asked = self.ask(vault, "mail", "ann", customState="s", customParameters={"prompt": "consent"})
        query = parse_qs(urlsplit(asked["authorizationUrl"]).query)
        assert asked["authorizationUrl"].startswith(f"{provider.url}/authorize?")
        assert (query["client_id"], query["scope"], query["prompt"]) == (["vault-client"], ["mail"], ["consent"])

        returned = self.visit(asked)
        back = parse_qs(urlsplit(returned.headers["location"]).query)
        assert returned.headers["location"].startswith(RETURN_URL + "?")
        assert (back["session_id"], back["state"]) == ([asked["sessionUri"]], ["s"])
        assert provider.requests[0]["code_verifier"]
        # Until the application says whose session it was, the token is nobody's.
        assert "accessToken" not in self.ask(vault, "mail", "ann")

        refused(
            "AccessDeniedException",
            data.complete_resource_token_auth,
            sessionUri=asked["sessionUri"],
            userIdentifier={"userId": "bob"},
        )
        data.complete_resource_token_auth(sessionUri=asked["sessionUri"], userIdentifier={"userId": "ann"})

        assert self.ask(vault, "mail", "ann")["accessToken"] == "token-1"
        assert "authorizationUrl" in self.ask(vault, "mail", "bob")
        assert "authorizationUrl" in self.ask(vault, "mail", "ann", forceAuthentication=True)

    def test_a_token_is_of_one_identity(self, vault: Vault, provider: FakeProvider) -> None:
        oauth2(vault, "drive", provider)
        vault.identity("drive")
        vault.identity("drive-2")
        data = vault.client("bedrock-agentcore")
        asked = self.ask(vault, "drive", "ann")
        self.visit(asked)
        data.complete_resource_token_auth(sessionUri=asked["sessionUri"], userIdentifier={"userId": "ann"})
        token = data.get_workload_access_token_for_user_id(workloadName="drive-2", userId="ann")
        answer = data.get_resource_oauth2_token(
            workloadIdentityToken=token["workloadAccessToken"],
            resourceCredentialProviderName="drive",
            scopes=["mail"],
            oauth2Flow="USER_FEDERATION",
        )
        assert "accessToken" not in answer

    def test_a_chosen_id_is_no_verified_user(self, vault: Vault, provider: FakeProvider) -> None:
        oauth2(vault, "photos", provider)
        vault.identity("photos")
        data = vault.client("bedrock-agentcore")
        with oidc.serving(oidc.Issuer({"first": oidc.new_key()})) as issuer:
            user = issuer.token()
            token = data.get_workload_access_token_for_jwt(workloadName="photos", userToken=user)
            asked = data.get_resource_oauth2_token(
                workloadIdentityToken=token["workloadAccessToken"],
                resourceCredentialProviderName="photos",
                scopes=["mail"],
                oauth2Flow="USER_FEDERATION",
            )
            self.visit(asked)
            for chosen in ("user-1", f"{issuer.url}|user-1", f"jwt:{issuer.url}|user-1"):
                refused(
                    "AccessDeniedException",
                    data.complete_resource_token_auth,
                    sessionUri=asked["sessionUri"],
                    userIdentifier={"userId": chosen},
                )
            data.complete_resource_token_auth(sessionUri=asked["sessionUri"], userIdentifier={"userToken": user})
        assert "accessToken" not in self.ask(vault, "photos", "user-1")

    def test_needs_a_user(self, vault: Vault, provider: FakeProvider) -> None:
        oauth2(vault, "userless", provider)
        message = refused(
            "ValidationException",
            vault.client("bedrock-agentcore").get_resource_oauth2_token,
            workloadIdentityToken=machine_identity(vault, "userless"),
            resourceCredentialProviderName="userless",
            scopes=[],
            oauth2Flow="USER_FEDERATION",
        )
        assert "for a user" in message

    def test_returns_to_allowed_addresses_only(self, vault: Vault, provider: FakeProvider) -> None:
        oauth2(vault, "returns", provider)
        vault.identity("returns")
        with pytest.raises(ClientError, match="allowed return URLs"):
            self.ask(vault, "returns", "ann", resourceOauth2ReturnUrl="https://evil.example/")

    def test_a_refused_code_or_an_unknown_state_gives_nothing(self, vault: Vault, provider: FakeProvider) -> None:
        oauth2(vault, "calendar", provider)
        vault.identity("calendar")
        asked = self.ask(vault, "calendar", "ann")
        assert self.visit(asked, code="bad").is_client_error
        unknown = httpx.get(
            f"{vault.endpoint}/identities/oauth2/callback/calendar",
            params={"code": "good", "state": "x"},
            trust_env=False,
        )
        assert unknown.status_code == 404
        refused(
            "ValidationException",
            vault.client("bedrock-agentcore").complete_resource_token_auth,
            sessionUri=asked["sessionUri"],
            userIdentifier={"userId": "ann"},
        )

    def test_an_ended_token_is_refreshed(self, vault: Vault, provider: FakeProvider) -> None:
        provider.expires_in = -1
        oauth2(vault, "contacts", provider)
        vault.identity("contacts")
        asked = self.ask(vault, "contacts", "ann")
        self.visit(asked)
        vault.client("bedrock-agentcore").complete_resource_token_auth(
            sessionUri=asked["sessionUri"], userIdentifier={"userId": "ann"}
        )
        assert self.ask(vault, "contacts", "ann")["accessToken"] == "token-2"
        assert provider.requests[1]["grant_type"] == "refresh_token"


def machine_identity(vault: Vault, name: str) -> str:
    """A token of a new identity, for nobody."""
    vault.identity(name)
    token = vault.client("bedrock-agentcore").get_workload_access_token(workloadName=name)
    return str(token["workloadAccessToken"])


def refused_code(call: Callable[..., object], **parameters: Any) -> str:
    with pytest.raises(ClientError) as error:
        call(**parameters)
    return str(error.value.response["Error"]["Code"])
