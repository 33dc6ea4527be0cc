"""Lambda functions of the emulator: their client context, their log, and whose rights they run with."""

import base64
import io
import json
import statistics
import time
import zipfile

import pytest

from tests.workbench.local_cloud.emulator.cloud_under_test import Cloud

HANDLER = """
import boto3, sys

def handler(event, context):
    if event.get("log"):
        print(event["log"])
    if event.get("secret"):
        return boto3.client("secretsmanager").get_secret_value(SecretId=event["secret"])["SecretString"]
    given = context.client_context
    return {"event": event, "custom": given and given.custom, "env": given and given.env}
"""
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}


@pytest.fixture(scope="module")
def function(cloud: Cloud) -> str:
    """A function whose role may read one secret and not the other."""
    secrets = cloud.client("secretsmanager")
    own = secrets.create_secret(Name="own", SecretString="mine")["ARN"]
    secrets.create_secret(Name="other", SecretString="theirs")
    iam = cloud.client("iam")
    role = iam.create_role(RoleName="tool", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    statement = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": own}
    iam.put_role_policy(
        RoleName="tool",
        PolicyName="Granted",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("index.py", HANDLER)
    cloud.client("lambda").create_function(
        FunctionName="tool",
        Runtime="python3.13",
        Role=role,
        Handler="index.handler",
        Code={"ZipFile": package.getvalue()},
        Timeout=20,
    )
    return "tool"


def invoke(cloud: Cloud, function: str, event: dict[str, object], context: object = None) -> tuple[object, str | None]:
    given = {} if context is None else {"ClientContext": base64.b64encode(json.dumps(context).encode()).decode()}
    answer = cloud.client("lambda").invoke(
        FunctionName=function, Payload=json.dumps(event).encode(), LogType="Tail", **given
    )
    log = base64.b64decode(answer.get("LogResult", "")).decode()
    return json.loads(answer["Payload"].read()), log


def test_client_context_reaches_the_handler(cloud: Cloud, function: str) -> None:
    context = {"custom": {"bedrockAgentCoreToolName": "Target___tool"}, "env": {"locale": "de"}}
    answer, _ = invoke(cloud, function, {"a": 1}, context)
    assert answer == {
        "event": {"a": 1},
        "custom": {"bedrockAgentCoreToolName": "Target___tool"},
        "env": {"locale": "de"},
    }


def test_an_invocation_without_context_sees_none_of_the_former(cloud: Cloud, function: str) -> None:
    invoke(cloud, function, {}, {"custom": {"secret": "of the first"}})
    answer, _ = invoke(cloud, function, {})
    assert answer == {"event": {}, "custom": None, "env": None}


def test_function_reads_its_own_secret_only(cloud: Cloud, function: str) -> None:
    assert invoke(cloud, function, {"secret": "own"})[0] == "mine"
    refused, _ = invoke(cloud, function, {"secret": "other"})
    assert isinstance(refused, dict)
    assert "AccessDenied" in str(refused["errorMessage"])
    denied = [line for line in cloud.decisions("tool") if not line["allowed"]]
    assert [line["action"] for line in denied] == ["secretsmanager:GetSecretValue"]


def test_log_is_complete_and_its_mark_is_not_in_it(cloud: Cloud, function: str) -> None:
    _, log = invoke(cloud, function, {"log": "first\nsecond"})
    assert log is not None
    assert "first\nsecond" in log
    assert "\x1e" not in log


def test_a_silent_handler_is_not_waited_for(cloud: Cloud, function: str) -> None:
    invoke(cloud, function, {})
    client = cloud.client("lambda")
    taken = []
    for _ in range(10):
        begun = time.perf_counter()
        client.invoke(FunctionName=function, Payload=b"{}")["Payload"].read()
        taken.append(time.perf_counter() - begun)
    # The emulator's own wait for a line of log is 50 ms.
    assert statistics.median(taken) < 0.045


def test_node_handlers_get_the_client_context_too(cloud: Cloud, function: str) -> None:
    role = cloud.client("lambda").get_function_configuration(FunctionName=function)["Role"]
    code = "exports.handler = async (event, context) => ({ custom: context.clientContext?.custom ?? null });"
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("index.js", code)
    cloud.client("lambda").create_function(
        FunctionName="node",
        Runtime="nodejs22.x",
        Role=role,
        Handler="index.handler",
        Code={"ZipFile": package.getvalue()},
        Timeout=20,
    )
    assert invoke(cloud, "node", {}, {"custom": {"a": "b"}})[0] == {"custom": {"a": "b"}}
    assert invoke(cloud, "node", {})[0] == {"custom": None}
