from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_

from constructs_lib import AgentService, ModelAccess
from constructs_lib.evaluation import (
    BuiltinEvaluator,
    CodeEvaluator,
    EvaluationLevel,
    JudgeEvaluator,
    OnlineEvaluation,
    Rating,
    RatingScale,
    TraceFilter,
)
from tests.constructs_lib.evaluation.test_evaluators import code_evaluator, function, judge
from tests.constructs_lib.lint import complaints
from tests.constructs_lib.nag import findings
from tests.constructs_lib.support import SONNET, actions, agent, app_in, cycle, only, stack, statements, template, text

CONFIG = "AWS::BedrockAgentCore::OnlineEvaluationConfig"
HELPFUL = [BuiltinEvaluator.HELPFULNESS]


def evaluation(of: cdk.Stack, **props: Any) -> OnlineEvaluation:
    props.setdefault("agent", agent(of) if "agent" not in props else None)
    props.setdefault("evaluators", HELPFUL)
    return OnlineEvaluation(of, "Quality", **props)


def properties(of: cdk.Stack) -> dict[str, Any]:
    found: dict[str, Any] = only(template(of), CONFIG)["Properties"]
    return found


# --8<-- [start:use]
def evaluated(stack: cdk.Stack, agent: AgentService, receipts_check: lambda_.IFunction, *, live: bool) -> None:
    """Score a tenth of an agent's sessions, where there is live traffic."""
    tone = JudgeEvaluator(
        stack,
        "Tone",
        level=EvaluationLevel.TRACE,
        instructions="Is this answer polite and free of jargon?\n\n{assistant_turn}\n\nConversation so far:\n{context}",
        scale=RatingScale.numerical(
            [
                Rating("Poor", "Impolite, or full of words a customer does not know.", 0),
                Rating("Fair", "Polite, with some words a customer does not know.", 0.5),
                Rating("Good", "Polite and clear.", 1),
            ]
        ),
        model=ModelAccess.inference_profile("us.anthropic.claude-haiku-4-5-20251001-v1:0"),
    )
    receipts = CodeEvaluator(stack, "Receipts", level=EvaluationLevel.SESSION, function=receipts_check)
    OnlineEvaluation(
        stack,
        "Quality",
        agent=agent,
        evaluators=[BuiltinEvaluator.GOAL_SUCCESS_RATE, BuiltinEvaluator.TOOL_SELECTION_ACCURACY, tone, receipts],
        sampling_percentage=10,
        filters=[TraceFilter.not_equals("user.kind", "test")],
        enabled=live,
    )
    # --8<-- [end:use]


def whole(of: cdk.Stack, *, key: bool = True) -> None:
    """Everything a construct can have."""
    encryption = kms.Key(of, "Key", enable_key_rotation=True) if key else None
    served = agent(of, encryption_key=encryption)
    own = [judge(of, encryption_key=encryption), code_evaluator(of)]
    OnlineEvaluation(
        of,
        "Quality",
        agent=served,
        evaluators=[BuiltinEvaluator.CORRECTNESS, *own],
        filters=[
            TraceFilter.equals("user.region", "eu"),
            TraceFilter.greater_than("cost", 0.5),
            TraceFilter.equals("internal", False),
        ],
        description="Quality of live answers",
        metrics_namespace="Shop/Evaluations",
        encryption_key=encryption,
    )


class TestDefaults:
    def test_a_tenth_of_the_sessions_of_the_default_endpoint(self) -> None:
        of = stack()
        served = agent(of)
        evaluation(of, agent=served)
        made = properties(of)
        assert made["ExecutionStatus"] == "ENABLED"
        assert made["Evaluators"] == [{"EvaluatorId": "Builtin.Helpfulness"}]
        assert made["Rule"] == {
            "SamplingConfig": {"SamplingPercentage": 10},
            "SessionConfig": {"SessionTimeoutMinutes": 15},
        }
        source = made["DataSourceConfig"]["CloudWatchLogs"]
        assert source["ServiceNames"] == [f"{served.runtime_name}.DEFAULT"]
        assert source["LogGroupNames"][0]["Ref"].startswith("AgentOutputLogGroup")

    def test_results_go_to_a_group_of_the_template(self) -> None:
        of = stack()
        evaluation(of)
        synthesized = template(of)
        output = properties(of)["OutputConfig"]["CloudWatchConfig"]
        results = synthesized["Resources"][output["LogGroupName"]["Ref"]]
        assert results["Properties"]["RetentionInDays"] == 30
        assert results["DeletionPolicy"] == "Retain"
        # The service refuses groups of ours below its own prefix.
        assert "LogGroupName" not in results["Properties"]
        assert "MetricsNamespace" not in output

    def test_the_role_reads_this_agent_and_writes_results_and_calls_no_model(self) -> None:
        of = stack()
        evaluation(of)
        granted = statements(template(of), "QualityPermissions")
        assert actions(granted) == {
            "logs:DescribeLogGroups",
            "logs:StartQuery",
            "logs:GetQueryResults",
            "logs:DescribeIndexPolicies",
            "logs:PutIndexPolicy",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
        }
        by_action = {text(each["Action"]): text(each["Resource"]) for each in granted}
        read = next(resource for action, resource in by_action.items() if "StartQuery" in action)
        assert "AgentOutputLogGroup" in read
        assert "log-group:aws/spans:*" in read
        assert "runtimes/*" not in read
        write = next(resource for action, resource in by_action.items() if "PutLogEvents" in action)
        assert "QualityResults" in write
        assert "AgentOutputLogGroup" not in write

    def test_the_service_assumes_the_role_for_this_evaluation_only(self) -> None:
        of = stack()
        made = evaluation(of)
        trust = template(of)["Resources"][of.get_logical_id(made.role.node.default_child)]["Properties"]  # type: ignore[arg-type]
        (statement,) = trust["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Principal"] == {"Service": "bedrock-agentcore.amazonaws.com"}
        account = {"Ref": "AWS::AccountId"}
        assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": account, "aws:ResourceAccount": account}
        arns = text(statement["Condition"]["ArnLike"]["aws:SourceArn"])
        assert f":online-evaluation-config/{made.evaluation_name}-*" in arns
        assert "evaluator/" not in arns

    def test_waits_for_the_permissions(self) -> None:
        of = stack()
        evaluation(of)
        assert any("QualityPermissions" in each for each in only(template(of), CONFIG)["DependsOn"])


