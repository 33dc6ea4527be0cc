"""An agent's guardrail: its variables, the right to apply it, and models that cannot be called without it."""

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from constructs_lib import ModelAccess
from constructs_lib.safety import BlockedWords, ContentGuardrail, GuardrailMode, GuardrailProfile
from tests.constructs_lib.lint import complaints
from tests.constructs_lib.nag import findings
from tests.constructs_lib.roundtrips import counted
from tests.constructs_lib.support import agent, app_in, cycle, only, resources, stack, statements, template, text

INVOKE = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]
KEY = "bedrock:GuardrailIdentifier"
NOVA = ModelAccess.foundation_model("amazon.nova-lite-v1:0")
PROFILE = ModelAccess.inference_profile("us.anthropic.claude-sonnet-4-5-20250929-v1:0")
WORLDWIDE = ModelAccess.inference_profile("global.anthropic.claude-sonnet-4-5-20250929-v1:0")
# One more read, of the place of the guardrail's stack, where it is not the agent's.
MAX_FURTHER_ROUND_TRIPS = 2


def guardrail(of: cdk.Stack, **props: Any) -> ContentGuardrail:
    return ContentGuardrail(of, "Guardrail", words=BlockedWords(profanity=True), **props)


def variables(of: cdk.Stack) -> dict[str, Any]:
    found: dict[str, Any] = only(template(of), "AWS::BedrockAgentCore::Runtime")["Properties"]["EnvironmentVariables"]
    return found


def model_statements(of: cdk.Stack) -> list[dict[str, Any]]:
    return [each for each in statements(template(of), "AgentBaseline") if each["Action"] == INVOKE]


def versions(of: cdk.Stack) -> dict[str, Any]:
    (logical_id,) = resources(template(of), "AWS::Bedrock::Guardrail")
    return {"Fn::Join": ["", [{"Fn::GetAtt": [logical_id, "GuardrailArn"]}, ":*"]]}


class TestVariables:
    def test_name_the_guardrail_its_version_and_the_mode(self) -> None:
        of = stack()
        agent(of, guardrail=guardrail(of))
        (logical_id,) = resources(template(of), "AWS::Bedrock::Guardrail")
        (version,) = resources(template(of), "AWS::Bedrock::GuardrailVersion")
        assert variables(of)["AGENT_GUARDRAIL_ID"] == {"Fn::GetAtt": [logical_id, "GuardrailId"]}
        assert variables(of)["AGENT_GUARDRAIL_VERSION"] == {"Fn::GetAtt": [version, "Version"]}
        assert variables(of)["AGENT_GUARDRAIL_MODE"] == "ENFORCE"

    def test_tell_the_agent_to_watch_only(self) -> None:
        of = stack()
        agent(of, guardrail=guardrail(of), guardrail_mode=GuardrailMode.SHADOW)
        assert variables(of)["AGENT_GUARDRAIL_MODE"] == "SHADOW"

    def test_are_not_there_without_a_guardrail(self) -> None:
        of = stack()
        agent(of)
        assert not [name for name in variables(of) if "GUARDRAIL" in name]


class TestApplying:
    def test_is_allowed_with_this_guardrail_only(self) -> None:
        of = stack()
        key = kms.Key(of, "Key")
        mine = guardrail(of, encryption_key=key, cross_region=GuardrailProfile.us())
        agent(of, guardrail=mine)
        granted = statements(template(of), "AgentBaseline")
        for statement in mine.apply_statements():
            assert of.resolve(iam.PolicyStatement.from_json(statement).to_statement_json()) in granted
        assert "guardrail/*" not in text(granted)

    def test_is_allowed_before_the_agent_starts(self) -> None:
        of = stack()
        agent(of, guardrail=guardrail(of))
        assert cycle(template(of)) == []
        runtime = only(template(of), "AWS::BedrockAgentCore::Runtime")
        assert [each for each in runtime["DependsOn"] if each.startswith("AgentBaseline")]


