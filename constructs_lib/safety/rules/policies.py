"""Policy engines, their Cedar policies, and gateways that use them."""

import re
from collections.abc import Iterator

from constructs_lib.safety.rules.model import Hit, RuleSet, Severity
from constructs_lib.safety.rules.template import AGENTCORE, Resource
from constructs_lib.safety.rules.values import absent, can_be, literal, text

RULES = RuleSet()
GATEWAY, TARGET = f"{AGENTCORE}Gateway", f"{AGENTCORE}GatewayTarget"
ENGINE, POLICY = f"{AGENTCORE}PolicyEngine", f"{AGENTCORE}Policy"
_PERMITS_ALL = re.compile(r"^permit\(principal(is[\w:]+)?,action,resource(==[^,;]*)?\);?$")
_CONDITION = re.compile(r"\b(when|unless)\s*\{")
_ACTION = re.compile(r'Action::"([^"]+?)___[^"]*"')


@RULES.rule(
    "GatewayWithoutPolicies",
    Severity.WARNING,
    "A gateway decides tool by tool",
    GATEWAY,
    why="Without a policy engine whoever may call the gateway may call every tool with every argument.",
    remedy="Attach a policy engine (PolicyEngineConfiguration) with the policies of the gateway's tools.",
)
def _no_engine(gateway: Resource) -> Iterator[Hit]:
    if absent(gateway.get("PolicyEngineConfiguration")):
        yield Hit("Properties.PolicyEngineConfiguration", "no policy engine decides who may call which tool")


@RULES.rule(
    "GatewayPoliciesOnlyLog",
    Severity.WARNING,
    "A gateway enforces its policies",
    GATEWAY,
    why="In the mode LOG_ONLY a forbidden call is written down and carried out.",
    remedy="Set PolicyEngineConfiguration.Mode to ENFORCE once the log shows the expected decisions.",
)
def _log_only(gateway: Resource) -> Iterator[Hit]:
    if can_be(gateway.get("PolicyEngineConfiguration.Mode"), "LOG_ONLY"):
        yield Hit("Properties.PolicyEngineConfiguration.Mode", "the mode is LOG_ONLY")


@RULES.rule(
    "PolicyOnlyLogs",
    Severity.WARNING,
    "A policy is enforced",
    POLICY,
    why="A policy with the enforcement mode LOG_ONLY forbids and permits nothing.",
    remedy="Set EnforcementMode to ACTIVE.",
)
def _policy_log_only(policy: Resource) -> Iterator[Hit]:
    if can_be(policy.get("EnforcementMode"), "LOG_ONLY"):
        yield Hit("Properties.EnforcementMode", "the enforcement mode is LOG_ONLY")


@RULES.rule(
    "PolicyUnchecked",
    Severity.WARNING,
    "A policy with a condition is analysed",
    POLICY,
    why="With IGNORE_ALL_FINDINGS a condition that is always or never true is taken: the policy permits more, or"
    " forbids less, than it seems to. Without a condition the analysis reports what the policy says anyway.",
    remedy="Set ValidationMode to FAIL_ON_ANY_FINDINGS.",
)
def _unchecked(policy: Resource) -> Iterator[Hit]:
    conditional = _CONDITION.search(_cedar(policy)[1])
    if conditional and can_be(policy.get("ValidationMode"), "IGNORE_ALL_FINDINGS"):
        yield Hit("Properties.ValidationMode", "the validation mode is IGNORE_ALL_FINDINGS")


@RULES.rule(
    "PolicyPermitsEverything",
    Severity.WARNING,
    "A policy says who may do what",
    POLICY,
    why="A permission for every principal and action switches the policy engine off.",
    remedy="Name the action (TARGET___TOOL), and a condition on the principal's claims or the arguments.",
)
def _permits_all(policy: Resource) -> Iterator[Hit]:
    path, statement = _cedar(policy)
    if _PERMITS_ALL.match("".join(statement.split())):
        yield Hit(path, "everybody may call every tool")


@RULES.rule(
    "PolicyBeforeTarget",
    Severity.WARNING,
    "A policy is made after the targets it names",
    POLICY,
    why="AgentCore checks a policy's actions against the gateway's tools: a first deployment fails when the target does"
    " not exist yet.",
    remedy="Add DependsOn with the target to the policy.",
)
def _order(policy: Resource) -> Iterator[Hit]:
    _, statement = _cedar(policy)
    named = set(_ACTION.findall(statement))
    for target in policy.template.of_type(TARGET):
        if literal(target.get("Name")) in named and not policy.depends_on(target):
            yield Hit("DependsOn", f"the policy names {target.logical_id} and does not wait for it", target.logical_id)


@RULES.rule(
    "PolicyEngineUnused",
    Severity.WARNING,
    "A policy engine is attached to a gateway",
    ENGINE,
    why="Policies of an engine that no gateway asks decide nothing.",
    remedy="Name the engine in a gateway's PolicyEngineConfiguration.",
)
def _unused(engine: Resource) -> Iterator[Hit]:
    deployment = engine.template.deployment
    gateways = list(deployment.of_type(GATEWAY))
    used = any(engine in each.refers("PolicyEngineConfiguration.Arn") for each in gateways)
    exported = any(engine in engine.template.referred(each) for each in engine.template.outputs.values())
    if not used and not exported:
        yield Hit("Properties", "no gateway of these templates asks this engine")


def _cedar(policy: Resource) -> tuple[str, str]:
    for path in ("Definition.Cedar.Statement", "Definition.Policy.Statement"):
        value = policy.get(path)
        if value is not None:
            return f"Properties.{path}", text(value)
    return "Properties.Definition", ""
