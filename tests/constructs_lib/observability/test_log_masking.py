"""What log groups mask: which kinds of data, who is told, and who may see it."""

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs

from constructs_lib import AgentMemory, CodeSandbox, LogDelivery, ToolGateway, WebBrowser, WorkloadIdentity
from constructs_lib.observability.data_identifiers import PERSONAL_DATA, ManagedDataIdentifier, data_of
from constructs_lib.observability.log_masking import LogMasking
from tests.constructs_lib.gateway.support import lambda_source
from tests.constructs_lib.lint import complaints
from tests.constructs_lib.nag import findings
from tests.constructs_lib.support import agent, app_in, only, resources, stack, statements, template, text

POLICY = "DataProtectionPolicy"


def delivery(of: cdk.Stack, **props: Any) -> LogDelivery:
    arn = "arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/tools-1"
    return LogDelivery(of, "Logs", source_arn=arn, source_name="tools", log_group_suffix="gateway/tools-1", **props)


def masked(policy: dict[str, Any]) -> list[set[str]]:
    """The identifiers of each statement."""
    return [
        {text(arn).rpartition("/")[2].rstrip('"]}') for arn in each["DataIdentifier"]} for each in policy["Statement"]
    ]


def test_a_retained_group_of_a_workload_identity_is_not_in_the_way_of_the_next() -> None:
    of = stack()
    WorkloadIdentity(of, "Batch", name="batch")
    group = only(template(of), "AWS::Logs::LogGroup")
    assert group["DeletionPolicy"] == "Retain"
    # Its name is fixed, so the group's ends in the id of the stack, which is another one each time.
    assert group["Properties"]["LogGroupName"]["Fn::Join"][1] == [
        "/aws/vendedlogs/bedrock-agentcore/workload-identity/batch-",
        {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]},
    ]


def test_every_identifier_is_one_that_the_service_has() -> None:
    names = [name for name in dir(logs.DataIdentifier) if name.isupper()]
    assert {each.value for each in ManagedDataIdentifier} == {getattr(logs.DataIdentifier, name).name for name in names}


def test_personal_data_is_found_and_masked_by_default() -> None:
    of = stack()
    delivery(of)
    policy = only(template(of), "AWS::Logs::LogGroup")["Properties"][POLICY]
    audit, redact = policy["Statement"]
    assert masked(policy) == [{each.value for each in PERSONAL_DATA}] * 2
    assert audit["Operation"] == {"Audit": {"FindingsDestination": {}}}
    assert redact["Operation"] == {"Deidentify": {"MaskConfig": {}}}
    assert {"EmailAddress", "CreditCardNumber", "PhoneNumber-US", "AwsSecretKey"} <= masked(policy)[0]


def test_other_data_can_be_chosen_and_findings_be_told() -> None:
    of = stack()
    found = logs.LogGroup(of, "Findings", log_group_name="/aws/vendedlogs/findings")
    delivery(of, masking=LogMasking([ManagedDataIdentifier.NHS_NUMBER_GB], findings=found))
    groups = [each["Properties"] for each in resources(template(of), "AWS::Logs::LogGroup").values()]
    (policy,) = [each[POLICY] for each in groups if POLICY in each]
    assert masked(policy) == [{"NhsNumber-GB"}] * 2
    destination = policy["Statement"][0]["Operation"]["Audit"]["FindingsDestination"]
    assert destination == {"CloudWatchLogs": {"LogGroup": of.resolve(found.log_group_name)}}


def test_data_of_countries_can_be_added() -> None:
    of = stack()
    delivery(of, masking=LogMasking([*PERSONAL_DATA, *data_of("DE")]))
    added = masked(only(template(of), "AWS::Logs::LogGroup")["Properties"][POLICY])[0] - {*PERSONAL_DATA}
    assert added == {
        "BankAccountNumber-DE",
        "DriversLicense-DE",
        "NationalIdentificationNumber-DE",
        "PassportNumber-DE",
        "TaxId-DE",
    }


def test_masking_can_be_left_out() -> None:
    of = stack()
    delivery(of, masking=None)
    assert POLICY not in only(template(of), "AWS::Logs::LogGroup")["Properties"]


