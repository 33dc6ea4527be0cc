"""The cloud engineer on the local cloud: it reads the account, proposes, waits for its user, carries out.

The scripted model calls the tool that a message names. AWS's documentation server is a stand-in on this machine.
"""

import json
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aws_cdk as cdk
import boto3
import httpx
import pytest
from mcp.server import MCPServer
from starlette.applications import Starlette

from stacks.cloud_engineer_tools_stack import KNOWLEDGE_URL
from stacks.identity_stack import ENGINEERS, VIEWERS
from tests.serving import serving
from tests.stacks.engineer_stage import EngineerStage
from workbench.assembly import read_assembly
from workbench.conversations.client import new_session_id
from workbench.local_cloud.cloud import LocalCloud
from workbench.local_cloud.credentials import administrator
from workbench.local_cloud.sign_in import password_token
from workbench.permissions.access_log import read_decisions
from workbench.permissions.grants import RolePolicies
from workbench.permissions.report import build_report

pytestmark = pytest.mark.local_cloud

ROOT = Path(__file__).parents[2]
PASSWORD = "Correct-Horse-9-Battery"
PEOPLE = {"eva@example.com": ENGINEERS, "eric@example.com": ENGINEERS, "vera@example.com": VIEWERS}
EVA, ERIC, VERA = PEOPLE
BUCKET = {"Resources": {"Notes": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "engineer-notes-bucket"}}}}
QUEUE = {"Resources": {"Work": {"Type": "AWS::SQS::Queue"}}}
Event = dict[str, Any]


def knowledge() -> Starlette:
    server = MCPServer("knowledge")

    @server.tool(name="aws___search_documentation")
    def search_documentation(search_phrase: str) -> str:
        """Search AWS's documentation."""
        return f"A stand-in for AWS's documentation has nothing on {search_phrase}"

    return server.streamable_http_app(streamable_http_path="/", stateless_http=True)


