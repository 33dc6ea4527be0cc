"""The resources of a gateway's tool policy: the engine, and a policy for each rule, in an order that deploys."""

from collections.abc import Mapping, Sequence

from aws_cdk import aws_bedrockagentcore as agentcore
from aws_cdk import aws_kms as kms
from constructs import Construct, IDependable

from constructs_lib._names import physical_name
from constructs_lib.gateway.cedar.signatures import ToolSignature
from constructs_lib.gateway.descriptions.tool_description import ToolDescription
from constructs_lib.gateway.tool_policy import Statement, ToolPolicy

# https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/policy-permissions.html
READ_ENGINE_ACTION = "bedrock-agentcore:GetPolicyEngine"
AUTHORIZE_ACTIONS = ("bedrock-agentcore:AuthorizeAction", "bedrock-agentcore:PartiallyAuthorizeActions")

_MAX_NAME = 48


def create_policy_engine(
    scope: Construct, id: str, *, encryption_key: kms.IKey | None = None
) -> agentcore.PolicyEngine:
    """An engine for one gateway's policies. The gateway refers to it, so it comes first.

    The key of an engine cannot change: another key makes another engine, whose name differs.

    Args:
        scope: The construct it belongs to.
        id: Its id there.
        encryption_key: Key that encrypts the policies. Default: a key owned by AWS.
    """
    name = physical_name(f"{scope.node.path}/{id}", max_length=_MAX_NAME, salt=_salt(encryption_key))
    return agentcore.PolicyEngine(scope, id, policy_engine_name=name, kms_key=encryption_key)


def engine_configuration(
    engine: agentcore.IPolicyEngine, policy: ToolPolicy
) -> agentcore.CfnGateway.GatewayPolicyEngineConfigurationProperty:
    """What the gateway has to say of its engine: which one, and whether its decisions are enforced."""
    return agentcore.CfnGateway.GatewayPolicyEngineConfigurationProperty(
        arn=engine.policy_engine_arn, mode=policy.mode.value
    )


def evaluation_statements(engine: agentcore.IPolicyEngine, gateway_arn: str) -> list[dict[str, object]]:
    """What the gateway's service role needs to ask the engine, as IAM policy statements in JSON.

    AgentCore checks them already when the gateway is created: give them to the role before.

    Args:
        engine: The engine.
        gateway_arn: The gateway's ARN or, before it is known, a pattern of it.
    """
    arn = engine.policy_engine_arn
    return [
        {"Effect": "Allow", "Action": READ_ENGINE_ACTION, "Resource": arn},
        {"Effect": "Allow", "Action": list(AUTHORIZE_ACTIONS), "Resource": [arn, gateway_arn]},
    ]


def attach_policies(
    engine: agentcore.PolicyEngine,
    policy: ToolPolicy,
    *,
    gateway_arn: str,
    jwt: bool,
    tools: Mapping[str, ToolDescription],
    targets: Sequence[IDependable],
) -> tuple[agentcore.Policy, ...]:
    """A policy in the engine for each rule.

    AgentCore checks a policy against the tools that the gateway has at that moment, so they come after all targets. It
    also checks what they amount to together, so they come one by one, permitting ones first: a rule that forbids would
    otherwise deny everything for a moment, which is a finding.

    Args:
        engine: What `create_policy_engine` made.
        policy: The rules.
        gateway_arn: The gateway's ARN.
        jwt: Whether tokens open the gateway. Otherwise IAM does.
        tools: The gateway's tools, `Target___tool` to what they accept.
        targets: The gateway's targets, and what else its tools need to be there.

    Raises:
        ValueError: If a rule does not fit the gateway.
    """
    signatures = [ToolSignature(name, tool.input_schema) for name, tool in tools.items()]
    statements = policy.statements(tools=signatures, gateway_arn=gateway_arn, jwt=jwt)
    path, salt = engine.node.path, _salt(engine.kms_key)
    policies = tuple(
        engine.add_policy(
            name,
            statement=agentcore.PolicyStatement.from_cedar(statement.text),
            policy_name=physical_name(f"{path}/{name}", max_length=_MAX_NAME, salt=salt),
            description=statement.rule.description,
            validation_mode=_validation(policy, statement),
        )
        for name, statement in statements.items()
    )
    # Each policy waits for the one before it.
    policies[0].node.add_dependency(*targets)
    return policies


def _validation(policy: ToolPolicy, statement: Statement) -> agentcore.PolicyValidationMode:
    # Without a condition a permit is overly permissive to AgentCore, and a forbid overly restrictive, although that is
    # what the rule says. Schema checks run in both modes.
    if policy.ignore_findings or not statement.conditional:
        return agentcore.PolicyValidationMode.IGNORE_ALL_FINDINGS
    return agentcore.PolicyValidationMode.FAIL_ON_ANY_FINDINGS


def _salt(encryption_key: kms.IKey | None) -> str:
    return encryption_key.node.path if encryption_key else "AWS owned"
