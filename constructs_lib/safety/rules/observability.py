"""Logs, traces and encryption keys."""

from collections.abc import Iterator

from constructs_lib.safety.rules.model import Demand, Hit, RuleSet, Severity
from constructs_lib.safety.rules.template import AGENTCORE, Deployment, Resource
from constructs_lib.safety.rules.values import absent, can_be, literal, text

RULES = RuleSet()
RUNTIME, MEMORY, GATEWAY = (f"{AGENTCORE}{kind}" for kind in ("Runtime", "Memory", "Gateway"))
INTERPRETER, BROWSER, WORKLOAD = (
    f"{AGENTCORE}{kind}" for kind in ("CodeInterpreterCustom", "BrowserCustom", "WorkloadIdentity")
)
_APPLICATION, _USAGE, _TRACES = "APPLICATION_LOGS", "USAGE_LOGS", "TRACES"
# What each type delivers: PutDeliverySource's page, and for browsers the vended logs of @aws-cdk/aws-service-spec.
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutDeliverySource.html
LOG_TYPES = {
    RUNTIME: (_APPLICATION, _USAGE, _TRACES),
    INTERPRETER: (_APPLICATION, _USAGE, _TRACES),
    BROWSER: (_USAGE, _TRACES),
    MEMORY: (_APPLICATION, _TRACES),
    GATEWAY: (_APPLICATION, _TRACES),
    WORKLOAD: (_APPLICATION, _TRACES),
}
"""The log types that each type of AgentCore resource delivers. Types that are not here deliver none."""
SOURCE, DELIVERY, DESTINATION = (f"AWS::Logs::Delivery{kind}" for kind in ("Source", "", "Destination"))
GROUP, KEY, GUARDRAIL = "AWS::Logs::LogGroup", "AWS::KMS::Key", "AWS::Bedrock::Guardrail"
_GROUP_NAMES = ("/aws/vendedlogs/bedrock-agentcore/", "/aws/bedrock-agentcore/")
_OUTPUT = "/aws/bedrock-agentcore/runtimes/"
_KEY_PROPERTIES = ("EncryptionKeyArn", "KmsKeyArn", "KmsKeyId")


@RULES.rule(
    "RuntimeLogsNotDelivered",
    Severity.WARNING,
    "A runtime's application logs are delivered",
    RUNTIME,
    why="Runtime keeps no record of what was asked and answered, and by whom, unless a delivery is set up.",
    remedy="Add a delivery of APPLICATION_LOGS for the runtime's ARN to a log group of yours.",
)
def _runtime_logs(runtime: Resource) -> Iterator[Hit]:
    return _not_delivered(runtime, _APPLICATION)


@RULES.rule(
    "MemoryLogsNotDelivered",
    Severity.WARNING,
    "A memory's application logs are delivered",
    MEMORY,
    why="Extractions that fail are nowhere to be seen: the agent forgets, and nobody is told.",
    remedy="Add a delivery of APPLICATION_LOGS for the memory's ARN to a log group of yours.",
)
def _memory_logs(memory: Resource) -> Iterator[Hit]:
    return _not_delivered(memory, _APPLICATION)


@RULES.rule(
    "GatewayLogsNotDelivered",
    Severity.WARNING,
    "A gateway's application logs are delivered",
    GATEWAY,
    why="Nobody can tell afterwards who called which tool, and what was denied.",
    remedy="Add a delivery of APPLICATION_LOGS for the gateway's ARN to a log group of yours.",
)
def _gateway_logs(gateway: Resource) -> Iterator[Hit]:
    return _not_delivered(gateway, _APPLICATION)


@RULES.rule(
    "SandboxLogsNotDelivered",
    Severity.WARNING,
    "A sandbox tool's logs are delivered",
    INTERPRETER,
    BROWSER,
    why="Nobody can tell afterwards which sessions ran, and for how long.",
    remedy="Add a delivery of APPLICATION_LOGS for a code interpreter, of USAGE_LOGS for a browser, to a log group of"
    " yours.",
)
def _sandbox_logs(tool: Resource) -> Iterator[Hit]:
    return _not_delivered(tool, LOG_TYPES[tool.type][0])


@RULES.rule(
    "IdentityLogsNotDelivered",
    Severity.WARNING,
    "A workload identity's application logs are delivered",
    WORKLOAD,
    why="Nobody can tell afterwards who got whose token, and why others got none.",
    remedy="Add a delivery of APPLICATION_LOGS for the workload identity's ARN to a log group of yours.",
)
def _identity_logs(identity: Resource) -> Iterator[Hit]:
    return _not_delivered(identity, _APPLICATION)


