"""Evaluators, online evaluation, and the resources AWS owns in every account.

A stand-in: nothing is evaluated.
"""

# ruff: noqa: ARG002 (every kind answers the same hooks; few need all they are given)

from collections.abc import Mapping

from workbench.local_cloud.agentcore.control_records import kept, new_record
from workbench.local_cloud.agentcore.control_specials import Special
from workbench.local_cloud.agentcore.control_store import Attributes, Record, ScopeStore
from workbench.local_cloud.agentcore.service import ServiceError, invalid

# https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/prompt-templates-builtin.html
BUILTIN_EVALUATORS = {
    "Builtin.Correctness": "TRACE",
    "Builtin.Faithfulness": "TRACE",
    "Builtin.Helpfulness": "TRACE",
    "Builtin.ResponseRelevance": "TRACE",
    "Builtin.Conciseness": "TRACE",
    "Builtin.Coherence": "TRACE",
    "Builtin.InstructionFollowing": "TRACE",
    "Builtin.Refusal": "TRACE",
    "Builtin.Harmfulness": "TRACE",
    "Builtin.Stereotyping": "TRACE",
    "Builtin.GoalSuccessRate": "SESSION",
    "Builtin.ToolSelectionAccuracy": "TOOL_CALL",
    "Builtin.ToolParameterAccuracy": "TOOL_CALL",
}
_BUILTIN_TOOLS = {"Browser": "aws.browser.v1", "CodeInterpreter": "aws.codeinterpreter.v1"}
_OWNED_BY_AWS = "ownedByAws"


def add_builtins(store: ScopeStore) -> None:
    """Add what AWS provides in every account: its evaluators, its browser and its code interpreter."""
    region = store.scope.region
    for name, level in BUILTIN_EVALUATORS.items():
        attributes: Attributes = {
            "evaluatorId": name,
            "evaluatorName": name,
            "level": level,
            "evaluatorType": "Builtin",
        }
        record = new_record("Evaluator", store.scope, {**attributes, _OWNED_BY_AWS: True})
        record.attributes["evaluatorArn"] = f"arn:aws:bedrock-agentcore:::evaluator/{name}"
        store.add(record)
    for noun, tool in _BUILTIN_TOOLS.items():
        own = noun[0].lower() + noun[1:]
        given: Attributes = {f"{own}Id": tool, "name": tool, "networkConfiguration": {"networkMode": "PUBLIC"}}
        record = new_record(noun, store.scope, {**given, _OWNED_BY_AWS: True})
        path = "browser" if noun == "Browser" else "code-interpreter"
        record.attributes[f"{own}Arn"] = f"arn:aws:bedrock-agentcore:{region}:aws:{path}/{tool}"
        store.add(record)


def owned_by_aws(record: Record) -> bool:
    """Whether AWS provides the resource, so that an account can neither change nor delete it."""
    return bool(record.attributes.get(_OWNED_BY_AWS))


class Tool(Special):
    """A browser or a code interpreter of an account."""

    def deleting(self, store: ScopeStore, record: Record, params: Mapping[str, object]) -> bool:
        """Refuse to delete AWS's own."""
        _refuse_builtin(record)
        return True


class Evaluator(Special):
    """An evaluator of an account."""

    def create(self, store: ScopeStore, params: Mapping[str, object]) -> Attributes:
        """Note what judges: a model or the account's own function."""
        configuration = params.get("evaluatorConfig")
        by_model = isinstance(configuration, Mapping) and "llmAsAJudge" in configuration
        return {**kept(params), "evaluatorType": "Custom" if by_model else "CustomCode"}

    def update(self, store: ScopeStore, record: Record, changes: Attributes) -> Attributes:
        """Refuse to change AWS's own."""
        _refuse_builtin(record)
        return changes

    def deleting(self, store: ScopeStore, record: Record, params: Mapping[str, object]) -> bool:
        """Refuse to delete AWS's own."""
        _refuse_builtin(record)
        return True


class OnlineEvaluationConfig(Special):
    """An online evaluation, which is enabled at creation or not."""

    def create(self, store: ScopeStore, params: Mapping[str, object]) -> Attributes:
        """Name the log group for results as the service does, and turn the switch into a state."""
        attributes = kept(params)
        attributes["executionStatus"] = "ENABLED" if attributes.pop("enableOnCreate") else "DISABLED"
        return attributes

    def created(self, store: ScopeStore, record: Record) -> None:
        """Name the log group that the results would go to."""
        group = f"/aws/bedrock-agentcore/evaluations/results/{record.key[-1]}"
        record.attributes["outputConfig"] = {"cloudWatchConfig": {"logGroupName": group}}


def _refuse_builtin(record: Record) -> None:
    if owned_by_aws(record):
        raise invalid(f"{record.key[-1]} is provided by AWS and cannot be changed or deleted")


def submit_for_approval(store: ScopeStore, params: Mapping[str, object]) -> Attributes:
    """Answer `SubmitRegistryRecordForApproval`: a draft waits for approval."""
    record = _registry_record(store, params)
    if record.attributes["status"] != "DRAFT":
        raise ServiceError(
            "ConflictException", f"only a DRAFT can be submitted, got {record.attributes['status']}", 409
        )
    record.attributes["status"] = "PENDING_APPROVAL"
    return record.attributes


def set_record_status(store: ScopeStore, params: Mapping[str, object]) -> Attributes:
    """Answer `UpdateRegistryRecordStatus`."""
    record = _registry_record(store, params)
    record.attributes.update(status=params["status"], statusReason=params["statusReason"])
    return record.attributes


def _registry_record(store: ScopeStore, params: Mapping[str, object]) -> Record:
    registry, own = (str(params[name]).rsplit("/", 1)[-1] for name in ("registryId", "recordId"))
    return store.get("RegistryRecord", (registry, own))
