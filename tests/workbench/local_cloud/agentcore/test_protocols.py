"""Agents that speak another protocol than HTTP: where they are reached, and what names their session."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.workbench.local_cloud.agentcore.conftest import AGENT, ARN, FakeEmulator, Server, package

SESSION = "session-0123456789-0123456789-0123456789"


def deployed(server: Server, emulator: FakeEmulator, protocol: str, port: int) -> None:
    """An agent that speaks a protocol, and listens on a port."""
    code = AGENT.replace('"0.0.0.0", 8080', f'"0.0.0.0", {port}')
    emulator.objects["code/agent-1.zip"] = package({"main.py": code})
    server.control.deploy("1", protocolConfiguration={"serverProtocol": protocol})


def invoke(server: Server, **parameters: str) -> tuple[dict[str, Any], dict[str, Any]]:
    answer: dict[str, Any] = dict(
        server.client().invoke_agent_runtime(agentRuntimeArn=ARN, payload=b'{"prompt": "hello"}', **parameters)
    )
    return answer, json.loads(answer["response"].read())


@pytest.mark.parametrize(
    ("protocol", "port", "path"),
    [("HTTP", 8080, "/invocations"), ("AGUI", 8080, "/invocations"), ("MCP", 8000, "/mcp"), ("A2A", 9000, "/")],
)
def test_each_protocol_has_its_port_and_path(
    make_server: Callable[..., Server], emulator: FakeEmulator, protocol: str, port: int, path: str
) -> None:
    server = make_server()
    deployed(server, emulator, protocol, port)
    _, heard = invoke(server, runtimeSessionId=SESSION)
    assert heard["path"] == path


def test_an_mcp_servers_session_header_names_the_runtimes_session(
    make_server: Callable[..., Server], emulator: FakeEmulator
) -> None:
    server = make_server()
    deployed(server, emulator, "MCP", 8000)
    first, heard = invoke(server)
    assert first["mcpSessionId"] == first["runtimeSessionId"] == heard["headers"]["mcp-session-id"]
    again, told = invoke(server, mcpSessionId=first["mcpSessionId"], mcpProtocolVersion="2025-06-18")
    assert (again["runtimeSessionId"], told["pid"]) == (first["runtimeSessionId"], heard["pid"])
    assert told["headers"]["mcp-protocol-version"] == "2025-06-18"


def test_other_agents_have_no_mcp_session(make_server: Callable[..., Server]) -> None:
    answer, heard = invoke(make_server(), mcpSessionId=SESSION)
    assert answer["runtimeSessionId"] != SESSION
    assert "mcpSessionId" not in answer
    assert "mcp-session-id" not in heard["headers"]


def test_an_agent_on_another_protocols_port_is_not_ready(
    make_server: Callable[..., Server], emulator: FakeEmulator
) -> None:
    server = make_server(start_seconds=1.0)
    deployed(server, emulator, "MCP", 9999)
    with pytest.raises(ClientError, match=r"did not answer GET /mcp on port 8000 within 1 s"):
        invoke(server)