class TestConstructs:
    """Every log group that can hold what was said masks it."""

    def groups(self, of: cdk.Stack) -> dict[str, bool]:
        return {
            key: POLICY in each["Properties"] for key, each in resources(template(of), "AWS::Logs::LogGroup").items()
        }

    def make(self, of: cdk.Stack, **props: Any) -> None:
        agent(of, endpoints={"live": None}, usage_logs=True, **props)
        AgentMemory(of, "Memory", **props)
        ToolGateway(of, "Gateway", sources=[lambda_source(of)], **props)
        CodeSandbox(of, "Sandbox", usage_logs=True, **props)
        WorkloadIdentity(of, "Identity", **props)
        WebBrowser(of, "Browser", recording=False)

    def test_mask_what_can_hold_conversations(self) -> None:
        of = stack()
        self.make(of)
        groups = self.groups(of)
        assert len([key for key, protected in groups.items() if protected]) == 7
        assert all("Usage" in key for key, protected in groups.items() if not protected), groups

    def test_can_leave_it_out(self) -> None:
        of = stack()
        self.make(of, log_masking=None)
        groups = self.groups(of)
        assert len(groups) >= 7
        assert not any(groups.values())

    def test_ask_for_no_logs_that_a_resource_does_not_have(self) -> None:
        of = stack()
        self.make(of)
        types: dict[str, set[str]] = {}
        for each in resources(template(of), "AWS::Logs::DeliverySource").values():
            named = text(each["Properties"]["ResourceArn"])
            (source,) = {key for key in template(of)["Resources"] if f'"{key}"' in named}
            types.setdefault(template(of)["Resources"][source]["Type"].rpartition("::")[2], set()).add(
                each["Properties"]["LogType"]
            )
        assert types == {
            "Runtime": {"APPLICATION_LOGS", "USAGE_LOGS", "TRACES"},
            "CodeInterpreterCustom": {"APPLICATION_LOGS", "USAGE_LOGS", "TRACES"},
            "BrowserCustom": {"USAGE_LOGS", "TRACES"},
            "Memory": {"APPLICATION_LOGS", "TRACES"},
            "Gateway": {"APPLICATION_LOGS", "TRACES"},
            "WorkloadIdentity": {"APPLICATION_LOGS", "TRACES"},
        }


def documented(stack: cdk.Stack, auditors: iam.IGrantable) -> AgentMemory:
    """What docs/constructs/log-delivery.md shows."""
    # --8<-- [start:masking]
    findings = logs.LogGroup(stack, "Findings", log_group_name="/aws/vendedlogs/personal-data")
    memory = AgentMemory(
        stack, "Memory", log_masking=LogMasking([*PERSONAL_DATA, *data_of("DE", "FR")], findings=findings)
    )
    LogMasking.grant_unmask(auditors, memory.log_group)
    # --8<-- [end:masking]
    return memory


def test_the_documentations_code_works() -> None:
    of = stack()
    documented(of, iam.ManagedPolicy(of, "Auditors"))
    (policy,) = [
        each["Properties"][POLICY]
        for each in resources(template(of), "AWS::Logs::LogGroup").values()
        if POLICY in each["Properties"]
    ]
    assert {"PassportNumber-DE", "InseeCode-FR", "EmailAddress"} <= masked(policy)[0]


def test_unmasking_is_granted_for_the_groups_named_and_no_more() -> None:
    of = stack()
    made = agent(of)
    auditors = iam.ManagedPolicy(of, "Auditors")
    LogMasking.grant_unmask(auditors, made.log_group, made.output_log_groups["DEFAULT"])
    (granted,) = statements(template(of), "Auditors")
    assert granted["Action"] == "logs:Unmask"
    assert granted["Resource"] == [
        of.resolve(group.log_group_arn) for group in (made.log_group, made.output_log_groups["DEFAULT"])
    ]


def test_has_no_findings(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    of = stack(app=app)
    delivery(of, usage_logs=True, encryption_key=kms.Key(of, "Key", enable_key_rotation=True))
    assert findings(app, tmp_path) == []
    assert complaints(template(of)) == []


class TestFails:
    def test_fails_for_no_identifier(self) -> None:
        with pytest.raises(ValueError, match="needs at least one identifier, got none; pass log_masking=None"):
            LogMasking([])

    def test_fails_for_an_unknown_country(self) -> None:
        with pytest.raises(ValueError, match=r"knows data of AT, AU, .*, got 'XX'"):
            data_of("DE", "XX")

    def test_fails_for_an_unknown_identifier(self) -> None:
        with pytest.raises(ValueError, match="'ShoeSize' is not a valid ManagedDataIdentifier"):
            LogMasking(["ShoeSize"])  # type: ignore[list-item]

    def test_fails_for_no_log_group(self) -> None:
        with pytest.raises(ValueError, match="needs the log groups to unmask"):
            LogMasking.grant_unmask(iam.ManagedPolicy(stack(), "Auditors"))
