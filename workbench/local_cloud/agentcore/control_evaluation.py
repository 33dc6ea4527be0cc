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
# https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/skill-evaluators.html
# https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/ground-truth-evaluations.html
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
    "Builtin.TrajectoryExactOrderMatch": "SESSION",
    "Builtin.TrajectoryInOrderMatch": "SESSION",
    "Builtin.TrajectoryAnyOrderMatch": "SESSION",
    "Builtin.ToolSelectionAccuracy": "TOOL_CALL",
    "Builtin.ToolParameterAccuracy": "TOOL_CALL",
    "Builtin.SkillSelectionAccuracy": "TOOL_CALL",
    "Builtin.SkillInstructionFollowing": "TOOL_CALL",
}
# https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/create-evaluator.html
_PLACEHOLDERS = {
    "SESSION": ("context", "available_tools"),
    "TRACE": ("context", "assistant_turn"),
    "TOOL_CALL": ("context", "available_tools", "tool_turn"),
}
_GROUND_TRUTH = ("assertions", "expected_response", "expected_tool_trajectory")
_TYPES = {"llmAsAJudge": "Custom", "codeBased": "CustomCode", "derived": "CustomDerived"}
# https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/results-and-output.html
_RESERVED_GROUPS = "/aws/bedrock-agentcore/evaluations/"
_RESULT_GROUPS = f"{_RESERVED_GROUPS}results/"
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
    """An evaluator of an account.

    While an enabled online evaluation uses it, it can be neither changed nor deleted.
    """

    def create(self, store: ScopeStore, params: Mapping[str, object]) -> Attributes:
        """Note what judges: a model by its own instructions or by another evaluator's, or the account's function."""
        configuration = _mapping(params["evaluatorConfig"])
        _check_judge(configuration, str(params["level"]))
        kind = next((name for part, name in _TYPES.items() if part in configuration), "Custom")
        return {**kept(params), "evaluatorType": kind, "lockedForModification": False}

    def get(self, store: ScopeStore, record: Record, params: Mapping[str, object]) -> Attributes:
        """Say whether an online evaluation locks it."""
        if owned_by_aws(record):
            return record.attributes
        return {**record.attributes, "lockedForModification": bool(_users(store, record))}

    def update(self, store: ScopeStore, record: Record, changes: Attributes) -> Attributes:
        """Refuse to change AWS's own, and one in use."""
        _refuse_builtin(record)
        _refuse_locked(store, record)
        after = {**record.attributes, **changes}
        if changes.get("kmsKeyArn", "") is None and record.attributes.get("kmsKeyArn"):
            raise invalid("A customer managed key cannot be removed from an evaluator")
        _check_judge(_mapping(after.get("evaluatorConfig")), str(after.get("level")))
        return changes

    def deleting(self, store: ScopeStore, record: Record, params: Mapping[str, object]) -> bool:
        """Refuse to delete AWS's own, and one in use."""
        _refuse_builtin(record)
        _refuse_locked(store, record)
        return True


class OnlineEvaluationConfig(Special):
    """An online evaluation, which is enabled at creation or not."""

    def create(self, store: ScopeStore, params: Mapping[str, object]) -> Attributes:
        """Turn the switch into a state."""
        _check_online(store, params)
        attributes = kept(params)
        attributes["executionStatus"] = "ENABLED" if attributes.pop("enableOnCreate") else "DISABLED"
        return attributes

    def created(self, store: ScopeStore, record: Record) -> None:
        """Name the log group that the results would go to."""
        _complete_output(record)

    def update(self, store: ScopeStore, record: Record, changes: Attributes) -> Attributes:
        """Refuse what creation refuses."""
        _check_online(store, {**record.attributes, **changes})
        return changes

    def updated(self, store: ScopeStore, record: Record) -> None:
        """Name the log group that the results would go to."""
        _complete_output(record)


def _check_judge(configuration: Mapping[str, object], level: str) -> None:
    if "llmAsAJudge" not in configuration:
        return
    instructions = str(_mapping(configuration["llmAsAJudge"]).get("instructions", ""))
    if not any(f"{{{name}}}" in instructions for name in _PLACEHOLDERS[level]):
        needed = ", ".join(_PLACEHOLDERS[level])
        raise invalid(f"Evaluator instructions must contain at least one of the placeholders of {level}: {needed}")


def _check_online(store: ScopeStore, params: Mapping[str, object]) -> None:
    for reference in _list(params.get("evaluators")):
        evaluator_id = str(_mapping(reference).get("evaluatorId", ""))
        if evaluator_id.startswith("ThirdParty."):
            continue
        evaluator = store.find("Evaluator", (evaluator_id,))
        if evaluator is None:
            raise invalid(f"Evaluator not found: {evaluator_id}")
        needed = _ground_truth(evaluator)
        if needed:
            raise invalid(f"Evaluator {evaluator_id} needs {needed}, which online evaluation does not have")
    output = _mapping(_mapping(params.get("outputConfig")).get("cloudWatchConfig"))
    group = str(output.get("logGroupName") or "")
    if group and output.get("resultDestination") == "SOURCE_LOG_GROUP":
        raise invalid("logGroupName must not be specified with SOURCE_LOG_GROUP")
    if group.startswith(_RESERVED_GROUPS) and not group.startswith(_RESULT_GROUPS):
        raise invalid(f"Log groups below {_RESERVED_GROUPS} are reserved: {group}")
    if str(output.get("metricsNamespace") or "").startswith("AWS/"):
        raise invalid("metricsNamespace must not begin with AWS/")


def _ground_truth(evaluator: Record) -> str:
    """What of a known answer an evaluator cannot do without."""
    if owned_by_aws(evaluator):
        return "expectedTrajectory" if evaluator.key[-1].startswith("Builtin.Trajectory") else ""
    judge = _mapping(_mapping(evaluator.attributes.get("evaluatorConfig")).get("llmAsAJudge"))
    return ", ".join(name for name in _GROUND_TRUTH if f"{{{name}}}" in str(judge.get("instructions", "")))


def _complete_output(record: Record) -> None:
    given = _mapping(_mapping(record.attributes.get("outputConfig")).get("cloudWatchConfig"))
    output = {"resultDestination": "DEDICATED_LOG_GROUP", **given}
    if output["resultDestination"] == "DEDICATED_LOG_GROUP" and not output.get("logGroupName"):
        output["logGroupName"] = f"{_RESULT_GROUPS}{record.key[-1]}"
    record.attributes["outputConfig"] = {"cloudWatchConfig": output}


def _users(store: ScopeStore, evaluator: Record) -> list[str]:
    """The enabled online evaluations that use an evaluator."""
    return [
        record.key[-1]
        for record in store.of_kind("OnlineEvaluationConfig")
        if record.attributes.get("executionStatus") == "ENABLED"
        and evaluator.key[-1]
        in [_mapping(reference).get("evaluatorId") for reference in _list(record.attributes.get("evaluators"))]
    ]


def _refuse_locked(store: ScopeStore, record: Record) -> None:
    users = _users(store, record)
    if users:
        raise ServiceError(
            "ConflictException",
            f"Evaluator {record.key[-1]} is locked for modification: {', '.join(users)} uses it",
            409,
        )


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else []


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
