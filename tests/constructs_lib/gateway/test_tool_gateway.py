import json
from functools import partial
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import RemovalPolicy, assertions
from aws_cdk import aws_bedrockagentcore as agentcore
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs

from constructs_lib.gateway import CallerIdentity, Interceptor, OutboundAuth, ToolGateway, ToolSource
from tests.constructs_lib.gateway.support import (
    AUTHORIZER,
    GATEWAY,
    POLICY,
    TARGET,
    api_key,
    client,
    function,
    lambda_source,
    picked,
    target_statements,
    tool,
)
from tests.constructs_lib.lint import complaints
from tests.constructs_lib.nag import findings
from tests.constructs_lib.roundtrips import counted
from tests.constructs_lib.support import (
    actions,
    agent,
    app_in,
    cycle,
    only,
    references,
    resources,
    stack,
    statements,
    template,
    text,
)

MAX_ROUND_TRIPS = 60


def gateway(scope: cdk.Stack, **props: Any) -> ToolGateway:
    return ToolGateway(
        scope, "Gateway", **(props if "sources" in props else {**props, "sources": [lambda_source(scope)]})
    )


def properties(scope: cdk.Stack) -> dict[str, Any]:
    found: dict[str, Any] = only(template(scope), GATEWAY)["Properties"]
    return found


def test_speaks_mcp_searches_semantically_and_is_opened_by_iam_by_default() -> None:
    scope = stack()
    made = gateway(scope)
    given = properties(scope)
    assert given["ProtocolType"] == "MCP"
    assert given["ProtocolConfiguration"] == {
        "Mcp": {"SearchType": "SEMANTIC", "SupportedVersions": ["2025-11-25", "2025-06-18", "2025-03-26"]}
    }
    assert given["AuthorizerType"] == "AWS_IAM"
    assert "ExceptionLevel" not in given
    assert made.authorizer is None
    assert not resources(template(scope), "AWS::Cognito::UserPool")


def test_its_name_is_lower_case_and_short_and_the_construct_path_tells_gateways_apart() -> None:
    app = cdk.App()
    first, second = stack("LongNameOfAStack" * 4, app=app), stack("longnameofastack" * 4, app=app)
    names = [gateway(scope).gateway_name for scope in (first, second)]
    assert names[0] != names[1]
    for name in names:
        assert name == name.lower()
        assert len(name) <= 48
        assert "--" not in name
        assert "_" not in name


def test_a_name_may_be_given() -> None:
    scope = stack()
    gateway(scope, gateway_name="shop-tools")
    assert properties(scope)["Name"] == "shop-tools"


@pytest.mark.parametrize("name", ["Shop", "shop_tools", "shop--tools", "-shop", "shop-", "s" * 49, ""])
def test_fails_for_a_name_that_arns_would_not_match(name: str) -> None:
    with pytest.raises(ValueError, match="a gateway's name has lower-case letters"):
        gateway(stack(), gateway_name=name)


def test_tokens_open_it_with_an_authorizer() -> None:
    scope = stack()
    made = gateway(scope, authorizer=AUTHORIZER)
    given = properties(scope)
    assert given["AuthorizerType"] == "CUSTOM_JWT"
    assert given["AuthorizerConfiguration"]["CustomJWTAuthorizer"] == {
        "DiscoveryUrl": AUTHORIZER.discovery_url,
        "AllowedClients": ["web"],
    }
    assert made.authorizer is AUTHORIZER


def test_only_agentcore_may_assume_the_role_and_only_for_this_gateway() -> None:
    scope = stack()
    gateway(scope, gateway_name="shop")
    role = only(template(scope), "AWS::IAM::Role")["Properties"]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "bedrock-agentcore.amazonaws.com"}
    assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    assert ":gateway/shop-*" in text(trust["Condition"]["ArnLike"]["aws:SourceArn"])
    assert "Policies" not in role


def test_a_fresh_deployment_makes_the_roles_policy_before_the_targets() -> None:
    scope = stack()
    gateway(scope, sources=[lambda_source(scope, "one"), lambda_source(scope, "two")])
    of = template(scope)
    (policy,) = [key for key in resources(of, POLICY) if key.startswith("GatewayTargets")]
    for key in resources(of, TARGET):
        assert policy in references(of, key)


def test_what_targets_need_is_not_what_the_gateway_waits_for() -> None:
    scope = stack()
    gateway(scope, encryption_key=kms.Key(scope, "Key"))
    of = template(scope)
    (key,) = resources(of, GATEWAY)
    (baseline,) = [each for each in resources(of, POLICY) if each.startswith("GatewayBaseline")]
    assert baseline in references(of, key)
    assert not any("Targets" in each for each in references(of, key))


