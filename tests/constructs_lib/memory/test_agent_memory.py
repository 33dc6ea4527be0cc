from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns

from constructs_lib import AgentMemory, MemoryStrategy, ModelAccess
from tests.constructs_lib.lint import complaints
from tests.constructs_lib.nag import findings
from tests.constructs_lib.support import SONNET, actions, app_in, only, resources, stack, statements, template, text

DEFAULTS = (MemoryStrategy.semantic_facts, MemoryStrategy.user_preferences, MemoryStrategy.session_summaries)


def memory(of: cdk.Stack, **props: Any) -> AgentMemory:
    props.setdefault("strategies", [make() for make in DEFAULTS])
    return AgentMemory(of, "Memory", **props)


def rendered(of: cdk.Stack) -> dict[str, Any]:
    return only(template(of), "AWS::BedrockAgentCore::Memory")


def strategies(of: cdk.Stack) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = rendered(of)["Properties"]["MemoryStrategies"]
    return found


def grantee(of: cdk.Stack) -> iam.Role:
    return iam.Role(of, "Caller", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))


def granted(of: cdk.Stack) -> list[dict[str, Any]]:
    policies = resources(template(of), "AWS::IAM::Policy")
    return next(iter(policies.values()))["Properties"]["PolicyDocument"]["Statement"]  # type: ignore[no-any-return]