@dataclass(frozen=True)
class Engineer:
    """The deployed agent, as its users talk to it."""

    cloud: LocalCloud

    def client(self, service: str) -> Any:
        keys = administrator()
        session: Any = boto3.Session(keys.aws_access_key_id, keys.aws_secret_access_key, region_name="us-east-1")
        return session.client(service, endpoint_url=self.cloud.endpoint)

    @cache  # noqa: B019 -- one cloud per run
    def outputs(self, stack: str) -> dict[str, str]:
        (found,) = self.client("cloudformation").describe_stacks(StackName=f"Engineer-{stack}")["Stacks"]
        return {each["OutputKey"]: each["OutputValue"] for each in found["Outputs"]}

    def make_people(self) -> None:
        pools, pool = self.client("cognito-idp"), self.outputs("Given")["Pool"]
        for person, group in PEOPLE.items():
            pools.admin_create_user(UserPoolId=pool, Username=person, MessageAction="SUPPRESS")
            pools.admin_set_user_password(UserPoolId=pool, Username=person, Password=PASSWORD, Permanent=True)
            pools.admin_add_user_to_group(UserPoolId=pool, Username=person, GroupName=group)

    @cache  # noqa: B019
    def token(self, person: str) -> str:
        given = self.outputs("Given")
        return password_token(self.cloud.endpoint, given["Pool"], given["Client"], person, PASSWORD).access_token

    def post(self, person: str, payload: dict[str, object], session: str) -> httpx.Response:
        arn = quote(self.outputs("CloudEngineer")["AgentRuntimeArn"], safe="")
        headers = {
            "Authorization": f"Bearer {self.token(person)}",
            "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id": session,
        }
        url = f"{self.cloud.endpoint}/runtimes/{arn}/invocations"
        return httpx.post(url, json=payload, headers=headers, trust_env=False, timeout=60)

    def say(self, person: str, prompt: str, session: str) -> list[Event]:
        answer = self.post(person, {"prompt": prompt, "stream": True}, session)
        events = [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: ")]
        assert events, answer.text
        assert events[-1].get("type") == "end", events[-1]
        return events

    def call_tool(self, person: str, tool: str, arguments: dict[str, object]) -> str:
        """What the gateway answers to a call without the agent."""
        call = {"name": tool, "arguments": arguments}
        answer = httpx.post(
            self.outputs("Tools")["GatewayUrl"],
            json={"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call},
            headers={"Authorization": f"Bearer {self.token(person)}", "Accept": "application/json, text/event-stream"},
            trust_env=False,
            timeout=60,
        )
        return answer.text


@pytest.fixture(scope="module")
def engineer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engineer]:
    directory = tmp_path_factory.mktemp("engineer-local")
    os.environ.setdefault("CDK_VALIDATION", "false")
    app = cdk.App(analytics_reporting=False, outdir=str(directory / "cdk.out"))
    EngineerStage(app, password_sign_in=True)
    app.synth()
    with serving(knowledge()) as url, LocalCloud(ROOT / ".workbench", work=directory / "cloud") as cloud:
        addresses = {KNOWLEDGE_URL: url}
        httpx.put(f"{cloud.agentcore_url}/_local/addresses", json=addresses, trust_env=False).raise_for_status()
        cloud.deploy(read_assembly(directory / "cdk.out"))
        deployed = Engineer(cloud)
        deployed.make_people()
        yield deployed


def use(tool: str, **arguments: object) -> str:
    return f"Use the tool {tool} with {json.dumps(arguments)}"


def said(events: list[Event]) -> str:
    return str(events[-1]["response"])


def notices(events: list[Event]) -> list[str]:
    return [str(event["code"]) for event in events if event.get("type") == "notice"]


READS = [
    ("inventory___list_buckets", {}, "cdk-"),
    ("inventory___list_instances", {}, '"items"'),
    ("inventory___list_security_groups", {}, '"items"'),
    ("inventory___list_networks", {}, "CidrBlock"),
    ("inventory___list_databases", {}, '"items"'),
    ("inventory___list_functions", {}, "FunctionName"),
    ("inventory___list_alarms", {}, '"items"'),
    ("inventory___list_stacks", {}, "Engineer-Tools"),
    ("inventory___read_metric", {"namespace": "AWS/Lambda", "metric": "Errors"}, '"points"'),
    ("tables___ListTables", {}, "TableNames"),
    ("knowledge___aws___search_documentation", {"search_phrase": "lifecycle"}, "nothing on lifecycle"),
]


@pytest.mark.parametrize(("tool", "arguments", "expected"), READS, ids=[each[0] for each in READS])
def test_a_viewer_reads_the_account(engineer: Engineer, tool: str, arguments: dict[str, object], expected: str) -> None:
    events = engineer.say(VERA, use(tool, **arguments), new_session_id())
    assert expected in said(events), said(events)
    assert notices(events) == []


def test_a_table_is_described_by_the_gateway_itself(engineer: Engineer) -> None:
    (table, *_) = engineer.client("dynamodb").list_tables()["TableNames"]
    assert "session_id" in said(engineer.say(VERA, use("dynamodb___DescribeTable", TableName=table), new_session_id()))


def test_a_change_is_proposed_confirmed_and_carried_out(engineer: Engineer) -> None:
    session = new_session_id()
    arguments = {"stack_name": "engineer-notes", "template": json.dumps(BUCKET)}
    events = engineer.say(EVA, use("changes___propose_change", **arguments), session)
    proposed = said(events)
    assert "AWS::S3::Bucket" in proposed
    assert notices(events) == ["change_proposed"]
    (shown,) = [str(event["message"]) for event in events if event.get("type") == "notice"]
    assert shown.startswith("Proposed for the stack engineer-notes (CREATE): Add Notes (AWS::S3::Bucket")
    found = re.search(r"confirm ([0-9a-f]{8})", proposed)
    assert found, proposed
    confirmation = {"stack_name": "engineer-notes", "confirmation_id": found[1]}
    execute = use("approvals___execute_change", **confirmation)

    unconfirmed = engineer.say(EVA, execute, session)
    assert notices(unconfirmed) == ["confirmation_required"]
    assert "engineer-notes-bucket" not in buckets(engineer)

    # The proposal is Eva's: Eric is an engineer too, and the gateway tells the tool who asks.
    refused = engineer.call_tool(ERIC, "approvals___execute_change", confirmation)
    assert "proposal_of_another_user" in refused
    assert "engineer-notes-bucket" not in buckets(engineer)

    carried_out = engineer.say(EVA, f"confirm {found[1]}", session)
    assert notices(carried_out) == []
    assert "started" in said(carried_out)
    deadline = time.monotonic() + 20
    while "engineer-notes-bucket" not in buckets(engineer):
        assert time.monotonic() < deadline, "the change was not carried out"
        time.sleep(0.2)
    followed = said(engineer.say(EVA, use("inventory___describe_stack", stack_name="engineer-notes"), session))
    assert "CREATE_COMPLETE" in followed


def test_a_proposal_that_fails_leaves_no_change_set(engineer: Engineer) -> None:
    cloudformation = engineer.client("cloudformation")
    made = {"StackName": "engineer-same", "TemplateBody": json.dumps(QUEUE)}
    cloudformation.create_stack(**made)
    cloudformation.get_waiter("stack_create_complete").wait(StackName="engineer-same", WaiterConfig={"Delay": 1})
    arguments = {"stack_name": "engineer-same", "template": json.dumps(QUEUE)}
    events = engineer.say(EVA, use("changes___propose_change", **arguments), new_session_id())
    assert "didn't contain changes" in said(events)
    assert cloudformation.list_change_sets(StackName="engineer-same")["Summaries"] == []


def buckets(engineer: Engineer) -> list[str]:
    return [each["Name"] for each in engineer.client("s3").list_buckets()["Buckets"]]


def test_a_bucket_is_described(engineer: Engineer) -> None:
    (bucket, *_) = buckets(engineer)
    described = said(engineer.say(VERA, use("inventory___describe_bucket", bucket=bucket), new_session_id()))
    assert '"PublicAccessBlock"' in described
    assert '"error"' not in described


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("changes___propose_change", {"stack_name": "engineer-viewer", "template": json.dumps(BUCKET)}),
        ("approvals___execute_change", {"stack_name": "engineer-viewer", "confirmation_id": "0123abcd"}),
    ],
)
def test_a_viewer_changes_nothing(engineer: Engineer, tool: str, arguments: dict[str, object]) -> None:
    said_by_gateway = engineer.call_tool(VERA, tool, arguments)
    assert "Tool Execution Denied" in said_by_gateway


