"""Where credential providers keep their secrets: in the Secrets Manager of their own account, under the service's name.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/identity-outbound-credential-provider.html
"""

import json
import threading
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from workbench.local_cloud.agentcore.control_identifiers import random_text
from workbench.local_cloud.agentcore.service import Scope, ServiceError, invalid
from workbench.local_cloud.credentials import administrator

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

_CONFIG = Config(retries={"total_max_attempts": 1}, proxies={})
_PREFIX = "bedrock-agentcore-identity!default"


class Secrets:
    """Secrets of credential providers.

    Args:
        endpoint: Base address of the emulator. Empty: ARNs have the service's form and name nothing.
    """

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._lock = threading.Lock()
        self._clients: dict[Scope, SecretsManagerClient] = {}

    def create(self, scope: Scope, kind: str, name: str, field: str, value: str) -> str:
        """Store a new secret and return its ARN.

        Args:
            scope: Account and region.
            kind: `apikey` or `oauth2`.
            name: The provider's name.
            field: Field of the secret's JSON object.
            value: The field's value.

        Raises:
            ServiceError: If Secrets Manager refuses.
        """
        full = f"{_PREFIX}/{kind}/{name}-{random_text(6)}"
        if not self._endpoint:
            return f"arn:aws:secretsmanager:{scope.region}:{scope.account}:secret:{full}-{random_text(6)}"
        try:
            made = self._client(scope).create_secret(Name=full, SecretString=json.dumps({field: value}))
        except (ClientError, BotoCoreError) as error:
            raise _failed(error) from error
        return made["ARN"]

    def put(self, scope: Scope, arn: str, field: str, value: str) -> None:
        """Give a secret of ours a new value.

        Raises:
            ServiceError: If Secrets Manager refuses.
        """
        if self._endpoint:
            try:
                self._client(scope).put_secret_value(SecretId=arn, SecretString=json.dumps({field: value}))
            except (ClientError, BotoCoreError) as error:
                raise _failed(error) from error

    def delete(self, scope: Scope, arn: str) -> None:
        """Delete a secret of ours; one that is gone already is fine.

        Raises:
            ServiceError: If Secrets Manager cannot be reached.
        """
        if self._endpoint:
            try:
                self._client(scope).delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)
            except ClientError:
                return
            except BotoCoreError as error:
                raise _failed(error) from error

    def find(self, scope: Scope, secret_id: str) -> str:
        """ARN of a secret that the account keeps itself.

        Raises:
            ServiceError: `ValidationException`, if there is none.
        """
        if not self._endpoint:
            known = secret_id.startswith("arn:")
            return secret_id if known else f"arn:aws:secretsmanager:{scope.region}:{scope.account}:secret:{secret_id}"
        try:
            return self._client(scope).describe_secret(SecretId=secret_id)["ARN"]
        except (ClientError, BotoCoreError) as error:
            name = secret_id.rpartition(":secret:")[2]
            raise invalid(
                f"The secret {name} cannot be found in Secrets Manager of {scope.account} in {scope.region}; with the"
                f" workbench make it by `agentcore-workbench up --secret '{name}=VALUE'`: {_message(error)}"
            ) from error

    def _client(self, scope: Scope) -> "SecretsManagerClient":
        with self._lock:
            if scope not in self._clients:
                keys = administrator(scope.account)
                session = boto3.Session(keys.aws_access_key_id, keys.aws_secret_access_key, region_name=scope.region)
                self._clients[scope] = session.client("secretsmanager", endpoint_url=self._endpoint, config=_CONFIG)
            return self._clients[scope]


def _message(error: Exception) -> str:
    return error.response["Error"]["Message"] if isinstance(error, ClientError) else str(error)


def _failed(error: Exception) -> ServiceError:
    return ServiceError("InternalServerException", f"the emulator's Secrets Manager refused: {error}", 500)
