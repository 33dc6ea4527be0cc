"""A real emulator and a real AgentCore server, with short ways to make gateways and to talk to them."""

import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import httpx
from botocore.config import Config

from tests.serving import serving
from tests.workbench.local_cloud.emulator.cloud_under_test import (
    ACCOUNT,
    REGION,
    FakeAgentCore,
    chat_endpoint,
    free_port,
    running,
)
from workbench.local_cloud.agentcore.app import AgentCoreServer
from workbench.local_cloud.agentcore.control import ControlPlane
from workbench.local_cloud.agentcore.faults import FaultRoutes
from workbench.local_cloud.agentcore.gateway.plane import GatewayDataPlane
from workbench.local_cloud.agentcore.identity.plane import IdentityDataPlane
from workbench.local_cloud.agentcore.inbound import TokenVerifier
from workbench.local_cloud.agentcore.inbound.keys import Issuers
from workbench.local_cloud.agentcore.memory.plane import MemoryDataPlane
from workbench.local_cloud.agentcore.observing import Observing
from workbench.local_cloud.agentcore.runtimes.authorization import RuntimeAuthorization
from workbench.local_cloud.agentcore.runtimes.code import CodeStore, S3PackageSource
from workbench.local_cloud.agentcore.runtimes.credentials import RoleCredentials
from workbench.local_cloud.agentcore.runtimes.sessions import Sessions
from workbench.local_cloud.cloudformation import ResourceProvider
from workbench.local_cloud.credentials import administrator
from workbench.telemetry.store import Datum

SERVICE = {"Service": "bedrock-agentcore.amazonaws.com"}
ECHO = """
def handler(event, context):
    return {"event": event, "custom": context.client_context.custom if context.client_context else None}
"""
ECHO_TOOL = {
    "name": "echo",
    "description": "Says what it hears",
    "inputSchema": {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]},
}


@dataclass
class GatewayCloud:
    """A running local cloud."""

    endpoint: str
    server_url: str
    access_log: Path
    clients: dict[str, Any] = field(default_factory=dict)
    measured: list[Datum] = field(default_factory=list)

    def values(self, name: str, **dimensions: str) -> list[float]:
        """What was measured of a metric of AgentCore with exactly these dimensions."""
        wanted = ("AWS/Bedrock-AgentCore", name, dimensions)
        return [one.value for one in self.measured if (one.namespace, one.name, one.dimensions) == wanted]

    def client(self, service: str, session: boto3.Session | None = None) -> Any:
        """A client of whatever service; the administrator's by default."""
        if session is None and service in self.clients:
            return self.clients[service]
        keys = administrator()
        known = session or boto3.Session(keys.aws_access_key_id, keys.aws_secret_access_key, region_name=REGION)
        create: Any = known.client
        made = create(service, endpoint_url=self.endpoint, config=Config(retries={"total_max_attempts": 1}))
        return made if session else self.clients.setdefault(service, made)

    @property
    def control(self) -> Any:
        """The control plane."""
        return self.client("bedrock-agentcore-control")

    def role(self, name: str, *statements: Mapping[str, object], principal: Mapping[str, str] = SERVICE) -> str:
        """A role with these permissions, that AgentCore may assume."""
        iam = self.client("iam")
        trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
        self.grant(name, *statements)
        return str(arn)

    def grant(self, role: str, *statements: Mapping[str, object]) -> None:
        """Set what a role may do; without statements, nothing of interest."""
        policy = document(*(statements or (allow("sts:GetCallerIdentity"),)))
        self.client("iam").put_role_policy(RoleName=role, PolicyName="Granted", PolicyDocument=policy)

    def function(self, name: str, code: str = ECHO, role: str | None = None) -> str:
        """A Lambda function."""
        principal = {"Service": "lambda.amazonaws.com"}
        package = io.BytesIO()
        with zipfile.ZipFile(package, "w") as archive:
            archive.writestr("index.py", code)
        made = self.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=role or self.role(f"{name}-function", principal=principal),
            Handler="index.handler",
            Code={"ZipFile": package.getvalue()},
            Timeout=20,
        )
        return str(made["FunctionArn"])

    def gateway(self, name: str, *statements: Mapping[str, object], **settings: object) -> "Gateway":
        """A gateway whose role has these permissions; without an authorizer unless settings name one."""
        role = self.role(f"{name}-gateway", *statements)
        made = self.control.create_gateway(
            **{"name": name, "roleArn": role, "protocolType": "MCP", "authorizerType": "NONE", **settings}
        )
        return Gateway(self, made["gatewayId"], made["gatewayArn"], made["gatewayUrl"], role)

    def reroute(self, addresses: Mapping[str, str]) -> None:
        """Serve addresses elsewhere."""
        httpx.put(f"{self.server_url}/_local/addresses", json=addresses, trust_env=False).raise_for_status()

    def decisions(self, role_arn: str) -> list[dict[str, object]]:
        """What IAM decided on sessions of a role."""
        lines = [json.loads(line) for line in self.access_log.read_text().splitlines()]
        return [line for line in lines if line["role_arn"] == role_arn]


