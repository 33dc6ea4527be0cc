"""Users of a user pool, from sign-in through a runtime that demands their tokens into the agent."""

import base64
import io
import json
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config

from workbench.conversations.answers import AgentError
from workbench.conversations.client import AgentClient, new_session_id
from workbench.errors import WorkbenchError
from workbench.local_cloud.agents import Access, DeployedAgent
from workbench.local_cloud.cloud import LocalCloud
from workbench.local_cloud.credentials import administrator
from workbench.local_cloud.gateways import find_gateway, find_sign_in
from workbench.local_cloud.users import LOCAL_PASSWORD, Users
from workbench.local_cloud.workspace import DeployedStack, RunningCloud

pytestmark = pytest.mark.local_cloud

ACCOUNT, REGION = "000000000000", "us-east-1"
ACTOR = "X-Amzn-Bedrock-AgentCore-Runtime-Custom-Actor-Id"
CALLBACK = "http://localhost:3000/callback"
# Answers with the headers it got.
AGENT = """
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Agent(BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def answer(self, document):
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer({"status": "Healthy"})

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        heard = {name.lower(): value for name, value in self.headers.items()}
        self.answer({"response": json.dumps(heard), "notices": []})

ThreadingHTTPServer(("0.0.0.0", 8080), Agent).serve_forever()
"""


@dataclass
class Deployed:
    """A user pool and two agents: one behind it, one behind IAM."""

    agent: DeployedAgent
    plain: DeployedAgent
    pool: str
    client_id: str
    session: boto3.Session
    endpoint: str

    def client(self, service: str) -> Any:
        create: Any = self.session.client
        return create(service, endpoint_url=self.endpoint, config=Config(s3={"addressing_style": "path"}, proxies={}))


@pytest.fixture(scope="module")
def deployed(local_cloud: LocalCloud) -> Deployed:
    keys = administrator(ACCOUNT)
    session = boto3.Session(keys.aws_access_key_id, keys.aws_secret_access_key, region_name=REGION)
    made = Deployed(None, None, "", "", session, local_cloud.endpoint)  # type: ignore[arg-type]
    made.pool, made.client_id = _user_pool(made.client("cognito-idp"))
    role = _execution_role(made)
    issuer = f"https://cognito-idp.{REGION}.amazonaws.com/{made.pool}"
    discovery = f"{issuer}/.well-known/openid-configuration"
    authorizer = {
        "discoveryUrl": discovery,
        "allowedClients": [made.client_id],
        "allowedScopes": ["tools/read"],
        "customClaims": [
            {
                "inboundTokenClaimName": "cognito:groups",
                "inboundTokenClaimValueType": "STRING_ARRAY",
                "authorizingClaimMatchValue": {
                    "claimMatchValue": {"matchValueString": "staff"},
                    "claimMatchOperator": "CONTAINS",
                },
            }
        ],
    }
    made.agent = _runtime(made, "signed_in", role, authorizerConfiguration={"customJWTAuthorizer": authorizer})
    made.plain = _runtime(made, "signed", role)
    return made


def _user_pool(cognito: Any) -> tuple[str, str]:
    pool = cognito.create_user_pool(
        PoolName="agents",
        UsernameAttributes=["email"],
        Policies={"PasswordPolicy": {"MinimumLength": 30, "RequireSymbols": True, "RequireUppercase": True}},
    )["UserPool"]["Id"]
    scopes = [{"ScopeName": "read", "ScopeDescription": "Read"}]
    cognito.create_resource_server(UserPoolId=pool, Identifier="tools", Name="tools", Scopes=scopes)
    cognito.create_group(UserPoolId=pool, GroupName="staff")
    client = cognito.create_user_pool_client(
        UserPoolId=pool,
        ClientName="web",
        AllowedOAuthFlows=["code"],
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthScopes=["openid", "tools/read"],
        CallbackURLs=[CALLBACK],
        ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    )
    return pool, client["UserPoolClient"]["ClientId"]


