"""Administrator's clients for one account and region of the local cloud."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from workbench.assembly import Environment
from workbench.local_cloud.credentials import DEFAULT_ACCOUNT, DEFAULT_REGION, administrator

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_ssm import SSMClient

_CONFIG = Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}, read_timeout=300)


@dataclass(frozen=True)
class Clients:
    """Clients of the services a deployment uses.

    Args:
        endpoint: Address of the local cloud.
        account: Account to act in.
        region: Region to act in.
    """

    endpoint: str
    account: str
    region: str

    @classmethod
    def of(cls, endpoint: str, environment: Environment) -> "Clients":
        """Clients for a stack's environment; what it leaves open becomes the local cloud's own."""
        return cls(endpoint, environment.account or DEFAULT_ACCOUNT, environment.region or DEFAULT_REGION)

    def resolve(self, text: str) -> str:
        """Replace the placeholders that asset manifests use."""
        values = {"AWS::AccountId": self.account, "AWS::Region": self.region, "AWS::Partition": "aws"}
        for name, value in values.items():
            text = text.replace(f"${{{name}}}", value)
        return text

    @cached_property
    def _session(self) -> boto3.Session:
        credentials = administrator(self.account)
        return boto3.Session(credentials.aws_access_key_id, credentials.aws_secret_access_key, region_name=self.region)

    @cached_property
    def cloudformation(self) -> "CloudFormationClient":
        """CloudFormation."""
        return self._session.client("cloudformation", endpoint_url=self.endpoint, config=_CONFIG)

    @cached_property
    def s3(self) -> "S3Client":
        """S3."""
        return self._session.client("s3", endpoint_url=self.endpoint, config=_CONFIG)

    @cached_property
    def secrets(self) -> "SecretsManagerClient":
        """Secrets Manager."""
        return self._session.client("secretsmanager", endpoint_url=self.endpoint, config=_CONFIG)

    @cached_property
    def ssm(self) -> "SSMClient":
        """Systems Manager."""
        return self._session.client("ssm", endpoint_url=self.endpoint, config=_CONFIG)