def test_the_key_is_used_through_agentcore_only() -> None:
    scope = stack()
    gateway(scope, encryption_key=kms.Key(scope, "Key"))
    of = template(scope)
    (statement,) = statements(of, "GatewayBaseline")
    assert actions([statement]) == {"kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"}
    assert statement["Condition"] == {"StringEquals": {"kms:ViaService": "bedrock-agentcore.us-east-1.amazonaws.com"}}
    assert properties(scope)["KmsKeyArn"] == statement["Resource"]
    assert "KmsKeyId" in only(of, "AWS::Logs::LogGroup")["Properties"]


def test_without_a_key_there_is_no_policy_the_gateway_waits_for() -> None:
    scope = stack()
    gateway(scope)
    assert all(key.startswith("GatewayTargets") for key in resources(template(scope), POLICY))


def test_each_target_adds_exactly_what_it_needs() -> None:
    scope = stack()
    gateway(scope, sources=[lambda_source(scope, "one"), lambda_source(scope, "two")])
    granted = target_statements(template(scope))
    assert [statement["Action"] for statement in granted] == ["lambda:InvokeFunction"] * 2
    assert [statement["Resource"].rsplit("-", 1)[-1] for statement in granted] == ["one", "two"]


def test_what_two_targets_need_is_said_once() -> None:
    scope = stack()
    credential = api_key(scope)
    sources = [
        ToolSource.openapi(picked(), name=name, outbound=OutboundAuth.api_key(credential)) for name in ("one", "two")
    ]
    gateway(scope, sources=sources)
    assert len(target_statements(template(scope))) == 3


def test_many_targets_fill_several_policies_none_too_long_for_iam() -> None:
    scope = stack()
    gateway(scope, sources=[lambda_source(scope, f"source-{number}") for number in range(60)])
    of = template(scope)
    policies = resources(of, POLICY)
    assert 2 <= len(policies) < 10
    for policy in policies.values():
        assert len(json.dumps(policy["Properties"]["PolicyDocument"], separators=(",", ":"))) <= 6_144
    assert len(target_statements(of)) == 60


def test_fails_for_more_permissions_than_a_role_can_have() -> None:
    scope = stack()
    key = kms.Key(scope, "Key")
    sources = [
        ToolSource.openapi(
            picked(), name=f"api-{number}", outbound=OutboundAuth.api_key(api_key(scope, f"key-{number}"))
        )
        for number in range(90)
    ]
    with pytest.raises(ValueError, match="has 10 managed policies, and IAM attaches no more"):
        gateway(scope, sources=sources, encryption_key=key)


def test_tools_are_known_by_the_names_agents_call_them() -> None:
    scope = stack()
    made = gateway(scope, sources=[lambda_source(scope, "orders", tools=[tool("get"), tool("cancel")])])
    made.add_source(lambda_source(scope, "stock"))
    assert list(made.tools) == ["orders___get", "orders___cancel", "stock___get_order"]
    assert made.tools["orders___get"] == tool("get")
    assert list(made.targets) == ["orders", "stock"]
    with pytest.raises(TypeError):
        made.tools["x"] = tool()  # type: ignore[index]


def test_fails_for_two_sources_of_one_name() -> None:
    scope = stack()
    made = gateway(scope)
    again = ToolSource.openapi(picked(), name="orders", outbound=OutboundAuth.none())
    with pytest.raises(ValueError, match=r"'orders' already, so two tools could have one name.*orders\.json"):
        made.add_source(again)


def test_fails_for_more_targets_than_the_service_takes() -> None:
    scope = stack()
    sources = [
        ToolSource.mcp_server("https://mcp.example.com", name=f"server-{number}", outbound=OutboundAuth.none())
        for number in range(101)
    ]
    with pytest.raises(ValueError, match="has 100 tool sources, as many as the service takes"):
        gateway(scope, sources=sources)


def test_fails_at_synth_without_a_source(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    gateway(stack(app=app), sources=[])
    with pytest.raises(RuntimeError, match="the gateway has no tool source"):
        app.synth()


def test_a_token_is_exchanged_only_where_callers_have_one() -> None:
    scope = stack()
    outbound = OutboundAuth.oauth2_exchange(client(scope))
    source = ToolSource.openapi(picked(), name="orders", outbound=outbound)
    gateway(scope, sources=[source], authorizer=AUTHORIZER)
    with pytest.raises(ValueError, match="exchanges the caller's token, and callers of the gateway"):
        gateway(stack(), sources=[source])


def test_grants_invocation_and_nothing_else() -> None:
    scope = stack()
    caller = iam.Role(scope, "Caller", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))
    gateway(scope).grant_invoke(caller)
    of = template(scope)
    (granted,) = resources(of, "AWS::IAM::Policy").values()
    (statement,) = granted["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Action"] == "bedrock-agentcore:InvokeGateway"
    assert statement["Resource"]["Fn::GetAtt"][1] == "GatewayArn"