def _execution_role(made: Deployed) -> str:
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "bedrock-agentcore.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    read = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::signed-in-agents/*"}
    iam = made.client("iam")
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    arn = iam.create_role(RoleName="SignedInAgents", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    policy = json.dumps({"Version": "2012-10-17", "Statement": [read]})
    iam.put_role_policy(RoleName="SignedInAgents", PolicyName="Code", PolicyDocument=policy)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("main.py", AGENT)
    s3 = made.client("s3")
    s3.create_bucket(Bucket="signed-in-agents")
    s3.put_object(Bucket="signed-in-agents", Key="agent.zip", Body=buffer.getvalue())
    return str(arn)


def _runtime(made: Deployed, name: str, role: str, **more: object) -> DeployedAgent:
    answer = made.client("bedrock-agentcore-control").create_agent_runtime(
        agentRuntimeName=name,
        agentRuntimeArtifact={
            "codeConfiguration": {
                "code": {"s3": {"bucket": "signed-in-agents", "prefix": "agent.zip"}},
                "runtime": f"PYTHON_{sys.version_info.major}_{sys.version_info.minor}",
                "entryPoint": ["main.py"],
            }
        },
        roleArn=role,
        networkConfiguration={"networkMode": "PUBLIC"},
        requestHeaderConfiguration={"requestHeaderAllowlist": ["Authorization", ACTOR]},
        **more,
    )
    access = Access(made.endpoint, ACCOUNT, REGION)
    return DeployedAgent(name, answer["agentRuntimeId"], answer["agentRuntimeArn"], access)


def heard(client: AgentClient) -> dict[str, str]:
    """The headers that reached the agent."""
    headers: dict[str, str] = json.loads(client.ask("Hello", new_session_id()).text)
    return headers


def claims(header: str) -> Mapping[str, Any]:
    payload = header.split(".")[1]
    parsed: Mapping[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return parsed


def test_the_agent_gets_the_users_token(deployed: Deployed) -> None:
    token = claims(heard(deployed.agent.client_of_user("ann@example.com", ["staff"]))["authorization"])

    user = deployed.client("cognito-idp").admin_get_user(UserPoolId=deployed.pool, Username="ann@example.com")
    attributes = {attribute["Name"]: attribute["Value"] for attribute in user["UserAttributes"]}
    assert (token["sub"], token["cognito:groups"]) == (attributes["sub"], ["staff"])


def test_a_user_keeps_the_identity(deployed: Deployed) -> None:
    subjects = [deployed.agent.sign_in("bob@example.com", ["staff"]).claims["sub"] for _ in range(2)]
    assert subjects[0] == subjects[1] != deployed.agent.sign_in("eve@example.com", ["staff"]).claims["sub"]


def test_an_actor_signs_in_where_the_agent_demands_it(deployed: Deployed) -> None:
    deployed.agent.sign_in("cid@example.com", ["staff"])
    headers = heard(deployed.agent.client("cid"))
    assert headers["authorization"].startswith("Bearer ")
    assert ACTOR.lower() not in headers


def test_a_user_outside_the_group_is_refused(deployed: Deployed) -> None:
    with pytest.raises(AgentError, match="cognito:groups"):
        deployed.agent.client_of_user("outsider@example.com").ask("Hello", new_session_id())


def test_a_signature_is_refused(deployed: Deployed) -> None:
    administrators = AgentClient(deployed.agent.access.data(), deployed.agent.arn)
    with pytest.raises(AgentError, match="Authorization method mismatch"):
        administrators.ask("Hello", new_session_id())


def test_the_agent_gets_a_workload_token_for_the_user(deployed: Deployed) -> None:
    token = heard(deployed.agent.client_of_user("dot@example.com", ["staff"]))["workloadaccesstoken"]
    said = claims(token)
    assert said["user"].endswith("|" + str(deployed.agent.sign_in("dot@example.com").claims["sub"]))
    made = deployed.client("bedrock-agentcore-control").create_api_key_credential_provider(name="users-key", apiKey="k")
    answer = deployed.client("bedrock-agentcore").get_resource_api_key(
        workloadIdentityToken=token, resourceCredentialProviderName=made["name"]
    )
    assert answer["apiKey"] == "k"


def test_without_a_user_there_is_no_workload_token(deployed: Deployed) -> None:
    headers = heard(deployed.plain.client("ann"))
    assert headers[ACTOR.lower()] == "ann"
    assert not {"workloadaccesstoken", "authorization"} & headers.keys()


def test_an_agent_behind_iam_takes_no_users(deployed: Deployed) -> None:
    with pytest.raises(WorkbenchError, match="leave --user out"):
        deployed.plain.client_of_user("ann@example.com")


def test_an_unknown_group_is_named_with_those_there_are(deployed: Deployed) -> None:
    with pytest.raises(WorkbenchError, match="no group 'bosses'; groups are: staff"):
        deployed.agent.sign_in("ann@example.com", ["bosses"])


def test_a_user_with_a_password_of_its_own(deployed: Deployed) -> None:
    cognito = deployed.client("cognito-idp")
    cognito.admin_create_user(UserPoolId=deployed.pool, Username="own@example.com", TemporaryPassword="Own-1" * 8)
    with pytest.raises(WorkbenchError, match=LOCAL_PASSWORD):
        deployed.agent.sign_in("own@example.com")


def test_users_elsewhere_cannot_be_signed_in(deployed: Deployed) -> None:
    okta = {"discoveryUrl": "https://example.okta.com/.well-known/openid-configuration", "allowedClients": ["a"]}
    with pytest.raises(WorkbenchError, match=r"okta\.com.*not on the local cloud"):
        Users(deployed.endpoint, ACCOUNT).sign_in(okta, "ann@example.com")


def test_the_hosted_pages_are_listed(deployed: Deployed) -> None:
    pages = [page for page in Users(deployed.endpoint, ACCOUNT).pages(REGION) if deployed.client_id in page.url]
    assert [(page.pool, page.client) for page in pages] == [("agents", "web")]
    assert "Sign in" in httpx.get(pages[0].url, trust_env=False).text


def test_a_tenant_is_in_the_token_where_users_have_tenants(deployed: Deployed) -> None:
    cognito = deployed.client("cognito-idp")
    with pytest.raises(WorkbenchError, match="leave --tenant out"):
        deployed.agent.sign_in("kim@example.com", tenant="acme")
    cognito.add_custom_attributes(
        UserPoolId=deployed.pool, CustomAttributes=[{"Name": "tenant", "AttributeDataType": "String", "Mutable": True}]
    )
    deployed.agent.sign_in("kim@example.com", tenant="acme")
    user = cognito.admin_get_user(UserPoolId=deployed.pool, Username="kim@example.com")
    assert {"Name": "custom:tenant", "Value": "acme"} in user["UserAttributes"]


def test_a_gateway_signs_in_its_users(deployed: Deployed) -> None:
    control = deployed.client("bedrock-agentcore-control")
    authorizer = deployed.agent.authorizer()
    role = deployed.agent.role_arn()
    for name, more in (
        ("of-users", {"authorizerType": "CUSTOM_JWT", "authorizerConfiguration": {"customJWTAuthorizer": authorizer}}),
        ("of-roles", {"authorizerType": "AWS_IAM"}),
        (f"{deployed.plain.name}-tools".replace("_", "-"), {"authorizerType": "AWS_IAM"}),
    ):
        control.create_gateway(name=name, roleArn=role, protocolType="MCP", **more)
    stacks = (DeployedStack("any", ACCOUNT, REGION),)
    cloud = RunningCloud(1, 0.0, deployed.endpoint, "", "", "", stacks)
    users, roles = find_gateway(cloud, "users"), find_gateway(cloud, "of-roles")
    assert users is not None
    assert users.url.endswith("/mcp")
    assert users.sign_in("lea@example.com", ["staff"]).claims["cognito:groups"] == ["staff"]
    assert roles is not None
    with pytest.raises(WorkbenchError, match="of-roles takes no users' tokens"):
        roles.sign_in("lea@example.com")
    assert find_gateway(cloud, "of-") is None
    assert find_gateway(cloud, "nobody") is None
    part = deployed.plain.name[:-1]
    assert find_sign_in(cloud, "of-users") == users
    assert find_sign_in(cloud, deployed.plain.name) == deployed.plain
    assert find_sign_in(cloud, part).name == f"{deployed.plain.name}-tools"
    with pytest.raises(WorkbenchError, match=r"no agent is called 'nobody'.*gateways: .*of-roles, of-users"):
        find_sign_in(cloud, "nobody")
