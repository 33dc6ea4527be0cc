"""Agents as targets: an MCP server on AgentCore Runtime, called with the gateway's signature."""

import io
import json
import sys
import zipfile
from urllib.parse import quote

import pytest

from tests.workbench.local_cloud.gateway.cloud import Gateway, GatewayCloud, allow

# A whole MCP server in the standard library: agents' environments here hold nothing else, so that tests stay offline.
AGENT = """
import json, os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOOL = {"name": "whoami", "description": "Says who it is", "inputSchema": {"type": "object"}}

class Server(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *args):
        pass

    def reply(self, status, document=None):
        body = b"" if document is None else json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.reply(405)

    def do_POST(self):
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if "id" not in message:
            return self.reply(202)
        if self.path != "/mcp":
            return self.reply(404)
        method = message["method"]
        if method == "initialize":
            result = {"protocolVersion": message["params"]["protocolVersion"], "capabilities": {"tools": {}},
                      "serverInfo": {"name": "agent", "version": "1"}}
        elif method == "tools/list":
            result = {"tools": [TOOL]}
        else:
            said = {"pid": os.getpid(), "session": self.headers["Mcp-Session-Id"],
                    "version": self.headers["Mcp-Protocol-Version"]}
            result = {"content": [{"type": "text", "text": json.dumps(said)}], "isError": False}
        self.reply(200, {"jsonrpc": "2.0", "id": message["id"], "result": result})

ThreadingHTTPServer(("0.0.0.0", 8000), Server).serve_forever()
"""


@pytest.fixture(scope="module")
def agent(cloud: GatewayCloud) -> str:
    """ARN of a runtime with the protocol MCP."""
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("main.py", AGENT)
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="agents")
    s3.put_object(Bucket="agents", Key="agent.zip", Body=package.getvalue())
    role = cloud.role("mcp-agent", allow("s3:GetObject", "arn:aws:s3:::agents/agent.zip"))
    runtime = f"PYTHON_{sys.version_info.major}_{sys.version_info.minor}"
    made = cloud.control.create_agent_runtime(
        agentRuntimeName="mcp_agent",
        agentRuntimeArtifact={
            "codeConfiguration": {
                "code": {"s3": {"bucket": "agents", "prefix": "agent.zip"}},
                "runtime": runtime,
                "entryPoint": ["main.py"],
            }
        },
        roleArn=role,
        networkConfiguration={"networkMode": "PUBLIC"},
        protocolConfiguration={"serverProtocol": "MCP"},
    )
    return str(made["agentRuntimeArn"])


def configuration(agent: str) -> dict[str, object]:
    host = "https://bedrock-agentcore.us-east-1.amazonaws.com"
    return {"mcpServer": {"endpoint": f"{host}/runtimes/{quote(agent, safe='')}/invocations?qualifier=DEFAULT"}}


SIGNED = {
    "credentialProviderConfigurations": [
        {
            "credentialProviderType": "GATEWAY_IAM_ROLE",
            "credentialProvider": {"iamCredentialProvider": {"service": "bedrock-agentcore"}},
        }
    ]
}


@pytest.fixture(scope="module")
def gateway(cloud: GatewayCloud, agent: str) -> Gateway:
    invoke = allow("bedrock-agentcore:InvokeAgentRuntime", [agent, f"{agent}/runtime-endpoint/DEFAULT"])
    made = cloud.gateway("agents", invoke, exceptionLevel="DEBUG")
    target = made.target("Agent", configuration(agent), **SIGNED)
    assert target["status"] == "READY", target
    return made


def test_agents_tools_are_listed_and_called(gateway: Gateway) -> None:
    assert gateway.tools() == ["Agent___whoami"]
    said = gateway.value("Agent___whoami")
    assert said["version"]
    assert len(said["session"]) >= 33


def test_calls_share_one_session_of_the_runtime(gateway: Gateway) -> None:
    assert gateway.value("Agent___whoami")["pid"] == gateway.value("Agent___whoami")["pid"]


def test_gateway_needs_the_right_to_invoke_the_agent(cloud: GatewayCloud, agent: str) -> None:
    gateway = cloud.gateway("no-agents", exceptionLevel="DEBUG")
    failed = gateway.target("Agent", configuration(agent), **SIGNED)
    assert failed["status"] == "FAILED"
    assert "not authorized to perform: bedrock-agentcore:InvokeAgentRuntime" in failed["statusReasons"][0]


def test_unsigned_calls_do_not_reach_the_agent(cloud: GatewayCloud, agent: str) -> None:
    gateway = cloud.gateway("unsigned", allow("bedrock-agentcore:InvokeAgentRuntime"))
    assert gateway.target("Agent", configuration(agent))["status"] == "FAILED"
    assert json.dumps(gateway.tools()) == "[]"
