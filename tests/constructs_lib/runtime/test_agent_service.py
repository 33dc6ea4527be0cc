import importlib.util
import json
import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_bedrockagentcore as agentcore
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_secretsmanager as secrets

from constructs_lib import AgentMemory, JwtAuthorizer, MemoryStrategy, ModelAccess
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

RUNTIME = "AWS::BedrockAgentCore::Runtime"
ENDPOINT = "AWS::BedrockAgentCore::RuntimeEndpoint"
MAX_ROUND_TRIPS = 45
AUTHORIZER = JwtAuthorizer(
    discovery_url="https://login.example.com/.well-known/openid-configuration", allowed_clients=["web"]
)


def runtime(of: cdk.Stack) -> dict[str, Any]:
    found: dict[str, Any] = only(template(of), RUNTIME)["Properties"]
    return found


def variables(of: cdk.Stack) -> dict[str, Any]:
    found: dict[str, Any] = runtime(of)["EnvironmentVariables"]
    return found


def memory(of: cdk.Stack, **props: Any) -> AgentMemory:
    strategies = [MemoryStrategy.semantic_facts(), MemoryStrategy.user_preferences()]
    return AgentMemory(of, "Memory", strategies=strategies, **props)


@pytest.fixture(scope="module")
def plain() -> dict[str, Any]:
    of = stack()
    agent(of)
    return dict(template(of))


