"""Custom resource: how an account and Region treat traces. It adds and changes, and never takes back.

Each step reads first and writes only what differs, so it may run as often as one likes, by several stacks, and in an
account where somebody has set this up by hand.
"""

import json
import logging
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import boto3

SPANS = "aws/spans"
_PAUSE_SECONDS = 5
# Three waits of a minute and a half fit into the function's five minutes.
_ATTEMPTS = 18
_LOG = logging.getLogger()
_LOG.setLevel(logging.INFO)


class RefusedError(Exception):
    """What somebody has to do before a deployment can succeed."""


def handler(event: Mapping[str, Any], _context: object) -> None:
    """Answer CloudFormation, which waits for it, whatever happens."""
    answer = {
        "Status": "SUCCESS",
        "PhysicalResourceId": "account-observability",
        **{name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")},
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

    def __init__(self, xray: Any, logs: Any, sleep: Callable[[float], None]) -> None:
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

    def allow_logs(self, name: str, statement: Mapping[str, Any]) -> None:
        """Let X-Ray write spans to CloudWatch Logs."""
        policies = {
            each["policyName"]: each["policyDocument"]
            for each in pages(self.logs.describe_resource_policies, "resourcePolicies", "nextToken")
        }
        if allowed(policies.values(), statement):
            return
        try:
            self.logs.put_resource_policy(policyName=name, policyDocument=document(statement))
        except self.logs.exceptions.LimitExceededException as error:
            raise RefusedError(too_many("CloudWatch Logs", policies)) from error
        _LOG.info("CloudWatch Logs: resource policy %s written", name)

    def allow_traces(self, name: str, statement: Mapping[str, Any]) -> None:
        """Let CloudWatch Logs' delivery service write the traces of AgentCore's resources to X-Ray."""
        policies = {
            each["PolicyName"]: each["PolicyDocument"]
            for each in pages(self.xray.list_resource_policies, "ResourcePolicies", "NextToken")
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
        for rule in pages(self.xray.get_indexing_rules, "IndexingRules", "NextToken"):
            if rule.get("Rule", {}).get("Probabilistic", {}).get("DesiredSamplingPercentage") == percentage:
                return
        rule = {"Probabilistic": {"DesiredSamplingPercentage": percentage}}
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
            self.logs.put_data_protection_policy(logGroupIdentifier=SPANS, policyDocument=wanted["Masking"])

    def spans(self) -> Mapping[str, Any]:
        """The log group, once it is there."""
        for _ in range(_ATTEMPTS):
            groups: list[Mapping[str, Any]] = self.logs.describe_log_groups(logGroupNamePrefix=SPANS)["logGroups"]
            for group in groups:
                if group["logGroupName"] == SPANS:
                    return group
            self._sleep(_PAUSE_SECONDS)
        raise RefusedError(f"X-Ray has not made the log group {SPANS} yet; deploy again in a few minutes")


def pages(list_them: Callable[..., Mapping[str, Any]], items: str, token: str) -> Iterator[Mapping[str, Any]]:
    """Everything a list operation lists."""
    answer = list_them()
    yield from answer.get(items, [])
    while answer.get(token):
        answer = list_them(**{token: answer[token]})
        yield from answer.get(items, [])


def allowed(documents: Iterable[str], statement: Mapping[str, Any]) -> bool:
    """Whether one of the policies says already what the statement says, by whatever name."""
    wanted = said(statement)
    return any(said(each) == wanted for text in documents for each in statements(json.loads(text)))


def statements(policy: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The statements of a policy, which may be one without a list."""
    found = policy.get("Statement", [])
    return [found] if isinstance(found, dict) else found


def said(statement: Mapping[str, Any]) -> str:
    """A statement without its name, and with its lists sorted, so that equal ones are the same text."""

    def plain(value: object) -> object:
        if isinstance(value, dict):
            return {key: plain(each) for key, each in value.items()}
        listed = sorted(value) if isinstance(value, list) else value
        return listed[0] if isinstance(listed, list) and len(listed) == 1 else listed

    return json.dumps(plain({key: each for key, each in statement.items() if key != "Sid"}), sort_keys=True)


def document(statement: Mapping[str, Any]) -> str:
    """A policy of one statement."""
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def too_many(service: str, names: Mapping[str, str]) -> str:
    """What to do when an account has as many policies as it may."""
    return (
        f"{service} has as many resource policies as an account may have in a Region: {', '.join(sorted(names))};"
        " delete one that nothing needs, then deploy again"
    )
