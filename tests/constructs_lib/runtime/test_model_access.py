from collections.abc import Iterable

import pytest
from aws_cdk import aws_iam as iam

from constructs_lib import ModelAccess
from constructs_lib.runtime._inference_profiles import GLOBAL_SOURCES, PROFILE_ONLY_MODELS, ROUTES
from tests.constructs_lib.support import actions, agent, only, stack, statements, template

SONNET = "anthropic.claude-sonnet-4-5-20250929-v1:0"
INVOKE = {"bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"}


def resource_arns(access: ModelAccess, region: str) -> list[str]:
    found: list[str] = []
    for statement in access.statements(stack(region=region)):
        resource = statement["Resource"]
        assert isinstance(resource, list)
        found.extend(resource)
    return found


def model_regions(profile: str, region: str) -> list[str]:
    return [arn.split(":")[3] for arn in resource_arns(ModelAccess.inference_profile(profile), region)[1:]]


class TestFoundationModel:
    def test_reaches_the_model_in_the_region_of_the_stack_only(self) -> None:
        arns = resource_arns(ModelAccess.foundation_model("amazon.nova-lite-v1:0"), "us-east-1")
        assert [arn.split(":", 2)[2] for arn in arns] == ["bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0"]

    def test_grants_invocation_and_nothing_else(self) -> None:
        of = stack()
        agent(of, model=ModelAccess.foundation_model("amazon.nova-lite-v1:0"))
        granted = {name for name in actions(statements(template(of), "AgentBaseline")) if name.startswith("bedrock:")}
        assert granted == INVOKE

    def test_can_be_narrowed_to_streamed_or_to_whole_answers(self) -> None:
        of, access = stack(), ModelAccess.inference_profile(f"us.{SONNET}")
        for narrowed, action in (
            (access.streaming_only(), "bedrock:InvokeModelWithResponseStream"),
            (access.without_streaming(), "bedrock:InvokeModel"),
        ):
            assert {str(name) for each in narrowed.statements(of) for name in each["Action"]} == {action}  # type: ignore[attr-defined]
        guarded = access.streaming_only().with_guardrail("arn:aws:bedrock:us-east-1:111122223333:guardrail/abc")
        assert guarded.statements(of)[-1]["Action"] == ["bedrock:ApplyGuardrail"]

    def test_works_without_a_region(self) -> None:
        of = stack(region=None)
        agent(of, model=ModelAccess.foundation_model("amazon.nova-lite-v1:0"))
        assert {"Ref": "AWS::Region"} in str_parts(statements(template(of), "AgentBaseline"))


def str_parts(of: Iterable[dict[str, object]]) -> list[object]:
    parts: list[object] = []
    for statement in of:
        resource = statement["Resource"]
        if isinstance(resource, dict):
            parts.extend(resource["Fn::Join"][1])
    return parts


