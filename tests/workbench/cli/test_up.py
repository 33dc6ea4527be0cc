"""`up` with a ready assembly, as a process of its own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from workbench.cli import USER_ERROR

pytestmark = pytest.mark.local_cloud

TEMPLATE = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "news"}}}}
MANIFEST = {
    "version": "55.0.0",
    "artifacts": {
        "News": {
            "type": "aws:cloudformation:stack",
            "environment": "aws://unknown-account/eu-central-1",
            "properties": {"templateFile": "News.template.json"},
        }
    },
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A directory with an assembly of one stack; what the workbench writes goes below it."""
    assembly = tmp_path / "cdk.out"
    assembly.mkdir()
    (assembly / "manifest.json").write_text(json.dumps(MANIFEST))
    (assembly / "News.template.json").write_text(json.dumps(TEMPLATE))
    (tmp_path / "cdk.json").write_text('{"app": "false"}')
    return tmp_path


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "workbench", *arguments]


def _run(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(_command(*arguments), cwd=project, capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture
def up(project: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        _command("up", "--assembly", "cdk.out"),
        cwd=project,
        env={**os.environ, "COLUMNS": "120"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    yield process
    process.kill()
    process.wait()


def _until_running(up: subprocess.Popen[str]) -> str:
    assert up.stdout is not None
    said = ""
    for line in up.stdout:
        said += line
        if line.startswith("Running."):
            return said
    raise AssertionError(said)


def test_up_deploys_stays_and_ends_everything_on_ctrl_c(project: Path, up: subprocess.Popen[str]) -> None:
    said = _until_running(up)
    assert "emulated: served by the AWS emulator  AWS::SNS::Topic" in said
    assert "scripted stand-in" in said

    status = json.loads(_run(project, "status", "--json").stdout)
    assert status["pid"] == up.pid
    assert status["endpoint"] in said
    assert status["stacks"] == [{"name": "News", "account": "000000000000", "region": "eu-central-1"}]
    assert (status["agents"], status["sessions"]) == ([], [])

    second = _run(project, "up", "--assembly", "cdk.out")
    assert second.returncode == USER_ERROR
    assert f"runs already: pid {up.pid}, endpoint {status['endpoint']}" in second.stderr

    nobody = _run(project, "invoke", "assistant", "Hello")
    assert (nobody.returncode, nobody.stdout) == (USER_ERROR, "")
    assert "no agent is called 'assistant'; deployed are: none" in nobody.stderr

    below = psutil.Process(up.pid).children(recursive=True)
    assert len(below) >= 6
    up.send_signal(signal.SIGINT)
    rest, _ = up.communicate(timeout=30)
    assert up.returncode == 0
    assert "Ended." in rest
    assert "Traceback" not in rest
    _, alive = psutil.wait_procs(below, timeout=10)
    assert alive == []
    assert _run(project, "status").returncode == USER_ERROR


def test_a_failed_deployment_is_one_error_and_ends_everything(project: Path) -> None:
    template = {"Resources": {"Role": {"Type": "AWS::No::Such", "Properties": {}}}}
    (project / "cdk.out" / "News.template.json").write_text(json.dumps(template))
    result = _run(project, "up", "--assembly", "cdk.out")
    assert result.returncode == USER_ERROR
    assert "AWS::No::Such" in result.stderr
    assert "Traceback" not in result.stderr
    assert _run(project, "status").returncode == USER_ERROR


PROVIDER = {
    "Type": "AWS::BedrockAgentCore::ApiKeyCredentialProvider",
    "Properties": {
        "Name": "weather",
        "ApiKeySecretSource": "EXTERNAL",
        "ApiKeySecretConfig": {"SecretId": "shop/weather", "JsonKey": "api_key"},
    },
}


def test_a_missing_secret_is_named_with_the_remedy_and_the_remedy_works(project: Path) -> None:
    (project / "cdk.out" / "News.template.json").write_text(json.dumps({"Resources": {"Provider": PROVIDER}}))
    result = _run(project, "up", "--assembly", "cdk.out")
    assert result.returncode == USER_ERROR
    error = next(line for line in result.stderr.splitlines() if line.startswith("error: "))
    assert "up --secret 'shop/weather=VALUE'" in error
    assert result.stderr.rstrip().endswith(error)

    secret = """shop/weather={"api_key": "k=1"}"""
    command = _command("up", "--assembly", "cdk.out", "--secret", secret)
    with subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert "AWS::BedrockAgentCore::ApiKey" in _until_running(process)
        finally:
            process.send_signal(signal.SIGINT)
