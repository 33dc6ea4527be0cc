"""Secrets of a container, fetched as Amazon ECS fetches them: under the task's execution role.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
"""

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import boto3
import httpx
from botocore.config import Config
from botocore.exceptions import ClientError

from workbench.errors import WorkbenchError
from workbench.local_cloud.front_ends.task import Task

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

_SECRET = re.compile(
    r"(?P<arn>arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[^:]+)"
    r"(?::(?P<key>[^:]*):(?P<stage>[^:]*):(?P<version>[^:]*))?"
)
_CONFIG = Config(retries={"total_max_attempts": 1}, proxies={})
_LATEST = "AWSCURRENT"


def fetch_secrets(task: Task, endpoint: str) -> dict[str, str]:
    """The values of a container's secrets.

    Args:
        task: The task.
        endpoint: Address of the local cloud.

    Returns:
        Values by the names of their variables.

    Raises:
        WorkbenchError: If the execution role does not trust Amazon ECS, may not read a secret, or the secret does not
            hold what is asked for.
    """
    if not task.secrets:
        return {}
    client = _client(task, endpoint)
    return {name: _value(task, name, stated, client) for name, stated in task.secrets.items()}


def _client(task: Task, endpoint: str) -> "SecretsManagerClient":
    asked = {"roleArn": task.execution_role, "sourceArn": task.arn}
    answer = httpx.post(f"{endpoint}/_local/credentials", json=asked, trust_env=False)
    if answer.is_error:
        raise WorkbenchError(f"the service {task.name} cannot start a task: {answer.json().get('error', answer.text)}")
    keys = answer.json()
    session = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], region_name=task.region)
    return session.client("secretsmanager", endpoint_url=endpoint, config=_CONFIG)


def _value(task: Task, name: str, stated: str, client: "SecretsManagerClient") -> str:
    found = _SECRET.fullmatch(stated)
    if found is None:
        raise WorkbenchError(
            f"the service {task.name} takes {name} from {stated!r}: the local cloud fetches secrets of Secrets Manager"
            " by their ARN only"
        )
    try:
        value = client.get_secret_value(SecretId=found["arn"], **_version(found))["SecretString"]
    except ClientError as error:
        raise WorkbenchError(
            f"the service {task.name} cannot start a task: {task.execution_role} cannot read {found['arn']} for {name}:"
            f" {error}. Let the execution role do secretsmanager:GetSecretValue on it, and kms:Decrypt on its key"
        ) from error
    return _field(task, name, value, found["key"] or "")


def _version(found: re.Match[str]) -> Mapping[str, str]:
    if found["version"]:
        return {"VersionId": found["version"]}
    return {"VersionStage": found["stage"] or _LATEST}


def _field(task: Task, name: str, value: str, key: str) -> str:
    if not key:
        return value
    try:
        return str(json.loads(value)[key])
    except (ValueError, KeyError, TypeError) as error:
        raise WorkbenchError(
            f"the service {task.name} takes {name} from the field {key!r} of a secret that has none; put it there"
        ) from error
