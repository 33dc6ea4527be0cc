import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_ssm as ssm

import constructs_lib.safety
from constructs_lib.safety import (
    BlockedWords,
    ContentFilter,
    ContentGuardrail,
    ContextualGrounding,
    DeniedTopic,
    FilterStrength,
    GuardrailProfile,
    PiiEntity,
    PiiFilter,
    RegexFilter,
)
from tests.constructs_lib.lint import complaints
from tests.constructs_lib.nag import findings
from tests.constructs_lib.roundtrips import counted
from tests.constructs_lib.support import app_in, only, resources, stack, template, text

GUARDRAIL = "AWS::Bedrock::Guardrail"
VERSION = "AWS::Bedrock::GuardrailVersion"
MAX_ROUND_TRIPS = 16
PROFANITY = BlockedWords(profanity=True)
GOSSIP = DeniedTopic(name="Gossip", definition="Talk about people who are not there.")


def everything(of: cdk.Stack, **props: Any) -> ContentGuardrail:
    return ContentGuardrail(
        of,
        "Guardrail",
        **{
            "content_filters": [
                ContentFilter.hate(),
                ContentFilter.insults(FilterStrength.LOW, output=FilterStrength.HIGH),
                ContentFilter.prompt_attack(),
            ],
            "denied_topics": [
                DeniedTopic(name="Gossip", definition="Talk about people who are not there.", samples=["Did you hear?"])
            ],
            "words": BlockedWords(own=["Initech", "project blue"], profanity=True),
            "pii": [PiiFilter.block(PiiEntity.PASSWORD), PiiFilter.anonymize(PiiEntity.EMAIL, "PHONE")],
            "regexes": [
                RegexFilter.block("Ticket", r"\bTCK-\d{6}\b", description="Numbers of tickets"),
                RegexFilter.anonymize("Host", r"\bhost-[a-z0-9]{8}\b"),
                RegexFilter.allow_aws_arns(),
            ],
            "grounding": ContextualGrounding(grounding=0.8, relevance=0.5),
            "description": "All of it",
            **props,
        },
    )


def properties(of: cdk.Stack) -> dict[str, Any]:
    found: dict[str, Any] = only(template(of), GUARDRAIL)["Properties"]
    return found


def both_ways(action: str) -> dict[str, object]:
    # The service takes the action for answers alone unless it is told of requests too.
    directions = {"InputAction": action, "InputEnabled": True, "OutputAction": action, "OutputEnabled": True}
    return {"Action": action, **directions}


def version_id(of: cdk.Stack) -> str:
    (logical_id,) = resources(template(of), VERSION)
    return logical_id


class TestPolicies:
    def test_a_filter_has_a_strength_for_requests_and_one_for_answers(self) -> None:
        of = stack()
        everything(of)
        policy = properties(of)["ContentPolicyConfig"]
        assert policy["FiltersConfig"] == [
            {"Type": "HATE", "InputStrength": "HIGH", "OutputStrength": "HIGH"},
            {"Type": "INSULTS", "InputStrength": "LOW", "OutputStrength": "HIGH"},
            {"Type": "PROMPT_ATTACK", "InputStrength": "HIGH", "OutputStrength": "NONE"},
        ]

    @pytest.mark.parametrize("category", ["hate", "insults", "sexual", "violence", "misconduct"])
    def test_each_category_is_there(self, category: str) -> None:
        of = stack()
        ContentGuardrail(of, "Guardrail", content_filters=[getattr(ContentFilter, category)(FilterStrength.LOW)])
        assert properties(of)["ContentPolicyConfig"]["FiltersConfig"] == [
            {"Type": category.upper(), "InputStrength": "LOW", "OutputStrength": "LOW"}
        ]

    def test_topics_are_denied_by_definition_and_samples(self) -> None:
        of = stack()
        everything(of)
        assert properties(of)["TopicPolicyConfig"]["TopicsConfig"] == [
            {
                "Name": "Gossip",
                "Type": "DENY",
                "Definition": "Talk about people who are not there.",
                "Examples": ["Did you hear?"],
            }
        ]

    def test_words_are_ones_own_and_those_of_the_list(self) -> None:
        of = stack()
        everything(of)
        assert properties(of)["WordPolicyConfig"] == {
            "ManagedWordListsConfig": [{"Type": "PROFANITY"}],
            "WordsConfig": [{"Text": "Initech"}, {"Text": "project blue"}],
        }

    def test_personal_data_and_patterns_are_blocked_masked_or_allowed(self) -> None:
        of = stack()
        everything(of)
        policy = properties(of)["SensitiveInformationPolicyConfig"]
        assert policy["PiiEntitiesConfig"] == [
            {"Type": "PASSWORD", **both_ways("BLOCK")},
            {"Type": "EMAIL", **both_ways("ANONYMIZE")},
            {"Type": "PHONE", **both_ways("ANONYMIZE")},
        ]
        assert policy["RegexesConfig"][0] == {
            "Name": "Ticket",
            "Pattern": r"\bTCK-\d{6}\b",
            "Description": "Numbers of tickets",
            **both_ways("BLOCK"),
        }
        assert [each["Action"] for each in policy["RegexesConfig"]] == ["BLOCK", "ANONYMIZE", "NONE"]

    def test_answers_are_held_against_their_source(self) -> None:
        of = stack()
        everything(of)
        assert properties(of)["ContextualGroundingPolicyConfig"]["FiltersConfig"] == [
            {"Type": "GROUNDING", "Threshold": 0.8},
            {"Type": "RELEVANCE", "Threshold": 0.5},
        ]

    def test_what_is_not_asked_for_is_not_there(self) -> None:
        of = stack()
        ContentGuardrail(of, "Guardrail", words=PROFANITY)
        assert properties(of).keys() == {
            "BlockedInputMessaging",
            "BlockedOutputsMessaging",
            "Name",
            "WordPolicyConfig",
        }

    def test_all_kinds_of_personal_data_are_those_of_cloudformation(self) -> None:
        from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", GUARDRAIL).schema
        assert {entity.value for entity in PiiEntity} == set(schema["definitions"]["PiiEntityType"]["enum"])


