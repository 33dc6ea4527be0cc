from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_bedrockagentcore as agentcore
from aws_cdk import aws_kms as kms

from constructs_lib import LogDelivery
from tests.constructs_lib.support import only, resources, stack, template

ARN = "arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/tools-1"


def delivery(of: cdk.Stack, id: str = "Logs", **props: Any) -> LogDelivery:
    given = {"source_arn": ARN, "source_name": "tools", "log_group_suffix": "gateway/tools-1", **props}
    return LogDelivery(of, id, **given)


def test_logs_go_to_a_group_of_their_own_and_traces_to_x_ray() -> None:
    of = stack()
    made = delivery(of)
    sources = [each["Properties"] for each in resources(template(of), "AWS::Logs::DeliverySource").values()]
    assert {(each["LogType"], each["ResourceArn"]) for each in sources} == {("APPLICATION_LOGS", ARN), ("TRACES", ARN)}
    destinations = {
        each["Properties"]["DeliveryDestinationType"]: each["Properties"]
        for each in resources(template(of), "AWS::Logs::DeliveryDestination").values()
    }
    assert destinations["CWL"]["DestinationResourceArn"] == of.resolve(made.log_group.log_group_arn)
    assert "DestinationResourceArn" not in destinations["XRAY"]
    assert only(template(of), "AWS::Logs::LogGroup")["Properties"]["LogGroupName"] == (
        "/aws/vendedlogs/bedrock-agentcore/gateway/tools-1"
    )


def test_each_delivery_waits_for_its_source_and_destination() -> None:
    of = stack()
    delivery(of)
    deliveries = resources(template(of), "AWS::Logs::Delivery").values()
    assert len(deliveries) == 2
    for each in deliveries:
        assert set(each["Properties"]["DeliverySourceName"]) == {"Ref"}
        assert set(each["Properties"]["DeliveryDestinationArn"]) == {"Fn::GetAtt"}


def test_traces_can_be_left_out() -> None:
    of = stack()
    delivery(of, traces=False)
    assert only(template(of), "AWS::Logs::DeliverySource")["Properties"]["LogType"] == "APPLICATION_LOGS"


def test_names_fit_and_differ_between_sources() -> None:
    of = stack()
    for index in range(2):
        delivery(of, f"Logs{index}", source_name="x" * 47 + str(index), log_group_suffix=str(index))
    for kind in ("AWS::Logs::DeliverySource", "AWS::Logs::DeliveryDestination"):
        names = [each["Properties"]["Name"] for each in resources(template(of), kind).values()]
        assert len(set(names)) == 4
        assert max(map(len, names)) <= 60


def test_a_key_of_another_stack_does_not_wait_for_the_log_groups() -> None:
    app = cdk.App(analytics_reporting=False)
    state, logging = stack("State", app=app), stack("Logging", app=app)
    key = kms.Key(state, "Key")
    delivery(logging, "One", encryption_key=key)
    delivery(logging, "Two", source_name="other", log_group_suffix="other", encryption_key=key)
    policy = only(template(state), "AWS::KMS::Key")["Properties"]["KeyPolicy"]["Statement"]
    for_logs = [each for each in policy if each["Principal"] == {"Service": "logs.us-east-1.amazonaws.com"}]
    assert len(for_logs) == 1
    assert "kms:EncryptionContext:aws:logs:arn" in for_logs[0]["Condition"]["ArnLike"]
    assert [each.stack_name for each in logging.dependencies] == ["State"]
    assert state.dependencies == []


def test_usage_logs_go_to_a_group_of_their_own_that_masks_nothing() -> None:
    of = stack()
    made = delivery(of, usage_logs=True)
    groups = {
        each["Properties"]["LogGroupName"]: each["Properties"]
        for each in resources(template(of), "AWS::Logs::LogGroup").values()
    }
    application, usage = (f"/aws/vendedlogs/bedrock-agentcore/gateway/tools-1{suffix}" for suffix in ("", "/usage"))
    assert set(groups) == {application, usage}
    assert "DataProtectionPolicy" in groups[application]
    assert "DataProtectionPolicy" not in groups[usage]
    destinations = {
        each["Properties"]["Name"]: each["Properties"].get("DestinationResourceArn")
        for each in resources(template(of), "AWS::Logs::DeliveryDestination").values()
    }
    assert made.usage_log_group is not None
    assert destinations["tools-usage"] == of.resolve(made.usage_log_group.log_group_arn)
    assert destinations["tools-logs"] == of.resolve(made.log_group.log_group_arn)


def test_a_resource_without_application_logs_has_its_usage_logs_only() -> None:
    of = stack()
    made = delivery(of, application_logs=False, usage_logs=True)
    sources = [each["Properties"]["LogType"] for each in resources(template(of), "AWS::Logs::DeliverySource").values()]
    assert sorted(sources) == ["TRACES", "USAGE_LOGS"]
    assert made.log_group is made.usage_log_group


def documented(stack: cdk.Stack) -> None:
    """What docs/constructs/log-delivery.md shows."""
    # --8<-- [start:use]
    gateway = agentcore.Gateway(stack, "Gateway", gateway_name="tools")
    LogDelivery(
        stack,
        "GatewayLogs",
        source_arn=gateway.gateway_arn,
        source_name="tools",
        log_group_suffix=f"gateway/{gateway.gateway_id}",
    )
    # --8<-- [end:use]


def test_the_documentations_code_works() -> None:
    of = stack()
    documented(of)
    sources = resources(template(of), "AWS::Logs::DeliverySource").values()
    assert {each["Properties"]["LogType"] for each in sources} == {"APPLICATION_LOGS", "TRACES"}


def test_fails_for_no_logs() -> None:
    with pytest.raises(ValueError, match="logs to deliver, got application_logs=False and usage_logs=False"):
        delivery(stack(), application_logs=False)
