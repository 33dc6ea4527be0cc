"""What AgentCore's resources cost, by numbers worked out here."""

from pathlib import Path

import pytest

from tests.workbench.cost.support import LEAST, expected, items, line, priced, profile, resource
from workbench.cost.profile import read_profile
from workbench.cost.resources import Found
from workbench.errors import WorkbenchError

RUNTIME = "AWS::BedrockAgentCore::Runtime"
SONNET = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
# 100 sessions of 10 turns of 10 s, of which 3 s are busy, and 2 s to start.
CPU_SECONDS = 100 * (10 * 3 + 2)


def runtime(name: str = "agent", **properties: object) -> Found:
    return Found("Stack", name.title(), RUNTIME, {"AgentRuntimeName": name, **properties})


def test_waiting_is_not_billed_for_cpu(tmp_path: Path) -> None:
    busy = priced(profile(tmp_path), runtime())
    assert expected(busy, "AgentCore runtime", "CPU of agent") == pytest.approx(CPU_SECONDS / 3600 * 0.0895)
    waiting = priced(profile(tmp_path, "[runtime]\nio_wait_share = 1\nstart_seconds = 0\n"), runtime())
    assert expected(waiting, "AgentCore runtime", "CPU of agent") == 0
    assert expected(waiting, "AgentCore runtime", "memory of agent") > 0


def test_memory_is_billed_until_the_idle_time_out(tmp_path: Path) -> None:
    default = priced(profile(tmp_path), runtime())
    short = priced(profile(tmp_path), runtime(LifecycleConfiguration={"IdleRuntimeSessionTimeout": 60}))
    alive = 2 + 10 * 10 + 9 * 30
    assert expected(default, "AgentCore runtime", "memory") == pytest.approx(100 * (alive + 900) * 0.5 / 3600 * 0.00945)
    assert expected(short, "AgentCore runtime", "memory") == pytest.approx(100 * (alive + 60) * 0.5 / 3600 * 0.00945)


def test_a_session_lives_no_longer_than_its_lifetime(tmp_path: Path) -> None:
    found = priced(profile(tmp_path), runtime(LifecycleConfiguration={"MaxLifetime": 100}))
    assert expected(found, "AgentCore runtime", "memory") == pytest.approx(100 * 100 * 0.5 / 3600 * 0.00945)


def test_at_least_128_mb_are_billed(tmp_path: Path) -> None:
    found = priced(profile(tmp_path, "[runtime]\nmemory_gb = 0\n"), runtime())
    assert expected(found, "AgentCore runtime", "memory") == pytest.approx(100 * 1272 * 0.128 / 3600 * 0.00945)


def test_platform_version_2_has_its_own_prices(tmp_path: Path) -> None:
    found = priced(profile(tmp_path), runtime(PlatformVersion="V2"))
    assert expected(found, "AgentCore runtime", "CPU") == pytest.approx(CPU_SECONDS / 3600 * 0.1276)
    assert expected(found, "AgentCore runtime", "memory") == pytest.approx(100 * 1272 * 0.5 / 3600 * 0.0169)


def test_own_capacity_is_unknown_not_nothing(tmp_path: Path) -> None:
    found = priced(profile(tmp_path), runtime(CapacityProviderConfiguration={"Arn": "x"}))
    assert [each.item for each in found.unknown if each.family == "AgentCore runtime"] == ["instances of agent"]


def test_fifty_agents_cost_what_one_with_their_traffic_costs(tmp_path: Path) -> None:
    model = {"MODEL": SONNET}
    one = priced(profile(tmp_path), runtime(EnvironmentVariables=model))
    many = priced(profile(tmp_path), *(runtime(f"agent{n}", EnvironmentVariables=model) for n in range(50)))
    assert many.total.expected == pytest.approx(one.total.expected)


def test_shares_split_the_sessions(tmp_path: Path) -> None:
    found = priced(profile(tmp_path, "[shares]\na = 0.75\nb = 0.25\n"), runtime("a"), runtime("b"))
    cpu = [expected(found, "AgentCore runtime", f"CPU of {name}") for name in ("a", "b")]
    assert cpu[0] == pytest.approx(3 * cpu[1])


def test_fails_for_the_share_of_a_runtime_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match=r"\[shares\] names b; the runtimes are a"):
        priced(profile(tmp_path, "[shares]\nb = 1\n"), runtime("a"))


def test_the_model_is_the_one_in_the_environment_of_the_runtime(tmp_path: Path) -> None:
    found = priced(profile(tmp_path), runtime(EnvironmentVariables={"NAME": "x", "MODEL": SONNET}))
    assert expected(found, "Model tokens", "input") == pytest.approx(1000 * 1000 / 1e6 * 3.30)
    assert expected(found, "Model tokens", "output") == pytest.approx(1000 * 100 / 1e6 * 16.50)