class TestOptions:
    def test_can_be_disabled(self) -> None:
        of = stack()
        evaluation(of, enabled=False)
        assert properties(of)["ExecutionStatus"] == "DISABLED"

    def test_another_endpoint(self) -> None:
        of = stack()
        served = agent(of, endpoints={"prod": "1"})
        evaluation(of, agent=served, endpoint="prod")
        source = properties(of)["DataSourceConfig"]["CloudWatchLogs"]
        assert source["ServiceNames"] == [f"{served.runtime_name}.prod"]
        assert source["LogGroupNames"][0]["Ref"].startswith("Agentprod")

    def test_values_of_filters_keep_their_types(self) -> None:
        of = stack()
        whole(of)
        filters = properties(of)["Rule"]["Filters"]
        assert [each["Value"] for each in filters] == [
            {"StringValue": "eu"},
            {"DoubleValue": 0.5},
            {"BooleanValue": False},
        ]

    def test_names_sampling_and_timeout(self) -> None:
        of = stack()
        made = evaluation(
            of,
            evaluation_name="quality",
            sampling_percentage=0.01,
            session_timeout=cdk.Duration.hours(24),
            metrics_namespace="Shop/Evaluations",
        )
        found = properties(of)
        assert found["OnlineEvaluationConfigName"] == "quality"
        assert found["Rule"]["SamplingConfig"] == {"SamplingPercentage": 0.01}
        assert found["Rule"]["SessionConfig"] == {"SessionTimeoutMinutes": 1440}
        assert found["OutputConfig"]["CloudWatchConfig"]["MetricsNamespace"] == made.metrics_namespace

    def test_a_judge_brings_its_model_and_its_trust(self) -> None:
        of = stack()
        tone = judge(of)
        made = evaluation(of, evaluators=[tone])
        granted = [each for each in statements(template(of), "QualityPermissions") if "bedrock:" in text(each)]
        profile = "inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0"
        assert profile in text(granted[0]["Resource"])
        assert all(region in text(granted[1]) for region in ("us-east-1", "us-east-2", "us-west-2"))
        assert properties(of)["Evaluators"][0]["EvaluatorId"]["Fn::GetAtt"][1] == "EvaluatorId"
        arns = text(template(of)["Resources"][of.get_logical_id(made.role.node.default_child)])  # type: ignore[arg-type]
        assert f":evaluator/{tone.evaluator_name}-*" in arns

    def test_a_function_may_be_called_and_nothing_else(self) -> None:
        of = stack()
        evaluation(of, evaluators=[code_evaluator(of)])
        granted = [each for each in statements(template(of), "QualityPermissions") if "lambda:" in text(each)]
        assert len(granted) == 1
        assert granted[0]["Action"] == ["lambda:GetFunction", "lambda:InvokeFunction"]
        assert granted[0]["Resource"]["Fn::GetAtt"][0].startswith("Function")

    def test_an_encrypted_judge_can_be_read_by_the_role(self) -> None:
        of = stack()
        whole(of)
        granted = [each for each in statements(template(of), "QualityPermissions") if each["Action"] == "kms:Decrypt"]
        context = granted[0]["Condition"]["StringEquals"]["kms:EncryptionContext:aws:bedrock-agentcore:evaluatorArn"]
        assert context["Fn::GetAtt"][1] == "EvaluatorArn"

    def test_results_are_encrypted(self) -> None:
        of = stack()
        key = kms.Key(of, "Key")
        evaluation(of, encryption_key=key)
        groups = template(of)["Resources"]
        results = next(each for name, each in groups.items() if name.startswith("QualityResults"))
        assert results["Properties"]["KmsKeyId"]["Fn::GetAtt"][0].startswith("Key")
        assert "logs.us-east-1.amazonaws.com" in text(only(template(of), "AWS::KMS::Key"))


