from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from agents.shared import ownership
from constructs_lib.memory import AgentMemory
from constructs_lib.runtime import SessionRegistry, session_registry
from tests.constructs_lib.lint import complaints
from tests.constructs_lib.nag import findings
from tests.constructs_lib.support import actions, agent, app_in, cycle, only, resources, stack, statements, template

TABLE = "AWS::DynamoDB::Table"


def table(of: cdk.Stack) -> dict[str, Any]:
    return only(template(of), TABLE)


class TestTable:
    def test_is_billed_by_use_recoverable_and_forgets_in_time(self) -> None:
        of = stack()
        SessionRegistry(of, "Sessions")
        properties = table(of)["Properties"]
        assert properties["BillingMode"] == "PAY_PER_REQUEST"
        assert properties["KeySchema"] == [{"AttributeName": "session_id", "KeyType": "HASH"}]
        assert properties["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
        assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}

    def test_is_retained_unless_told_otherwise(self) -> None:
        of = stack()
        SessionRegistry(of, "Sessions")
        assert (table(of)["DeletionPolicy"], table(of)["Properties"]["DeletionProtectionEnabled"]) == ("Retain", True)
        of = stack()
        SessionRegistry(of, "Sessions", removal_policy=RemovalPolicy.DESTROY)
        assert (table(of)["DeletionPolicy"], table(of)["Properties"]["DeletionProtectionEnabled"]) == ("Delete", False)

    def test_is_encrypted_with_the_key_given(self) -> None:
        of = stack()
        key = kms.Key(of, "Key")
        SessionRegistry(of, "Sessions", encryption_key=key)
        assert table(of)["Properties"]["SSESpecification"] == {
            "KMSMasterKeyId": of.resolve(key.key_arn),
            "SSEEnabled": True,
            "SSEType": "KMS",
        }

    def test_has_the_attributes_that_agents_write(self) -> None:
        assert session_registry.SESSION_ATTRIBUTE == ownership.SESSION_ATTRIBUTE
        assert session_registry.EXPIRY_ATTRIBUTE == ownership.EXPIRY_ATTRIBUTE


class TestGrants:
    def test_a_grantee_may_bind_and_not_read(self) -> None:
        of = stack()
        registry = SessionRegistry(of, "Sessions")
        registry.grant_claim(iam.Role(of, "Caller", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com")))
        (statement,) = only(template(of), "AWS::IAM::Policy")["Properties"]["PolicyDocument"]["Statement"]
        assert statement["Action"] == "dynamodb:PutItem"
        assert statement["Resource"] == of.resolve(registry.table.table_arn)

    def test_a_grantee_may_decrypt_through_the_table_only(self) -> None:
        of = stack()
        key = kms.Key(of, "Key")
        registry = SessionRegistry(of, "Sessions", encryption_key=key)
        registry.grant_claim(iam.Role(of, "Caller", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com")))
        found = only(template(of), "AWS::IAM::Policy")["Properties"]["PolicyDocument"]["Statement"]
        assert found[1] == {
            "Action": "kms:Decrypt",
            "Effect": "Allow",
            "Resource": of.resolve(key.key_arn),
            "Condition": {"StringEquals": {"kms:ViaService": "dynamodb.us-east-1.amazonaws.com"}},
        }

    def test_a_grantee_may_remove_a_binding(self) -> None:
        of = stack()
        registry = SessionRegistry(of, "Sessions")
        registry.grant_release(iam.Role(of, "Caller", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com")))
        (statement,) = only(template(of), "AWS::IAM::Policy")["Properties"]["PolicyDocument"]["Statement"]
        assert statement["Action"] == "dynamodb:DeleteItem"
        assert statement["Resource"] == of.resolve(registry.table.table_arn)

    @pytest.mark.parametrize("with_memory", [False, True])
    def test_an_agent_removes_bindings_only_where_it_keeps_something(self, *, with_memory: bool) -> None:
        of = stack()
        made = AgentMemory(of, "Memory") if with_memory else None
        agent(of, sessions=SessionRegistry(of, "Sessions"), memory=made)
        assert ("dynamodb:DeleteItem" in actions(statements(template(of), "AgentBaseline"))) is with_memory

    @pytest.mark.parametrize("with_key", [False, True])
    def test_an_agent_may_bind_from_its_first_second(self, *, with_key: bool) -> None:
        of = stack()
        registry = SessionRegistry(of, "Sessions", encryption_key=kms.Key(of, "Key") if with_key else None)
        agent(of, sessions=registry)
        found = template(of)
        on_table = [each for each in statements(found, "AgentBaseline") if "dynamodb" in str(each["Action"])]
        assert on_table == [
            {
                "Effect": "Allow",
                "Action": "dynamodb:PutItem",
                "Resource": of.resolve(registry.table.table_arn),
            }
        ]
        decrypts = [each for each in statements(found, "AgentBaseline") if each["Action"] == "kms:Decrypt"]
        assert len(decrypts) == int(with_key)
        runtime = only(found, "AWS::BedrockAgentCore::Runtime")["Properties"]["EnvironmentVariables"]
        assert runtime["AGENT_SESSIONS_TABLE"] == of.resolve(registry.table_name)
        assert cycle(found) == []

    def test_agents_may_share_a_registry(self) -> None:
        of = stack()
        registry = SessionRegistry(of, "Sessions")
        agent(of, "One", sessions=registry)
        agent(of, "Two", sessions=registry)
        assert len(resources(template(of), TABLE)) == 1


def test_metrics_are_those_of_the_table() -> None:
    of = stack()
    registry = SessionRegistry(of, "Sessions")
    registry.metric_throttled_claims().create_alarm(of, "Alarm", threshold=1, evaluation_periods=1)
    found = only(template(of), "AWS::CloudWatch::Alarm")["Properties"]
    assert (found["Namespace"], found["MetricName"]) == ("AWS/DynamoDB", "ThrottledRequests")
    assert {"Name": "Operation", "Value": "PutItem"} in found["Dimensions"]


class TestFindings:
    @pytest.mark.parametrize("with_key", [False, True])
    def test_none_that_is_not_acknowledged(self, tmp_path: Path, *, with_key: bool) -> None:
        app = app_in(tmp_path)
        of = stack(app=app)
        key = kms.Key(of, "Key", enable_key_rotation=True)
        registry = SessionRegistry(of, "Sessions", encryption_key=key if with_key else None)
        agent(of, sessions=registry, encryption_key=key)
        assert findings(app, tmp_path) == []

    def test_cfn_lint_has_no_complaints(self) -> None:
        of = stack()
        SessionRegistry(of, "Sessions", encryption_key=kms.Key(of, "Key"))
        assert complaints(template(of)) == []
