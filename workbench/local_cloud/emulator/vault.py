"""The secret behind a credential provider, read under the permissions of whoever asks for the credential.

AgentCore Identity reads a provider's secret with its caller's credentials, so the caller needs
`secretsmanager:GetSecretValue` on it, and `kms:Decrypt` on the key it is encrypted with.
https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/scope-credential-provider-access.html
"""

import base64
import json
from collections.abc import Mapping
from urllib.parse import quote

from ministack.core.responses import set_request_region
from ministack.services import secretsmanager

from workbench.local_cloud.emulator.agentcore_actions import PROVIDER_OF_OPERATION, Check
from workbench.local_cloud.emulator.decisions import Decisions
from workbench.local_cloud.emulator.proxy import Proxy
from workbench.local_cloud.emulator.signed_request import Refusal, SignedRequest

HEADER = "x-local-secret"
_AWS_KEY = "alias/aws/secretsmanager"


class Vault:
    """Opens the secrets of credential providers.

    Args:
        decisions: Decides and records what a role's session may do.
        agentcore: Leads to the AgentCore server, which knows the providers.
    """

    def __init__(self, decisions: Decisions, agentcore: Proxy) -> None:
        self._decisions = decisions
        self._agentcore = agentcore

    async def open(self, request: SignedRequest, operation: str) -> Mapping[str, str] | Refusal:
        """The header that carries the secret to the AgentCore server, or why the caller does not get it.

        Args:
            request: A request whose operation is allowed.
            operation: `GetResourceApiKey` or `GetResourceOauth2Token`.
        """
        kind = PROVIDER_OF_OPERATION[operation].api
        name = _named(request.body)
        found = await self._agentcore.look_up(
            f"/_local/credential-providers/{kind}/{quote(name, safe='')}",
            {"x-local-account": request.account, "x-local-region": request.region},
        )
        if found is None:
            # There is no such provider, and that the server says.
            return {}
        arn = str(found["secretArn"])
        secret = _secret(arn)
        refusal = request.authorize(self._decisions, "secretsmanager", _checks(arn, secret))
        if refusal:
            return refusal
        value = _field(secret, str(found["jsonKey"])) if secret else None
        if value is None:
            return Refusal(
                400, "ValidationException", f"the secret {arn} does not exist or has no field {found['jsonKey']!r}"
            )
        return {HEADER: base64.b64encode(value.encode()).decode()}


def _named(body: bytes) -> str:
    try:
        return str(json.loads(body)["resourceCredentialProviderName"])
    except (ValueError, KeyError, TypeError):
        return ""


def _secret(arn: str) -> Mapping[str, object] | None:
    set_request_region(arn.split(":")[3])
    _, secret = secretsmanager._resolve(arn)
    return None if not secret or secret.get("DeletedDate") else secret


def _checks(arn: str, secret: Mapping[str, object] | None) -> list[Check]:
    region = arn.split(":")[3]
    checks = [Check("secretsmanager:GetSecretValue", arn, region=region)]
    key = str((secret or {}).get("KmsKeyId") or _AWS_KEY)
    if key.startswith("arn:") and _AWS_KEY not in key:
        via = {
            "kms:ViaService": f"secretsmanager.{region}.amazonaws.com",
            "kms:EncryptionContext:SecretARN": arn,
        }
        checks.append(Check("kms:Decrypt", key, via, region))
    return checks


def _field(secret: Mapping[str, object], name: str) -> str | None:
    _, version = secretsmanager._find_stage_version(secret, "AWSCURRENT")
    try:
        value = json.loads((version or {}).get("SecretString") or "").get(name)
    except (ValueError, AttributeError):
        return None
    return value if isinstance(value, str) else None
