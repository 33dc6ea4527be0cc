"""IAM decides on sessions at the emulator's front door, by the tool's ARN."""

import pytest
from botocore.exceptions import ClientError

from tests.workbench.local_cloud.sandbox.cloud import BUILTIN, SandboxCloud, text
from workbench.local_cloud.agentcore.sandbox.plane import RECORD_ONLY

pytestmark = pytest.mark.local_cloud

PREFIX = "arn:aws:bedrock-agentcore:us-east-1"
AWS_OWN = f"{PREFIX}:aws:code-interpreter/{BUILTIN}"


def allow(actions: list[str], resource: str) -> dict[str, object]:
    return {"Effect": "Allow", "Action": [f"bedrock-agentcore:{name}" for name in actions], "Resource": resource}


def test_a_session_needs_each_permission_on_its_interpreter(cloud: SandboxCloud) -> None:
    used = ["StartCodeInterpreterSession", "InvokeCodeInterpreter", "StopCodeInterpreterSession"]
    role = cloud.emulator.role_session("RunsCode", allow(used, AWS_OWN))
    interpreter = cloud.interpreter(cloud.client(session=role))
    interpreter.start(BUILTIN)
    assert text(interpreter.execute_code("print(1)")) == "1\n"
    with pytest.raises(ClientError, match="not authorized to perform: bedrock-agentcore:GetCodeInterpreterSession"):
        interpreter.get_session()
    interpreter.stop()
    decided = [(each["action"], each["resource"], each["allowed"]) for each in cloud.emulator.decisions("RunsCode")]
    granted = [(f"bedrock-agentcore:{name}", AWS_OWN, True) for name in used]
    denied = ("bedrock-agentcore:GetCodeInterpreterSession", AWS_OWN, False)
    assert decided == [granted[0], granted[1], denied, granted[2]]


def test_a_permission_on_one_interpreter_does_not_open_another(cloud: SandboxCloud) -> None:
    control = cloud.client("bedrock-agentcore-control")
    made = control.create_code_interpreter(name="guarded", networkConfiguration={"networkMode": "SANDBOX"})
    everything = ["StartCodeInterpreterSession", "InvokeCodeInterpreter", "StopCodeInterpreterSession"]
    role = cloud.emulator.role_session("OwnInterpreter", allow(everything, made["codeInterpreterArn"]))
    interpreter = cloud.interpreter(cloud.client(session=role))
    interpreter.start(made["codeInterpreterId"])
    interpreter.stop()
    with pytest.raises(ClientError, match="not authorized") as denied:
        interpreter.start(BUILTIN)
    assert denied.value.response["Error"]["Code"] == "AccessDeniedException"


def test_without_permission_no_code_runs(cloud: SandboxCloud) -> None:
    with cloud.session() as running:
        role = cloud.emulator.role_session("Stranger", allow(["StartCodeInterpreterSession"], "*"))
        intruder = cloud.interpreter(cloud.client(session=role))
        intruder.identifier, intruder.session_id = running.identifier, running.session_id
        with pytest.raises(ClientError, match="not authorized to perform: bedrock-agentcore:InvokeCodeInterpreter"):
            intruder.execute_code("print(1)")


def test_browser_sessions_are_recorded_and_say_so(cloud: SandboxCloud) -> None:
    client = cloud.client()
    started = client.start_browser_session(
        browserIdentifier="aws.browser.v1", name="seen", viewPort={"width": 800, "height": 600}
    )
    assert started["ResponseMetadata"]["HTTPHeaders"]["x-local-sandbox"] == RECORD_ONLY
    assert "streams" not in started
    named = {"browserIdentifier": "aws.browser.v1", "sessionId": started["sessionId"]}
    described = client.get_browser_session(**named)
    assert (described["status"], described["sessionTimeoutSeconds"]) == ("READY", 3600)
    assert (described["name"], described["viewPort"]) == ("seen", {"width": 800, "height": 600})
    assert cloud.rows()[started["sessionId"]]["what"] == RECORD_ONLY
    update = {"automationStreamUpdate": {"streamStatus": "DISABLED"}}
    with pytest.raises(ClientError, match="no browser runs"):
        client.update_browser_stream(**named, streamUpdate=update)
    client.stop_browser_session(**named)
    listed = client.list_browser_sessions(browserIdentifier="aws.browser.v1", status="TERMINATED")["items"]
    assert listed[0]["sessionId"] == started["sessionId"]


def test_browser_sessions_need_permission(cloud: SandboxCloud) -> None:
    browser = f"{PREFIX}:aws:browser/aws.browser.v1"
    role = cloud.emulator.role_session("Browses", allow(["StartBrowserSession"], browser))
    client = cloud.client(session=role)
    session = client.start_browser_session(browserIdentifier="aws.browser.v1")["sessionId"]
    with pytest.raises(ClientError, match="not authorized to perform: bedrock-agentcore:StopBrowserSession"):
        client.stop_browser_session(browserIdentifier="aws.browser.v1", sessionId=session)
