"""What a test needs to act as users of a deployed chain: tokens, good and bad, and calls with them."""

import base64
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

import boto3
import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.contract.identity_chain.chain import CALLBACK, ENGINEERS, SCOPE
from workbench.conversations.client import new_session_id
from workbench.local_cloud.cloud import LocalCloud
from workbench.local_cloud.credentials import administrator
from workbench.local_cloud.sign_in import code_flow, password_token
from workbench.permissions.access_log import read_decisions
from workbench.permissions.grants import RolePolicies
from workbench.permissions.report import PermissionReport, build_report

PASSWORD = "Correct-Horse-9-Battery"
PEOPLE = {"alice@example.com": True, "bob@example.com": False}
ALICE, BOB = PEOPLE
_SESSION = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"
_TIMEOUT = 60


@dataclass(frozen=True)
class DeployedChain:
    """A chain on the local cloud, with its people made."""

    cloud: LocalCloud
    stack: str

    @cached_property
    def outputs(self) -> Mapping[str, str]:
        found = self.client("cloudformation").describe_stacks(StackName=self.stack)["Stacks"][0]["Outputs"]
        return {each["OutputKey"].removesuffix("Output"): each["OutputValue"] for each in found}

    def client(self, service: str) -> Any:
        keys = administrator()
        session: Any = boto3.Session(keys.aws_access_key_id, keys.aws_secret_access_key, region_name="us-east-1")
        return session.client(service, endpoint_url=self.cloud.endpoint)

    def report(self, role: str) -> PermissionReport:
        """What the role with this in its name may do, and did."""
        iam = self.client("iam")
        (arn,) = [each["Arn"] for each in iam.list_roles()["Roles"] if f"{self.stack}-{role}" in each["RoleName"]]
        decisions = read_decisions(Path(self.cloud.record.access_log), role_arn=arn)
        return build_report(arn, RolePolicies(iam, arn).grants(), decisions)

    def make_people(self) -> None:
        pools, pool = self.client("cognito-idp"), self.outputs["Pool"]
        for email, engineer in PEOPLE.items():
            pools.admin_create_user(
                UserPoolId=pool,
                Username=email,
                MessageAction="SUPPRESS",
                UserAttributes=[{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}],
            )
            pools.admin_set_user_password(UserPoolId=pool, Username=email, Password=PASSWORD, Permanent=True)
            if engineer:
                pools.admin_add_user_to_group(UserPoolId=pool, Username=email, GroupName=ENGINEERS)

    def token(self, email: str = ALICE, *, client: str = "Web") -> str:
        """An access token by the login page, with the scope."""
        scopes = ["openid", SCOPE]
        return code_flow(
            self.cloud.endpoint, self.outputs[client], email, PASSWORD, redirect_uri=CALLBACK, scopes=scopes
        ).access_token

    def token_without_scope(self) -> str:
        """An access token by the API, which gives no scopes of resource servers."""
        outputs = self.outputs
        return password_token(self.cloud.endpoint, outputs["Pool"], outputs["Web"], ALICE, PASSWORD).access_token

    def call_gateway(self, token: str | None, method: str = "tools/list", **params: object) -> httpx.Response:
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        return httpx.post(
            self.outputs["Gateway"], json=body, headers=_headers(token), trust_env=False, timeout=_TIMEOUT
        )

    def call_tool(self, token: str, name: str, headers: Mapping[str, str] | None = None, **arguments: object) -> Any:
        """The tool's answer, or the error."""
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": arguments}}
        answer = httpx.post(
            self.outputs["Gateway"],
            json=body,
            headers={**_headers(token), **(headers or {})},
            trust_env=False,
            timeout=_TIMEOUT,
        ).json()
        if "error" in answer or answer["result"].get("isError"):
            return answer
        return json.loads(answer["result"]["content"][0]["text"])

    def ask(
        self, token: str | None, prompt: str, *, session: str | None = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        arn = quote(self.outputs["Agent"], safe="")
        return httpx.post(
            f"{self.cloud.endpoint}/runtimes/{arn}/invocations",
            json={"prompt": prompt},
            headers={**_headers(token), _SESSION: session or new_session_id(), **(headers or {})},
            trust_env=False,
            timeout=_TIMEOUT,
        )


def subject(token: str) -> str:
    """The `sub` of a token, unverified."""
    return str(claims(token)["sub"])


def claims(token: str) -> dict[str, Any]:
    decoded: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return decoded


def forged(token: str) -> str:
    """The same claims and key id, signed by somebody else."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return jwt.encode(claims(token), key, algorithm="RS256", headers={"kid": jwt.get_unverified_header(token)["kid"]})


def unsigned(token: str) -> str:
    """The same claims with `alg` none and no signature."""
    header = {**jwt.get_unverified_header(token), "alg": "none"}
    encoded = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()
    return f"{encoded}.{token.split('.')[1]}."


def altered(token: str) -> str:
    """Another subject under the original signature."""
    header, _, signature = token.split(".")
    changed = base64.urlsafe_b64encode(json.dumps({**claims(token), "sub": "mallory"}).encode()).rstrip(b"=").decode()
    return f"{header}.{changed}.{signature}"


def short_lived(chain: DeployedChain, seconds: int) -> str:
    """A token of a client whose tokens last for seconds, which the local cloud allows and Amazon Cognito does not."""
    pools, outputs = chain.client("cognito-idp"), chain.outputs
    where = {"UserPoolId": outputs["Pool"], "ClientId": outputs["Web"]}
    before = pools.describe_user_pool_client(**where)["UserPoolClient"]
    kept = {name: value for name, value in before.items() if name in _CLIENT_SETTINGS and value}
    units = {**before["TokenValidityUnits"], "AccessToken": "seconds"}
    pools.update_user_pool_client(**where, **kept | {"AccessTokenValidity": seconds, "TokenValidityUnits": units})
    try:
        return chain.token()
    finally:
        pools.update_user_pool_client(**where, **kept)


def until(condition: Callable[[], bool], *, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def _headers(token: str | None) -> dict[str, str]:
    shown = {"Authorization": f"Bearer {token}"} if token is not None else {}
    return {"Accept": "application/json, text/event-stream", **shown}


_CLIENT_SETTINGS = (
    "ClientName",
    "RefreshTokenValidity",
    "AccessTokenValidity",
    "IdTokenValidity",
    "TokenValidityUnits",
    "ExplicitAuthFlows",
    "SupportedIdentityProviders",
    "CallbackURLs",
    "LogoutURLs",
    "AllowedOAuthFlows",
    "AllowedOAuthScopes",
    "AllowedOAuthFlowsUserPoolClient",
    "PreventUserExistenceErrors",
    "EnableTokenRevocation",
)
