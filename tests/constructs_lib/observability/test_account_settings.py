"""What the function behind AccountObservability does to accounts in which something is set up already."""

import http.server
import json
import threading
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from constructs_lib._place import Place
from constructs_lib.observability._account_permissions import spans_statement, traces_statement
from constructs_lib.observability.account_observability import HANDLER, POLICY_NAME
from tests.constructs_lib.observability.account import Logs, XRay
from tests.modules import load

PLACE = Place("us-east-1", "111122223333", "aws")
WANTED = {
    "PolicyName": POLICY_NAME,
    "TracesStatement": json.dumps(traces_statement(PLACE)),
    "LogsStatement": json.dumps(spans_statement(PLACE)),
}


@pytest.fixture(scope="module")
def index() -> ModuleType:
    return load(HANDLER / "index.py", "account_settings_index")


def apply(index: ModuleType, xray: XRay, logs: Logs, **wanted: str) -> list[float]:
    """Apply the settings; the pauses it made."""
    pauses: list[float] = []
    index.AccountSettings(xray, logs, pauses.append).apply({**WANTED, **wanted})
    return pauses


def statements(policies: dict[str, str]) -> list[Any]:
    return [each for document in policies.values() for each in json.loads(document)["Statement"]]


def masking(name: str, *kinds: str, findings: str | None = None) -> dict[str, Any]:
    """A data protection policy that masks these kinds of data, all of them AWS's own but `custom`."""
    identifiers = [
        each if each == "custom" else f"arn:aws:dataprotection::aws:data-identifier/{each}" for each in kinds
    ]
    told = {"CloudWatchLogs": {"LogGroup": findings}} if findings else {}
    return {
        "Name": name,
        "Version": "2021-06-01",
        "Statement": [
            {"DataIdentifier": identifiers, "Operation": {"Audit": {"FindingsDestination": told}}},
            {"DataIdentifier": identifiers, "Operation": {"Deidentify": {"MaskConfig": {}}}},
        ],
    }


def test_a_new_account_gets_both_policies_and_transaction_search(index: ModuleType) -> None:
    xray, logs = XRay(), Logs()
    apply(index, xray, logs)
    assert statements(logs.policies) == [spans_statement(PLACE)]
    assert statements(xray.policies) == [traces_statement(PLACE)]
    assert xray.destination == "CloudWatchLogs"


def test_what_is_not_said_stays_as_it_is(index: ModuleType) -> None:
    xray, logs = XRay(), Logs()
    logs.spans["retentionInDays"] = 7
    xray.percentage = 40
    apply(index, xray, logs)
    assert xray.percentage == 40
    assert logs.spans == {"logGroupName": "aws/spans", "retentionInDays": 7}
    assert "UpdateIndexingRule" not in xray.writes
    assert logs.masking is None


def test_what_is_said_is_set(index: ModuleType) -> None:
    xray, logs = XRay(), Logs()
    mask = masking("mask-personal-data", "EmailAddress")
    apply(index, xray, logs, IndexingPercentage="5", RetentionDays="30", KeyArn="arn:key", Masking=json.dumps(mask))
    assert xray.percentage == 5
    assert logs.spans == {"logGroupName": "aws/spans", "retentionInDays": 30, "kmsKeyId": "arn:key"}
    assert logs.masking == mask


def test_a_second_time_changes_nothing(index: ModuleType) -> None:
    xray, logs = XRay(), Logs()
    mask = json.dumps(masking("mask-personal-data", "EmailAddress"))
    said = {"IndexingPercentage": "5", "RetentionDays": "30", "KeyArn": "arn:key", "Masking": mask}
    apply(index, xray, logs, **said)
    xray.writes.clear()
    logs.writes.clear()
    assert apply(index, xray, logs, **said) == []
    assert (xray.writes, logs.writes) == ([], [])


def test_what_others_set_up_by_other_names_is_enough(index: ModuleType) -> None:
    # As the console and AWS itself write them: with names of their own, lists where we have none, in another order.
    spans = {**spans_statement(PLACE), "Sid": "Console", "Action": ["logs:PutLogEvents"]}
    spans["Resource"] = list(reversed(spans["Resource"]))  # type: ignore[call-overload]
    traces = {**traces_statement(PLACE), "Sid": "AWSLogDeliveryWrite"}
    xray = XRay(policies={"AWSLogDelivery": json.dumps({"Statement": traces})}, destination="CloudWatchLogs")
    logs = Logs(policies={"TransactionSearchAccess": json.dumps({"Statement": [spans]})})
    apply(index, xray, logs)
    assert (xray.writes, logs.writes) == ([], [])


def test_policies_of_others_are_left_alone(index: ModuleType) -> None:
    other = {"Statement": [{**traces_statement(PLACE), "Action": "xray:GetTraceSegments"}]}
    xray = XRay(policies={"Other": json.dumps(other)})
    apply(index, xray, Logs())
    assert json.loads(xray.policies["Other"]) == other
    assert set(xray.policies) == {"Other", POLICY_NAME}