class TestOptions:
    def test_messages_and_name(self) -> None:
        of = stack()
        everything(of, guardrail_name="my-guardrail", blocked_input_message="No.", blocked_output_message="Not that.")
        assert properties(of)["Name"] == "my-guardrail"
        assert (properties(of)["BlockedInputMessaging"], properties(of)["BlockedOutputsMessaging"]) == (
            "No.",
            "Not that.",
        )

    def test_its_name_comes_from_its_path(self) -> None:
        names = set()
        for name in ("A-rather-long-name-of-a-stack-of-the-platform", "A-rather-long-name-of-a-stack-of-another-one"):
            of = stack(name)
            everything(of)
            names.add(properties(of)["Name"])
        assert len(names) == 2
        assert all(re.fullmatch(r"[0-9a-zA-Z_-]{20,50}", name) for name in names)

    def test_without_a_profile_it_stays_in_its_region_under_the_classic_tier(self) -> None:
        of = stack()
        everything(of)
        assert "CrossRegionConfig" not in properties(of)
        assert properties(of)["ContentPolicyConfig"]["ContentFiltersTierConfig"] == {"TierName": "CLASSIC"}
        assert properties(of)["TopicPolicyConfig"]["TopicsTierConfig"] == {"TierName": "CLASSIC"}

    def test_a_profile_makes_it_standard(self) -> None:
        of = stack()
        everything(of, cross_region=GuardrailProfile.us())
        assert ":guardrail-profile/us.guardrail.v1:0" in text(properties(of)["CrossRegionConfig"])
        assert properties(of)["ContentPolicyConfig"]["ContentFiltersTierConfig"] == {"TierName": "STANDARD"}
        assert properties(of)["TopicPolicyConfig"]["TopicsTierConfig"] == {"TierName": "STANDARD"}

    def test_a_long_definition_needs_a_profile(self) -> None:
        long = DeniedTopic(name="Long", definition="x" * 201)
        with pytest.raises(
            ValueError, match=r"'Long' has 201 characters; without a guardrail profile it has at most 200"
        ):
            ContentGuardrail(stack(), "Guardrail", denied_topics=[long])
        of = stack()
        ContentGuardrail(of, "Guardrail", denied_topics=[long], cross_region=GuardrailProfile.us())
        assert len(properties(of)["TopicPolicyConfig"]["TopicsConfig"][0]["Definition"]) == 201

    def test_a_key_encrypts_it(self) -> None:
        of = stack()
        everything(of, encryption_key=kms.Key(of, "Key"))
        (key,) = resources(template(of), "AWS::KMS::Key")
        assert properties(of)["KmsKeyArn"] == {"Fn::GetAtt": [key, "Arn"]}


