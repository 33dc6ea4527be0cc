"""What agents print goes to CloudWatch Logs under their role."""

import datetime as dt
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.workbench.local_cloud.emulator.cloud_under_test import ACCOUNT, REGION
from tests.workbench.local_cloud.gateway.cloud import GatewayCloud, allow
from workbench.local_cloud.agentcore.runtimes.credentials import Credentials
from workbench.local_cloud.agentcore.runtimes.definition import CodeLocation, RuntimeDefinition
from workbench.local_cloud.agentcore.runtimes.output import LOG_GROUPS, AgentOutput
from workbench.local_cloud.agentcore.service import Scope

RUNTIME = RuntimeDefinition(
    arn=f"arn:aws:bedrock-agentcore:{REGION}:{ACCOUNT}:runtime/printer-0123456789",
    runtime_id="printer-0123456789",
    version="1",
    role_arn="",
    scope=Scope(ACCOUNT, REGION),
    code=CodeLocation("bucket", "key", None, ("main.py",), "3.13"),
    variables={},
    header_allowlist=frozenset(),
    authorizer=None,
    idle_seconds=60,
    lifetime_seconds=60,
    endpoint="live",
)
GROUP = f"{LOG_GROUPS}/printer-0123456789-live"
ACTIONS = ("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents")


@pytest.fixture(scope="module")
def group(cloud: GatewayCloud) -> str:
    cloud.client("logs").create_log_group(logGroupName=GROUP)
    return GROUP


def credentials(cloud: GatewayCloud, name: str, *actions: str) -> Credentials:
    resource = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{LOG_GROUPS}/printer-*"
    role = cloud.role(name, *(allow(action, resource) for action in actions), principal={"AWS": ACCOUNT})
    keys: Any = cloud.client("sts").assume_role(RoleArn=role, RoleSessionName="agent")["Credentials"]
    later = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    return Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], later)


def printed(cloud: GatewayCloud) -> list[str]:
    events = cloud.client("logs").filter_log_events(logGroupName=GROUP)["events"]
    return [event["message"] for event in events]


def test_complete_lines_arrive_once(cloud: GatewayCloud, group: str, tmp_path: Path) -> None:
    log = tmp_path / "agent.log"
    output = AgentOutput(RUNTIME, "session-1", log, cloud.endpoint)
    role = credentials(cloud, "printing", *ACTIONS)

    output.deliver(role)
    log.write_text("one\ntwo\nthr")
    output.deliver(role)
    output.deliver(role)
    assert printed(cloud) == ["one", "two"]

    with log.open("a") as file:
        file.write("ee\n")
    output.deliver(role)
    assert printed(cloud) == ["one", "two", "three"]


@pytest.mark.parametrize("missing", ACTIONS)
def test_a_role_that_may_not_write_its_log_is_noticed_once(
    cloud: GatewayCloud, group: str, tmp_path: Path, missing: str, caplog: pytest.LogCaptureFixture
) -> None:
    log = tmp_path / "agent.log"
    output = AgentOutput(RUNTIME, f"session-without-{missing[5:]}", log, cloud.endpoint)
    log.write_text("secret\n")
    role = credentials(cloud, f"mute-{missing[5:]}", *(action for action in ACTIONS if action != missing))

    output.deliver(role)
    output.deliver(role)

    assert "secret" not in printed(cloud)
    assert sum("does not reach" in record.message for record in caplog.records) == 1
    assert "AccessDenied" in caplog.text


def test_boto3_is_not_asked_where_nothing_was_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boto3, "Session", None)
    later = dt.datetime.now(dt.UTC)
    AgentOutput(RUNTIME, "s", tmp_path / "none.log", "http://127.0.0.1:1").deliver(Credentials("a", "b", "c", later))
