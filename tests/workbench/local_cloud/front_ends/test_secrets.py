"""Secrets of a container come under its task's execution role, or not at all."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.workbench.local_cloud.emulator.cloud_under_test import ACCOUNT, REGION, Cloud, whole_cloud
from workbench.errors import WorkbenchError
from workbench.local_cloud.front_ends.secrets import fetch_secrets
from workbench.local_cloud.front_ends.task import Task


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with whole_cloud(tmp_path_factory.mktemp("emulator")) as running:
        yield running


@pytest.fixture(scope="module")
def secret(cloud: Cloud) -> str:
    value = json.dumps({"password": "open sesame"})
    return str(cloud.client("secretsmanager").create_secret(Name="web", SecretString=value)["ARN"])


def _task(cloud: Cloud, name: str, stated: str, *, service: str = "ecs-tasks", allowed: str = "*") -> Task:
    iam = cloud.client("iam")
    principal = {"Service": f"{service}.amazonaws.com"}
    trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))["Role"]
    read = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": allowed}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [read]})
    iam.put_role_policy(RoleName=name, PolicyName="read", PolicyDocument=policy)
    return Task(
        name="Chat",
        account=ACCOUNT,
        region=REGION,
        arn=f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/cluster/0123",
        image="image:tag",
        port=8501,
        variables={},
        secrets={"PASSWORD": stated},
        execution_role=role["Arn"],
    )


def test_a_secret_and_a_field_of_it(cloud: Cloud, secret: str) -> None:
    task = _task(cloud, "reader", secret, allowed=secret)
    assert json.loads(fetch_secrets(task, cloud.endpoint)["PASSWORD"]) == {"password": "open sesame"}
    field = replace(task, secrets={"PASSWORD": f"{secret}:password::"})
    assert fetch_secrets(field, cloud.endpoint) == {"PASSWORD": "open sesame"}


def test_a_role_that_may_not_read_it_stops_the_start(cloud: Cloud, secret: str) -> None:
    task = _task(cloud, "stranger", secret, allowed=f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:other-*")
    with pytest.raises(WorkbenchError, match=r"role/stranger cannot read .*Let the execution role do secretsmanager"):
        fetch_secrets(task, cloud.endpoint)


def test_a_role_that_amazon_ecs_may_not_assume_stops_the_start(cloud: Cloud, secret: str) -> None:
    task = _task(cloud, "agents-role", secret, service="bedrock-agentcore")
    with pytest.raises(WorkbenchError, match=r"does not let ecs-tasks\.amazonaws\.com assume it"):
        fetch_secrets(task, cloud.endpoint)


def test_a_field_that_is_not_there_is_named(cloud: Cloud, secret: str) -> None:
    task = _task(cloud, "asker", f"{secret}:user::")
    with pytest.raises(WorkbenchError, match="the field 'user' of a secret that has none"):
        fetch_secrets(task, cloud.endpoint)


def test_what_is_no_secret_of_secrets_manager_is_refused(cloud: Cloud) -> None:
    task = _task(cloud, "parameters", f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/password")
    with pytest.raises(WorkbenchError, match="by their ARN only"):
        fetch_secrets(task, cloud.endpoint)