class TestInferenceProfile:
    @pytest.mark.parametrize(
        ("profile", "region", "expected"),
        [
            (f"us.{SONNET}", "us-east-1", ["us-east-1", "us-east-2", "us-west-2"]),
            (f"us.{SONNET}", "us-west-1", ["us-east-1", "us-east-2", "us-west-1", "us-west-2"]),
            (f"us.{SONNET}", "ca-central-1", ["ca-central-1", "us-east-1", "us-east-2", "us-west-2"]),
            (
                f"eu.{SONNET}",
                "eu-central-1",
                ["eu-central-1", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-3"],
            ),
            (
                f"eu.{SONNET}",
                "eu-west-2",
                ["eu-central-1", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3"],
            ),
            (
                "eu.amazon.nova-pro-v1:0",
                "eu-south-2",
                ["eu-central-1", "eu-north-1", "eu-south-2", "eu-west-1", "eu-west-3"],
            ),
            (
                "eu.amazon.nova-pro-v1:0",
                "il-central-1",
                ["eu-central-1", "eu-north-1", "eu-south-1", "eu-west-1", "eu-west-3", "il-central-1"],
            ),
            (f"jp.{SONNET}", "ap-northeast-3", ["ap-northeast-1", "ap-northeast-3"]),
            (f"au.{SONNET}", "ap-southeast-2", ["ap-southeast-2", "ap-southeast-4"]),
            (f"us-gov.{SONNET}", "us-gov-east-1", ["us-gov-west-1"]),
            (
                "apac.amazon.nova-lite-v1:0",
                "ap-southeast-2",
                [
                    "ap-northeast-1",
                    "ap-northeast-2",
                    "ap-northeast-3",
                    "ap-south-1",
                    "ap-southeast-1",
                    "ap-southeast-2",
                ],
            ),
        ],
    )
    def test_reaches_the_model_where_the_profile_routes_to(
        self, profile: str, region: str, expected: list[str]
    ) -> None:
        assert model_regions(profile, region) == expected

    def test_reaches_the_profile_itself_in_the_source_region(self) -> None:
        arn = resource_arns(ModelAccess.inference_profile(f"eu.{SONNET}"), "eu-west-1")[0]
        assert arn.startswith("arn:aws:bedrock:eu-west-1:")
        assert arn.endswith(f":inference-profile/eu.{SONNET}")

    def test_uses_the_partition_of_govcloud(self) -> None:
        arns = resource_arns(ModelAccess.inference_profile(f"us-gov.{SONNET}"), "us-gov-west-1")
        assert {arn.split(":")[1] for arn in arns} == {"aws-us-gov"}

    def test_opens_the_model_through_the_profile_only(self) -> None:
        profile, models = ModelAccess.inference_profile(f"us.{SONNET}").statements(stack())
        assert "Condition" not in profile
        assert models["Condition"] == {"StringEquals": {"bedrock:InferenceProfileArn": profile["Resource"][0]}}  # type: ignore[index]

    def test_a_global_profile_reaches_the_own_region_and_the_call_without_a_region(self) -> None:
        profile, regional, anywhere = ModelAccess.inference_profile(f"global.{SONNET}").statements(stack())
        arn = profile["Resource"][0]  # type: ignore[index]
        assert arn.endswith(f"inference-profile/global.{SONNET}")
        assert regional["Resource"] == [f"arn:aws:bedrock:us-east-1::foundation-model/{SONNET}"]
        assert anywhere["Resource"] == [f"arn:aws:bedrock:::foundation-model/{SONNET}"]
        assert anywhere["Condition"] == {
            "StringEquals": {"aws:RequestedRegion": "unspecified", "bedrock:InferenceProfileArn": arn}
        }

    def test_takes_destinations_of_a_profile_it_does_not_know(self) -> None:
        access = ModelAccess.inference_profile("us.newco.model-v1:0", destination_regions=["us-west-2", "us-east-2"])
        regions = [arn.split(":")[3] for arn in resource_arns(access, "us-east-1")]
        assert regions == ["us-east-1", "us-west-2", "us-east-2"]

    def test_every_route_of_the_table_is_known_from_every_source_it_lists(self) -> None:
        for profile, route in ROUTES.items():
            for source in {*route.sources, *route.exceptions}:
                assert model_regions(profile, source), f"{profile} from {source}"

    def test_every_model_that_needs_a_profile_has_one(self) -> None:
        offered = {profile.partition(".")[2] for profile in ROUTES} | set(GLOBAL_SOURCES)
        assert offered >= PROFILE_ONLY_MODELS


class TestGrants:
    def test_a_guardrail_may_be_applied_and_no_other(self) -> None:
        guardrail = "arn:aws:bedrock:us-east-1:123456789012:guardrail/abc123"
        access = ModelAccess.foundation_model("amazon.nova-lite-v1:0").with_guardrail(guardrail)
        last = access.statements(stack())[-1]
        assert (last["Action"], last["Resource"]) == (["bedrock:ApplyGuardrail"], [guardrail])

    def test_can_be_granted_to_any_principal(self) -> None:
        of = stack()
        role = iam.Role(of, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        ModelAccess.inference_profile(f"us.{SONNET}").grant_invoke(role, of)
        policy = only(template(of), "AWS::IAM::Policy")["Properties"]["PolicyDocument"]["Statement"]
        assert actions(policy) == INVOKE
        assert len(policy) == 2

    def test_access_to_several_models_is_granted(self) -> None:
        of = stack()
        agent(
            of,
            model=[
                ModelAccess.inference_profile(f"us.{SONNET}"),
                ModelAccess.foundation_model("amazon.nova-lite-v1:0"),
            ],
        )
        found = [each for each in statements(template(of), "AgentBaseline") if "bedrock:InvokeModel" in each["Action"]]
        assert len(found) == 3


class TestFails:
    def test_fails_for_a_profile_as_foundation_model(self) -> None:
        with pytest.raises(ValueError, match=r"is an inference profile; use ModelAccess.inference_profile"):
            ModelAccess.foundation_model(f"us.{SONNET}")

    def test_fails_for_a_model_that_needs_a_profile(self) -> None:
        with pytest.raises(ValueError, match=r"cannot be called by its own id.*inference_profile\('us\."):
            ModelAccess.foundation_model(SONNET)

    @pytest.mark.parametrize("id", ["Claude Sonnet 4.5", "", "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova"])
    def test_fails_for_what_is_no_model_id(self, id: str) -> None:
        with pytest.raises(ValueError, match=r"has the form PROVIDER.MODEL"):
            ModelAccess.foundation_model(id)

    @pytest.mark.parametrize("id", [SONNET, "xx.anthropic.claude", "us.claude"])
    def test_fails_for_what_is_no_profile_id(self, id: str) -> None:
        with pytest.raises(ValueError, match=r"an inference profile's id starts with one of us., us-gov., eu."):
            ModelAccess.inference_profile(id)

    def test_fails_for_an_unknown_profile(self) -> None:
        with pytest.raises(ValueError, match=r"us.newco.model-v1:0.*not in this version's table.*destination_regions"):
            ModelAccess.inference_profile("us.newco.model-v1:0").statements(stack())

    def test_fails_for_a_region_without_the_profile(self) -> None:
        with pytest.raises(ValueError, match=r"is not offered in 'eu-west-1'.*pass destination_regions"):
            ModelAccess.inference_profile(f"us.{SONNET}").statements(stack(region="eu-west-1"))

    def test_fails_for_a_region_from_which_a_global_profile_is_not_known(self) -> None:
        with pytest.raises(ValueError, match=r"not known whether .* can be called from 'us-gov-west-1'"):
            ModelAccess.inference_profile(f"global.{SONNET}").statements(stack(region="us-gov-west-1"))

    def test_fails_without_a_region(self) -> None:
        with pytest.raises(ValueError, match=r"routes to depends on the Region.*give the stack env="):
            ModelAccess.inference_profile(f"us.{SONNET}").statements(stack(region=None))

    @pytest.mark.parametrize("regions", [[], ["us-east"], "us-east-1"])
    def test_fails_for_what_are_no_regions(self, regions: list[str]) -> None:
        with pytest.raises(ValueError, match="lists at least one Region"):
            ModelAccess.inference_profile(f"us.{SONNET}", destination_regions=regions)

    def test_fails_for_a_region_outside_of_govcloud(self) -> None:
        with pytest.raises(ValueError, match=r"routes within AWS GovCloud \(US\) only"):
            ModelAccess.inference_profile(f"us-gov.{SONNET}", destination_regions=["us-east-1"])

    def test_fails_for_what_is_no_guardrail(self) -> None:
        with pytest.raises(ValueError, match=r"a guardrail is named by its ARN .* got 'abc123'"):
            ModelAccess.foundation_model("amazon.nova-lite-v1:0").with_guardrail("abc123")