class TestVersion:
    def test_is_a_snapshot_of_this_guardrail(self) -> None:
        of = stack()
        everything(of)
        (guardrail,) = resources(template(of), GUARDRAIL)
        assert only(template(of), VERSION)["Properties"] == {
            "GuardrailIdentifier": {"Fn::GetAtt": [guardrail, "GuardrailId"]}
        }

    def test_is_the_same_at_every_synth(self) -> None:
        ids = set()
        for _ in range(2):
            of = stack()
            everything(of, encryption_key=kms.Key(of, "Key"), cross_region=GuardrailProfile.us())
            ids.add(version_id(of))
        assert len(ids) == 1

    @pytest.mark.parametrize(
        "change",
        [
            {"content_filters": [ContentFilter.hate(FilterStrength.LOW)]},
            {"denied_topics": [GOSSIP]},
            {"words": PROFANITY},
            {"pii": [PiiFilter.block("EMAIL")]},
            {"regexes": []},
            {"grounding": ContextualGrounding(grounding=0.81, relevance=0.5)},
            {"blocked_input_message": "No."},
            {"blocked_output_message": "No."},
            {"description": "Another"},
            {"cross_region": GuardrailProfile.us()},
        ],
        ids=lambda change: next(iter(change)),
    )
    def test_another_is_published_with_every_change(self, change: Mapping[str, Any]) -> None:
        before, after = stack(), stack()
        everything(before)
        everything(after, **change)
        assert version_id(before) != version_id(after)

    def test_another_is_published_with_another_key(self) -> None:
        ids = set()
        for key in (None, "One", "Two"):
            of = stack()
            everything(of, encryption_key=kms.Key(of, key) if key else None)
            ids.add(version_id(of))
        assert len(ids) == 3

    def test_earlier_ones_stay_for_those_pinned_to_them(self) -> None:
        of = stack()
        everything(of)
        version = only(template(of), VERSION)
        assert (version["DeletionPolicy"], version["UpdateReplacePolicy"]) == ("Retain", "Retain")

    def test_users_are_pinned_to_its_number(self) -> None:
        of = stack()
        ssm.StringParameter(of, "Pin", string_value=everything(of).version)
        pinned = only(template(of), "AWS::SSM::Parameter")["Properties"]["Value"]
        assert pinned == {"Fn::GetAtt": [version_id(of), "Version"]}

    def test_another_stack_that_is_pinned_to_it_does_not_hold_up_the_next_one(self) -> None:
        app = cdk.App(analytics_reporting=False)
        of, other = stack("Guardrails", app=app), stack("Agents", app=app)
        ssm.StringParameter(other, "Pin", string_value=everything(of).version)
        assembly = app.synth()
        shared = assembly.get_stack_by_name("Guardrails").template
        assert not [output for output in shared["Outputs"].values() if "Export" in output]
        pinned = only(assembly.get_stack_by_name("Agents").template, "AWS::SSM::Parameter")["Properties"]["Value"]
        assert "Fn::GetStackOutput" in pinned


class TestPermissions:
    def caller(self, of: cdk.Stack) -> iam.Role:
        return iam.Role(of, "Caller", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))

    def granted(self, of: cdk.Stack) -> list[dict[str, Any]]:
        statements: list[dict[str, Any]] = only(template(of), "AWS::IAM::Policy")["Properties"]["PolicyDocument"][
            "Statement"
        ]
        return statements

    def test_to_apply_this_guardrail_and_nothing_else(self) -> None:
        of = stack()
        everything(of).grant_apply(self.caller(of))
        (guardrail,) = resources(template(of), GUARDRAIL)
        assert self.granted(of) == [
            {
                "Effect": "Allow",
                "Action": "bedrock:ApplyGuardrail",
                "Resource": {"Fn::GetAtt": [guardrail, "GuardrailArn"]},
            }
        ]

    def test_in_all_regions_its_checks_run_in(self) -> None:
        of = stack(region="us-west-1")
        everything(of, cross_region=GuardrailProfile.us()).grant_apply(self.caller(of))
        (statement,) = self.granted(of)
        assert statement["Action"] == "bedrock:ApplyGuardrail"
        profiles = [text(arn) for arn in statement["Resource"] if "guardrail-profile/us.guardrail.v1:0" in text(arn)]
        assert len(statement["Resource"]) == 1 + len(profiles)
        assert {
            region
            for region in ("us-east-1", "us-east-2", "us-west-1", "us-west-2")
            for arn in profiles
            if f":bedrock:{region}:" in arn
        } == {"us-east-1", "us-east-2", "us-west-1", "us-west-2"}

    def test_to_decrypt_with_its_key(self) -> None:
        of = stack()
        everything(of, encryption_key=kms.Key(of, "Key")).grant_apply(self.caller(of))
        (key,) = resources(template(of), "AWS::KMS::Key")
        decrypt = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": {"Fn::GetAtt": [key, "Arn"]}}
        assert decrypt in self.granted(of)

    def test_statements_are_what_is_granted(self) -> None:
        of = stack()
        guardrail = everything(of, encryption_key=kms.Key(of, "Key"), cross_region=GuardrailProfile.us())
        guardrail.grant_apply(self.caller(of))
        as_statements = iam.PolicyDocument.from_json(
            {"Version": "2012-10-17", "Statement": guardrail.apply_statements()}
        )
        assert of.resolve(as_statements)["Statement"] == self.granted(of)