class TestMaskingThatIsThere:
    """A log group has one data protection policy, and `aws/spans` is everybody's."""

    OURS = masking("mask-personal-data", "EmailAddress", "PhoneNumber-DE")

    def test_that_of_others_masks_what_it_lacks_besides(
        self, index: ModuleType, caplog: pytest.LogCaptureFixture
    ) -> None:
        theirs = {
            **masking("security-team", "IpAddress", "EmailAddress", "custom"),
            "Configuration": {"CustomDataIdentifier": [{"Name": "custom", "Regex": "EMP-[0-9]+"}]},
        }
        logs = Logs(masking=theirs)
        apply(index, XRay(), logs, Masking=json.dumps(self.OURS))
        both = masking("security-team", "IpAddress", "EmailAddress", "custom", "PhoneNumber-DE")
        assert logs.masking == {**both, "Configuration": theirs["Configuration"]}
        assert "security-team masks arn:aws:dataprotection::aws:data-identifier/PhoneNumber-DE besides" in caplog.text

    def test_that_of_others_stays_where_it_masks_enough(
        self, index: ModuleType, caplog: pytest.LogCaptureFixture
    ) -> None:
        theirs = masking("security-team", "PhoneNumber-DE", "IpAddress", "EmailAddress", findings="audit")
        logs = Logs(masking=theirs)
        apply(index, XRay(), logs, Masking=json.dumps(self.OURS))
        assert logs.masking == theirs
        assert "PutDataProtectionPolicy" not in logs.writes
        assert "security-team masks all that is wanted" in caplog.text

    def test_fails_where_that_of_others_cannot_be_extended(self, index: ModuleType) -> None:
        theirs = masking("security-team", "EmailAddress", findings="audit")
        logs = Logs(masking=theirs)
        with pytest.raises(index.RefusedError, match=r"policy security-team.*CreateLogDelivery.*PhoneNumber-DE to it"):
            apply(index, XRay(), logs, Masking=json.dumps(self.OURS))
        assert logs.masking == theirs

    def test_ones_own_is_replaced(self, index: ModuleType) -> None:
        logs = Logs(masking=masking("mask-personal-data", "IpAddress"))
        apply(index, XRay(), logs, Masking=json.dumps(self.OURS))
        assert logs.masking == self.OURS


def test_waits_until_new_policies_count_and_the_log_group_is_there(index: ModuleType) -> None:
    xray, logs = XRay(refusals=3), Logs(spans_after=2)
    pauses = apply(index, xray, logs, RetentionDays="30")
    assert xray.destination == "CloudWatchLogs"
    assert logs.spans["retentionInDays"] == 30
    assert len(pauses) == 3 + 2 + 2


def test_gives_up_in_time(index: ModuleType) -> None:
    pauses: list[float] = []
    settings = index.AccountSettings(XRay(), Logs(spans_after=10_000), pauses.append)
    with pytest.raises(index.RefusedError, match="has not made the log group aws/spans yet; deploy again"):
        settings.apply({**WANTED, "RetentionDays": "30"})
    assert sum(pauses) < 300


@pytest.mark.parametrize(("service", "limit"), [("X-Ray", 5), ("CloudWatch Logs", 10)])
def test_fails_when_an_account_has_all_the_policies_it_may_have(index: ModuleType, service: str, limit: int) -> None:
    full = {f"policy-{number}": "{}" for number in range(limit)}
    xray = XRay(policies=full if service == "X-Ray" else None)
    logs = Logs(policies=None if service == "X-Ray" else full)
    with pytest.raises(index.RefusedError, match=f"{service} has as many resource policies .*policy-0.*delete one"):
        apply(index, xray, logs)


class TestAnswers:
    """CloudFormation waits for an answer at an address of its own."""

    @pytest.fixture
    def answers(self) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        got: list[dict[str, Any]] = []

        class CloudFormation(http.server.BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                assert self.headers["Content-Type"] == ""
                got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        with http.server.HTTPServer(("127.0.0.1", 0), CloudFormation) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            yield f"http://127.0.0.1:{server.server_port}/answer", got
            server.shutdown()
            thread.join()

    def event(self, address: str, kind: str) -> dict[str, Any]:
        ids = {"StackId": "stack", "RequestId": "request", "LogicalResourceId": "Resource"}
        return {**ids, "RequestType": kind, "ResponseURL": address, "ResourceProperties": WANTED}

    def test_that_it_is_done(
        self,
        index: ModuleType,
        answers: tuple[str, list[dict[str, Any]]],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        address, got = answers
        xray = XRay()
        services = {"xray": xray, "logs": Logs()}
        monkeypatch.setattr(index.boto3, "client", services.__getitem__)
        monkeypatch.setattr(index.time, "sleep", lambda _: None)
        index.handler(self.event(address, "Create"), None)
        ids = {"StackId": "stack", "RequestId": "request", "LogicalResourceId": "Resource"}
        assert got == [{**ids, "Status": "SUCCESS", "PhysicalResourceId": "account-observability"}]
        assert xray.writes

    def test_that_it_failed_and_why(
        self,
        index: ModuleType,
        answers: tuple[str, list[dict[str, Any]]],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        address, got = answers
        full = {f"policy-{number}": "{}" for number in range(5)}
        services = {"xray": XRay(policies=full), "logs": Logs()}
        monkeypatch.setattr(index.boto3, "client", services.__getitem__)
        index.handler(self.event(address, "Update"), None)
        assert got[0]["Status"] == "FAILED"
        assert "X-Ray has as many resource policies" in got[0]["Reason"]

    def test_that_a_deleted_stack_takes_nothing_back(
        self,
        index: ModuleType,
        answers: tuple[str, list[dict[str, Any]]],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        address, got = answers
        monkeypatch.setattr(index.boto3, "client", lambda name: pytest.fail(f"called {name}"))
        index.handler(self.event(address, "Delete"), None)
        assert got[0]["Status"] == "SUCCESS"
