"""Roles that AgentCore takes on: who may take them on, and what they may do."""

from collections.abc import Iterator

from constructs_lib.safety.rules.model import Demand, Hit, RuleSet, Severity
from constructs_lib.safety.rules.permissions import (
    IDENTITY_POLICIES,
    ROLE,
    Statement,
    agent_roles,
    agent_statements,
    arn_name,
    everything,
    statements,
    trust_statements,
    trusts_agentcore,
)
from constructs_lib.safety.rules.template import Resource
from constructs_lib.safety.rules.values import absent, listed, text

RULES = RuleSet()
_SOURCE = {"aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths"}
_WIDE_POLICIES = (
    "policy/AdministratorAccess",
    "policy/PowerUserAccess",
    "policy/IAMFullAccess",
    "policy/AmazonBedrockFullAccess",
    "policy/BedrockAgentCoreFullAccess",
    "policy/AmazonS3FullAccess",
    "policy/SecretsManagerReadWrite",
)
_KINDS = ("AgentRuntime", "AgentRuntimeEndpoint", "Gateway", "GatewayTarget", "Memory", "Policy", "PolicyEngine")
_ADMINISTRATION = (
    *(f"bedrock-agentcore:{verb}{kind}" for kind in _KINDS for verb in ("Create", "Update", "Delete")),
    "bedrock:DeleteGuardrail",
    "bedrock:UpdateGuardrail",
    "iam:AttachRolePolicy",
    "iam:PutRolePolicy",
)


@RULES.rule(
    "TrustWithoutSource",
    Severity.ERROR,
    "A role that AgentCore may take on says for which account or resource",
    ROLE,
    why="Without a condition on the source the service can be made to use the role for somebody else (confused"
    " deputy).",
    remedy="Add aws:SourceAccount and aws:SourceArn to every statement of the trust policy that names the service.",
)
def _trust(role: Resource) -> Iterator[Hit]:
    for statement in trust_statements(role):
        if trusts_agentcore(statement) and not statement.conditions & _SOURCE:
            yield Hit(statement.path, "AgentCore may take on the role whatever the source")


@RULES.rule(
    "TrustCoversOthers",
    Severity.WARNING,
    "A trust policy's pattern covers one resource's name",
    ROLE,
    why="AgentCore appends '-' and a generated id to names: without the '-' before the * the role serves every resource"
    " whose name only begins alike.",
    remedy="End aws:SourceArn in '-*' behind the resource's name.",
)
def _lookalikes(role: Resource) -> Iterator[Hit]:
    for statement in trust_statements(role):
        if trusts_agentcore(statement):
            for pattern in _source_arns(statement):
                name = pattern.rsplit("/", 1)[-1]
                if name.endswith("*") and name[:-1] and not name.endswith("-*"):
                    yield Hit(f"{statement.path}.Condition", f"aws:SourceArn ends in {name!r}", name)


@RULES.rule(
    "TrustEverybody",
    Severity.ERROR,
    "A role of AgentCore trusts the service, not everybody",
    ROLE,
    why="Who else can take on the role has the agent's permissions without passing its checks.",
    remedy="Name bedrock-agentcore.amazonaws.com as the only principal.",
)
def _everybody(role: Resource) -> Iterator[Hit]:
    if role in agent_roles(role.template.deployment):
        for statement in trust_statements(role):
            principal = statement.body.get("Principal")
            accounts = listed(principal.get("AWS")) if isinstance(principal, dict) else [principal]
            if statement.allows and "*" in accounts and not statement.conditions:
                yield Hit(f"{statement.path}.Principal", "everybody may take on this role")


@RULES.rule(
    "RoleHasWidePolicy",
    Severity.ERROR,
    "A role of AgentCore has no administrator's managed policy",
    ROLE,
    why="What the model is talked into, the role may do: AWS's wide managed policies reach every resource.",
    remedy="Replace the managed policy by statements for the actions and resources that are used.",
)
def _wide_policy(role: Resource) -> Iterator[Hit]:
    if role in agent_roles(role.template.deployment):
        for arn in map(text, listed(role.get("ManagedPolicyArns"))):
            if arn.endswith(_WIDE_POLICIES):
                name = arn.rsplit("/", 1)[-1]
                yield Hit("Properties.ManagedPolicyArns", f"the role has {name}", name)


@RULES.rule(
    "RoleActionWildcard",
    Severity.ERROR,
    "A role of AgentCore names its actions",
    *IDENTITY_POLICIES,
    why="A whole service's actions include deleting, and giving oneself more rights.",
    remedy="List the actions that are called.",
)
def _wildcard(policy: Resource) -> Iterator[Hit]:
    for statement in agent_statements(policy):
        if statement.all_but:
            yield Hit(f"{statement.path}.NotAction", f"the role may do all but {', '.join(statement.all_but)}")
        for action in statement.actions:
            if action == "*" or action.endswith(":*"):
                yield Hit(f"{statement.path}.Action", f"the role may {action}", action)


