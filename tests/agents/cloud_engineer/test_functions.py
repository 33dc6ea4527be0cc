"""The functions behind the gateway, where the local cloud has no such service or no such failure."""

import datetime
import json
import subprocess
import sys
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber

from agents.cloud_engineer.gateway_tools import approvals, changes, inventory, prices
from agents.cloud_engineer.proposal import proposal_of

FUNCTIONS = ("approvals", "changes", "inventory", "prices")
ANN = "subject-of-ann"
OLD = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=2)
OFFER = {
    "product": {"attributes": {"instanceType": "t3.micro", "operatingSystem": "Linux", "servicename": "EC2"}},
    "terms": {
        "OnDemand": {
            "a": {
                "priceDimensions": {
                    "b": {"unit": "Hrs", "pricePerUnit": {"USD": "0.0104"}, "description": "$0.0104 per hour"}
                }
            }
        }
    },
}


def context(tool: str, caller: str | None = None) -> Any:
    headers = {"x-caller-subject": caller} if caller else {}
    custom = {"bedrockAgentCoreToolName": f"target___{tool}", "bedrockAgentCorePropagatedHeaders": headers}
    return SimpleNamespace(client_context=SimpleNamespace(custom=custom))


def stubbed(monkeypatch: pytest.MonkeyPatch, service: str) -> Iterator[Stubber]:
    monkeypatch.setenv("CHANGE_ROLE_ARN", "arn:aws:iam::111122223333:role/change")
    monkeypatch.setenv("CHANGED_TYPES", "AWS::S3::Bucket,AWS::SQS::Queue")
    make: Any = boto3.client
    client = make(service, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
    monkeypatch.setattr(boto3, "client", lambda *_, **__: client)
    with Stubber(client) as stubber:
        yield stubber


@pytest.fixture
def price_list(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    yield from stubbed(monkeypatch, "pricing")


@pytest.fixture
def cloudformation(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    yield from stubbed(monkeypatch, "cloudformation")


def ask(function: ModuleType, event: object, context: object) -> Any:
    """Invoke a function as Lambda does, which checks no types."""
    return function.handler(event, context)


def code(answer: dict[str, Any]) -> str:
    assert set(answer["error"]) == {"code", "message", "remedy"}
    assert all(answer["error"].values())
    return str(answer["error"]["code"])


def test_a_price_is_looked_up_by_region_and_attributes(price_list: Stubber) -> None:
    filters = [
        {"Type": "TERM_MATCH", "Field": "regionCode", "Value": "eu-west-1"},
        {"Type": "TERM_MATCH", "Field": "instanceType", "Value": "t3.micro"},
    ]
    asked = {"ServiceCode": "AmazonEC2", "Filters": filters, "MaxResults": 20}
    price_list.add_response("get_products", {"PriceList": [json.dumps(OFFER)]}, asked)
    event = {"service_code": "AmazonEC2", "region": "eu-west-1", "attributes": {"instanceType": "t3.micro"}}
    answer = ask(prices, event, context("get_prices"))
    (price,) = answer["prices"]
    assert (price["price"], price["unit"], price["instanceType"]) == ("0.0104", "Hrs", "t3.micro")
    assert answer["more"] is False


def test_too_many_attributes_are_refused(price_list: Stubber) -> None:
    event = {"service_code": "AmazonEC2", "region": "eu-west-1", "attributes": {f"a{n}": "x" for n in range(8)}}
    assert code(ask(prices, event, context("get_prices"))) == "too_many_attributes"


def test_attributes_and_their_values_are_listed(price_list: Stubber) -> None:
    price_list.add_response("describe_services", {"Services": [{"ServiceCode": "S", "AttributeNames": ["b", "a"]}]})
    price_list.add_response("get_attribute_values", {"AttributeValues": [{"Value": "x"}]})
    assert ask(prices, {"service_code": "S"}, context("list_price_attributes")) == {"attributes": ["a", "b"]}
    listed = ask(prices, {"service_code": "S", "attribute": "a"}, context("list_price_attributes"))
    assert listed == {"values": ["x"], "more": False}


def test_what_aws_refuses_is_an_answer_with_its_reason(price_list: Stubber) -> None:
    price_list.add_client_error("get_products", "InvalidParameterException", "no such service")
    answer = ask(prices, {"service_code": "S", "region": "eu-west-1"}, context("get_prices"))
    assert code(answer) == "InvalidParameterException"
    assert answer["error"]["message"] == "no such service"


@pytest.mark.parametrize("hours", [0, 337])
def test_a_metric_is_read_over_two_weeks_at_most(hours: int) -> None:
    event = {"namespace": "AWS/Lambda", "metric": "Errors", "hours": hours}
    assert code(ask(inventory, event, context("read_metric"))) == "hours_invalid"


@pytest.mark.parametrize(
    ("event", "refused"),
    [
        ({"stack_name": "production", "template": "{}"}, "stack_name_invalid"),
        ({"stack_name": "engineer-a/../b", "template": "{}"}, "stack_name_invalid"),
        ({"stack_name": "engineer-a", "template": "ä" * 30_000}, "template_too_large"),
    ],
)
def test_no_change_set_is_made_outside_of_the_bounds(
    cloudformation: Stubber, event: dict[str, str], refused: str
) -> None:
    assert code(ask(changes, event, context("propose_change", ANN))) == refused


def test_nobody_unknown_proposes_or_carries_out(cloudformation: Stubber) -> None:
    proposed = ask(changes, {"stack_name": "engineer-a", "template": "{}"}, context("propose_change"))
    assert code(proposed) == "caller_unknown"
    confirmation = {"stack_name": "engineer-a", "confirmation_id": "0a1b2c3d"}
    assert code(ask(approvals, confirmation, context("execute_change"))) == "caller_unknown"


def proposed(cloudformation: Stubber, *, stack_is_there: bool = False) -> dict[str, object]:
    """Answer until the change set is made; what is asked for then to delete it."""
    if stack_is_there:
        there = {"StackName": "engineer-a", "StackStatus": "CREATE_COMPLETE", "CreationTime": OLD}
        cloudformation.add_response("describe_stacks", {"Stacks": [there]})
    else:
        cloudformation.add_client_error("describe_stacks", "ValidationError", "does not exist")
    cloudformation.add_response("create_change_set", {})
    return {"StackName": "engineer-a", "ChangeSetName": ANY}


@pytest.mark.parametrize("stack_is_there", [False, True])
def test_a_change_that_cannot_be_worked_out_says_why_and_leaves_no_change_set(
    cloudformation: Stubber, stack_is_there: bool
) -> None:
    asked = proposed(cloudformation, stack_is_there=stack_is_there)
    cloudformation.add_response("describe_change_set", {"Status": "FAILED", "StatusReason": "no such type"})
    cloudformation.add_response("delete_change_set", {}, asked)
    answer = ask(changes, {"stack_name": "engineer-a", "template": "{}"}, context("propose_change", ANN))
    assert code(answer) == "change_set_failed"
    assert "no such type" in answer["error"]["message"]
    cloudformation.assert_no_pending_responses()


def test_a_change_set_that_cannot_be_read_is_deleted(cloudformation: Stubber) -> None:
    asked = proposed(cloudformation)
    cloudformation.add_client_error("describe_change_set", "AccessDenied", "not yours")
    cloudformation.add_response("delete_change_set", {}, asked)
    answer = ask(changes, {"stack_name": "engineer-a", "template": "{}"}, context("propose_change", ANN))
    assert code(answer) == "AccessDenied"
    cloudformation.assert_no_pending_responses()


def test_a_change_set_that_takes_too_long_is_deleted(cloudformation: Stubber, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "WAIT_SECONDS", 0.0)
    asked = proposed(cloudformation)
    cloudformation.add_response("describe_change_set", {"Status": "CREATE_IN_PROGRESS"})
    cloudformation.add_response("delete_change_set", {}, asked)
    answer = ask(changes, {"stack_name": "engineer-a", "template": "{}"}, context("propose_change", ANN))
    assert code(answer) == "change_set_late"
    cloudformation.assert_no_pending_responses()


def test_a_change_set_that_cannot_be_deleted_is_logged_and_the_proposals_failure_told(
    cloudformation: Stubber, caplog: pytest.LogCaptureFixture
) -> None:
    proposed(cloudformation)
    cloudformation.add_response("describe_change_set", {"Status": "FAILED", "StatusReason": "no such type"})
    cloudformation.add_client_error("delete_change_set", "InvalidChangeSetStatus", "in progress")
    answer = ask(changes, {"stack_name": "engineer-a", "template": "{}"}, context("propose_change", ANN))
    assert code(answer) == "change_set_failed"
    assert "change set is left behind" in caplog.text
    assert "in progress" in caplog.text


CHANGED = {
    "Action": "Modify",
    "LogicalResourceId": "Notes",
    "ResourceType": "AWS::S3::Bucket",
    "Replacement": "Conditional",
    "Scope": ["Properties"],
}


def test_a_proposal_lists_every_change(cloudformation: Stubber) -> None:
    proposed(cloudformation)
    removed = {"Action": "Remove", "LogicalResourceId": "Work", "ResourceType": "AWS::SQS::Queue"}
    listed = [{"Type": "Resource", "ResourceChange": each} for each in (CHANGED, removed)]
    cloudformation.add_response("describe_change_set", {"Status": "CREATE_COMPLETE", "Changes": listed})
    answer = ask(changes, {"stack_name": "engineer-a", "template": "{}"}, context("propose_change", ANN))
    assert answer["changes"] == [
        {"action": "Modify", "resource": "Notes", "type": "AWS::S3::Bucket", "replacement": "Conditional"},
        {"action": "Remove", "resource": "Work", "type": "AWS::SQS::Queue"},
    ]
    told = proposal_of({"toolUseId": "1", "status": "success", "content": [{"text": json.dumps(answer)}]})
    assert str(told).endswith(
        "Modify Notes (AWS::S3::Bucket, replacement: Conditional); Remove Work (AWS::SQS::Queue)."
    )


@pytest.mark.parametrize(("listed", "more"), [(101, {}), (1, {"NextToken": "more"})])
def test_a_list_that_is_too_long_to_be_told_whole_cannot_be_confirmed(
    cloudformation: Stubber, listed: int, more: dict[str, str]
) -> None:
    asked = proposed(cloudformation)
    found = [{"Type": "Resource", "ResourceChange": CHANGED}] * listed
    cloudformation.add_response("describe_change_set", {"Status": "CREATE_COMPLETE", "Changes": found, **more})
    cloudformation.add_response("delete_change_set", {}, asked)
    answer = ask(changes, {"stack_name": "engineer-a", "template": "{}"}, context("propose_change", ANN))
    assert code(answer) == "too_many_changes"
    cloudformation.assert_no_pending_responses()


def test_a_proposal_names_the_types_it_may_consist_of_and_the_role_that_carries_it_out(
    cloudformation: Stubber, caplog: pytest.LogCaptureFixture
) -> None:
    cloudformation.add_client_error("describe_stacks", "ValidationError", "does not exist")
    sent = {
        "StackName": "engineer-a",
        "ChangeSetName": ANY,
        "ChangeSetType": "CREATE",
        "TemplateBody": "{}",
        "RoleARN": "arn:aws:iam::111122223333:role/change",
        "ResourceTypes": ["AWS::S3::Bucket", "AWS::SQS::Queue"],
        "Description": f"proposed by {ANN}",
        "OnStackFailure": "ROLLBACK",
        "ClientToken": ANY,
    }
    cloudformation.add_response("create_change_set", {}, sent)
    cloudformation.add_response("describe_change_set", {"Status": "CREATE_COMPLETE", "Changes": []})
    answer = ask(changes, {"stack_name": "engineer-a", "template": "{}"}, context("propose_change", ANN))
    assert answer["operation"] == "CREATE"
    # What can be confirmed is not deleted: the stub has no answer to that, which would be logged.
    assert caplog.text == ""


def proposal(**changed: Any) -> dict[str, Any]:
    now = datetime.datetime.now(datetime.UTC)
    described = {"Description": f"proposed by {ANN}", "CreationTime": now, "ExecutionStatus": "AVAILABLE"}
    return {**described, "Status": "CREATE_COMPLETE", **changed}


@pytest.mark.parametrize(
    ("changed", "refused"),
    [
        ({"Description": "proposed by somebody"}, "proposal_of_another_user"),
        ({"CreationTime": OLD}, "proposal_expired"),
        ({"ExecutionStatus": "EXECUTE_COMPLETE"}, "proposal_unavailable"),
    ],
)
def test_no_other_change_set_is_carried_out(cloudformation: Stubber, changed: dict[str, object], refused: str) -> None:
    cloudformation.add_response("describe_change_set", proposal(**changed))
    event = {"stack_name": "engineer-a", "confirmation_id": "0a1b2c3d"}
    assert code(ask(approvals, event, context("execute_change", ANN))) == refused


@pytest.mark.parametrize("confirmation_id", ["", "change-0a1b2c3d", "0A1B2C3D", "arn:aws:cloudformation:x"])
def test_only_ids_of_proposals_are_looked_up(cloudformation: Stubber, confirmation_id: str) -> None:
    event = {"stack_name": "engineer-a", "confirmation_id": confirmation_id}
    assert code(ask(approvals, event, context("execute_change", ANN))) == "proposal_unknown"


def test_a_confirmed_change_is_carried_out_once(cloudformation: Stubber) -> None:
    cloudformation.add_response("describe_change_set", proposal())
    sent = {"StackName": "engineer-a", "ChangeSetName": "change-0a1b2c3d", "ClientRequestToken": "change-0a1b2c3d"}
    cloudformation.add_response("execute_change_set", {}, sent)
    event = {"stack_name": "engineer-a", "confirmation_id": "0a1b2c3d"}
    assert ask(approvals, event, context("execute_change", ANN))["state"] == "started"
    cloudformation.assert_no_pending_responses()


def test_the_functions_import_nothing_that_lambda_does_not_have() -> None:
    modules = ", ".join(f"agents.cloud_engineer.gateway_tools.{name}" for name in FUNCTIONS)
    loaded = f"import sys, {modules}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    found = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout.split()
    assert "boto3" in found
    assert not [name for name in found if name.startswith(("mypy", "strands", "pydantic"))]