class TestRole:
    def test_trusts_agentcore_for_this_runtime_of_this_account(self, plain: dict[str, Any]) -> None:
        statement = only(plain, "AWS::IAM::Role")["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        assert len(statement) == 1
        assert statement[0]["Principal"] == {"Service": "bedrock-agentcore.amazonaws.com"}
        assert statement[0]["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
        name = only(plain, RUNTIME)["Properties"]["AgentRuntimeName"]
        assert f":runtime/{name}-*" in text(statement[0]["Condition"]["ArnLike"])

    def test_may_do_what_it_needs_and_nothing_else(self, plain: dict[str, Any]) -> None:
        assert actions(statements(plain, "AgentBaseline")) == {
            "bedrock:InvokeModel",
            "bedrock:InvokeModelWithResponseStream",
            "logs:CreateLogStream",
            "logs:DescribeLogStreams",
            "logs:PutLogEvents",
            "s3:GetObject",
            "xray:GetSamplingRules",
            "xray:GetSamplingTargets",
            "xray:PutTelemetryRecords",
            "xray:PutTraceSegments",
        }

    def test_has_one_policy_and_none_inline(self, plain: dict[str, Any]) -> None:
        assert len(resources(plain, "AWS::IAM::ManagedPolicy")) == 1
        assert not resources(plain, "AWS::IAM::Policy")
        assert "Policies" not in only(plain, "AWS::IAM::Role")["Properties"]

    def test_reads_one_object(self, plain: dict[str, Any]) -> None:
        read = [each for each in statements(plain, "AgentBaseline") if each["Action"] == "s3:GetObject"]
        assert len(read) == 1
        assert text(read[0]["Resource"]).endswith(':s3:::code-bucket/agent.zip"]]}')

    def test_writes_to_log_groups_of_this_runtime_only(self) -> None:
        of = stack()
        agent(of, runtime_name="one")
        pattern = next(
            text(each["Resource"])
            for each in statements(template(of), "AgentBaseline")
            if "logs:" in text(each["Action"])
        )
        group = re.search(r"log-group:([^\"]+)", pattern)
        assert group is not None
        prefix = "/aws/bedrock-agentcore/runtimes"
        assert fnmatchcase(f"{prefix}/one-a1B2c3D4e5-DEFAULT:log-stream:x", group[1])
        assert not fnmatchcase(f"{prefix}/one_more-a1B2c3D4e5-DEFAULT", group[1])

    def test_the_runtime_waits_for_what_it_may_do(self, plain: dict[str, Any]) -> None:
        runtime_id = next(iter(resources(plain, RUNTIME)))
        assert next(iter(resources(plain, "AWS::IAM::ManagedPolicy"))) in references(plain, runtime_id)


class TestVariables:
    def test_say_what_the_agent_was_given(self) -> None:
        of = stack()
        made = memory(of)
        agent(of, memory=made, environment={"AGENT_MEMORY_TOP_K": "3"})
        assert variables(of)["AGENT_MODEL_ID"] == "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
        assert variables(of)["AGENT_INBOUND_AUTH"] == "IAM"
        assert variables(of)["BEDROCK_AGENTCORE_MEMORY_ID"] == of.resolve(made.memory_id)
        assert json.loads(variables(of)["AGENT_MEMORY_NAMESPACES"]) == [
            "/users/{actorId}/facts/",
            "/users/{actorId}/preferences/",
        ]
        assert variables(of)["AGENT_MEMORY_TOP_K"] == "3"

    def test_say_nothing_of_a_memory_there_is_not(self, plain: dict[str, Any]) -> None:
        names = set(only(plain, RUNTIME)["Properties"]["EnvironmentVariables"])
        assert not {"BEDROCK_AGENTCORE_MEMORY_ID", "AGENT_MEMORY_NAMESPACES"} & names

    def test_instrumentation_is_that_of_the_distribution_less_what_agents_do_not_use(
        self, plain: dict[str, Any]
    ) -> None:
        given = only(plain, RUNTIME)["Properties"]["EnvironmentVariables"]
        disabled = set(given["OTEL_PYTHON_DISABLED_INSTRUMENTATIONS"].split(","))
        assert given["AGENT_OBSERVABILITY_ENABLED"] == "true"
        assert disabled >= distribution_default() | {"mcp", "aws_mcp"}
        assert not disabled & {"botocore", "starlette", "httpx", "threading"}

    def test_tracing_can_be_left_out(self) -> None:
        of = stack()
        agent(of, tracing=False)
        assert variables(of)["OTEL_SDK_DISABLED"] == "true"
        assert "AGENT_OBSERVABILITY_ENABLED" not in variables(of)
        assert not any(name.startswith("xray:") for name in actions(statements(template(of), "AgentBaseline")))
        assert "TRACES" not in text(resources(template(of), "AWS::Logs::DeliverySource"))


def distribution_default() -> set[str]:
    """What the installed AWS distribution of OpenTelemetry disables by default, read from its source."""
    spec = importlib.util.find_spec("amazon.opentelemetry.distro.version")
    assert spec is not None
    assert spec.origin is not None
    source = (Path(spec.origin).parent / "aws_opentelemetry_distro.py").read_text()
    default = re.search(r"OTEL_PYTHON_DISABLED_INSTRUMENTATIONS,\n((?:\s+\"[^\"]*\",?\n)+)", source)
    assert default is not None
    return {name for name in "".join(re.findall(r'"([^"]*)"', default[1])).split(",") if name}


class TestOptions:
    def test_inbound_authorization_is_iam_by_default(self, plain: dict[str, Any]) -> None:
        assert "AuthorizerConfiguration" not in only(plain, RUNTIME)["Properties"]

    def test_a_token_reaches_the_agent_that_takes_tokens(self) -> None:
        of = stack()
        agent(of, authorizer=AUTHORIZER, allowed_headers=["X-Tenant"])
        assert runtime(of)["RequestHeaderConfiguration"]["RequestHeaderAllowlist"] == ["X-Tenant", "Authorization"]
        assert variables(of)["AGENT_INBOUND_AUTH"] == "JWT"

    def test_lifecycle(self) -> None:
        of = stack()
        agent(of, idle_timeout=Duration.minutes(5), max_lifetime=Duration.hours(1))
        assert runtime(of)["LifecycleConfiguration"] == {"IdleRuntimeSessionTimeout": 300, "MaxLifetime": 3600}

    def test_logs_have_retention_key_and_removal_policy(self) -> None:
        of = stack()
        key = kms.Key(of, "Key")
        agent(
            of,
            encryption_key=key,
            log_retention=logs.RetentionDays.ONE_WEEK,
            removal_policy=RemovalPolicy.DESTROY,
            endpoints={"prod": "1"},
        )
        groups = resources(template(of), "AWS::Logs::LogGroup").values()
        assert len(groups) == 3
        assert {each["Properties"]["RetentionInDays"] for each in groups} == {7}
        assert {each["DeletionPolicy"] for each in groups} == {"Delete"}
        assert all(each["Properties"]["KmsKeyId"] == of.resolve(key.key_arn) for each in groups)

    def test_what_the_agent_prints_goes_to_a_group_of_the_template(self) -> None:
        of = stack()
        made = agent(of, endpoints={"prod": "1"})
        names = {
            text(each["Properties"]["LogGroupName"]) for each in resources(template(of), "AWS::Logs::LogGroup").values()
        }
        for endpoint in ("DEFAULT", "prod"):
            assert any("/aws/bedrock-agentcore/runtimes/" in name and f'"-{endpoint}"' in name for name in names)
        assert set(made.output_log_groups) == {"DEFAULT", "prod"}

    def test_no_resource_policy_is_made_per_stack(self, plain: dict[str, Any]) -> None:
        assert not resources(plain, "AWS::XRay::ResourcePolicy")
        assert not resources(plain, "AWS::Logs::ResourcePolicy")

    def test_the_name_comes_from_the_path_and_fits(self) -> None:
        app = cdk.App(analytics_reporting=False)
        names = []
        for index in range(2):
            of = stack("A-very-long-stack-name-for-the-agents-of-the-platform", app=cdk.App(analytics_reporting=False))
            names.append(runtime_name(of, "TheAssistantThatRemembersEverything" + str(index)))
        assert len(set(names)) == 2
        assert all(re.fullmatch(r"[a-zA-Z][a-zA-Z0-9_]{0,47}", name) for name in names)
        assert runtime_name(stack("Prod", app=app), "Assistant") == "Prod_Assistant"


def runtime_name(of: cdk.Stack, name: str) -> str:
    agent(of, name)
    return str(runtime(of)["AgentRuntimeName"])


class TestEndpoints:
    def test_stay_on_the_version_they_are_pinned_to(self) -> None:
        of = stack()
        agent(of).add_endpoint("prod", version="3", description="For users")
        found = only(template(of), ENDPOINT)["Properties"]
        assert (found["Name"], found["AgentRuntimeVersion"], found["Description"]) == ("prod", "3", "For users")

    def test_follow_the_version_of_the_template_without_a_pin(self) -> None:
        of = stack()
        agent(of, endpoints={"live": None})
        version = only(template(of), ENDPOINT)["Properties"]["AgentRuntimeVersion"]
        assert version == {"Fn::GetAtt": [next(iter(resources(template(of), RUNTIME))), "AgentRuntimeVersion"]}


class TestGrants:
    def test_what_is_granted_to_the_agent_does_not_hold_up_its_runtime(self) -> None:
        of = stack()
        made = agent(of)
        table = dynamodb.Table(
            of, "Table", partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
        )
        table.grant_read_data(made)
        kms.Key(of, "Key").grant_decrypt(made)
        found = template(of)
        assert {"dynamodb:GetItem", "kms:Decrypt"} <= actions(statements(found, "AgentGrants"))
        grants = next(each for each in resources(found, "AWS::IAM::ManagedPolicy") if each.startswith("AgentGrants"))
        assert grants not in references(found, next(iter(resources(found, RUNTIME))))
        assert not resources(found, "AWS::IAM::Policy")

    def test_resource_policies_name_the_role(self) -> None:
        of = stack()
        made = agent(of)
        lambda_.Function(
            of,
            "Tool",
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler="index.handler",
            code=lambda_.Code.from_inline("def handler(event, context): return event"),
        ).grant_invoke(made)
        secrets.Secret(of, "Secret").grant_read(made)
        statement = iam.PolicyStatement(actions=["kms:Decrypt"], resources=["*"], principals=[made.grant_principal])
        kms.Key(of, "Key").add_to_resource_policy(statement)
        granted = actions(statements(template(of), "AgentGrants"))
        assert {"lambda:InvokeFunction", "secretsmanager:GetSecretValue"} <= granted
        policy = only(template(of), "AWS::KMS::Key")["Properties"]["KeyPolicy"]["Statement"]
        role = next(each for each in resources(template(of), "AWS::IAM::Role") if each.startswith("AgentRole"))
        assert {"AWS": {"Fn::GetAtt": [role, "Arn"]}} in [each["Principal"] for each in policy]

    def test_a_caller_may_invoke_but_not_choose_the_user(self) -> None:
        of = stack()
        made = agent(of, endpoints={"prod": "1"})
        made.grant_invoke(caller(of), endpoint="prod")
        (statement,) = caller_statements(of)
        assert statement["Action"] == "bedrock-agentcore:InvokeAgentRuntime"
        arn = of.resolve(made.arn)
        assert statement["Resource"] == [arn, {"Fn::Join": ["", [arn, "/runtime-endpoint/prod"]]}]

    def test_a_caller_may_choose_the_user_when_told_so(self) -> None:
        of = stack()
        agent(of).grant_invoke_for_user(caller(of))
        assert actions(caller_statements(of)) == {
            "bedrock-agentcore:InvokeAgentRuntime",
            "bedrock-agentcore:InvokeAgentRuntimeForUser",
        }

    def test_an_agent_converses_with_its_memory_from_the_start(self) -> None:
        of = stack()
        made = memory(of)
        agent(of, memory=made)
        on_memory = [
            each
            for each in statements(template(of), "AgentBaseline")
            if each["Resource"] == of.resolve(made.memory.memory_arn)
        ]
        assert {"bedrock-agentcore:CreateEvent", "bedrock-agentcore:RetrieveMemoryRecords"} <= actions(on_memory)
        assert on_memory[1]["Condition"]["StringLike"] == {"bedrock-agentcore:namespacePath": ["/users/*/"]}

    @pytest.mark.parametrize(
        ("method", "metric"),
        [
            ("metric_invocations", "Invocations"),
            ("metric_latency", "Latency"),
            ("metric_errors", "TotalErrors"),
            ("metric_throttles", "Throttles"),
            ("metric_sessions", "SessionCount"),
        ],
    )
    def test_metrics_are_those_of_the_runtime(self, method: str, metric: str) -> None:
        made = getattr(agent(stack()), method)()
        assert (made.namespace, made.metric_name) == ("AWS/Bedrock-AgentCore", metric)
        assert set(made.dimensions) == {"Name", "Operation", "Resource"}


def caller(of: cdk.Stack) -> iam.Role:
    return iam.Role(of, "Caller", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))


def caller_statements(of: cdk.Stack) -> list[dict[str, Any]]:
    return only(template(of), "AWS::IAM::Policy")["Properties"]["PolicyDocument"]["Statement"]  # type: ignore[no-any-return]


class TestConnections:
    def test_agents_that_call_each_other_and_themselves_have_no_cycle(self) -> None:
        of = stack()
        one, two = agent(of, "One"), agent(of, "Two")
        one.connect_to(two)
        two.connect_to(one)
        one.connect_to(one)
        found = template(of)
        assert cycle(found) == []
        for name in ("One", "Two"):
            assert "bedrock-agentcore:InvokeAgentRuntime" in actions(statements(found, f"{name}Grants"))

    def test_a_cycle_would_be_seen(self) -> None:
        looped = {"Resources": {"A": {"Properties": {"X": {"Ref": "B"}}}, "B": {"DependsOn": ["A"]}}}
        assert sorted(cycle(looped)) == ["A", "B"]

    def test_the_agent_finds_the_other_by_a_parameter(self) -> None:
        of = stack()
        one, researcher = agent(of, "One", runtime_name="one"), agent(of, "DeepResearcher", runtime_name="researcher")
        one.connect_to(researcher)
        found = template(of)
        parameter = only(found, "AWS::SSM::Parameter")["Properties"]
        assert parameter["Name"] == "/agentcore/researcher/arn"
        assert parameter["Value"] == of.resolve(researcher.arn)
        runtimes = {
            each["Properties"]["AgentRuntimeName"]: each["Properties"] for each in resources(found, RUNTIME).values()
        }
        assert (
            runtimes["one"]["EnvironmentVariables"]["AGENT_DEEP_RESEARCHER_ARN_PARAMETER"]
            == "/agentcore/researcher/arn"
        )
        (read,) = [each for each in statements(found, "OneGrants") if each["Action"] == "ssm:GetParameter"]
        assert ":parameter/agentcore/researcher/arn" in text(read["Resource"])

    def test_the_variable_can_be_named(self) -> None:
        of = stack()
        one, two = agent(of, "One", runtime_name="one"), agent(of, "Two", runtime_name="two")
        one.connect_to(two, variable="HELPER")
        assert '"HELPER": "/agentcore/two/arn"' in text(template(of))


class TestFindings:
    def test_none_that_is_not_acknowledged_with_a_key(self, tmp_path: Path) -> None:
        app = app_in(tmp_path)
        of = stack(app=app)
        key = kms.Key(of, "Key", enable_key_rotation=True)
        one = agent(of, "One", memory=memory(of, encryption_key=key), encryption_key=key, endpoints={"prod": "1"})
        two = agent(of, "Two", encryption_key=key)
        one.connect_to(two)
        two.connect_to(one)
        assert findings(app, tmp_path) == []

    def test_none_that_is_not_acknowledged_without_a_region(self, tmp_path: Path) -> None:
        app = app_in(tmp_path)
        of = stack(app=app, region=None)
        key = kms.Key(of, "Key", enable_key_rotation=True)
        agent(of, encryption_key=key, model=ModelAccess.foundation_model("amazon.nova-lite-v1:0"))
        assert findings(app, tmp_path) == []

    def test_a_wildcard_that_is_granted_is_found(self, tmp_path: Path) -> None:
        app = app_in(tmp_path)
        of = stack(app=app)
        made = agent(of, encryption_key=kms.Key(of, "Key", enable_key_rotation=True))
        statement = iam.PolicyStatement(actions=["s3:GetObject"], resources=["*"])
        made.grant_principal.add_to_principal_policy(statement)
        assert {found.construct for found in findings(app, tmp_path)} == {"Test/Agent/Grants/Resource"}

    def test_cfn_lint_has_no_complaints(self) -> None:
        of = stack()
        key = kms.Key(of, "Key")
        one = agent(
            of,
            "One",
            memory=memory(of, encryption_key=key),
            encryption_key=key,
            endpoints={"prod": "1", "live": None},
            idle_timeout=Duration.minutes(5),
            authorizer=AUTHORIZER,
        )
        one.connect_to(agent(of, "Two"))
        assert complaints(template(of)) == []


def test_an_agent_costs_few_messages_to_jsii() -> None:
    of = stack()
    key = kms.Key(of, "Key")
    of_memory = memory(of, encryption_key=key)
    agent(of, "First")
    with counted() as sent:
        agent(of, "Second", memory=of_memory, encryption_key=key, endpoints={"live": None})
    assert len(sent) <= MAX_ROUND_TRIPS


class TestFails:
    @pytest.mark.parametrize(
        ("name", "remedy"),
        [
            ("AGENT_MODEL_ID", "model="),
            ("BEDROCK_AGENTCORE_MEMORY_ID", "memory="),
            ("AGENT_MEMORY_NAMESPACES", "memory="),
            ("AGENT_INBOUND_AUTH", "authorizer="),
        ],
    )
    def test_fails_for_a_variable_that_is_ours(self, name: str, remedy: str) -> None:
        with pytest.raises(ValueError, match=f"pass {remedy} instead of setting {name}"):
            agent(stack(), environment={name: "x"})

    def test_fails_for_too_many_variables(self) -> None:
        with pytest.raises(ValueError, match="at most 50 environment variables, got 56 with ours"):
            agent(stack(), environment={f"V{index}": "x" for index in range(50)})

    def test_fails_without_a_model(self) -> None:
        with pytest.raises(ValueError, match="an agent needs a model, got none"):
            agent(stack(), model=[])

    @pytest.mark.parametrize("name", ["1st", "a-b", "x" * 49])
    def test_fails_for_a_name_the_service_refuses(self, name: str) -> None:
        with pytest.raises(ValueError, match=f"a runtime's name has letters, .* got '{name}'"):
            agent(stack(), runtime_name=name)

    @pytest.mark.parametrize("header", ["X Tenant", "1st", ""])
    def test_fails_for_what_is_no_header(self, header: str) -> None:
        with pytest.raises(ValueError, match=f"a header's name has letters.* got '{header}'"):
            agent(stack(), allowed_headers=[header])

    def test_fails_for_too_many_headers(self) -> None:
        with pytest.raises(ValueError, match="at most 20 headers reach an agent, got 21"):
            agent(stack(), authorizer=AUTHORIZER, allowed_headers=[f"X-{index}" for index in range(20)])

    @pytest.mark.parametrize("argument", ["idle_timeout", "max_lifetime"])
    @pytest.mark.parametrize("seconds", [59, 28_801])
    def test_fails_for_a_lifecycle_out_of_bounds(self, argument: str, seconds: int) -> None:
        with pytest.raises(ValueError, match=f"{argument} is 60 to 28800 seconds, got {seconds} s"):
            agent(stack(), **{argument: Duration.seconds(seconds)})  # type: ignore[arg-type]

    def test_fails_for_an_idle_time_above_the_lifetime(self) -> None:
        with pytest.raises(ValueError, match="idle_timeout is 600 s, max_lifetime 300 s; shorten the first"):
            agent(stack(), idle_timeout=Duration.minutes(10), max_lifetime=Duration.minutes(5))

    def test_fails_for_a_lifetime_below_the_default_idle_time(self) -> None:
        with pytest.raises(ValueError, match="max_lifetime is 300 s, below the service's idle time-out of 900 s"):
            agent(stack(), max_lifetime=Duration.minutes(5))

    @pytest.mark.parametrize("version", ["0", "latest", "v3", ""])
    def test_fails_for_a_pin_that_is_no_version(self, version: str) -> None:
        with pytest.raises(ValueError, match=f"pinned to a version from '1' to '99999', got '{version}'"):
            agent(stack()).add_endpoint("prod", version=version)

    @pytest.mark.parametrize("name", ["DEFAULT", "prod"])
    def test_fails_for_an_endpoint_that_is_there(self, name: str) -> None:
        with pytest.raises(ValueError, match=f"there is an endpoint '{name}' already"):
            agent(stack(), endpoints={"prod": "1"}).add_endpoint(name)

    def test_fails_for_an_endpoint_name_the_service_refuses(self) -> None:
        with pytest.raises(ValueError, match=r"an endpoint's name has letters, .* got 'my-prod'"):
            agent(stack()).add_endpoint("my-prod")

    def test_fails_to_open_by_iam_what_tokens_open(self) -> None:
        of = stack()
        with pytest.raises(ValueError, match=r"'Test/Agent' is opened by tokens of .*not by IAM"):
            agent(of, authorizer=AUTHORIZER).grant_invoke(caller(of))

    def test_fails_for_a_variable_of_another_connection(self) -> None:
        of = stack()
        one, two, three = (agent(of, name) for name in ("One", "Two", "Three"))
        one.connect_to(two, variable="PEER")
        with pytest.raises(ValueError, match=r"the variable PEER is taken by .* pass another name as variable="):
            one.connect_to(three, variable="PEER")


def test_the_protocol_is_http_unless_it_is_given() -> None:
    scope = stack()
    agent(scope)
    agent(scope, "Tool", protocol=agentcore.ProtocolType.MCP)
    protocols = {
        resource["Properties"].get("ProtocolConfiguration") for resource in resources(template(scope), RUNTIME).values()
    }
    assert protocols == {"HTTP", "MCP"}
