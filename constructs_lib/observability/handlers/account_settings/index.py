"""Custom resource: how an account and Region treat traces. It adds and changes, and never takes back.

Each step reads first and writes only what differs, so it may run as often as one likes, by several stacks, and in an
account where somebody has set this up by hand.
"""

import json
import logging
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, TypedDict, TypeVar

import boto3

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_logs.type_defs import LogGroupTypeDef

    from constructs_lib.observability.handlers.account_settings.xray_client import RuleValue, XRayClient

SPANS = "aws/spans"
_PAUSE_SECONDS = 5
# Three waits of a minute and a half fit into the function's five minutes.
_ATTEMPTS = 18
_LOG = logging.getLogger()
_LOG.setLevel(logging.INFO)
_Page = TypeVar("_Page", bound=Mapping[str, object])


class Event(TypedDict):
    """A request of CloudFormation."""

    RequestType: str
    ResponseURL: str
    StackId: str
    RequestId: str
    LogicalResourceId: str
    ResourceProperties: Mapping[str, str]


class RefusedError(Exception):
    """What somebody has to do before a deployment can succeed."""


def handler(event: Event, _context: object) -> None:
    """Answer CloudFormation, which waits for it, whatever happens."""
    answer = {
        "Status": "SUCCESS",
        "PhysicalResourceId": "account-observability",
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
    }
    try:
        # The settings are the account's: other stacks, and what was there before, rely on them.
        if event["RequestType"] != "Delete":
            properties = event["ResourceProperties"]
            AccountSettings(boto3.client("xray"), boto3.client("logs"), time.sleep).apply(properties)
    except Exception as error:  # noqa: BLE001 -- without an answer, CloudFormation waits for an hour
        _LOG.exception("the settings could not be applied")
        answer.update(Status="FAILED", Reason=f"{type(error).__name__}: {error}")
    body = json.dumps(answer).encode()
    # CloudFormation's own presigned address; it signs an empty content type.
    address = event["ResponseURL"]
    request = urllib.request.Request(address, data=body, method="PUT", headers={"Content-Type": ""})  # noqa: S310
    urllib.request.urlopen(request, timeout=30).close()  # noqa: S310


class AccountSettings:
    """The settings of one account and Region."""

    def __init__(self, xray: "XRayClient", logs: "CloudWatchLogsClient", sleep: Callable[[float], None]) -> None:
        self.xray, self.logs, self._sleep = xray, logs, sleep

    def apply(self, wanted: Mapping[str, str]) -> None:
        """Bring about what is wanted, in the order in which the services need it."""
        self.allow_logs(wanted["PolicyName"], json.loads(wanted["LogsStatement"]))
        self.allow_traces(wanted["PolicyName"], json.loads(wanted["TracesStatement"]))
        self.send_traces_to_logs()
        if "IndexingPercentage" in wanted:
            self.index(float(wanted["IndexingPercentage"]))
        group_settings = {name: wanted[name] for name in ("RetentionDays", "KeyArn", "Masking") if name in wanted}
        if group_settings:
            self.set_up_spans(group_settings)

    def allow_logs(self, name: str, statement: Mapping[str, object]) -> None:
        """Let X-Ray write spans to CloudWatch Logs."""
        policies = {
            each["policyName"]: each["policyDocument"]
            for page in pages(self.logs.describe_resource_policies, "nextToken")
            for each in page.get("resourcePolicies", [])
        }
        if allowed(policies.values(), statement):
            return
        try:
            self.logs.put_resource_policy(policyName=name, policyDocument=document(statement))
        except self.logs.exceptions.LimitExceededException as error:
            raise RefusedError(too_many("CloudWatch Logs", policies)) from error
        _LOG.info("CloudWatch Logs: resource policy %s written", name)

    def allow_traces(self, name: str, statement: Mapping[str, object]) -> None:
        """Let CloudWatch Logs' delivery service write the traces of AgentCore's resources to X-Ray."""
        policies = {
            each["PolicyName"]: each["PolicyDocument"]
            for page in pages(self.xray.list_resource_policies, "NextToken")
            for each in page.get("ResourcePolicies", [])
        }
        if allowed(policies.values(), statement):
            return
        try:
            self.xray.put_resource_policy(PolicyName=name, PolicyDocument=document(statement))
        except self.xray.exceptions.PolicyCountLimitExceededException as error:
            raise RefusedError(too_many("X-Ray", policies)) from error
        _LOG.info("X-Ray: resource policy %s written", name)

    def send_traces_to_logs(self) -> None:
        """Turn Transaction Search on, and wait until it is."""
        if self.xray.get_trace_segment_destination()["Destination"] != "CloudWatchLogs":
            self.turn_on()
        for _ in range(_ATTEMPTS):
            now = self.xray.get_trace_segment_destination()
            if (now["Destination"], now.get("Status")) == ("CloudWatchLogs", "ACTIVE"):
                return
            self._sleep(_PAUSE_SECONDS)
        raise RefusedError("Transaction Search is still not active; deploy again in a few minutes")

    def turn_on(self) -> None:
        """Change the destination, as soon as the policies that were just written count."""
        for attempt in range(_ATTEMPTS):
            try:
                self.xray.update_trace_segment_destination(Destination="CloudWatchLogs")
            except self.xray.exceptions.InvalidRequestException:
                if attempt == _ATTEMPTS - 1:
                    raise
                self._sleep(_PAUSE_SECONDS)
            else:
                _LOG.info("X-Ray: traces go to CloudWatch Logs, Transaction Search is on")
                return

    def index(self, percentage: float) -> None:
        """Set the share of traces that X-Ray indexes."""
        for page in pages(self.xray.get_indexing_rules, "NextToken"):
            for each in page.get("IndexingRules", []):
                if each.get("Rule", {}).get("Probabilistic", {}).get("DesiredSamplingPercentage") == percentage:
                    return
        rule: RuleValue = {"Probabilistic": {"DesiredSamplingPercentage": percentage}}
        self.xray.update_indexing_rule(Name="Default", Rule=rule)
        _LOG.info("X-Ray: %s percent of traces are indexed", percentage)

    def set_up_spans(self, wanted: Mapping[str, str]) -> None:
        """Settings of the log group that X-Ray makes when the first destination is set."""
        group = self.spans()
        days = int(wanted.get("RetentionDays", 0))
        if days and group.get("retentionInDays") != days:
            self.logs.put_retention_policy(logGroupName=SPANS, retentionInDays=days)
        if "KeyArn" in wanted and group.get("kmsKeyId") != wanted["KeyArn"]:
            self.logs.associate_kms_key(logGroupName=SPANS, kmsKeyId=wanted["KeyArn"])
        if "Masking" in wanted:
            self.mask_spans(json.loads(wanted["Masking"]))

    def mask_spans(self, wanted: Mapping[str, object]) -> None:
        """Mask what is wanted; a policy of others keeps what it says, and masks what it lacks besides."""
        found = self.masking_of_spans()
        if not found or found.get("Name") == wanted["Name"]:
            if found != wanted:
                self.logs.put_data_protection_policy(logGroupIdentifier=SPANS, policyDocument=json.dumps(wanted))
            return
        missing = [each for each in masked(wanted) if each not in masked(found)]
        if not missing:
            _LOG.info("%s: the data protection policy %s masks all that is wanted, and stays", SPANS, found.get("Name"))
            return
        try:
            self.logs.put_data_protection_policy(
                logGroupIdentifier=SPANS, policyDocument=json.dumps(extended(found, missing))
            )
        except self.logs.exceptions.ClientError as error:
            raise RefusedError(
                f"{SPANS} has the data protection policy {found.get('Name')}, which cannot be extended ({error}); add"
                f" {', '.join(missing)} to it, or mask nothing here, then deploy again"
            ) from error
        _LOG.info("%s: the data protection policy %s masks %s besides", SPANS, found.get("Name"), ", ".join(missing))

    def masking_of_spans(self) -> Mapping[str, object]:
        """The data protection policy that is there; empty if there is none."""
        try:
            text = self.logs.get_data_protection_policy(logGroupIdentifier=SPANS).get("policyDocument")
        except self.logs.exceptions.ResourceNotFoundException:
            return {}
        found: Mapping[str, object] = json.loads(text or "{}")
        return found

    def spans(self) -> "LogGroupTypeDef":
        """The log group, once it is there."""
        for _ in range(_ATTEMPTS):
            for group in self.logs.describe_log_groups(logGroupNamePrefix=SPANS)["logGroups"]:
                if group["logGroupName"] == SPANS:
                    return group
            self._sleep(_PAUSE_SECONDS)
        raise RefusedError(f"X-Ray has not made the log group {SPANS} yet; deploy again in a few minutes")