@RULES.rule(
    "TracesNotDelivered",
    Severity.WARNING,
    "In production traces are delivered",
    RUNTIME,
    MEMORY,
    GATEWAY,
    why="Without traces a slow or wrong answer cannot be followed from the agent to its tools and its memory.",
    remedy="Add a delivery of TRACES for the resource's ARN to X-Ray.",
    demand=Demand.PRODUCTION,
)
def _traces(resource: Resource) -> Iterator[Hit]:
    return _not_delivered(resource, _TRACES)


@RULES.rule(
    "DeliveryNotSupported",
    Severity.ERROR,
    "A delivery asks for logs that the resource has",
    SOURCE,
    why="CloudWatch Logs refuses a source whose resource has no logs of that type, and the deployment fails with it.",
    remedy="Ask a browser for USAGE_LOGS, not APPLICATION_LOGS; only runtimes, code interpreters and browsers have"
    " usage logs.",
)
def _unsupported(source: Resource) -> Iterator[Hit]:
    asked = literal(source.get("LogType"))
    for each in source.refers("ResourceArn"):
        if asked and asked not in LOG_TYPES.get(each.type, (asked,)):
            yield Hit("Properties.LogType", f"{each.type} has {' and '.join(LOG_TYPES[each.type])}, not {asked}")


@RULES.rule(
    "DeliveryNotConnected",
    Severity.ERROR,
    "A delivery source has a delivery",
    SOURCE,
    why="A source alone delivers nothing; it only looks as if logs were on.",
    remedy="Add AWS::Logs::Delivery from the source to a destination.",
)
def _unconnected(source: Resource) -> Iterator[Hit]:
    deployment = source.template.deployment
    agentcore = any(_is_agentcore(each) for each in source.refers("ResourceArn"))
    if agentcore and source not in deployment.once(_connected):
        yield Hit("Properties", "no delivery uses this source")


@RULES.rule(
    "LogGroupKeptForever",
    Severity.WARNING,
    "A log group of AgentCore forgets some day",
    GROUP,
    why="Conversations in logs pile up without end, as do their costs.",
    remedy="Set RetentionInDays.",
)
def _forever(group: Resource) -> Iterator[Hit]:
    if _of_agentcore(group) and absent(group.get("RetentionInDays")):
        yield Hit("Properties.RetentionInDays", "no retention is stated")


@RULES.rule(
    "LogGroupWithoutKey",
    Severity.WARNING,
    "A log group of AgentCore is encrypted with a key of one's own",
    GROUP,
    why="Conversations can be read by whoever may read the log group; with a key their readers can be told, and"
    " cut off.",
    remedy="Set KmsKeyId to a key whose policy allows logs.REGION.amazonaws.com.",
)
def _group_key(group: Resource) -> Iterator[Hit]:
    if _of_agentcore(group) and absent(group.get("KmsKeyId")):
        yield Hit("Properties.KmsKeyId", "the log group has no key")


@RULES.rule(
    "RuntimeOutputKeptForever",
    Severity.WARNING,
    "What an agent prints is kept for a stated time",
    RUNTIME,
    why=f"Runtime makes {_OUTPUT}ID-ENDPOINT itself, without retention and without a key.",
    remedy=f"Make the log group {_OUTPUT}ID-DEFAULT in the template, with RetentionInDays and KmsKeyId.",
)
def _output(runtime: Resource) -> Iterator[Hit]:
    groups = runtime.template.deployment.of_type(GROUP)
    if not any(
        text(each.get("LogGroupName")).startswith(_OUTPUT) and runtime in each.refers("LogGroupName") for each in groups
    ):
        yield Hit("Properties", f"the template has no log group {_OUTPUT}ID-DEFAULT for this runtime")


@RULES.rule(
    "MemoryWithoutKey",
    Severity.WARNING,
    "A memory is encrypted with a key of one's own",
    MEMORY,
    why="The key is create-only: to add one later is to replace the memory and lose what it holds.",
    remedy="Set EncryptionKeyArn.",
)
def _memory_key(memory: Resource) -> Iterator[Hit]:
    return _without_key(memory, "EncryptionKeyArn")


