"""AgentCoreChecks over a large template."""

import json
import statistics
from typing import Any

from benchmarks.table import Row
from benchmarks.timing import seconds
from constructs_lib.safety.rules import RULES, Settings, check_template

RESOURCES = 500
AGENTS = 20
RUNS = 5


def measure() -> list[Row]:
    """A template of 500 resources, as many as CloudFormation takes, all of them AgentCore's or about it."""
    template = large_template()
    settings = Settings(production=["*"], permissions_boundary=True, guardrail=True)
    findings = check_template(template, settings=settings)
    if not findings:
        raise AssertionError("the measured template should have findings")
    times = [seconds(lambda: check_template(template, settings=settings)) for _ in range(RUNS)]
    how = f"{len(RULES)} rules, {len(template['Resources'])} resources, {len(findings)} findings; median of {RUNS}"
    return [Row("AgentCoreChecks over one template", statistics.median(times), "s", 1, how)]


def large_template() -> dict[str, Any]:
    """20 agents with 25 resources each: role, policies, runtime, endpoints, memory, gateway, targets, logs."""
    resources = {key: each for number in range(AGENTS) for key, each in _agent(number).items()}
    if len(resources) != RESOURCES:
        raise AssertionError(f"{len(resources)} resources, expected {RESOURCES}")
    document: dict[str, Any] = json.loads(json.dumps({"Resources": resources}))
    return document


def _agent(number: int) -> dict[str, object]:
    n = f"Agent{number}"
    trust = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": "bedrock-agentcore.amazonaws.com"},
        "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
    }
    statement = {
        "Effect": "Allow",
        "Action": ["bedrock:InvokeModel"],
        "Resource": _arn("bedrock", "foundation-model/a"),
    }
    policies = {
        f"{n}Policy{each}": _resource(
            "AWS::IAM::ManagedPolicy", Roles=[{"Ref": f"{n}Role"}], PolicyDocument={"Statement": [statement] * 10}
        )
        for each in range(2)
    }
    targets = {
        f"{n}Target{each}": _resource(
            "AWS::BedrockAgentCore::GatewayTarget",
            Name=f"target{each}",
            GatewayIdentifier=_attribute(f"{n}Gateway", "GatewayIdentifier"),
            CredentialProviderConfigurations=[{"CredentialProviderType": "GATEWAY_IAM_ROLE"}],
            TargetConfiguration={"Mcp": {"Lambda": {"LambdaArn": _arn("lambda", "function:f"), "ToolSchema": {}}}},
        )
        for each in range(8)
    }
    cedar = 'permit(principal, action == AgentCore::Action::"target0___find", resource);'
    rules = {
        f"{n}Rule{each}": _resource(
            "AWS::BedrockAgentCore::Policy",
            Name=f"rule{each}",
            PolicyEngineId=_attribute(f"{n}Engine", "PolicyEngineId"),
            Definition={"Cedar": {"Statement": cedar}},
        )
        for each in range(5)
    }
    return {
        f"{n}Role": _resource("AWS::IAM::Role", AssumeRolePolicyDocument={"Statement": [trust]}),
        **policies,
        f"{n}Runtime": _resource(
            "AWS::BedrockAgentCore::Runtime",
            AgentRuntimeName=f"agent{number}",
            RoleArn=_attribute(f"{n}Role"),
            EnvironmentVariables={f"VARIABLE_{each}": "value" for each in range(20)},
        ),
        f"{n}Endpoint": _resource(
            "AWS::BedrockAgentCore::RuntimeEndpoint",
            Name="live",
            AgentRuntimeId=_attribute(f"{n}Runtime", "AgentRuntimeId"),
        ),
        f"{n}Memory": _resource("AWS::BedrockAgentCore::Memory", Name=f"memory{number}", EventExpiryDuration=30),
        f"{n}Gateway": _resource(
            "AWS::BedrockAgentCore::Gateway",
            Name=f"gateway{number}",
            AuthorizerType="AWS_IAM",
            RoleArn=_attribute(f"{n}Role"),
        ),
        f"{n}Engine": _resource("AWS::BedrockAgentCore::PolicyEngine", Name=f"engine{number}"),
        **targets,
        **rules,
        f"{n}Group": _resource("AWS::Logs::LogGroup", LogGroupName=f"/aws/vendedlogs/bedrock-agentcore/{number}"),
        f"{n}Source": _resource(
            "AWS::Logs::DeliverySource",
            LogType="APPLICATION_LOGS",
            ResourceArn=_attribute(f"{n}Runtime", "AgentRuntimeArn"),
        ),
        f"{n}Destination": _resource("AWS::Logs::DeliveryDestination", DestinationResourceArn=_attribute(f"{n}Group")),
        f"{n}Delivery": _resource(
            "AWS::Logs::Delivery",
            DeliverySourceName={"Ref": f"{n}Source"},
            DeliveryDestinationArn=_attribute(f"{n}Destination"),
        ),
    }


def _resource(type: str, **properties: object) -> dict[str, object]:
    return {"Type": type, "Properties": properties}


def _attribute(logical_id: str, name: str = "Arn") -> dict[str, list[str]]:
    return {"Fn::GetAtt": [logical_id, name]}


def _arn(service: str, resource: str) -> dict[str, list[object]]:
    parts: list[object] = ["arn", {"Ref": "AWS::Partition"}, service, {"Ref": "AWS::Region"}, "", resource]
    return {"Fn::Join": [":", parts]}
