"""Lambda targets: what the handler gets, under whose rights it is called, and what callers learn of failures."""

import json

import pytest

from tests.workbench.local_cloud.gateway.cloud import ACCOUNT, ECHO_TOOL, REGION, Gateway, GatewayCloud, allow
from workbench.local_cloud.agentcore.gateway.server import GENERIC_ERROR

FAILING = "def handler(event, context):\n    raise ValueError('the stock is empty')\n"
COUNT = "def handler(event, context):\n    return {'count': len(event['text'])}\n"


@pytest.fixture(scope="module")
def gateway(cloud: GatewayCloud) -> Gateway:
    function = cloud.function("context")
    made = cloud.gateway("context", allow("lambda:InvokeFunction", function))
    metadata = {"allowedRequestHeaders": ["X-Tenant"], "allowedQueryParameters": ["version"]}
    made.lambda_target("Echo", function, metadataConfiguration=metadata)
    return made


def test_handler_gets_arguments_as_event_and_the_rest_in_its_client_context(gateway: Gateway) -> None:
    heard = gateway.value("Echo___echo", {"text": "hi"})
    assert heard["event"] == {"text": "hi"}
    custom = heard["custom"]
    assert custom["bedrockAgentCoreToolName"] == "Echo___echo"
    assert custom["bedrockAgentCoreGatewayId"] == gateway.gateway_id
    assert custom["bedrockAgentCoreMessageVersion"] == "1.0"
    assert custom["bedrockAgentCoreMcpMessageId"] == 7
    assert custom["bedrockAgentCoreAwsRequestId"]
    targets = gateway.cloud.control.list_gateway_targets(gatewayIdentifier=gateway.gateway_id)["items"]
    assert custom["bedrockAgentCoreTargetId"] == targets[0]["targetId"]


def test_only_allowed_headers_and_query_parameters_are_handed_on(gateway: Gateway) -> None:
    params = {"name": "Echo___echo", "arguments": {"text": ""}}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    answer = gateway.post(message, {"x-tenant": "blue", "x-other": "red"}, query="?version=2&secret=1").json()
    custom = json.loads(answer["result"]["content"][0]["text"])["custom"]
    assert custom["bedrockAgentCorePropagatedHeaders"] == {"x-tenant": "blue"}
    assert custom["bedrockAgentCorePropagatedQueryParameters"] == {"version": "2"}


def test_function_is_called_with_the_rights_of_the_gateways_role(cloud: GatewayCloud) -> None:
    function = cloud.function("rights")
    gateway = cloud.gateway("rights")
    gateway.lambda_target("Echo", function)
    refused = gateway.call("Echo___echo", {"text": "hi"})["result"]
    assert (refused["isError"], refused["content"][0]["text"]) == (True, GENERIC_ERROR)
    cloud.grant("rights-gateway", allow("lambda:InvokeFunction", function))
    assert gateway.value("Echo___echo", {"text": "hi"})["event"] == {"text": "hi"}
    decisions = [(line["action"], line["allowed"]) for line in cloud.decisions(gateway.role_arn)]
    assert decisions == [("lambda:InvokeFunction", False), ("lambda:InvokeFunction", True)]


def test_role_that_does_not_trust_agentcore_cannot_be_used(cloud: GatewayCloud) -> None:
    function = cloud.function("untrusting")
    role = cloud.role("untrusting", allow("lambda:InvokeFunction"), principal={"Service": "lambda.amazonaws.com"})
    gateway = cloud.gateway("untrusting", roleArn=role, exceptionLevel="DEBUG")
    gateway.lambda_target("Echo", function)
    refused = gateway.call("Echo___echo", {"text": "hi"})["result"]
    assert refused["isError"]
    assert "does not let bedrock-agentcore.amazonaws.com assume it" in refused["content"][0]["text"]


def test_details_of_a_failure_are_for_the_debug_level_only(cloud: GatewayCloud) -> None:
    function = cloud.function("failing", FAILING)
    gateway = cloud.gateway("failing", allow("lambda:InvokeFunction", function))
    gateway.lambda_target("Stock", function)
    assert gateway.call("Stock___echo")["result"]["content"][0]["text"] == GENERIC_ERROR
    gateway.update(exceptionLevel="DEBUG")
    detailed = gateway.call("Stock___echo")["result"]
    assert detailed["isError"]
    assert "the stock is empty" in detailed["content"][0]["text"]


def test_described_results_are_structured(cloud: GatewayCloud) -> None:
    function = cloud.function("structured", COUNT)
    gateway = cloud.gateway("structured", allow("lambda:InvokeFunction", function))
    output = {"type": "object", "properties": {"count": {"type": "integer"}}}
    gateway.lambda_target("Count", function, [{**ECHO_TOOL, "outputSchema": output}])
    assert gateway.rpc("tools/list")["result"]["tools"][0]["outputSchema"] == output
    assert gateway.call("Count___echo", {"text": "abc"})["result"]["structuredContent"] == {"count": 3}


def test_tool_schema_may_lie_in_s3(cloud: GatewayCloud) -> None:
    function = cloud.function("schema")
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="schemas")
    s3.put_object(Bucket="schemas", Key="tools.json", Body=json.dumps([ECHO_TOOL]))
    schema = {"lambda": {"lambdaArn": function, "toolSchema": {"s3": {"uri": "s3://schemas/tools.json"}}}}
    gateway = cloud.gateway("schema", allow("lambda:InvokeFunction", function))
    failed = gateway.target("Unread", schema)
    assert failed["status"] == "FAILED"
    assert "AccessDenied" in failed["statusReasons"][0]
    cloud.grant("schema-gateway", allow("s3:GetObject", "arn:aws:s3:::schemas/tools.json"))
    assert gateway.target("Read", schema)["status"] == "READY"
    assert gateway.tools() == ["Read___echo"]


def test_two_tools_of_one_name_are_refused(cloud: GatewayCloud) -> None:
    gateway = cloud.gateway("twice")
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:twice"
    failed = gateway.lambda_target("Echo", function, [ECHO_TOOL, ECHO_TOOL])
    assert (failed["status"], "more than one tool named echo" in failed["statusReasons"][0]) == ("FAILED", True)
    assert gateway.tools() == []


def test_role_needs_the_gateways_key(cloud: GatewayCloud) -> None:
    function = cloud.function("keyed")
    key = cloud.client("kms").create_key()["KeyMetadata"]["Arn"]
    gateway = cloud.gateway("encrypted", allow("lambda:InvokeFunction", function), kmsKeyArn=key)
    failed = gateway.lambda_target("Locked", function)
    assert (failed["status"], "kms:CreateGrant" in failed["statusReasons"][0]) == ("FAILED", True), failed
    via = {"StringEquals": {"kms:ViaService": f"bedrock-agentcore.{REGION}.amazonaws.com"}}
    actions = ["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"]
    cloud.grant(
        "encrypted-gateway", allow("lambda:InvokeFunction", function), {**allow(actions, key), "Condition": via}
    )
    assert gateway.lambda_target("Open", function)["status"] == "READY"
    assert gateway.value("Open___echo", {"text": "hi"})["event"] == {"text": "hi"}