class TestMetrics:
    def test_are_those_of_this_version(self) -> None:
        of = stack()
        guardrail = everything(of)
        metric = guardrail.metric_interventions()
        assert (metric.namespace, metric.metric_name) == ("AWS/Bedrock/Guardrails", "InvocationsIntervened")
        assert of.resolve(metric.dimensions) == {
            "GuardrailArn": of.resolve(guardrail.guardrail_arn),
            "GuardrailVersion": of.resolve(guardrail.version),
        }
        assert guardrail.metric_invocations().metric_name == "Invocations"


class TestFailures:
    def refused(self, message: str, **props: Any) -> None:
        with pytest.raises(ValueError, match=message):
            ContentGuardrail(stack(), "Guardrail", **props)

    def test_fails_without_policies(self) -> None:
        self.refused("a guardrail without policies blocks nothing")

    def test_fails_if_all_it_does_is_allow(self) -> None:
        self.refused("blocks nothing", regexes=[RegexFilter.allow_aws_arns()])

    def test_fails_for_two_filters_of_a_category(self) -> None:
        self.refused("content_filters= names 'HATE' twice", content_filters=[ContentFilter.hate()] * 2)

    def test_fails_for_two_topics_of_a_name(self) -> None:
        self.refused("denied_topics= names 'Gossip' twice", denied_topics=[GOSSIP, GOSSIP])

    def test_fails_for_too_many_topics(self) -> None:
        topics = [DeniedTopic(name=f"Topic {n}", definition="Something.") for n in range(31)]
        self.refused("at most 30 denied_topics=, got 31", denied_topics=topics)

    def test_fails_for_too_many_patterns(self) -> None:
        regexes = [RegexFilter.block(f"Pattern {n}", f"x{n}") for n in range(31)]
        self.refused("at most 30 regexes=, got 31", regexes=regexes)

    @pytest.mark.parametrize("argument", ["blocked_input_message", "blocked_output_message"])
    @pytest.mark.parametrize("message", ["", "x" * 501])
    def test_fails_for_a_message_out_of_bounds(self, argument: str, message: str) -> None:
        self.refused(f"{argument}= has 1 to 500 characters, got {len(message)}", words=PROFANITY, **{argument: message})

    def test_fails_for_a_long_description(self) -> None:
        self.refused("description= has 1 to 200 characters, got 201", words=PROFANITY, description="x" * 201)

    def test_fails_for_a_bad_name(self) -> None:
        self.refused("at most 50, got 'no spaces'", words=PROFANITY, guardrail_name="no spaces")

    def test_fails_for_text_that_is_not_known_at_synth(self) -> None:
        of = stack(region=None)
        with pytest.raises(ValueError, match="have to be known at synth, because versions follow them"):
            ContentGuardrail(of, "Guardrail", words=PROFANITY, blocked_input_message=f"Not in {of.region}.")

    def test_fails_for_a_profile_of_another_geography(self) -> None:
        self.refused(
            "the profile 'eu.guardrail.v1:0' cannot be used from 'us-east-1', only from eu-central-1",
            words=PROFANITY,
            cross_region=GuardrailProfile.eu(),
        )

    def test_fails_for_a_profile_where_the_region_is_not_known(self) -> None:
        with pytest.raises(ValueError, match=r"give the stack env=Environment\(region=…\)"):
            ContentGuardrail(stack(region=None), "Guardrail", words=PROFANITY, cross_region=GuardrailProfile.us())


class TestQuality:
    def test_costs_few_round_trips(self) -> None:
        of = stack()
        with counted() as sent:
            everything(of)
        assert len(sent) <= MAX_ROUND_TRIPS, sent

    @pytest.mark.parametrize("cross_region", [None, GuardrailProfile.us()])
    def test_cfn_lint_has_no_complaints(self, cross_region: GuardrailProfile | None) -> None:
        of = stack()
        key = kms.Key(of, "Key", enable_key_rotation=True)
        everything(of, encryption_key=key, cross_region=cross_region)
        assert complaints(template(of)) == []

    def test_five_packs_find_nothing(self, tmp_path: Path) -> None:
        app = app_in(tmp_path)
        of = stack(app=app)
        guardrail = everything(
            of, encryption_key=kms.Key(of, "Key", enable_key_rotation=True), cross_region=GuardrailProfile.us()
        )
        policy = iam.ManagedPolicy(of, "Apply", roles=[TestPermissions().caller(of)])
        for statement in guardrail.apply_statements():
            policy.add_statements(iam.PolicyStatement.from_json(statement))
        assert findings(app, tmp_path) == []

    def test_importing_the_room_starts_no_jsii(self) -> None:
        check = "import sys, constructs_lib.safety; sys.exit('jsii' in sys.modules)"
        assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0

    @pytest.mark.parametrize("name", constructs_lib.safety.__all__)
    def test_every_public_name_of_the_room_is_there(self, name: str) -> None:
        assert getattr(constructs_lib.safety, name).__name__ == name