class TestRequirement:
    def test_is_not_made_by_default(self) -> None:
        of = stack()
        agent(of, model=NOVA, guardrail=guardrail(of))
        assert [each.get("Condition") for each in model_statements(of)] == [None]

    def test_makes_every_permission_of_the_model_conditional(self) -> None:
        of = stack()
        agent(of, model=[NOVA, PROFILE, WORLDWIDE], guardrail=guardrail(of), guardrail_required=True)
        allowed = [each for each in model_statements(of) if each["Effect"] == "Allow"]
        assert len(allowed) == 1 + 2 + 3
        assert [each["Condition"]["ArnLike"] for each in allowed] == [{KEY: versions(of)}] * 6

    def test_keeps_the_conditions_of_a_profile(self) -> None:
        of = stack()
        agent(of, model=PROFILE, guardrail=guardrail(of), guardrail_required=True)
        through_profile = [each for each in model_statements(of) if "StringEquals" in each["Condition"]]
        assert len(through_profile) == 1
        assert "bedrock:InferenceProfileArn" in through_profile[0]["Condition"]["StringEquals"]

    def test_denies_the_model_without_the_guardrail_whatever_else_is_granted(self) -> None:
        of = stack()
        agent(of, model=PROFILE.streaming_only(), guardrail=guardrail(of), guardrail_required=True)
        granted = statements(template(of), "AgentBaseline")
        (denied,) = [each for each in granted if each["Effect"] == "Deny"]
        assert denied["Action"] == INVOKE
        assert denied["Condition"] == {"ArnNotLike": {KEY: versions(of)}}
        assert text(denied["Resource"]).endswith(
            ':bedrock:*::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0"]]}'
        )

    def test_denies_it_once_for_a_model_that_several_profiles_lead_to(self) -> None:
        of = stack()
        agent(of, model=[PROFILE, WORLDWIDE, NOVA], guardrail=guardrail(of), guardrail_required=True)
        denied = [each for each in statements(template(of), "AgentBaseline") if each["Effect"] == "Deny"]
        resources_ = [resource for each in denied for resource in listed(each["Resource"])]
        assert len(resources_) == len({text(resource) for resource in resources_}) == 2

    def test_holds_for_grants_elsewhere_too(self) -> None:
        of = stack()
        mine = guardrail(of)
        caller = iam.Role(of, "Caller", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        NOVA.requiring_guardrail(mine.guardrail_arn).grant_invoke(caller, of)
        granted = only(template(of), "AWS::IAM::Policy")["Properties"]["PolicyDocument"]["Statement"]
        assert [(each["Effect"], each["Condition"]) for each in granted] == [
            ("Allow", {"ArnLike": {KEY: versions(of)}}),
            ("Deny", {"ArnNotLike": {KEY: versions(of)}}),
        ]


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


class TestFailures:
    def test_fails_if_required_without_a_guardrail(self) -> None:
        with pytest.raises(ValueError, match="'Test/Agent' has guardrail_required=True and no guardrail"):
            agent(stack(), guardrail_required=True)

    def test_fails_to_watch_nothing(self) -> None:
        with pytest.raises(ValueError, match=r"has guardrail_mode=GuardrailMode.SHADOW and no guardrail"):
            agent(stack(), guardrail_mode=GuardrailMode.SHADOW)

    def test_fails_if_required_and_only_watched(self) -> None:
        of = stack()
        with pytest.raises(ValueError, match="could not call its model"):
            agent(of, guardrail=guardrail(of), guardrail_required=True, guardrail_mode=GuardrailMode.SHADOW)

    def test_fails_for_a_guardrail_of_another_region(self) -> None:
        app = cdk.App(analytics_reporting=False)
        elsewhere = guardrail(stack("Elsewhere", region="us-west-2", app=app))
        with pytest.raises(ValueError, match="are in different Regions, us-east-1 and us-west-2"):
            agent(stack(app=app), guardrail=elsewhere)

    @pytest.mark.parametrize("name", ["AGENT_GUARDRAIL_ID", "AGENT_GUARDRAIL_VERSION", "AGENT_GUARDRAIL_MODE"])
    def test_fails_for_a_variable_that_is_ours(self, name: str) -> None:
        with pytest.raises(ValueError, match=f"instead of setting {name} in environment"):
            agent(stack(), environment={name: "x"})

    def test_fails_to_require_what_is_no_guardrail(self) -> None:
        with pytest.raises(ValueError, match=r"a guardrail is named by its ARN .* got 'abc:1'"):
            NOVA.requiring_guardrail("abc:1")


class TestQuality:
    def test_costs_few_round_trips(self) -> None:
        of = stack()
        mine = guardrail(of)
        with counted() as without:
            agent(of, "Plain")
        with counted() as with_it:
            agent(of, "Guarded", guardrail=mine, guardrail_required=True)
        assert len(with_it) - len(without) <= MAX_FURTHER_ROUND_TRIPS

    def test_cfn_lint_has_no_complaints(self) -> None:
        of = stack()
        agent(of, guardrail=guardrail(of), guardrail_required=True)
        assert complaints(template(of)) == []

    def test_five_packs_find_nothing(self, tmp_path: Path) -> None:
        app = app_in(tmp_path)
        of = stack(app=app)
        key = kms.Key(of, "Key", enable_key_rotation=True)
        agent(
            of,
            model=[PROFILE, WORLDWIDE],
            guardrail=guardrail(of, encryption_key=key, cross_region=GuardrailProfile.us()),
            guardrail_required=True,
            encryption_key=key,
        )
        assert findings(app, tmp_path) == []