class TestRefusals:
    @pytest.mark.parametrize(
        ("props", "message"),
        [
            ({"evaluators": []}, "1 to 10 evaluators, got 0"),
            ({"evaluators": list(BuiltinEvaluator)[:11]}, "1 to 10 evaluators, got 11"),
            ({"evaluators": HELPFUL * 2}, "each evaluator is listed once, got HELPFULNESS"),
            ({"endpoint": "prod"}, "has no endpoint 'prod'; it has DEFAULT"),
            ({"sampling_percentage": 0}, "0.01 to 100, got 0; to evaluate nothing, pass enabled=False"),
            ({"sampling_percentage": 100.1}, "0.01 to 100, got 100.1"),
            ({"sampling_percentage": float("nan")}, "0.01 to 100, got nan"),
            ({"filters": [TraceFilter.equals("a", 1)] * 6}, "at most 5 filters, got 6"),
            ({"session_timeout": cdk.Duration.seconds(90)}, "whole minutes, got 90 seconds"),
            ({"session_timeout": cdk.Duration.seconds(0)}, "whole minutes, got 0 seconds"),
            ({"session_timeout": cdk.Duration.hours(25)}, "1 to 1440 whole minutes, got 90000 seconds"),
            ({"evaluation_name": "my-evaluation"}, "letters, digits and '_', at most 48, .* got 'my-evaluation'"),
            ({"evaluation_name": ""}, "got ''"),
            ({"metrics_namespace": "AWS/Mine"}, "does not begin with AWS/, got 'AWS/Mine'"),
            ({"description": ""}, "1 to 200 characters, got 0"),
        ],
    )
    def test_fails_out_of_bounds(self, props: dict[str, Any], message: str) -> None:
        with pytest.raises(ValueError, match=message):
            evaluation(stack(), **props)

    def test_fails_for_an_agent_without_tracing(self) -> None:
        of = stack()
        with pytest.raises(ValueError, match="'Test/Agent' has tracing=False, so there are no spans to evaluate"):
            evaluation(of, agent=agent(of, tracing=False))

    def test_fails_for_a_judge_that_needs_known_answers(self) -> None:
        of = stack()
        needy = judge(of, instructions="Compare {assistant_turn} with {expected_response}.")
        with pytest.raises(ValueError, match=r"'Test/Tone' needs known answers \(\{expected_response\}\)"):
            evaluation(of, evaluators=[needy])

    def test_fails_where_a_judges_model_cannot_be_reached(self) -> None:
        of = stack(region=None)
        tone = judge(of)
        with pytest.raises(ValueError, match="depends on the Region"):
            evaluation(
                of, agent=agent(of, model=ModelAccess.foundation_model("amazon.nova-lite-v1:0")), evaluators=[tone]
            )


class TestWhole:
    def test_no_cycle_and_nothing_for_cfn_lint_to_say(self) -> None:
        of = stack()
        whole(of)
        synthesized = template(of)
        assert cycle(synthesized) == []
        assert complaints(synthesized) == []

    def test_the_agent_may_be_in_another_stack(self) -> None:
        app = cdk.App(analytics_reporting=False)
        agents, quality = (stack(name, app=app) for name in ("Agents", "Quality"))
        OnlineEvaluation(quality, "Evaluation", agent=agent(agents), evaluators=HELPFUL)
        assert complaints(template(quality)) == []

    @pytest.mark.parametrize("region", ["us-east-1", None])
    def test_the_rule_packs_find_nothing(self, tmp_path: Path, region: str | None) -> None:
        app = app_in(tmp_path)
        of = stack(region=region, app=app)
        model = ModelAccess.foundation_model("amazon.nova-lite-v1:0")
        key = kms.Key(of, "Key", enable_key_rotation=True)
        served = agent(of, encryption_key=key, model=model)
        own = JudgeEvaluator(
            of,
            "Tone",
            level=EvaluationLevel.TRACE,
            instructions="{context}",
            scale=RatingScale.categorical([Rating("a", "x"), Rating("b", "y")]),
            model=model,
            encryption_key=key,
        )
        OnlineEvaluation(of, "Quality", agent=served, evaluators=[*HELPFUL, own], encryption_key=key)
        assert findings(app, tmp_path) == []

    def test_the_documented_example(self) -> None:
        of = stack()
        evaluated(of, agent(of), function(of), live=False)
        made = properties(of)
        assert made["ExecutionStatus"] == "DISABLED"
        assert len(made["Evaluators"]) == 4
        assert complaints(template(of)) == []
        assert SONNET not in text(made)