def test_without_it_the_model_is_the_one_its_stack_may_call(tmp_path: Path) -> None:
    policy = resource(
        "AWS::IAM::ManagedPolicy",
        "Policy",
        PolicyDocument={
            "Statement": [
                {
                    "Action": "bedrock:InvokeModel",
                    "Resource": {"Fn::Join": ["", ["arn:aws:bedrock:us-east-1:", {"Ref": "AWS::AccountId"},
                                                   f":inference-profile/{SONNET}"]]},
                }
            ]
        },
    )  # fmt: skip
    found = priced(profile(tmp_path), runtime(), policy)
    assert SONNET in line(found, "Model tokens", "input").item


def test_an_unknown_model_is_listed(tmp_path: Path) -> None:
    found = priced(profile(tmp_path), runtime())
    assert {each.price.unknown for each in found.unknown} == {"neither template nor profile names a model"}
    assert found.to_dict()["unknown"]
    named = priced(profile(tmp_path), runtime(EnvironmentVariables={"M": "amazon.x-1"}))
    assert any("no model 'amazon.x-1'" in each.price.unknown for each in named.unknown)


def test_caching_is_off_unless_the_profile_has_shares_of_it(tmp_path: Path) -> None:
    agent = runtime(EnvironmentVariables={"MODEL": SONNET})
    assert len(items(priced(profile(tmp_path), agent))["Model tokens"]) == 2
    file = tmp_path / "cached.toml"
    file.write_text(LEAST.replace("[model]", "[model]\ncache_read_share = 0.5\ncache_write_share = 0.1"))
    cached = priced(read_profile(file), agent)
    assert expected(cached, "Model tokens", "input of") == pytest.approx(0.4 * 3.30)
    assert expected(cached, "Model tokens", "input read") == pytest.approx(0.5 * 0.33)
    assert expected(cached, "Model tokens", "input written") == pytest.approx(0.1 * 4.125)


def test_memory_is_billed_by_size_record_and_search(tmp_path: Path) -> None:
    memory = resource(
        "AWS::BedrockAgentCore::Memory",
        Name="memory",
        EventExpiryDuration=60.8,
        MemoryStrategies=[
            {"SemanticMemoryStrategy": {"Name": "a"}},
            {"SummaryMemoryStrategy": {"Name": "b", "RecordExpirySpecification": {"RecordExpiryDurationDays": 30.4}}},
            {"CustomMemoryStrategy": {"Name": "c"}},
        ],
    )
    found = priced(profile(tmp_path), memory)
    written = 1000 * 2 * 3 / 1e6
    assert expected(found, "AgentCore memory", "events written") == pytest.approx(written)
    assert expected(found, "AgentCore memory", "events kept") == pytest.approx(written * 2 * 0.10)
    assert expected(found, "AgentCore memory", "events read") == pytest.approx(1000 * 6 / 1e6 * 0.20)
    assert expected(found, "AgentCore memory", "records of built-in") == pytest.approx(100 * (12 + 1) / 1000 * 0.75)
    assert expected(found, "AgentCore memory", "records of own") == pytest.approx(100 * 12 / 1000 * 0.25)
    assert expected(found, "AgentCore memory", "searches") == pytest.approx(2000 / 1000 * 0.50)


def test_a_memory_without_strategies_has_events_only(tmp_path: Path) -> None:
    found = priced(profile(tmp_path), resource("AWS::BedrockAgentCore::Memory", Name="m"))
    assert {each.split()[0] for each in items(found)["AgentCore memory"]} == {"events"}


def test_a_gateway_is_billed_by_call_search_tool_and_authorization(tmp_path: Path) -> None:
    gateway = resource(
        "AWS::BedrockAgentCore::Gateway",
        "Gateway",
        Name="tools",
        ProtocolConfiguration={"Mcp": {"SearchType": "SEMANTIC"}},
        PolicyEngineConfiguration={"Arn": "x"},
    )
    lambdas = resource(
        "AWS::BedrockAgentCore::GatewayTarget",
        "Lambdas",
        GatewayIdentifier={"Fn::GetAtt": ["Gateway", "GatewayIdentifier"]},
        TargetConfiguration={"Mcp": {"Lambda": {"ToolSchema": {"InlinePayload": [{"Name": "a"}, {"Name": "b"}]}}}},
        PrivateEndpoint={"SelfManagedLatticeResource": {}},
    )
    openapi = resource(
        "AWS::BedrockAgentCore::GatewayTarget",
        "OpenApi",
        GatewayIdentifier={"Ref": "Gateway"},
        TargetConfiguration={
            "Mcp": {"OpenApiSchema": {"InlinePayload": '{"paths": {"/a": {"get": {}, "post": {}, "summary": "x"}}}'}}
        },
    )
    found = priced(profile(tmp_path, "[gateway]\nsearches_per_turn = 0.5\n"), gateway, lambdas, openapi)
    assert expected(found, "AgentCore gateway", "calls") == pytest.approx((1000 + 100) / 1000 * 0.005)
    assert expected(found, "AgentCore gateway", "searches") == pytest.approx(500 / 1000 * 0.025)
    assert line(found, "AgentCore gateway", "tools indexed").quantity.expected == 4
    assert expected(found, "AgentCore gateway", "data to private") == pytest.approx(1000 * 50 / 1e6 * 0.006)
    assert expected(found, "AgentCore policy", "authorizations") == pytest.approx(1100 * 0.000025)


