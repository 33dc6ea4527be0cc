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
API_KEY_ACTION = "bedrock-agentcore:GetResourceApiKey"
OAUTH2_TOKEN_ACTION = "bedrock-agentcore:GetResourceOauth2Token"  # noqa: S105
COMPLETE_AUTH_ACTION = "bedrock-agentcore:CompleteResourceTokenAuth"
SECRET_ACTION = "secretsmanager:GetSecretValue"  # noqa: S105


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


def credential_statements(
    place: Place, *, gateway_id: str, provider_arn: str, secret_arn: str, token_actions: Sequence[str], use: str
) -> list[dict[str, object]]:
    """What a gateway needs to fetch one stored credential: its own identity, that provider, that secret.

    The service checks each use against the directory and the token vault as well, so these are named too. A gateway's
    workload identity is called by the gateway's id.
    """
    directory = place.arn("bedrock-agentcore", "workload-identity-directory/default")
    identity = [directory, f"{directory}/workload-identity/{gateway_id}"]
    vault = place.arn("bedrock-agentcore", "token-vault/default")
    return [
        allow(token_actions, identity),
        allow(use, [*identity, vault, provider_arn]),
        allow(SECRET_ACTION, secret_arn),
    ]