class TestDefaults:
    def test_keeps_events_for_90_days(self) -> None:
        of = stack()
        memory(of)
        assert rendered(of)["Properties"]["EventExpiryDuration"] == 90

    def test_survives_its_stack_with_its_logs(self) -> None:
        of = stack()
        memory(of)
        assert rendered(of)["DeletionPolicy"] == "Retain"
        assert rendered(of)["UpdateReplacePolicy"] == "Retain"
        assert only(template(of), "AWS::Logs::LogGroup")["DeletionPolicy"] == "Retain"

    def test_its_role_is_for_this_memory_of_this_account(self) -> None:
        of = stack()
        memory(of, memory_name="mine")
        condition = only(template(of), "AWS::IAM::Role")["Properties"]["AssumeRolePolicyDocument"]["Statement"][0][
            "Condition"
        ]
        assert condition["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
        assert "memory/mine-*" in text(condition["ArnLike"])

    def test_its_role_may_do_nothing_where_nothing_is_needed(self) -> None:
        of = stack()
        memory(of)
        assert not resources(template(of), "AWS::IAM::ManagedPolicy")
        assert not resources(template(of), "AWS::IAM::Policy")

    def test_delivers_logs_and_traces_without_a_resource_policy_of_its_own(self) -> None:
        of = stack()
        memory(of)
        kinds = {
            each["Properties"]["LogType"] for each in resources(template(of), "AWS::Logs::DeliverySource").values()
        }
        assert kinds == {"APPLICATION_LOGS", "TRACES"}
        assert not resources(template(of), "AWS::XRay::ResourcePolicy")
        assert not resources(template(of), "AWS::Logs::ResourcePolicy")


class TestOptions:
    def test_can_be_removed_with_its_stack(self) -> None:
        of = stack()
        memory(of, removal_policy=RemovalPolicy.DESTROY)
        assert rendered(of)["DeletionPolicy"] == "Delete"

    @pytest.mark.parametrize("days", [3, 6, 7, 365])
    def test_takes_every_expiry_of_the_service(self, days: int) -> None:
        of = stack()
        memory(of, expiry=Duration.days(days))
        assert rendered(of)["Properties"]["EventExpiryDuration"] == days

    def test_a_key_encrypts_memory_and_logs(self) -> None:
        of = stack()
        memory(of, encryption_key=kms.Key(of, "Key"))
        arn = {"Fn::GetAtt": [next(iter(resources(template(of), "AWS::KMS::Key"))), "Arn"]}
        assert rendered(of)["Properties"]["EncryptionKeyArn"] == arn
        assert only(template(of), "AWS::Logs::LogGroup")["Properties"]["KmsKeyId"] == arn
        assert "kms:Decrypt" in actions(statements(template(of), "MemoryServicePolicy"))
        policy = only(template(of), "AWS::KMS::Key")["Properties"]["KeyPolicy"]["Statement"]
        assert {"Service": "logs.us-east-1.amazonaws.com"} in [each["Principal"] for each in policy]

    def test_the_memory_waits_for_the_rights_of_its_role(self) -> None:
        of = stack()
        memory(of, encryption_key=kms.Key(of, "Key"))
        assert next(iter(resources(template(of), "AWS::IAM::ManagedPolicy"))) in rendered(of)["DependsOn"]

    def test_another_key_gives_another_name_so_that_a_replacement_is_possible(self) -> None:
        names = set()
        for key in (None, "One", "Two"):
            of = stack()
            memory(of, encryption_key=kms.Key(of, key) if key else None)
            names.add(rendered(of)["Properties"]["Name"])
        assert len(names) == 3

    def test_retention_of_logs(self) -> None:
        of = stack()
        memory(of, log_retention=logs.RetentionDays.ONE_YEAR)
        assert only(template(of), "AWS::Logs::LogGroup")["Properties"]["RetentionInDays"] == 365

    def test_metrics_are_those_of_the_memory(self) -> None:
        of = stack()
        of_memory = memory(of)
        metric = of_memory.metric_errors("CreateEvent")
        assert (metric.namespace, metric.metric_name) == ("AWS/Bedrock-AgentCore", "Errors")
        assert metric.dimensions is not None
        assert metric.dimensions["Operation"] == "CreateEvent"


class TestStrategies:
    def test_managed_ones_have_namespaces_of_their_own_per_actor(self) -> None:
        of = stack()
        of_memory = memory(of)
        facts, preferences, summaries = strategies(of)
        assert facts["SemanticMemoryStrategy"]["Namespaces"] == ["/users/{actorId}/facts/"]
        assert preferences["UserPreferenceMemoryStrategy"]["Namespaces"] == ["/users/{actorId}/preferences/"]
        assert summaries["SummaryMemoryStrategy"]["Namespaces"] == ["/users/{actorId}/sessions/{sessionId}/"]
        assert of_memory.retrieval_namespaces == ("/users/{actorId}/facts/", "/users/{actorId}/preferences/")

    def test_episodes_with_reflections(self) -> None:
        of = stack()
        memory(of, strategies=[MemoryStrategy.episodic()])
        episodic = strategies(of)[0]["EpisodicMemoryStrategy"]
        assert episodic["ReflectionConfiguration"]["Namespaces"] == ["/users/{actorId}/episodes/"]

    def test_custom_extraction_calls_its_model_under_the_role_of_the_memory(self) -> None:
        of = stack()
        custom = MemoryStrategy.custom_extraction(
            model=ModelAccess.inference_profile(SONNET),
            extraction_prompt="Only allergies.",
            consolidation_prompt="Merge.",
        )
        memory(of, strategies=[custom])
        override = strategies(of)[0]["CustomMemoryStrategy"]["Configuration"]["SemanticOverride"]
        assert override["Extraction"] == {"AppendToPrompt": "Only allergies.", "ModelId": SONNET}
        assert override["Consolidation"] == {"AppendToPrompt": "Merge.", "ModelId": SONNET}
        policy = statements(template(of), "MemoryServicePolicy")
        assert actions(policy) == {"bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"}

    def test_self_managed_may_announce_and_deliver(self) -> None:
        of = stack()
        topic, bucket = sns.Topic(of, "Topic"), s3.Bucket(of, "Bucket")
        memory(of, strategies=[MemoryStrategy.self_managed(topic=topic, bucket=bucket)])
        configuration = strategies(of)[0]["CustomMemoryStrategy"]["Configuration"]["SelfManagedConfiguration"]
        assert set(configuration["InvocationConfiguration"]) == {"TopicArn", "PayloadDeliveryBucketName"}
        assert actions(statements(template(of), "MemoryServicePolicy")) == {
            "sns:GetTopicAttributes",
            "sns:Publish",
            "s3:GetBucketLocation",
            "s3:PutObject",
        }


class TestGrantConversation:
    def test_is_what_the_session_manager_calls_on_this_memory(self) -> None:
        of = stack()
        memory(of).grant_conversation(grantee(of))
        assert actions(granted(of)) == {
            "bedrock-agentcore:CreateEvent",
            "bedrock-agentcore:DeleteEvent",
            "bedrock-agentcore:GetEvent",
            "bedrock-agentcore:ListEvents",
            "bedrock-agentcore:RetrieveMemoryRecords",
        }
        logical_id = next(iter(resources(template(of), "AWS::BedrockAgentCore::Memory")))
        assert all(each["Resource"] == {"Fn::GetAtt": [logical_id, "MemoryArn"]} for each in granted(of))

    @pytest.mark.parametrize(
        ("path", "allowed"),
        [
            ("/users/ann/facts/", True),
            ("/users/ann/preferences/", True),
            ("/users/ann/", True),
            ("/users/", False),
            ("/", False),
            ("/users/ann", False),
            ("/teams/red/facts/", False),
        ],
    )
    def test_searches_one_actor_at_a_time(self, path: str, *, allowed: bool) -> None:
        of = stack()
        memory(of).grant_conversation(grantee(of))
        patterns = granted(of)[1]["Condition"]["StringLike"]["bedrock-agentcore:namespacePath"]
        assert any(fnmatchcase(path, pattern) for pattern in patterns) is allowed

    def test_without_strategies_nothing_can_be_searched(self) -> None:
        of = stack()
        memory(of, strategies=[]).grant_conversation(grantee(of))
        assert "bedrock-agentcore:RetrieveMemoryRecords" not in actions(granted(of))

    def test_a_shared_namespace_is_searched_at_its_own_path(self) -> None:
        of = stack()
        shared = MemoryStrategy.semantic_facts(namespace="/handbook/", shared=True)
        memory(of, strategies=[shared]).grant_conversation(grantee(of))
        assert granted(of)[1]["Condition"] == {"StringLike": {"bedrock-agentcore:namespacePath": ["/handbook/"]}}


class TestGrantUserData:
    def test_lists_and_deletes_of_one_actor_at_a_time(self) -> None:
        of = stack()
        memory(of).grant_user_data(grantee(of))
        sessions, listing, deletion = granted(of)
        assert sessions["Action"] == "bedrock-agentcore:ListSessions"
        assert listing["Action"] == "bedrock-agentcore:ListMemoryRecords"
        assert listing["Condition"] == {"StringLike": {"bedrock-agentcore:namespacePath": ["/users/*/"]}}
        assert deletion["Action"] == "bedrock-agentcore:DeleteMemoryRecord"
        assert deletion["Condition"] == {"StringLike": {"bedrock-agentcore:namespace": ["/users/*/*"]}}

    def test_without_strategies_there_are_only_sessions(self) -> None:
        of = stack()
        made = memory(of, strategies=[])
        made.grant_user_data(grantee(of))
        assert actions(granted(of)) == {"bedrock-agentcore:ListSessions"}
        assert made.record_paths == ()

    @pytest.mark.parametrize(
        ("namespace", "shared", "paths"),
        [
            ("/users/{actorId}/facts/", False, ("/users/{actorId}/",)),
            ("/{actorId}/{memoryStrategyId}/{sessionId}/", False, ("/{actorId}/",)),
            ("/{memoryStrategyId}/{actorId}/", False, ()),
            ("/handbook/", True, ()),
        ],
    )
    def test_knows_where_an_actors_records_are(self, namespace: str, *, shared: bool, paths: tuple[str, ...]) -> None:
        strategy = MemoryStrategy.semantic_facts(namespace=namespace, shared=shared)
        assert memory(stack(), strategies=[strategy]).record_paths == paths

    def test_reaches_what_is_not_retrieved_too(self) -> None:
        made = memory(stack(), strategies=[MemoryStrategy.session_summaries(), MemoryStrategy.episodic()])
        assert made.retrieval_namespaces == ()
        assert made.record_paths


class TestFindings:
    def test_none_with_a_key(self, tmp_path: Path) -> None:
        app = app_in(tmp_path)
        of = stack(app=app)
        memory(of, encryption_key=kms.Key(of, "Key", enable_key_rotation=True))
        assert findings(app, tmp_path) == []

    def test_log_groups_without_a_key_are_found(self, tmp_path: Path) -> None:
        app = app_in(tmp_path)
        memory(stack(app=app))
        assert {found.rule.partition("-")[2] for found in findings(app, tmp_path)} >= {"CloudWatchLogGroupEncrypted"}

    @pytest.mark.parametrize(
        "make",
        [
            lambda of: [make() for make in (*DEFAULTS, MemoryStrategy.episodic)],
            lambda of: [
                MemoryStrategy.custom_extraction(model=ModelAccess.inference_profile(SONNET), extraction_prompt="All.")
            ],
            lambda of: [MemoryStrategy.self_managed(topic=sns.Topic(of, "Topic"), bucket=s3.Bucket(of, "Bucket"))],
        ],
        ids=["managed", "custom", "self-managed"],
    )
    def test_cfn_lint_has_no_complaints(self, make: Callable[[cdk.Stack], list[MemoryStrategy]]) -> None:
        of = stack()
        memory(of, strategies=make(of), encryption_key=kms.Key(of, "Key"))
        assert complaints(template(of)) == []


class TestFails:
    @pytest.mark.parametrize("expiry", [Duration.days(2), Duration.days(366), Duration.hours(100)])
    def test_fails_for_an_expiry_out_of_bounds(self, expiry: Duration) -> None:
        with pytest.raises(ValueError, match=r"keeps events for 3 to 365 whole days, got .* days"):
            memory(stack(), expiry=expiry)

    @pytest.mark.parametrize("name", ["1st", "a-b", "x" * 49, ""])
    def test_fails_for_a_name_the_service_refuses(self, name: str) -> None:
        with pytest.raises(ValueError, match=f"a memory's name has letters, .* got '{name}'"):
            memory(stack(), memory_name=name)

    def test_fails_for_two_strategies_of_one_name(self) -> None:
        with pytest.raises(ValueError, match="two strategies of a memory have the same name 'facts'"):
            memory(
                stack(),
                strategies=[MemoryStrategy.semantic_facts(), MemoryStrategy.user_preferences(name="facts")],
            )

    def test_fails_for_two_strategies_in_one_namespace(self) -> None:
        with pytest.raises(ValueError, match=r"the same namespace '/users/\{actorId\}/facts/'"):
            memory(stack(), strategies=[MemoryStrategy.semantic_facts(), MemoryStrategy.semantic_facts(name="more")])