def test_fails_to_grant_what_tokens_open() -> None:
    scope = stack()
    caller = iam.Role(scope, "Caller", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))
    with pytest.raises(ValueError, match=r"opened by tokens of 'https://login\.example\.com"):
        gateway(scope, authorizer=AUTHORIZER).grant_invoke(caller)


def test_interceptors_are_invoked_by_the_gateways_role_before_anything_else() -> None:
    scope = stack()
    first, second = function(scope), function(scope, "arn:aws:lambda:us-east-1:111122223333:function:mask")
    gateway(scope, interceptors=[Interceptor.request(first, headers=True), Interceptor.response(second)])
    assert properties(scope)["InterceptorConfigurations"] == [
        {
            "InterceptionPoints": ["REQUEST"],
            "Interceptor": {"Lambda": {"Arn": first.function_arn}},
            "InputConfiguration": {"PassRequestHeaders": True},
        },
        {
            "InterceptionPoints": ["RESPONSE"],
            "Interceptor": {"Lambda": {"Arn": second.function_arn}},
            "InputConfiguration": {"PassRequestHeaders": False},
        },
    ]
    of = template(scope)
    (statement,) = statements(of, "GatewayBaseline")
    assert statement["Action"] == "lambda:InvokeFunction"
    assert statement["Resource"] == sorted([first.function_arn, second.function_arn])
    assert any(each.startswith("GatewayBaseline") for each in references(of, next(iter(resources(of, GATEWAY)))))


@pytest.mark.parametrize("make", [Interceptor.request, Interceptor.response])
def test_fails_for_two_interceptors_of_one_kind(make: Any) -> None:
    scope = stack()
    with pytest.raises(ValueError, match="at most one interceptor of each kind, got 2"):
        gateway(scope, interceptors=[make(function(scope)), make(function(scope, "arn:aws:lambda:::function:b"))])


def test_a_source_learns_the_caller_from_the_gateway_only() -> None:
    scope = stack()
    source = lambda_source(scope, request_headers=["X-Caller-Subject"])
    with pytest.raises(ValueError, match="would believe what callers write into 'x-caller-subject'"):
        gateway(scope, sources=[source], authorizer=AUTHORIZER)
    scope = stack()
    source = lambda_source(scope, request_headers=[CallerIdentity.HEADER])
    made = gateway(
        scope, sources=[source], authorizer=AUTHORIZER, interceptors=[CallerIdentity(scope, "Caller").interceptor]
    )
    assert list(made.targets) == ["orders"]


def test_a_source_learns_no_caller_where_callers_have_no_tokens() -> None:
    scope = stack()
    source = lambda_source(scope, request_headers=[CallerIdentity.HEADER])
    with pytest.raises(ValueError, match=r"callers of the gateway .* have no token that could name them"):
        gateway(scope, sources=[source], interceptors=[CallerIdentity(scope, "Caller").interceptor])


@pytest.mark.parametrize("make", [Interceptor.response, partial(Interceptor.request, headers=False)])
def test_another_interceptor_does_not_tell_who_calls(make: Any) -> None:
    scope = stack()
    source = lambda_source(scope, request_headers=[CallerIdentity.HEADER])
    with pytest.raises(ValueError, match="would believe what callers write"):
        gateway(scope, sources=[source], authorizer=AUTHORIZER, interceptors=[make(function(scope))])


def test_delivers_its_logs_and_traces_and_keeps_the_logs() -> None:
    scope = stack()
    gateway(scope, log_retention=logs.RetentionDays.ONE_YEAR)
    of = template(scope)
    group = only(of, "AWS::Logs::LogGroup")
    assert group["Properties"]["RetentionInDays"] == 365
    assert "/aws/vendedlogs/bedrock-agentcore/gateway/" in text(group["Properties"]["LogGroupName"])
    assert group["DeletionPolicy"] == "Retain"
    sources = [each["Properties"] for each in resources(of, "AWS::Logs::DeliverySource").values()]
    assert {each["LogType"] for each in sources} == {"APPLICATION_LOGS", "TRACES"}
    assert all(each["ResourceArn"]["Fn::GetAtt"][1] == "GatewayArn" for each in sources)