@dataclass
class Gateway:
    """A deployed gateway."""

    cloud: GatewayCloud
    gateway_id: str
    arn: str
    url: str
    role_arn: str

    def target(self, name: str, configuration: Mapping[str, object], **settings: object) -> dict[str, Any]:
        """Add a target; its record with the state it settled in."""
        made: dict[str, Any] = self.cloud.control.create_gateway_target(
            gatewayIdentifier=self.gateway_id, name=name, targetConfiguration={"mcp": configuration}, **settings
        )
        return made

    def lambda_target(
        self, name: str, function_arn: str, tools: Sequence[Mapping[str, object]] = (ECHO_TOOL,), **settings: object
    ) -> dict[str, Any]:
        """Add a Lambda target."""
        schema = {"inlinePayload": list(tools)}
        return self.target(name, {"lambda": {"lambdaArn": function_arn, "toolSchema": schema}}, **settings)

    def update(self, **settings: object) -> None:
        """Change settings of the gateway, keeping the others."""
        names = (
            "name",
            "roleArn",
            "protocolType",
            "authorizerType",
            "protocolConfiguration",
            "authorizerConfiguration",
        )
        known = self.cloud.control.get_gateway(gatewayIdentifier=self.gateway_id)
        kept = {name: known[name] for name in names if name in known}
        self.cloud.control.update_gateway(gatewayIdentifier=self.gateway_id, **{**kept, **settings})

    def post(self, message: object, headers: Mapping[str, str] | None = None, *, query: str = "") -> httpx.Response:
        """Send one HTTP request."""
        accept = {"accept": "application/json, text/event-stream"}
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        with_type = {**accept, "content-type": "application/json", **(headers or {})}
        return httpx.post(self.url + query, content=body, headers=with_type, trust_env=False, timeout=60)

    def rpc(self, method: str, params: Mapping[str, object] | None = None, **headers: str) -> dict[str, Any]:
        """Send one request; the whole answer."""
        message = {"jsonrpc": "2.0", "id": 7, "method": method, "params": params or {}}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer: dict[str, Any] = self.post(message, named).json()
        return answer

    def call(self, tool: str, arguments: Mapping[str, object] | None = None, **headers: str) -> dict[str, Any]:
        """Call a tool; the whole answer."""
        message = {"jsonrpc": "2.0", "id": 7, "method": "tools/call"}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer: dict[str, Any] = self.post(
            {**message, "params": {"name": tool, "arguments": arguments or {}}}, named
        ).json()
        return answer

    def value(self, tool: str, arguments: Mapping[str, object] | None = None, **headers: str) -> Any:
        """Call a tool that has to succeed; what it answered, parsed."""
        answer = self.call(tool, arguments, **headers)
        assert answer.get("result", {}).get("isError") is False, answer
        return json.loads(answer["result"]["content"][0]["text"])

    def tools(self, **headers: str) -> list[str]:
        """Names of the listed tools."""
        return [tool["name"] for tool in self.rpc("tools/list", {}, **headers)["result"]["tools"]]


def document(*statements: Mapping[str, object]) -> str:
    """A policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: str | Sequence[str], resource: str | Sequence[str] = "*") -> dict[str, object]:
    """One statement."""
    return {"Effect": "Allow", "Action": action, "Resource": resource}


@contextmanager
def gateway_cloud(directory: Path) -> Iterator[GatewayCloud]:
    """A local cloud that ends with the block."""
    port = free_port()
    agentcore = FakeAgentCore(url=f"http://127.0.0.1:{port}")
    with serving(chat_endpoint()) as model_url, running(directory, model_url, agentcore) as emulator:
        measured: list[Datum] = []
        server = _server(directory, emulator.endpoint, agentcore.url, Observing(measured.extend))
        with serving(server.application(), port=port):
            yield GatewayCloud(emulator.endpoint, agentcore.url, emulator.access_log, measured=measured)


def _server(directory: Path, emulator_url: str, server_url: str, observing: Observing) -> AgentCoreServer:
    control, credentials, issuers = ControlPlane(emulator_url), RoleCredentials(emulator_url), Issuers(emulator_url)
    tokens = TokenVerifier(emulator_url, issuers=issuers)
    log = directory / "policy-decisions.jsonl"
    gateways = GatewayDataPlane(
        control, credentials, tokens, emulator_url=emulator_url, decision_log=log, observing=observing
    )
    sessions = Sessions(
        gateways.control,
        CodeStore(S3PackageSource(emulator_url), directory / "cache"),
        credentials,
        directory=directory,
        emulator_url=emulator_url,
        server_url=server_url,
    )
    return AgentCoreServer(
        control=gateways.control,
        memory=MemoryDataPlane(gateways.control),
        sessions=sessions,
        credentials=credentials,
        resources=ResourceProvider(gateways.control),
        authorization=RuntimeAuthorization(tokens, emulator_url),
        gateways=gateways,
        identity=IdentityDataPlane(control, tokens, issuers, observing),
        observing=observing,
        more_routes=FaultRoutes(observing.faults, emulator_url).routes(),
    )


__all__ = ["ACCOUNT", "ECHO_TOOL", "REGION", "Gateway", "GatewayCloud", "allow", "gateway_cloud", "serving"]
