"""Interceptors: what they see, what they may change, and that nothing passes a failing one."""

import json

import pytest

from tests.workbench.local_cloud.gateway.cloud import Gateway, GatewayCloud, allow
from workbench.local_cloud.agentcore.gateway.server import GENERIC_ERROR

# Does what the tool's argument says, and keeps nothing to itself.
INTERCEPTOR = """
import json

def handler(event, context):
    mcp = event["mcp"]
    body = mcp["gatewayRequest"]["body"]
    arguments = body.get("params", {}).get("arguments", {})
    if "gatewayResponse" in mcp:
        return on_response(event, mcp, arguments)
    wish = arguments.get("text")
    if wish == "fail":
        raise ValueError("refused to think")
    if wish == "garbage":
        return {"answer": 42}
    if wish == "stop":
        answer = {"jsonrpc": "2.0", "id": body["id"], "error": {"code": -1, "message": "stopped"}}
        return output({"transformedGatewayResponse": {"statusCode": 403, "body": answer}})
    if wish == "show":
        body["params"]["arguments"]["text"] = json.dumps(event)
    if wish == "header":
        return output({"transformedGatewayRequest": {"headers": {"X-Tenant": "set"}, "body": body}})
    return output({"transformedGatewayRequest": {"body": body}})

def on_response(event, mcp, arguments):
    response = mcp["gatewayResponse"]
    if arguments.get("text") in ("redact", "stop"):
        response["body"]["seen"] = {"status": response["statusCode"], "version": event["interceptorInputVersion"]}
        return output({"transformedGatewayResponse": {"statusCode": 299, "body": response["body"],
                                                      "headers": {"X-Redacted": "yes"}}})
    return output({"transformedGatewayResponse": response})

def output(mcp):
    return {"interceptorOutputVersion": "1.0", "mcp": mcp}
"""


def made(cloud: GatewayCloud, name: str, points: list[str], *, headers: bool = False, may: bool = True) -> Gateway:
    tool, interceptor = cloud.function(f"{name}-tool"), cloud.function(f"{name}-interceptor", INTERCEPTOR)
    configuration = {
        "interceptor": {"lambda": {"arn": interceptor}},
        "interceptionPoints": points,
        "inputConfiguration": {"passRequestHeaders": headers},
    }
    functions = [tool, interceptor] if may else [tool]
    gateway = cloud.gateway(name, allow("lambda:InvokeFunction", functions), interceptorConfigurations=[configuration])
    gateway.lambda_target("Echo", tool, metadataConfiguration={"allowedRequestHeaders": ["X-Tenant"]})
    return gateway


@pytest.fixture(scope="module")
def gateway(cloud: GatewayCloud) -> Gateway:
    return made(cloud, "intercepted", ["REQUEST", "RESPONSE"])


def test_request_is_seen_without_headers(gateway: Gateway) -> None:
    event = json.loads(gateway.value("Echo___echo", {"text": "show"}, authorization="secret")["event"]["text"])
    assert event["interceptorInputVersion"] == "1.0"
    assert set(event["mcp"]) == {"rawGatewayRequest", "gatewayRequest"}
    assert json.loads(event["mcp"]["rawGatewayRequest"]["body"])["params"]["arguments"] == {"text": "show"}
    seen = event["mcp"]["gatewayRequest"]
    assert (seen["path"], seen["httpMethod"], "headers" in seen) == ("/mcp", "POST", False)


def test_headers_are_passed_where_that_is_set(cloud: GatewayCloud) -> None:
    gateway = made(cloud, "headers", ["REQUEST"], headers=True)
    event = json.loads(gateway.value("Echo___echo", {"text": "show"}, authorization="secret")["event"]["text"])
    assert event["mcp"]["gatewayRequest"]["headers"]["authorization"] == "secret"


def test_request_may_be_changed(gateway: Gateway) -> None:
    heard = gateway.value("Echo___echo", {"text": "header"}, x_tenant="sent")
    assert heard["custom"]["bedrockAgentCorePropagatedHeaders"] == {"x-tenant": "set"}


def test_request_may_be_answered_and_the_answer_is_intercepted_too(gateway: Gateway) -> None:
    params = {"name": "Echo___echo", "arguments": {"text": "stop"}}
    answer = gateway.post({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})
    assert answer.json()["error"]["message"] == "stopped"
    assert answer.json()["seen"] == {"status": 403, "version": "1.0"}


def test_response_may_be_changed(gateway: Gateway) -> None:
    params = {"name": "Echo___echo", "arguments": {"text": "redact"}}
    answer = gateway.post({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})
    assert (answer.status_code, answer.headers["x-redacted"]) == (299, "yes")
    assert answer.json()["seen"] == {"status": 200, "version": "1.0"}


@pytest.mark.parametrize("wish", ["fail", "garbage"])
def test_nothing_passes_an_interceptor_that_fails(gateway: Gateway, wish: str) -> None:
    params = {"name": "Echo___echo", "arguments": {"text": wish}}
    answer = gateway.post({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})
    assert (answer.status_code, answer.json()["error"]) == (500, {"code": -32603, "message": GENERIC_ERROR})


def test_interceptor_is_called_with_the_rights_of_the_gateways_role(cloud: GatewayCloud) -> None:
    gateway = made(cloud, "unentitled", ["REQUEST"], may=False)
    assert gateway.post({"jsonrpc": "2.0", "id": 1, "method": "ping"}).status_code == 500
    denied = [line for line in cloud.decisions(gateway.role_arn) if not line["allowed"]]
    assert [line["action"] for line in denied] == ["lambda:InvokeFunction"]


def test_caller_is_not_told_why_the_role_cannot_be_used(cloud: GatewayCloud) -> None:
    gateway = made(cloud, "untrusted", ["REQUEST"])
    role = cloud.role("untrusting-of-gateways", principal={"Service": "lambda.amazonaws.com"})
    known = cloud.control.get_gateway(gatewayIdentifier=gateway.gateway_id)
    gateway.update(roleArn=role, interceptorConfigurations=known["interceptorConfigurations"])
    answer = gateway.post({"jsonrpc": "2.0", "id": 1, "method": "ping"})
    assert (answer.status_code, answer.json()["error"]) == (500, {"code": -32603, "message": GENERIC_ERROR})