def pages(list_them: Callable[..., _Page], token: str) -> Iterator[_Page]:
    """The pages of a list operation."""
    page = list_them()
    yield page
    while page.get(token):
        page = list_them(**{token: page[token]})
        yield page


def allowed(documents: Iterable[str], statement: Mapping[str, object]) -> bool:
    """Whether one of the policies says already what the statement says, by whatever name."""
    wanted = said(statement)
    return any(said(each) == wanted for text in documents for each in statements(json.loads(text)))


def statements(policy: Mapping[str, object]) -> list[Mapping[str, object]]:
    """The statements of a policy, which may be one without a list."""
    found = policy.get("Statement")
    if isinstance(found, dict):
        return [found]
    return found if isinstance(found, list) else []


def masked(policy: Mapping[str, object]) -> list[str]:
    """What a data protection policy masks; each of its statements names the same."""
    return next((identifiers(each) for each in statements(policy)), [])


def identifiers(statement: Mapping[str, object]) -> list[str]:
    """The data identifiers of a statement."""
    found = statement.get("DataIdentifier")
    return found if isinstance(found, list) else []


def extended(policy: Mapping[str, object], missing: list[str]) -> dict[str, object]:
    """A data protection policy that masks something besides; its name, its findings and its own identifiers stay."""
    added = [{**each, "DataIdentifier": [*identifiers(each), *missing]} for each in statements(policy)]
    return {**policy, "Statement": added}


def said(statement: Mapping[str, object]) -> str:
    """A statement without its name, and with its lists sorted, so that equal ones are the same text."""

    def plain(value: object) -> object:
        if isinstance(value, dict):
            return {key: plain(each) for key, each in value.items()}
        listed = sorted(value) if isinstance(value, list) else value
        return listed[0] if isinstance(listed, list) and len(listed) == 1 else listed

    return json.dumps(plain({key: each for key, each in statement.items() if key != "Sid"}), sort_keys=True)


def document(statement: Mapping[str, object]) -> str:
    """A policy of one statement."""
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def too_many(service: str, names: Mapping[str, str]) -> str:
    """What to do when an account has as many policies as it may."""
    return (
        f"{service} has as many resource policies as an account may have in a Region: {', '.join(sorted(names))};"
        " delete one that nothing needs, then deploy again"
    )
