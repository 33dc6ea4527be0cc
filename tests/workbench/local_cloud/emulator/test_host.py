import json
import subprocess
import sys
import time
from pathlib import Path

import boto3
import httpx
import psutil
import pytest
from botocore.exceptions import ClientError

from tests.workbench.local_cloud.emulator.cloud_under_test import (
    HOST,
    REGION,
    Cloud,
    free_port,
    interpreter,
    trust,
    variables,
)

pytestmark = pytest.mark.local_cloud


def test_it_listens_on_loopback_only(cloud: Cloud) -> None:
    listening = [
        connection.laddr.ip
        for connection in psutil.Process(cloud.process.pid).net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert listening == ["127.0.0.1"]


def test_it_ends_with_its_parent(tmp_path: Path) -> None:
    start = "import subprocess, sys; print(subprocess.Popen(sys.argv[1:]).pid, flush=True); input()"
    environment = variables(free_port(), "http://127.0.0.1:9", "http://127.0.0.1:9", tmp_path / "access.jsonl")
    command = [sys.executable, "-c", start, str(interpreter()), str(HOST)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True) as parent:
        assert parent.stdout is not None
        emulator = psutil.Process(int(parent.stdout.readline()))
        assert parent.stdout.readline().startswith("ready ")
        parent.kill()
        emulator.wait(timeout=5)
    assert not emulator.is_running()


def test_a_missing_variable_is_named(tmp_path: Path) -> None:
    environment = variables(free_port(), "", "http://127.0.0.1:9", tmp_path / "access.jsonl")
    ended = subprocess.run(
        [str(interpreter()), str(HOST)], env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert "set LOCAL_CLOUD_AGENTCORE_URL" in ended.stderr


def test_credentials_are_minted_for_the_resource_the_trust_policy_names(cloud: Cloud) -> None:
    session = cloud.role_session("Trusted", {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"})
    identity = cloud.client("sts", session).get_caller_identity()
    assert identity["Arn"] == "arn:aws:sts::000000000000:assumed-role/Trusted/agent-0123456789"
    cloud.client("s3", session).list_buckets()


@pytest.mark.parametrize(
    "source",
    [
        "arn:aws:bedrock-agentcore:us-east-1:111111111111:runtime/agent-0123456789",
        "arn:aws:bedrock-agentcore:us-east-1:000000000000:runtime/other-0123456789",
        "arn:aws:lambda:us-east-1:000000000000:function:agent",
    ],
)
def test_credentials_are_refused_for_another_resource(cloud: Cloud, source: str) -> None:
    iam = cloud.client("iam")
    name = f"Refusing{abs(hash(source))}"
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust()))["Role"]["Arn"]
    answer = cloud.assume(arn, source)
    assert answer.status_code == 403
    assert answer.json()["error"]


def test_a_role_of_another_service_is_not_assumed(cloud: Cloud) -> None:
    statement = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    arn = cloud.client("iam").create_role(RoleName="ForLambda", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    answer = cloud.assume(arn)
    assert answer.status_code == 403
    assert "bedrock-agentcore.amazonaws.com" in answer.json()["error"]


def test_a_role_that_does_not_exist_is_named(cloud: Cloud) -> None:
    assert "role/Nobody does not exist" in cloud.assume("arn:aws:iam::000000000000:role/Nobody").json()["error"]


def test_a_request_for_credentials_without_a_role_is_refused(cloud: Cloud) -> None:
    answer = httpx.post(f"{cloud.endpoint}/_local/credentials", json={"sourceArn": "x"}, trust_env=False)
    assert answer.status_code == 400


def test_reading_an_object_needs_exactly_that_permission(cloud: Cloud) -> None:
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="code-of-agents")
    for key in ("agent.zip", "other.zip"):
        s3.put_object(Bucket="code-of-agents", Key=key, Body=b"zip")
    granted = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::code-of-agents/agent.zip"}
    role = cloud.client("s3", cloud.role_session("CodeReader", granted))
    assert role.get_object(Bucket="code-of-agents", Key="agent.zip")["Body"].read() == b"zip"
    with pytest.raises(ClientError, match="Denied"):
        role.get_object(Bucket="code-of-agents", Key="other.zip")
    assert [entry["allowed"] for entry in cloud.decisions("CodeReader")] == [True, False]


def test_loopback_counts_as_tls(cloud: Cloud) -> None:
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="tls-only")
    s3.put_object(Bucket="tls-only", Key="a", Body=b"a")
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": "arn:aws:s3:::tls-only/*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    s3.put_bucket_policy(Bucket="tls-only", Policy=json.dumps({"Version": "2012-10-17", "Statement": [deny]}))
    granted = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::tls-only/*"}
    role = cloud.client("s3", cloud.role_session("TlsReader", granted))
    assert role.get_object(Bucket="tls-only", Key="a")["Body"].read() == b"a"


def test_the_administrators_requests_are_not_recorded(cloud: Cloud) -> None:
    before = cloud.access_log.read_text()
    cloud.client("s3").list_buckets()
    cloud.client("bedrock-agentcore-control").list_memories()
    assert cloud.access_log.read_text() == before


def test_each_account_has_its_own_administrator(cloud: Cloud) -> None:
    session = cloud.session("123456789012")
    assert cloud.client("sts", session).get_caller_identity()["Account"] == "123456789012"


def test_an_unknown_key_is_refused(cloud: Cloud) -> None:
    nobody = boto3.Session("AKIAUNKNOWN", "secret", region_name=REGION)
    with pytest.raises(ClientError):
        cloud.client("s3", nobody).list_buckets()


def test_it_starts_quickly(tmp_path: Path) -> None:
    environment = variables(free_port(), "http://127.0.0.1:9", "http://127.0.0.1:9", tmp_path / "access.jsonl")
    started = time.monotonic()
    with subprocess.Popen(
        [str(interpreter()), str(HOST)], env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        took = time.monotonic() - started
        process.terminate()
    assert took < 10
