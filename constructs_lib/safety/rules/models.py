"""Models that may be called, and guardrails."""

from collections.abc import Iterator, Mapping

from constructs_lib.safety.rules.model import Demand, Hit, RuleSet, Severity
from constructs_lib.safety.rules.permissions import (
    IDENTITY_POLICIES,
    agent_statements,
    arn_name,
    everything,
    policies_of,
    roles_of,
    statements,
)
from constructs_lib.safety.rules.template import AGENTCORE, Deployment, Resource, mappings
from constructs_lib.safety.rules.values import absent, can_be, literal

RULES = RuleSet()
RUNTIME, GUARDRAIL = f"{AGENTCORE}Runtime", "AWS::Bedrock::Guardrail"
VERSION = "AWS::Bedrock::GuardrailVersion"
_INVOKE = ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")
_REQUIRED = "bedrock:guardrailidentifier"
_GUARDRAIL_VARIABLE, _MODE_VARIABLE = "AGENT_GUARDRAIL_ID", "AGENT_GUARDRAIL_MODE"


@RULES.rule(
    "ModelAccessToAll",
    Severity.ERROR,
    "A role calls named models",
    *IDENTITY_POLICIES,
    why="An agent that may call every model can be made to call the dearest, or one that nobody approved.",
    remedy="Name the model's ARN, and for an inference profile the profile and the model in each of its Regions.",
)
def _all_models(policy: Resource) -> Iterator[Hit]:
    for statement in agent_statements(policy):
        if not statement.broad and statement.grants(*_INVOKE):
            for resource in filter(everything, statement.resources):
                name = arn_name(resource)
                yield Hit(f"{statement.path}.Resource", f"the role may call {name!r}", name)


@RULES.rule(
    "ProfileWithoutModels",
    Severity.ERROR,
    "A role that calls an inference profile may call the models behind it",
    *IDENTITY_POLICIES,
    why="Amazon Bedrock checks the profile and the model in the Region it routes to: without both the call is denied.",
    remedy="Add the foundation-model ARN of every Region of the profile, with the condition"
    " bedrock:InferenceProfileArn.",
)
def _profile(policy: Resource) -> Iterator[Hit]:
    granted = {
        arn_name(resource).split("/")[0]
        for role in roles_of(policy)
        for each in policies_of(role)
        for statement in statements(each)
        if statement.grants(*_INVOKE)
        for resource in statement.resources
    }
    if "foundation-model" in granted or "*" in granted or any(name.startswith("$") for name in granted):
        return
    for statement in agent_statements(policy):
        profiles = [each for each in statement.resources if arn_name(each).startswith("inference-profile/")]
        if profiles and statement.grants(*_INVOKE):
            yield Hit(f"{statement.path}.Resource", f"{arn_name(profiles[0])!r} is granted, and no model")


@RULES.rule(
    "ModelWithoutGuardrail",
    Severity.ERROR,
    "A model is called with its guardrail only",
    *IDENTITY_POLICIES,
    why="A call that leaves the guardrail out is answered like any other: the guardrail is then a matter of goodwill.",
    remedy="Add the condition StringEquals bedrock:GuardrailIdentifier with the guardrail's ARN and version.",
    demand=Demand.GUARDRAIL,
)
def _required(policy: Resource) -> Iterator[Hit]:
    denied = any(
        not statement.allows and _REQUIRED in statement.conditions
        for role in roles_of(policy)
        for each in policies_of(role)
        for statement in statements(each)
    )
    for statement in agent_statements(policy):
        if not denied and statement.grants(*_INVOKE) and _REQUIRED not in statement.conditions:
            yield Hit(f"{statement.path}.Condition", "the model can be called without a guardrail")


@RULES.rule(
    "GuardrailNotPermitted",
    Severity.ERROR,
    "An agent may apply the guardrail it is given",
    RUNTIME,
    why="Calls with the guardrail are denied: the agent answers nothing, or falls back to no guardrail.",
    remedy="Allow bedrock:ApplyGuardrail on the guardrail's ARN.",
)
def _not_permitted(runtime: Resource) -> Iterator[Hit]:
    roles = [each for each in runtime.refers("RoleArn") if each.type == "AWS::IAM::Role"]
    if absent(runtime.mapping("EnvironmentVariables").get(_GUARDRAIL_VARIABLE)):
        return
    for role in roles:
        given = (each for policy in policies_of(role) for each in statements(policy))
        if not any(each.grants("bedrock:ApplyGuardrail") for each in given):
            yield Hit(
                f"Properties.EnvironmentVariables.{_GUARDRAIL_VARIABLE}", f"{role.logical_id} may not apply a guardrail"
            )