def test_sandboxes_are_billed_while_they_are_open(tmp_path: Path) -> None:
    found = priced(
        profile(tmp_path, "[browser]\nshare_of_sessions = 0.5\nminutes = 6\nio_wait_share = 0.5\nmemory_gb = 2\n"),
        resource("AWS::BedrockAgentCore::BrowserCustom"),
        resource("AWS::BedrockAgentCore::CodeInterpreterCustom", "Other"),
    )
    hours = 50 * 6 / 60
    assert expected(found, "AgentCore browser", "CPU") == pytest.approx(hours * 0.5 * 0.0895)
    assert expected(found, "AgentCore browser", "memory") == pytest.approx(hours * 2 * 0.00945)
    assert expected(found, "AgentCore code interpreter", "CPU") == pytest.approx(10 * 5 / 60 * 0.3 * 0.0895)


def test_tokens_are_free_through_a_runtime(tmp_path: Path) -> None:
    provider = resource("AWS::BedrockAgentCore::OAuth2CredentialProvider")
    assert expected(priced(profile(tmp_path), provider), "AgentCore identity", "tokens") == 0
    outside = priced(profile(tmp_path, "[identity]\ntokens_outside = 150000\n"), provider)
    assert expected(outside, "AgentCore identity", "tokens") == pytest.approx(1.50)


def test_a_guardrail_is_billed_for_each_kind_of_policy_it_has(tmp_path: Path) -> None:
    guardrail = resource(
        "AWS::Bedrock::Guardrail",
        Name="g",
        ContentPolicyConfig={"FiltersConfig": [{"Type": "HATE"}, {"Type": "INSULTS"}]},
        SensitiveInformationPolicyConfig={"RegexesConfig": [{"Name": "x"}]},
        ContextualGroundingPolicyConfig={"FiltersConfig": [{"Type": "GROUNDING"}]},
    )
    text = "[guardrail]\ninput_characters_per_turn = 1001\noutput_characters_per_turn = 1000\n"
    found = priced(profile(tmp_path, text), guardrail)
    assert items(found)["Guardrails"] == {"content filters of g", "grounding of g"}
    assert expected(found, "Guardrails", "content") == pytest.approx(1000 * 3 / 1000 * 0.15)
    assert expected(found, "Guardrails", "grounding") == pytest.approx(1000 * 5 / 1000 * 0.10)


def test_evaluation_is_billed_for_what_is_sampled_at_the_evaluators_level(tmp_path: Path) -> None:
    judge = resource(
        "AWS::BedrockAgentCore::Evaluator",
        "Judge",
        EvaluatorName="judge",
        Level="TRACE",
        EvaluatorConfig={"LlmAsAJudge": {"ModelConfig": {"BedrockEvaluatorModelConfig": {"ModelId": SONNET}}}},
    )
    code = resource(
        "AWS::BedrockAgentCore::Evaluator",
        "Code",
        EvaluatorName="code",
        Level="TOOL_CALL",
        EvaluatorConfig={"CodeBased": {"LambdaConfig": {"LambdaArn": "x"}}},
    )
    online = resource(
        "AWS::BedrockAgentCore::OnlineEvaluationConfig",
        "Online",
        Evaluators=[
            {"EvaluatorId": "Builtin.GoalSuccessRate"},
            {"EvaluatorId": "Builtin.Helpfulness"},
            {"EvaluatorId": {"Ref": "Judge"}},
            {"EvaluatorId": {"Fn::GetAtt": ["Code", "EvaluatorId"]}},
        ],
        Rule={"SamplingConfig": {"SamplingPercentage": 10}},
    )
    found = priced(profile(tmp_path), judge, code, online)
    family = "AgentCore evaluation"
    assert expected(found, family, "input of Builtin.GoalSuccessRate") == pytest.approx(10 * 10000 / 1000 * 0.0024)
    assert expected(found, family, "output of Builtin.Helpfulness") == pytest.approx(100 * 300 / 1000 * 0.012)
    assert expected(found, family, "scores of judge") == pytest.approx(100 / 1000 * 1.50)
    assert expected(found, family, "judge's input of judge") == pytest.approx(100 * 10000 / 1e6 * 3.30)
    assert expected(found, family, "scores of code") == pytest.approx(100 / 1000 * 1.50)
    assert not [each for each in items(found)[family] if each.startswith("judge's input of code")]
