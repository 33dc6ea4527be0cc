"""An account and Region with X-Ray and CloudWatch Logs, as far as its trace settings go."""

import json
from collections.abc import Mapping
from typing import Any


class LimitReachedError(Exception):
    """As many policies as an account may have."""


class NotYetError(Exception):
    """X-Ray may not write to the log groups yet."""


class NothingThereError(Exception):
    """What is asked for does not exist."""


class DeniedError(Exception):
    """The caller may not."""


class XRay:
    """X-Ray of one account and Region, which counts what changes it."""

    class exceptions:  # noqa: N801 -- as boto3 names it
        PolicyCountLimitExceededException = LimitReachedError
        InvalidRequestException = NotYetError

    def __init__(self, *, policies: Mapping[str, str] | None = None, destination: str = "XRay", refusals: int = 0):
        self.policies = dict(policies or {})
        self.destination, self.percentage, self.refusals = destination, 1.0, refusals
        self.writes: list[str] = []
        self.pending = 0

    def list_resource_policies(self) -> dict[str, Any]:
        return {"ResourcePolicies": [{"PolicyName": n, "PolicyDocument": d} for n, d in self.policies.items()]}

    def put_resource_policy(self, PolicyName: str, PolicyDocument: str) -> None:  # noqa: N803
        if PolicyName not in self.policies and len(self.policies) == 5:
            raise LimitReachedError
        self.policies[PolicyName] = PolicyDocument
        self.writes.append("PutResourcePolicy")

    def get_trace_segment_destination(self) -> dict[str, str]:
        self.pending -= 1
        return {"Destination": self.destination, "Status": "ACTIVE" if self.pending < 0 else "PENDING"}

    def update_trace_segment_destination(self, Destination: str) -> None:  # noqa: N803
        if self.refusals:
            self.refusals -= 1
            raise NotYetError
        self.destination, self.pending = Destination, 2
        self.writes.append("UpdateTraceSegmentDestination")

    def get_indexing_rules(self, NextToken: str | None = None) -> dict[str, Any]:  # noqa: N803
        if NextToken is None:
            return {"IndexingRules": [], "NextToken": "more"}
        rule = {"Probabilistic": {"DesiredSamplingPercentage": self.percentage}}
        return {"IndexingRules": [{"Name": "Default", "Rule": rule}]}

    def update_indexing_rule(self, Name: str, Rule: Mapping[str, Any]) -> None:  # noqa: N803
        assert Name == "Default"
        self.percentage = Rule["Probabilistic"]["DesiredSamplingPercentage"]
        self.writes.append("UpdateIndexingRule")


class Logs:
    """CloudWatch Logs of one account and Region, which counts what changes it."""

    class exceptions:  # noqa: N801 -- as boto3 names it
        LimitExceededException = LimitReachedError
        ResourceNotFoundException = NothingThereError
        ClientError = DeniedError

    def __init__(
        self,
        *,
        policies: Mapping[str, str] | None = None,
        spans_after: int = 0,
        masking: Mapping[str, object] | None = None,
        may_report: bool = False,
    ):
        self.policies = dict(policies or {})
        self.spans: dict[str, Any] = {"logGroupName": "aws/spans"}
        self.masking, self._may_report = masking, may_report
        self.writes: list[str] = []
        self._spans_after = spans_after

    def describe_resource_policies(self) -> dict[str, Any]:
        return {"resourcePolicies": [{"policyName": n, "policyDocument": d} for n, d in self.policies.items()]}

    def put_resource_policy(self, policyName: str, policyDocument: str) -> None:  # noqa: N803
        if policyName not in self.policies and len(self.policies) == 10:
            raise LimitReachedError
        self.policies[policyName] = policyDocument
        self.writes.append("PutResourcePolicy")

    def describe_log_groups(self, logGroupNamePrefix: str) -> dict[str, Any]:  # noqa: N803
        assert logGroupNamePrefix == "aws/spans"
        self._spans_after -= 1
        other = {"logGroupName": "aws/spans-of-others"}
        return {"logGroups": [other] if self._spans_after >= 0 else [other, self.spans]}

    def put_retention_policy(self, logGroupName: str, retentionInDays: int) -> None:  # noqa: N803
        assert logGroupName == "aws/spans"
        self.spans["retentionInDays"] = retentionInDays
        self.writes.append("PutRetentionPolicy")

    def associate_kms_key(self, logGroupName: str, kmsKeyId: str) -> None:  # noqa: N803
        assert logGroupName == "aws/spans"
        self.spans["kmsKeyId"] = kmsKeyId
        self.writes.append("AssociateKmsKey")

    def get_data_protection_policy(self, logGroupIdentifier: str) -> dict[str, Any]:  # noqa: N803
        assert logGroupIdentifier == "aws/spans"
        return {"policyDocument": json.dumps(self.masking)} if self.masking else {"logGroupIdentifier": "aws/spans"}

    def put_data_protection_policy(self, logGroupIdentifier: str, policyDocument: str) -> None:  # noqa: N803
        assert logGroupIdentifier == "aws/spans"
        policy = json.loads(policyDocument)
        # As CloudWatch Logs asks for: the same identifiers in both parts, and permission for where findings go.
        audit, mask = policy["Statement"]
        assert audit["DataIdentifier"] == mask["DataIdentifier"]
        if audit["Operation"]["Audit"]["FindingsDestination"] and not self._may_report:
            raise DeniedError("logs:CreateLogDelivery")
        self.masking = policy
        self.writes.append("PutDataProtectionPolicy")