@RULES.rule(
    "GuardrailDraft",
    Severity.WARNING,
    "Agents use a published version of a guardrail",
    RUNTIME,
    why="The draft changes under the agent with every edit, tested or not.",
    remedy="Publish an AWS::Bedrock::GuardrailVersion and hand its Version to the agent.",
)
def _draft(runtime: Resource) -> Iterator[Hit]:
    for name, value in runtime.mapping("EnvironmentVariables").items():
        if name.endswith("GUARDRAIL_VERSION") and can_be(value, "DRAFT"):
            yield Hit(f"Properties.EnvironmentVariables.{name}", f"{name} is DRAFT")


@RULES.rule(
    "GuardrailOnlyRecords",
    Severity.WARNING,
    "In production a guardrail intervenes",
    RUNTIME,
    why="In the mode SHADOW what the guardrail finds is written down and answered all the same.",
    remedy=f"Set {_MODE_VARIABLE} to ENFORCE.",
    demand=Demand.PRODUCTION,
)
def _shadow(runtime: Resource) -> Iterator[Hit]:
    if can_be(runtime.mapping("EnvironmentVariables").get(_MODE_VARIABLE), "SHADOW"):
        yield Hit(f"Properties.EnvironmentVariables.{_MODE_VARIABLE}", f"{_MODE_VARIABLE} is SHADOW")


@RULES.rule(
    "GuardrailUnpublished",
    Severity.WARNING,
    "A guardrail has a published version",
    GUARDRAIL,
    why="Without one there is only the draft, which changes under its users.",
    remedy="Add AWS::Bedrock::GuardrailVersion for the guardrail.",
)
def _unpublished(guardrail: Resource) -> Iterator[Hit]:
    versions = guardrail.template.deployment.of_type(VERSION)
    if not any(guardrail in each.refers("GuardrailIdentifier") for each in versions):
        yield Hit("Properties", "no version of this guardrail is published")


@RULES.rule(
    "GuardrailUnused",
    Severity.WARNING,
    "A guardrail is applied by somebody",
    GUARDRAIL,
    why="A guardrail that no role may apply guards nothing.",
    remedy="Hand it to the agents and allow their roles bedrock:ApplyGuardrail on it.",
)
def _unused(guardrail: Resource) -> Iterator[Hit]:
    if guardrail not in guardrail.template.deployment.once(_used):
        yield Hit("Properties", "nothing in these templates refers to this guardrail")


@RULES.rule(
    "GuardrailIgnoresAttacks",
    Severity.WARNING,
    "A guardrail looks for prompt attacks",
    GUARDRAIL,
    why="Text that tells the model to forget its instructions is the commonest way to lead an agent astray.",
    remedy="Add the content filter PROMPT_ATTACK with an InputStrength.",
)
def _attacks(guardrail: Resource) -> Iterator[Hit]:
    filters = mappings(guardrail.get("ContentPolicyConfig.FiltersConfig"))
    if not any(can_be(each.get("Type"), "PROMPT_ATTACK") and _on(each, "Input") for each in filters):
        yield Hit("Properties.ContentPolicyConfig.FiltersConfig", "there is no filter for PROMPT_ATTACK")


@RULES.rule(
    "GuardrailFilterOff",
    Severity.WARNING,
    "A guardrail's content filters filter",
    GUARDRAIL,
    why="A filter whose strengths are NONE, or that only detects, stands in the template and blocks nothing.",
    remedy="Give the filter a strength and the action BLOCK, or remove it.",
)
def _off(guardrail: Resource) -> Iterator[Hit]:
    for index, each in enumerate(mappings(guardrail.get("ContentPolicyConfig.FiltersConfig"))):
        kind = literal(each.get("Type")) or ""
        if kind != "PROMPT_ATTACK" and not _on(each, "Input") and not _on(each, "Output"):
            yield Hit(f"Properties.ContentPolicyConfig.FiltersConfig.{index}", f"the filter {kind} is off", kind)


@RULES.rule(
    "GuardrailWithoutKey",
    Severity.WARNING,
    "In production a guardrail is encrypted with a key of one's own",
    GUARDRAIL,
    why="Denied topics and words tell what a company wants kept quiet.",
    remedy="Set KmsKeyArn.",
    demand=Demand.PRODUCTION,
)
def _key(guardrail: Resource) -> Iterator[Hit]:
    if absent(guardrail.get("KmsKeyArn")):
        yield Hit("Properties.KmsKeyArn", "no key is stated")


def _on(filter: Mapping[str, object], side: str) -> bool:
    weak = can_be(filter.get(f"{side}Strength"), "NONE") or can_be(filter.get(f"{side}Action"), "NONE")
    return not weak and not can_be(filter.get(f"{side}Enabled"), False, "false")


def _used(deployment: Deployment) -> set[Resource]:
    """What some other resource than a guardrail's version, or an output, refers to."""
    found: set[Resource] = set()
    for template in deployment.templates:
        for each in template.resources.values():
            if each.type != VERSION:
                found |= template.referred(each.properties)
        # Who imports an output may be in an app of its own.
        for output in template.outputs.values():
            found |= template.referred(output)
    versions = {each for each in found if each.type == VERSION}
    return found | {guarded for each in versions for guarded in each.refers("GuardrailIdentifier")}
