"""Gateways by CloudFormation: a stack deploys, changes and goes; one that cannot work fails and leaves nothing."""

import json
import time
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from tests.workbench.local_cloud.gateway.cloud import ECHO_TOOL, Gateway, GatewayCloud

TOOL = {
    "Name": ECHO_TOOL["name"],
    "Description": ECHO_TOOL["description"],
    "InputSchema": {"Type": "object", "Properties": {"text": {"Type": "string"}}, "Required": ["text"]},
}


def role(service: str, *actions: str) -> dict[str, object]:
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    allowed = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    policies = [{"PolicyName": "Granted", "PolicyDocument": {"Version": "2012-10-17", "Statement": [allowed]}}]
    document = {"Version": "2012-10-17", "Statement": [trust]}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": document, **({"Policies": policies} if actions else {})},
    }


def template(tool: Mapping[str, object], target: Mapping[str, object] | None = None) -> dict[str, Any]:
    evaluate = ["AuthorizeAction", "PartiallyAuthorizeActions", "GetPolicyEngine"]
    schema = {"ToolSchema": {"InlinePayload": [tool]}}
    in_lambda = {"Lambda": {"LambdaArn": {"Fn::GetAtt": ["Function", "Arn"]}, **schema}}
    statement = (
        f'permit (principal, action == AgentCore::Action::"Echo___{tool["Name"]}",'
        ' resource == AgentCore::Gateway::"${Gateway.GatewayArn}");'
    )
    resources = {
        "FunctionRole": role("lambda.amazonaws.com"),
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Runtime": "python3.13",
                "Handler": "index.handler",
                "Role": {"Fn::GetAtt": ["FunctionRole", "Arn"]},
                "Code": {"ZipFile": "def handler(event, context):\n    return event\n"},
            },
        },
        "GatewayRole": role(
            "bedrock-agentcore.amazonaws.com",
            "lambda:InvokeFunction",
            *(f"bedrock-agentcore:{action}" for action in evaluate),
        ),
        "Engine": {"Type": "AWS::BedrockAgentCore::PolicyEngine", "Properties": {"Name": "stack_engine"}},
        "Gateway": {
            "Type": "AWS::BedrockAgentCore::Gateway",
            "Properties": {
                "Name": "stack",
                "RoleArn": {"Fn::GetAtt": ["GatewayRole", "Arn"]},
                "ProtocolType": "MCP",
                "AuthorizerType": "NONE",
                "PolicyEngineConfiguration": {"Arn": {"Fn::GetAtt": ["Engine", "PolicyEngineArn"]}, "Mode": "ENFORCE"},
            },
        },
        "Target": {
            "Type": "AWS::BedrockAgentCore::GatewayTarget",
            "Properties": {
                "Name": "Echo",
                "GatewayIdentifier": {"Fn::GetAtt": ["Gateway", "GatewayIdentifier"]},
                "TargetConfiguration": {"Mcp": target or in_lambda},
            },
        },
        "Policy": {
            "Type": "AWS::BedrockAgentCore::Policy",
            "DependsOn": "Target",
            "Properties": {
                "Name": "permit_echo",
                "PolicyEngineId": {"Fn::GetAtt": ["Engine", "PolicyEngineId"]},
                "Definition": {"Cedar": {"Statement": {"Fn::Sub": statement}}},
            },
        },
    }
    outputs = {"Url": {"Value": {"Fn::GetAtt": ["Gateway", "GatewayUrl"]}}}
    return {"Resources": resources, "Outputs": outputs}


def deploy(cloud: GatewayCloud, name: str, body: dict[str, Any], *, update: bool = False) -> dict[str, Any]:
    """Create or update a stack; its state when it is done."""
    client = cloud.client("cloudformation")
    operation = client.update_stack if update else client.create_stack
    operation(StackName=name, TemplateBody=json.dumps(body), Capabilities=["CAPABILITY_IAM"])
    return settled(cloud, name)


def settled(cloud: GatewayCloud, name: str) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        stack: dict[str, Any] = cloud.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
        if not stack["StackStatus"].endswith("IN_PROGRESS"):
            return stack
        time.sleep(0.05)
    raise AssertionError(f"{name} does not settle")