@RULES.rule(
    "PolicyEngineWithoutKey",
    Severity.WARNING,
    "A policy engine is encrypted with a key of one's own",
    f"{AGENTCORE}PolicyEngine",
    why="The key is create-only: to add one later is to replace the engine, and its policies with it.",
    remedy="Set EncryptionKeyArn.",
)
def _engine_key(engine: Resource) -> Iterator[Hit]:
    return _without_key(engine, "EncryptionKeyArn")


@RULES.rule(
    "GatewayWithoutKey",
    Severity.WARNING,
    "A gateway is encrypted with a key of one's own",
    GATEWAY,
    why="Descriptions of tools and targets say what a company's systems can do; with a key their readers can be"
    " cut off.",
    remedy="Set KmsKeyArn.",
)
def _gateway_key(gateway: Resource) -> Iterator[Hit]:
    return _without_key(gateway, "KmsKeyArn")


@RULES.rule(
    "EvaluationDataWithoutKey",
    Severity.WARNING,
    "In production evaluators and their data are encrypted with a key of one's own",
    f"{AGENTCORE}Evaluator",
    f"{AGENTCORE}Dataset",
    why="Examples and instructions of evaluators often hold real conversations.",
    remedy="Set KmsKeyArn.",
    demand=Demand.PRODUCTION,
)
def _evaluation_key(resource: Resource) -> Iterator[Hit]:
    return _without_key(resource, "KmsKeyArn")


@RULES.rule(
    "KeyNotRotated",
    Severity.WARNING,
    "A key of AgentCore's data is rotated",
    KEY,
    why="A key that never changes opens everything that was ever encrypted with it.",
    remedy="Set EnableKeyRotation to true.",
)
def _rotation(key: Resource) -> Iterator[Hit]:
    symmetric = can_be(key.get("KeySpec") or "SYMMETRIC_DEFAULT", "SYMMETRIC_DEFAULT")
    rotated = can_be(key.get("EnableKeyRotation"), True, "true")
    if symmetric and not rotated and key in key.template.deployment.once(_keys):
        yield Hit("Properties.EnableKeyRotation", "the key is not rotated")


def _without_key(resource: Resource, name: str) -> Iterator[Hit]:
    if absent(resource.get(name)):
        yield Hit(f"Properties.{name}", "no key is stated")


def _not_delivered(resource: Resource, log_type: str) -> Iterator[Hit]:
    if resource not in resource.template.deployment.once(_delivered).get(log_type, set()):
        yield Hit("Properties", f"no delivery of {log_type} names this resource")


def _delivered(deployment: Deployment) -> dict[str, set[Resource]]:
    found: dict[str, set[Resource]] = {}
    for source in deployment.of_type(SOURCE):
        found.setdefault(literal(source.get("LogType")) or "", set()).update(source.refers("ResourceArn"))
    return found


def _connected(deployment: Deployment) -> set[Resource]:
    names = {literal(each.get("DeliverySourceName")) for each in deployment.of_type(DELIVERY)} - {None}
    found = {source for each in deployment.of_type(DELIVERY) for source in each.refers("DeliverySourceName")}
    return found | {source for source in deployment.of_type(SOURCE) if literal(source.get("Name")) in names}


def _of_agentcore(group: Resource) -> bool:
    named = text(group.get("LogGroupName")).startswith(_GROUP_NAMES)
    return named or group in group.template.deployment.once(_destinations)


def _destinations(deployment: Deployment) -> set[Resource]:
    """Log groups that AgentCore's logs are delivered to."""
    deliveries = [
        each
        for each in deployment.of_type(DELIVERY)
        if any(_is_agentcore(of) for source in each.refers("DeliverySourceName") for of in source.refers("ResourceArn"))
    ]
    destinations = {each for delivery in deliveries for each in delivery.refers("DeliveryDestinationArn")}
    return {group for each in destinations for group in each.refers("DestinationResourceArn")}


def _keys(deployment: Deployment) -> set[Resource]:
    """Keys of AgentCore's resources, of guardrails, and of AgentCore's log groups."""
    holders = [
        each
        for template in deployment.templates
        for each in template.resources.values()
        if _is_agentcore(each) or each.type == GUARDRAIL or (each.type == GROUP and _of_agentcore(each))
    ]
    return {key for each in holders for name in _KEY_PROPERTIES for key in each.refers(name)}


def _is_agentcore(resource: Resource) -> bool:
    return resource.type.startswith(AGENTCORE)
