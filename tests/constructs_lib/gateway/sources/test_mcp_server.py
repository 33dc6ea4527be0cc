import json

import pytest

from constructs_lib.gateway import OutboundAuth, ToolSource
from tests.constructs_lib.gateway.support import ARGUMENTS, api_key, client, rendered, target, target_statements, tool
from tests.constructs_lib.support import stack

URL = "https://mcp.example.com/mcp"


def server(source: ToolSource) -> dict[str, object]:
    found: dict[str, object] = target(rendered(source))["TargetConfiguration"]["Mcp"]["McpServer"]
    return found


def test_the_service_asks_the_server_for_its_tools() -> None:
    source = ToolSource.mcp_server(URL, name="server", outbound=OutboundAuth.none())
    assert server(source) == {"Endpoint": URL}
    assert source.tools == ()


def test_declared_tools_are_all_there_are() -> None:
    source = ToolSource.mcp_server(URL, name="server", outbound=OutboundAuth.none(), tools=[tool()])
    given = server(source)["McpToolSchema"]
    assert json.loads(given["InlinePayload"]) == {  # type: ignore[index]
        "tools": [{"name": "get_order", "description": "Reads an order.", "inputSchema": ARGUMENTS}]
    }


def test_the_role_needs_nothing_but_the_credential() -> None:
    of = rendered(ToolSource.mcp_server(URL, name="server", outbound=OutboundAuth.none()))
    assert not target_statements(of)


@pytest.mark.parametrize("url", ["http://mcp.example.com", "mcp.example.com", ""])
def test_fails_for_a_server_without_tls(url: str) -> None:
    with pytest.raises(ValueError, match="is reached by https"):
        ToolSource.mcp_server(url, name="server", outbound=OutboundAuth.none())


def test_fails_for_a_password_in_the_address_and_does_not_repeat_it() -> None:
    with pytest.raises(ValueError, match="a name or a password in the address of the tool source 'server'") as refused:
        ToolSource.mcp_server("https://me:hunter2@mcp.example.com", name="server", outbound=OutboundAuth.none())
    assert "hunter2" not in str(refused.value)


def test_fails_for_the_gateways_role() -> None:
    with pytest.raises(ValueError, match=r"ToolSource\.agent"):
        ToolSource.mcp_server(URL, name="server", outbound=OutboundAuth.gateway_role(service="execute-api"))


def test_fails_for_users_consent_without_declared_tools() -> None:
    outbound = OutboundAuth.oauth2_of_user(client(stack()), return_url="https://app.example.com")
    with pytest.raises(ValueError, match="would wait until an administrator has signed in there"):
        ToolSource.mcp_server(URL, name="server", outbound=outbound)


def test_githubs_server_is_read_only_by_default() -> None:
    outbound = OutboundAuth.none()
    assert server(ToolSource.github_mcp_server(outbound=outbound))["Endpoint"] == (
        "https://api.githubcopilot.com/mcp/readonly"
    )
    assert server(ToolSource.github_mcp_server(outbound=outbound, read_only=False))["Endpoint"] == (
        "https://api.githubcopilot.com/mcp/"
    )


def test_atlassians_server_takes_a_key() -> None:
    scope = stack()
    source = ToolSource.atlassian_mcp_server(outbound=OutboundAuth.api_key(api_key(scope), prefix="Basic"))
    given = target(rendered(source, scope))
    assert given["TargetConfiguration"]["Mcp"]["McpServer"]["Endpoint"] == "https://mcp.atlassian.com/v1/mcp"
    assert given["Name"] == "atlassian"


def test_the_presets_addresses_and_names_can_be_replaced() -> None:
    url = "https://copilot-api.shop.ghe.com/mcp/"
    source = ToolSource.github_mcp_server(outbound=OutboundAuth.none(), url=url, name="code", read_only=False)
    assert server(source)["Endpoint"] == url
    source = ToolSource.atlassian_mcp_server(outbound=OutboundAuth.none(), url=URL, name="tickets")
    assert server(source)["Endpoint"] == URL
