from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3

from constructs_lib.sandbox import CodeSandbox
from tests.constructs_lib.lint import complaints
from tests.constructs_lib.nag import findings
from tests.constructs_lib.roundtrips import counted
from tests.constructs_lib.sandbox.support import (
    MORE_ZONES,
    ZONES_BY_NAME,
    Make,
    create_only,
    granted,
    grantee,
    name_and_rest,
    network,
)
from tests.constructs_lib.support import (
    actions,
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

TYPE = "AWS::BedrockAgentCore::CodeInterpreterCustom"
MAX_ROUND_TRIPS = 26


def sandbox(of: cdk.Stack, **props: Any) -> CodeSandbox:
    return CodeSandbox(of, "Code", **props)


def properties(of: cdk.Stack) -> dict[str, Any]:
    found: dict[str, Any] = only(template(of), TYPE)["Properties"]
    return found


class TestDefaults:
    def test_code_has_no_network(self) -> None:
        of = stack()
        sandbox(of)
        assert properties(of)["NetworkConfiguration"] == {"NetworkMode": "SANDBOX"}

    def test_its_role_may_do_nothing(self) -> None:
        of = stack()
        sandbox(of)
        assert not resources(template(of), "AWS::IAM::ManagedPolicy")
        assert not resources(template(of), "AWS::IAM::Policy")
        role = only(template(of), "AWS::IAM::Role")["Properties"]
        assert not {"Policies", "ManagedPolicyArns"} & set(role)

    def test_its_role_is_for_this_sandbox_of_this_account(self) -> None:
        of = stack()
        sandbox(of)
        (trust,) = only(template(of), "AWS::IAM::Role")["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        assert trust["Principal"] == {"Service": "bedrock-agentcore.amazonaws.com"}
        assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
        assert ":code-interpreter-custom/Test_Code_????????-*" in text(trust["Condition"]["ArnLike"])

    def test_delivers_logs_and_traces_which_outlive_it(self) -> None:
        of = stack()
        made = sandbox(of)
        sources = resources(template(of), "AWS::Logs::DeliverySource").values()
        assert {each["Properties"]["LogType"] for each in sources} == {"APPLICATION_LOGS", "TRACES"}
        assert all(each["Properties"]["ResourceArn"] == of.resolve(made.code_interpreter_arn) for each in sources)
        group = only(template(of), "AWS::Logs::LogGroup")
        assert group["DeletionPolicy"] == "Retain"
        assert group["Properties"]["RetentionInDays"] == 30


class TestOptions:
    def test_a_private_network(self) -> None:
        of = stack()
        made = network(of)
        sandbox(of, network=made)
        configuration = properties(of)["NetworkConfiguration"]
        assert configuration["NetworkMode"] == "VPC"
        assert configuration["VpcConfig"]["SecurityGroups"] == [of.resolve(made.agent_security_group.security_group_id)]
        assert len(configuration["VpcConfig"]["Subnets"]) == 2

    def test_the_internet_when_asked_for(self) -> None:
        of = stack()
        sandbox(of, public_network=True)
        assert properties(of)["NetworkConfiguration"] == {"NetworkMode": "PUBLIC"}

    def test_logs_as_asked_for(self) -> None:
        of = stack()
        sandbox(
            of,
            tracing=False,
            log_retention=logs.RetentionDays.ONE_YEAR,
            encryption_key=kms.Key(of, "Key"),
            removal_policy=RemovalPolicy.DESTROY,
        )
        assert only(template(of), "AWS::Logs::DeliverySource")["Properties"]["LogType"] == "APPLICATION_LOGS"
        group = only(template(of), "AWS::Logs::LogGroup")
        assert group["DeletionPolicy"] == "Delete"
        assert group["Properties"]["RetentionInDays"] == 365
        assert "KmsKeyId" in group["Properties"]

    def test_metrics_are_those_of_the_sandbox(self) -> None:
        of = stack()
        made = sandbox(of)
        for metric, name in (
            (made.metric_invocations("InvokeCodeInterpreter"), "Invocations"),
            (made.metric_latency("InvokeCodeInterpreter"), "Latency"),
            (made.metric_throttles("InvokeCodeInterpreter"), "Throttles"),
            (made.metric_user_errors("InvokeCodeInterpreter"), "UserErrors"),
            (made.metric_system_errors("InvokeCodeInterpreter"), "SystemErrors"),
            (made.metric_session_duration(), "Duration"),
        ):
            assert (metric.namespace, metric.metric_name) == ("AWS/Bedrock-AgentCore", name)
            assert metric.dimensions is not None
            assert of.resolve(metric.dimensions["Resource"]) == of.resolve(made.code_interpreter_arn)
            assert metric.dimensions["Operation"] in {"InvokeCodeInterpreter", "CodeInterpreterSession"}


VARIANTS: dict[str, Make] = {
    "default": sandbox,
    "described": lambda of: sandbox(of, description="Runs figures"),
    "described otherwise": lambda of: sandbox(of, description="Runs numbers"),
    "public": lambda of: sandbox(of, public_network=True),
    "private": lambda of: sandbox(of, network=network(of)),
    "private, more zones": lambda of: sandbox(of, network=network(of, zones=MORE_ZONES)),
    "private, other addresses": lambda of: sandbox(of, network=network(of, cidr="10.1.0.0/20")),
}
UNCHANGED: dict[str, Make] = {
    "again": sandbox,
    "logs": lambda of: sandbox(of, tracing=False, log_retention=logs.RetentionDays.ONE_YEAR),
    "granted": lambda of: s3.Bucket(of, "Data").grant_read(sandbox(of)),
    "key": lambda of: sandbox(of, encryption_key=kms.Key(of, "Key")),
    "kept otherwise": lambda of: sandbox(of, removal_policy=RemovalPolicy.DESTROY),
}


class TestName:
    def test_everything_it_can_be_told_is_create_only(self) -> None:
        """The variants set each of these, but for certificates, which the construct does not offer."""
        assert create_only(TYPE) == {"Name", "Description", "NetworkConfiguration", "Certificates", "ExecutionRoleArn"}

    def test_a_changed_property_changes_it(self) -> None:
        made = [name_and_rest(make, TYPE) for make in VARIANTS.values()]
        assert len({rest for _, rest in made}) == len(VARIANTS)
        assert len({name for name, _ in made}) == len(VARIANTS)

    @pytest.mark.parametrize("make", UNCHANGED.values(), ids=UNCHANGED)
    def test_what_replaces_nothing_does_not_change_it(self, make: Make) -> None:
        assert name_and_rest(make, TYPE) == name_and_rest(sandbox, TYPE)

    def test_a_neighbour_does_not_change_the_name_in_a_private_network(self) -> None:
        def beside_another(of: cdk.Stack) -> None:
            s3.Bucket(of, "Data")
            VARIANTS["private"](of)

        assert name_and_rest(beside_another, TYPE) == name_and_rest(VARIANTS["private"], TYPE)

    def test_networks_of_other_stacks_are_told_apart(self) -> None:
        def name(other: str) -> str:
            app = cdk.App(analytics_reporting=False)
            made = sandbox(stack(app=app), network=network(stack(other, app=app)))
            app.synth()
            return made.code_interpreter_name

        assert name("One") == name("One")
        assert name("One") != name("Two")

    def test_two_sandboxes_have_two(self) -> None:
        of = stack()
        made = [CodeSandbox(of, "a" * length, public_network=True) for length in (1, 60, 61)]
        assert len({each.code_interpreter_name for each in made}) == 3
        assert all(len(each.code_interpreter_name) <= 48 for each in made)


class TestGrants:
    def test_use_is_what_the_clients_of_the_sdk_call(self) -> None:
        of = stack()
        made = sandbox(of)
        made.grant_use(grantee(of))
        assert actions([granted(of)]) == {
            "bedrock-agentcore:InvokeCodeInterpreter",
            "bedrock-agentcore:StartCodeInterpreterSession",
            "bedrock-agentcore:StopCodeInterpreterSession",
        }
        assert granted(of)["Resource"] == of.resolve(made.code_interpreter_arn)

    def test_code_may_do_what_the_sandbox_was_granted(self) -> None:
        of = stack()
        s3.Bucket(of, "Data").grant_read(sandbox(of))
        assert actions(statements(template(of), "CodeGrants")) >= {"s3:GetObject*"}
        assert not resources(template(of), "AWS::IAM::Policy")

    def test_the_sandbox_does_not_wait_for_its_grants(self) -> None:
        of = stack()
        s3.Bucket(of, "Data").grant_read(sandbox(of))
        (logical_id,) = resources(template(of), TYPE)
        assert not any("Grants" in each for each in references(template(of), logical_id))
        assert cycle(template(of)) == []


class TestFindings:
    def test_none_in_any_pack(self, tmp_path: Path) -> None:
        app = app_in(tmp_path)
        of = stack(app=app)
        sandbox(of, encryption_key=kms.Key(of, "Key", enable_key_rotation=True))
        assert findings(app, tmp_path) == []

    @pytest.mark.parametrize("make", VARIANTS.values(), ids=VARIANTS)
    def test_cfn_lint_has_no_complaints(self, make: Make) -> None:
        of = stack()
        make(of)
        assert complaints(template(of), ignore=ZONES_BY_NAME) == []


def test_few_messages_to_the_jsii_kernel() -> None:
    of = stack()
    sandbox(of)
    with counted() as sent:
        CodeSandbox(of, "Second")
    assert len(sent) <= MAX_ROUND_TRIPS, len(sent)


class TestFails:
    def test_fails_for_two_networks(self) -> None:
        of = stack()
        with pytest.raises(ValueError, match=r"'Test/Code' is in the network 'Test/Network' or in the public one"):
            sandbox(of, network=network(of), public_network=True)

    @pytest.mark.parametrize("description", ["", "x" * 4_097])
    def test_fails_for_a_description_the_service_refuses(self, description: str) -> None:
        with pytest.raises(ValueError, match=f"1 to 4096 characters, got {len(description)}"):
            sandbox(stack(), description=description)