@pytest.fixture
def clean(cloud: GatewayCloud) -> None:
    """Leaves the names free for the next test."""
    for gateway in cloud.control.list_gateways()["items"]:
        assert gateway["name"] != "stack"


def test_stack_deploys_changes_and_goes(cloud: GatewayCloud, clean: None) -> None:
    made = deploy(cloud, "tools", template(TOOL))
    assert made["StackStatus"] == "CREATE_COMPLETE", made
    url = made["Outputs"][0]["OutputValue"]
    gateway = Gateway(cloud, url.split("/")[-2], "", url, "")
    assert gateway.tools() == ["Echo___echo"]
    assert gateway.value("Echo___echo", {"text": "hi"}) == {"text": "hi"}

    changed = deploy(cloud, "tools", template({**TOOL, "Name": "say"}), update=True)
    assert changed["StackStatus"] == "UPDATE_COMPLETE", changed
    assert gateway.tools() == ["Echo___say"]
    assert gateway.value("Echo___say", {"text": "hi"}) == {"text": "hi"}

    cloud.client("cloudformation").delete_stack(StackName="tools")
    deadline = time.monotonic() + 30
    while gateway.post({"jsonrpc": "2.0", "id": 1, "method": "ping"}).status_code != 404:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    settle_deleted(cloud, "tools")


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ({"McpServer": {"Endpoint": "https://nowhere.example.com/mcp"}}, "did not stabilize: it is FAILED"),
        ({"OpenApiSchema": {"InlinePayload": "{}"}}, "not OpenAPI"),
    ],
)
def test_stack_with_a_target_that_cannot_work_fails_and_leaves_nothing(
    cloud: GatewayCloud, clean: None, target: Mapping[str, object], reason: str
) -> None:
    cloud.reroute({"https://nowhere.example.com": "http://127.0.0.1:9"})
    failed = deploy(cloud, "broken", template(TOOL, target))
    assert failed["StackStatus"] == "ROLLBACK_COMPLETE", failed
    events = cloud.client("cloudformation").describe_stack_events(StackName="broken")["StackEvents"]
    assert any(reason in event.get("ResourceStatusReason", "") for event in events), events
    assert not [one for one in cloud.control.list_gateways()["items"] if one["name"] == "stack"]
    cloud.client("cloudformation").delete_stack(StackName="broken")
    settle_deleted(cloud, "broken")


def test_policy_for_a_tool_that_is_not_there_fails_the_stack(cloud: GatewayCloud, clean: None) -> None:
    body = template(TOOL)
    statement = body["Resources"]["Policy"]["Properties"]["Definition"]["Cedar"]["Statement"]
    statement["Fn::Sub"] = statement["Fn::Sub"].replace("Echo___echo", "Echo___shout")
    failed = deploy(cloud, "unfit", body)
    assert failed["StackStatus"] == "ROLLBACK_COMPLETE", failed
    cloud.client("cloudformation").delete_stack(StackName="unfit")
    settle_deleted(cloud, "unfit")


def settle_deleted(cloud: GatewayCloud, name: str) -> None:
    """Wait until a stack is gone."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        listed = cloud.client("cloudformation").list_stacks()["StackSummaries"]
        if all(stack["StackStatus"] == "DELETE_COMPLETE" for stack in listed if stack["StackName"] == name):
            return
        time.sleep(0.05)
    raise AssertionError(f"{name} is still there")


def test_deployment_report_says_what_is_real(cloud: GatewayCloud, clean: None) -> None:
    deploy(cloud, "reported", template(TOOL))
    listed = httpx.get(f"{cloud.endpoint}/_local/resources", trust_env=False).json()
    kinds = {row["type"].rpartition("::")[2]: row["kind"] for row in listed if "/reported/" in row["stack_id"]}
    assert kinds == {"PolicyEngine": "real", "Gateway": "real", "GatewayTarget": "real", "Policy": "real"}
    cloud.client("cloudformation").delete_stack(StackName="reported")
    settle_deleted(cloud, "reported")
