"""Guardrails in templates.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-bedrock-guardrail.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-bedrock-guardrailversion.html
"""

from collections.abc import Mapping

from workbench.local_cloud.agentcore.service import ServiceError
from workbench.local_cloud.cloudformation.kinds import Truth
from workbench.local_cloud.cloudformation.outcome import Outcome
from workbench.local_cloud.cloudformation.request import ProvisioningError, Request
from workbench.local_cloud.guardrails.store import DRAFT, Guardrail, GuardrailStore

GUARDRAIL = "AWS::Bedrock::Guardrail"
VERSION = "AWS::Bedrock::GuardrailVersion"
TYPES = frozenset({GUARDRAIL, VERSION})

_TRUTH = Truth("stand-in", "judges by word lists, patterns and similarity of texts, not by Bedrock's models")


class GuardrailResources:
    """Provisions `AWS::Bedrock::Guardrail` and `AWS::Bedrock::GuardrailVersion`.

    Args:
        store: Where guardrails are kept.
    """

    def __init__(self, store: GuardrailStore) -> None:
        self._store = store

    def create(self, request: Request, properties: Mapping[str, object]) -> Outcome:
        """Make a guardrail, or publish its draft."""
        try:
            if request.type_name == GUARDRAIL:
                return _guardrail(self._store.create(request.scope, properties))
            published, version = self._store.publish(request.scope, str(properties["GuardrailIdentifier"]))
        except ServiceError as error:
            raise _refused(error, request) from error
        return _version(published, version)

    def update(self, request: Request, properties: Mapping[str, object], _old: Mapping[str, object]) -> Outcome:
        """Change a guardrail's draft. Nothing about a version can change: it would be replaced."""
        try:
            if request.type_name == GUARDRAIL:
                return _guardrail(self._store.update(request.scope, request.physical_id, properties))
            id_, version = request.physical_id.split("|")
            found, _ = self._store.find(request.scope, id_, version)
        except ServiceError as error:
            raise _refused(error, request) from error
        return _version(found, version)

    def delete(self, request: Request) -> None:
        """Delete a guardrail with its versions, or one version."""
        if request.type_name == GUARDRAIL:
            self._store.delete(request.scope, request.physical_id)
            return
        id_, _, version = request.physical_id.partition("|")
        self._store.withdraw(request.scope, id_, version)


def _guardrail(made: Guardrail) -> Outcome:
    attributes = {
        "GuardrailArn": made.arn,
        "GuardrailId": made.id,
        "Version": DRAFT,
        "Status": "READY",
        "StatusReasons": [],
        "FailureRecommendations": [],
        "CreatedAt": made.created.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "UpdatedAt": made.updated.isoformat(timespec="seconds").replace("+00:00", "Z"),
    }
    return Outcome(made.arn, attributes, _TRUTH)


def _version(guardrail: Guardrail, version: str) -> Outcome:
    attributes = {"GuardrailArn": guardrail.arn, "GuardrailId": guardrail.id, "Version": version}
    return Outcome(f"{guardrail.id}|{version}", attributes, _TRUTH)


def _refused(error: ServiceError, request: Request) -> ProvisioningError:
    return ProvisioningError(
        f'Resource handler returned message: "{error.message}" (Service: Bedrock, Status Code: {error.status}, '
        f"Error Code: {error.code}, Resource: {request.logical_id}, Type: {request.type_name})"
    )
