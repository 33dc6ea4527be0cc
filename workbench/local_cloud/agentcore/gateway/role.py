"""AWS calls under a gateway's service role: IAM decides on each, and the permissions report sees it."""

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, cast

import boto3
import httpx
from botocore import xform_name
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.client import BaseClient
from botocore.config import Config
from botocore.credentials import Credentials as SigningCredentials

from workbench.local_cloud.agentcore.gateway.definitions import GatewayDefinition
from workbench.local_cloud.agentcore.runtimes.credentials import Credentials, RoleCredentials
from workbench.local_cloud.agentcore.service import ServiceError

if TYPE_CHECKING:
    from mypy_boto3_bedrock_agentcore import BedrockAgentCoreClient

TIMEOUT_SECONDS = 300.0
"""How long a target may take to answer a call."""

_KEY_ACTIONS = ("kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey")
_CONFIG = Config(
    retries={"total_max_attempts": 1},
    max_pool_connections=200,
    connect_timeout=10,
    read_timeout=TIMEOUT_SECONDS,
    s3={"addressing_style": "path"},
)


class GatewayRole:
    """Clients and signatures of one gateway's service role.

    Args:
        gateway: The gateway.
        credentials: The roles' credentials.
        emulator_url: Where every AWS call goes.
    """

    def __init__(self, gateway: GatewayDefinition, credentials: RoleCredentials, emulator_url: str) -> None:
        self._gateway = gateway
        self._credentials = credentials
        self._emulator_url = emulator_url
        self._token = credentials.token(
            role_arn=gateway.role_arn,
            source_arn=gateway.arn,
            account=gateway.scope.account,
            region=gateway.scope.region,
        )
        self._http = httpx.Client(timeout=TIMEOUT_SECONDS, trust_env=False)
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, str, str], BaseClient] = {}

    @property
    def region(self) -> str:
        """The gateway's region."""
        return self._gateway.scope.region

    def current(self) -> Credentials:
        """Credentials of the role, as the service gets them for this gateway.

        Raises:
            ServiceError: `AccessDeniedException`, if the role's trust policy does not let it.
        """
        found = self._credentials.by_token(self._token)
        if found is None:
            raise ServiceError("InternalServerException", f"no credentials for {self._gateway.role_arn}", 500)
        return found

    def client(self, service: str, region: str = "") -> BaseClient:
        """A boto3 client of a service.

        Args:
            service: Its name in boto3.
            region: The region. Default: the gateway's.

        Raises:
            ServiceError: As `current`.
        """
        current = self.current()
        key = (current.access_key_id, service, region or self.region)
        with self._lock:
            if key not in self._clients:
                # Clients of expired credentials are of no use to anybody.
                self._clients = {k: c for k, c in self._clients.items() if k[0] == current.access_key_id}
                create: Callable[..., BaseClient] = _session(current, key[2]).client
                self._clients[key] = create(service, endpoint_url=self._emulator_url, config=_CONFIG)
            return self._clients[key]

    def call(self, service: str, operation: str, parameters: Mapping[str, object]) -> dict[str, object]:
        """Call one operation of a service.

        Args:
            service: Its name in boto3.
            operation: The operation's API name, for example `GetObject`.
            parameters: Its parameters.

        Raises:
            ServiceError: As `current`.
            ClientError: What the service answered.
            BotoCoreError: If the call cannot be made.
        """
        answer: dict[str, object] = getattr(self.client(service), xform_name(operation))(**parameters)
        return answer

    def identity(self) -> "BedrockAgentCoreClient":
        """AgentCore's data plane, for the token vault."""
        return cast("BedrockAgentCoreClient", self.client("bedrock-agentcore"))

    def signed_headers(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, *, service: str, region: str = ""
    ) -> dict[str, str]:
        """The headers of a request with its Signature Version 4.

        Raises:
            ServiceError: As `current`.
        """
        current = self.current()
        keys = SigningCredentials(current.access_key_id, current.secret_access_key, current.session_token)
        request = AWSRequest(method=method, url=url, data=body, headers=dict(headers))
        SigV4Auth(keys, service, region or self.region).add_auth(request)
        return {str(name): str(value) for name, value in request.headers.items()}

    def check_may(self, checks: Sequence[tuple[str, str]], *, context: Mapping[str, str] | None = None) -> None:
        """Ask IAM whether the role may do what has no API of its own, such as asking a policy engine.

        Args:
            checks: Actions, each with the resource it is checked against.
            context: Condition keys of the request. Default: none.

        Raises:
            ServiceError: `AccessDeniedException`, naming the first action that is not allowed.
        """
        url = f"{self._emulator_url}/_local/authorize"
        asked = [{"action": action, "resource": resource} for action, resource in checks]
        body = json.dumps({"checks": asked, "context": dict(context or {})}).encode()
        headers = self.signed_headers("POST", url, {}, body, service="bedrock-agentcore")
        response = self._http.post(url, content=body, headers=headers)
        if response.is_error:
            raise ServiceError("AccessDeniedException", str(response.json().get("message", response.text)), 403)

    def check_key(self) -> None:
        """Ask IAM whether the role may use the gateway's key. Nothing is encrypted with it here.

        https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-encryption.html

        Raises:
            ServiceError: `AccessDeniedException`, naming the first action that is not allowed.
        """
        if self._gateway.key_arn:
            via = {"kms:ViaService": f"bedrock-agentcore.{self.region}.amazonaws.com"}
            self.check_may([(action, self._gateway.key_arn) for action in _KEY_ACTIONS], context=via)

    def close(self) -> None:
        """Let go of the role's credentials."""
        self._credentials.revoke(self._token)
        self._http.close()


def _session(credentials: Credentials, region: str) -> boto3.session.Session:
    return boto3.session.Session(
        aws_access_key_id=credentials.access_key_id,
        aws_secret_access_key=credentials.secret_access_key,
        aws_session_token=credentials.session_token,
        region_name=region,
    )


class GatewayRoles:
    """The service roles of all gateways.

    Args:
        credentials: The roles' credentials.
        emulator_url: Where every AWS call goes.
    """

    def __init__(self, credentials: RoleCredentials, emulator_url: str) -> None:
        self._credentials = credentials
        self._emulator_url = emulator_url
        self._lock = threading.Lock()
        self._roles: dict[tuple[str, str], GatewayRole] = {}

    def of(self, gateway: GatewayDefinition) -> GatewayRole:
        """The service role of a gateway."""
        key = (gateway.arn, gateway.role_arn)
        with self._lock:
            if key not in self._roles:
                self._roles[key] = GatewayRole(gateway, self._credentials, self._emulator_url)
            return self._roles[key]

    def close(self) -> None:
        """Let go of every role's credentials."""
        with self._lock:
            for role in self._roles.values():
                role.close()
            self._roles.clear()