def test_logs_may_leave_with_the_stack_and_traces_be_off() -> None:
    scope = stack()
    gateway(scope, removal_policy=RemovalPolicy.DESTROY, tracing=False)
    of = template(scope)
    assert only(of, "AWS::Logs::LogGroup")["DeletionPolicy"] == "Delete"
    assert only(of, "AWS::Logs::DeliverySource")["Properties"]["LogType"] == "APPLICATION_LOGS"


def test_says_what_it_is_asked_to_say() -> None:
    scope = stack()
    gateway(scope, instructions="Orders and stock.", description="The shop's tools", detailed_errors=True)
    given = properties(scope)
    assert given["ProtocolConfiguration"]["Mcp"]["Instructions"] == "Orders and stock."
    assert given["Description"] == "The shop's tools"
    assert given["ExceptionLevel"] == "DEBUG"


@pytest.mark.parametrize(("what", "most"), [("instructions", 2_048), ("description", 200)])
def test_fails_for_more_than_the_service_lets_it_say(what: str, most: int) -> None:
    with pytest.raises(ValueError, match=f"the {what} of a gateway has 1 to {most} characters, got {most + 1}"):
        gateway(stack(), **{what: "x" * (most + 1)})


def test_search_may_be_off() -> None:
    scope = stack()
    gateway(scope, semantic_search=False)
    assert "SearchType" not in properties(scope).get("ProtocolConfiguration", {}).get("Mcp", {})


def test_its_address_is_the_services() -> None:
    scope = stack()
    made = gateway(scope)
    cdk.CfnOutput(scope, "Url", value=made.url)
    assert template(scope)["Outputs"]["Url"]["Value"]["Fn::GetAtt"][1] == "GatewayUrl"


def test_an_agent_may_be_a_source_of_the_gateway_it_uses() -> None:
    scope = stack()
    made = gateway(scope, encryption_key=kms.Key(scope, "Key"))
    helper = agent(scope, "Helper", protocol=agentcore.ProtocolType.MCP, tools=made)
    made.add_source(ToolSource.agent(helper, name="helper", tools=[tool("ask")]))
    of = template(scope)
    assert not cycle(of)
    assert "helper___ask" in made.tools


@pytest.mark.parametrize(
    ("metric", "name"),
    [
        ("metric_invocations", "Invocations"),
        ("metric_latency", "Latency"),
        ("metric_duration", "Duration"),
        ("metric_target_execution_time", "TargetExecutionTime"),
        ("metric_user_errors", "UserErrors"),
        ("metric_system_errors", "SystemErrors"),
        ("metric_throttles", "Throttles"),
    ],
)
def test_metrics_are_those_of_this_gateway(metric: str, name: str) -> None:
    scope = stack()
    made = getattr(gateway(scope), metric)()
    assert made.namespace == "AWS/Bedrock-AgentCore"
    assert made.metric_name == name
    assert scope.resolve(made.dimensions)["Resource"]["Fn::GetAtt"][1] == "GatewayArn"


def test_passes_all_rule_packs(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    scope = stack(app=app)
    key = kms.Key(scope, "Key", enable_key_rotation=True)
    gateway(scope, encryption_key=key, interceptors=[Interceptor.request(function(scope))])
    assert not findings(app, tmp_path)


@pytest.mark.parametrize("region", ["us-east-1", None])
def test_passes_cfn_lint(region: str | None) -> None:
    scope = stack(region=region)
    credential = client(scope)
    gateway(
        scope,
        encryption_key=kms.Key(scope, "Key"),
        interceptors=[Interceptor.response(function(scope))],
        authorizer=AUTHORIZER,
        sources=[
            lambda_source(scope, request_headers=["X-Order"]),
            ToolSource.openapi(picked(), name="api", outbound=OutboundAuth.api_key(api_key(scope))),
            ToolSource.openapi(picked(), name="machine", outbound=OutboundAuth.oauth2(credential, scopes=["read"])),
            ToolSource.smithy(picked("dynamodb:GetItem"), name="table", resources=["arn:aws:dynamodb:::table/x"]),
            ToolSource.github_mcp_server(
                outbound=OutboundAuth.oauth2_of_user(credential, return_url="https://app.example.com/done"),
                tools=[tool()],
            ),
        ],
    )
    assert not complaints(template(scope))


def test_templates_are_the_same_at_every_synth() -> None:
    def made() -> Any:
        scope = stack()
        gateway(scope)
        return assertions.Template.from_stack(scope).to_json()

    assert made() == made()


def test_costs_few_messages_to_the_jsii_kernel() -> None:
    scope = stack()
    source = lambda_source(scope)
    with counted() as sent:
        ToolGateway(scope, "Gateway", sources=[source])
    assert len(sent) <= MAX_ROUND_TRIPS, len(sent)