@RULES.rule(
    "RoleAdministers",
    Severity.ERROR,
    "A role of AgentCore cannot change AgentCore",
    *IDENTITY_POLICIES,
    why="An agent that may change runtimes, gateways, policies or guardrails can lift its own bounds.",
    remedy="Leave changes of resources to the deployment; give the role the actions of the data plane.",
)
def _administers(policy: Resource) -> Iterator[Hit]:
    for statement in agent_statements(policy):
        for action in () if statement.broad else statement.grants(*_ADMINISTRATION):
            yield Hit(f"{statement.path}.Action", f"the role may {action}", action)


@RULES.rule(
    "RolePassesAnyRole",
    Severity.ERROR,
    "A role of AgentCore passes or takes on named roles only",
    *IDENTITY_POLICIES,
    why="Who may pass or take on any role has the rights of the strongest one.",
    remedy="Name the role's ARN in Resource.",
)
def _pass_role(policy: Resource) -> Iterator[Hit]:
    for statement in agent_statements(policy):
        if not statement.broad and any(map(everything, statement.resources)):
            for action in statement.grants("iam:PassRole", "sts:AssumeRole"):
                yield Hit(f"{statement.path}.Resource", f"the role may {action} on every role", action)


@RULES.rule(
    "ActsForAnyUser",
    Severity.WARNING,
    "A role gets workload tokens for users whose token it has",
    *IDENTITY_POLICIES,
    why="GetWorkloadAccessTokenForUserId takes the user's name from the caller: code that is led astray gets the"
    " credentials of every user.",
    remedy="Grant GetWorkloadAccessTokenForJWT instead, and have users' tokens validated inbound.",
)
def _acts_for(policy: Resource) -> Iterator[Hit]:
    for statement in agent_statements(policy):
        if not statement.broad and statement.grants("bedrock-agentcore:GetWorkloadAccessTokenForUserId"):
            yield Hit(f"{statement.path}.Action", "the role may get tokens for any user it names")


@RULES.rule(
    "InvokesForAnyUser",
    Severity.WARNING,
    "Callers of an agent do not name the user",
    *IDENTITY_POLICIES,
    why="With InvokeAgentRuntimeForUser the caller states whose credentials the agent uses.",
    remedy="Grant InvokeAgentRuntime only, or acknowledge it for a caller that has authenticated the user itself.",
)
def _invokes_for(policy: Resource) -> Iterator[Hit]:
    for statement in statements(policy):
        administrator = "*" in statement.actions or statement.all_but
        if not administrator and statement.grants("bedrock-agentcore:InvokeAgentRuntimeForUser"):
            yield Hit(f"{statement.path}.Action", "the caller may name any user")


@RULES.rule(
    "ReadsEverySecret",
    Severity.ERROR,
    "A role of AgentCore reads named secrets",
    *IDENTITY_POLICIES,
    why="A pattern over all secrets, or over all that AgentCore Identity keeps, opens every provider's credential.",
    remedy="Name the one secret's ARN, for example the provider's ApiKeySecretArn.SecretArn.",
)
def _secrets(policy: Resource) -> Iterator[Hit]:
    for statement in agent_statements(policy):
        if not statement.broad and statement.grants("secretsmanager:GetSecretValue"):
            for resource in statement.resources:
                if resource == "*" or resource.endswith((":secret:*", "bedrock-agentcore-identity!*", "!default/*")):
                    yield Hit(f"{statement.path}.Resource", f"the role reads {resource!r}", arn_name(resource))


@RULES.rule(
    "DecryptsWithEveryKey",
    Severity.WARNING,
    "A role of AgentCore uses named keys",
    *IDENTITY_POLICIES,
    why="kms:Decrypt on * reaches every key whose policy leaves access to IAM.",
    remedy="Name the key's ARN, or add a condition on kms:ViaService.",
)
def _keys(policy: Resource) -> Iterator[Hit]:
    for statement in agent_statements(policy):
        unbounded = any(map(everything, statement.resources)) and not statement.conditions
        if unbounded and not statement.broad and statement.grants("kms:Decrypt"):
            yield Hit(f"{statement.path}.Resource", "the role decrypts with every key")


@RULES.rule(
    "PermissionsBoundaryMissing",
    Severity.ERROR,
    "A role of AgentCore has a permissions boundary",
    ROLE,
    why="The organization demands one: without it a later policy can widen the role without limit.",
    remedy="Set PermissionsBoundary (in CDK: iam.PermissionsBoundary.of(scope).apply(policy)).",
    demand=Demand.PERMISSIONS_BOUNDARY,
)
def _boundary(role: Resource) -> Iterator[Hit]:
    if role in agent_roles(role.template.deployment) and absent(role.get("PermissionsBoundary")):
        yield Hit("Properties.PermissionsBoundary", "the role has no permissions boundary")


def _source_arns(statement: Statement) -> list[str]:
    condition = statement.body.get("Condition")
    operators = condition.values() if isinstance(condition, dict) else ()
    return [
        text(each)
        for operator in operators
        if isinstance(operator, dict)
        for key, value in operator.items()
        if str(key).lower() == "aws:sourcearn"
        for each in listed(value)
    ]
