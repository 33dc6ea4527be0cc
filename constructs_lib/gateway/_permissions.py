"""What the service role of a gateway may do, and nothing else."""

from collections.abc import Mapping, Sequence

from constructs_lib._place import Place

SERVICE_PRINCIPAL = "bedrock-agentcore.amazonaws.com"

INVOKE_GATEWAY_ACTION = "bedrock-agentcore:InvokeGateway"
INVOKE_FUNCTION_ACTION = "lambda:InvokeFunction"
INVOKE_API_ACTION = "execute-api:Invoke"

# https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-encryption.html
KEY_ACTIONS = ("kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey")

# https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-outbound-auth.html
WORKLOAD_TOKEN_ACTION = "bedrock-agentcore:GetWorkloadAccessToken"  # noqa: S105 -- an action's name
WORKLOAD_TOKEN_FOR_JWT_ACTION = "bedrock-agentcore:GetWorkloadAccessTokenForJWT"  # noqa: S105
WORKLOAD_TOKEN_FOR_USER_ACTION = "bedrock-agentcore:GetWorkloadAccessTokenForUserId"  # noqa: S105


def allow(
    actions: str | Sequence[str],
    resources: str | Sequence[str],
    *,
    condition: Mapping[str, Mapping[str, object]] | None = None,
) -> dict[str, object]:
    """One statement."""
    statement: dict[str, object] = {
        "Effect": "Allow",
        "Action": actions if isinstance(actions, str) else list(actions),
        "Resource": resources if isinstance(resources, str) else list(resources),
    }
    return {**statement, "Condition": condition} if condition else statement


def key_statement(key_arn: str, place: Place) -> dict[str, object]:
    """The use of the gateway's key, through AgentCore only."""
    via = f"bedrock-agentcore.{place.region}.amazonaws.com"
    return allow(KEY_ACTIONS, key_arn, condition={"StringEquals": {"kms:ViaService": via}})