def test_a_viewer_is_told_so(engineer: Engineer) -> None:
    arguments = {"stack_name": "engineer-viewer", "template": json.dumps(BUCKET)}
    events = engineer.say(VERA, use("changes___propose_change", **arguments), new_session_id())
    assert notices(events) == ["tool_denied"]
    assert "may not use the tool changes___propose_change" in said(events)
    assert "engineer-viewer" not in str(engineer.client("cloudformation").list_stacks()["StackSummaries"])


def test_tasks_are_listed_for_who_is_signed_in(engineer: Engineer) -> None:
    tasks = engineer.post(VERA, {"operation": "list_tasks"}, new_session_id()).json()["tasks"]
    assert {"account_overview", "propose_bucket"} <= {task["id"] for task in tasks}


# The emulator takes a role to pass without asking for iam:PassRole.
NOT_ASKED_FOR_LOCALLY = {"iam:PassRole"}
# The emulator has neither Cost Explorer nor a price list.
NOT_USED_HERE, PRICES = {"ce:GetCostAndUsage"}, "Prices"


@pytest.mark.parametrize("part", ["InventoryRole", "ChangesRole", "ApprovalsRole", "Tools-ToolsRole"])
def test_a_role_was_denied_nothing_and_has_nothing_that_it_did_not_need(engineer: Engineer, part: str) -> None:
    iam = engineer.client("iam")
    (arn,) = [each["Arn"] for each in iam.list_roles()["Roles"] if part in each["RoleName"]]
    decisions = read_decisions(Path(engineer.cloud.record.access_log), role_arn=arn)
    report = build_report(arn, RolePolicies(iam, arn).grants(), decisions)
    assert not report.denials
    unused = {
        grant.action for grant in report.unused if not grant.action.startswith("logs:") and PRICES not in grant.resource
    }
    assert unused <= NOT_ASKED_FOR_LOCALLY | NOT_USED_HERE
