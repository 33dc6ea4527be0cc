"""`grant_use` of sandboxes is what the AgentCore SDK's clients call: no less, no more."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from bedrock_agentcore.tools.browser_client import BrowserClient
from bedrock_agentcore.tools.code_interpreter_client import CodeInterpreter
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.model import OperationModel

from constructs_lib.sandbox import CodeSandbox, WebBrowser
from tests.constructs_lib.sandbox.support import granted, grantee
from tests.constructs_lib.support import actions, stack

REGION = "us-east-1"
RESULT = {"result": {"content": [{"type": "resource", "resource": {"uri": "file:///a.csv", "text": "1"}}]}}


class Service:
    """Answers every operation of the data plane, and notes which these were."""

    def __init__(self, data_plane: Any) -> None:
        self.operations: set[str] = set()
        data_plane.meta.events.register("before-call.bedrock-agentcore", self.answer)

    def answer(self, model: OperationModel, **_: object) -> tuple[AWSResponse, dict[str, object]]:
        self.operations.add(f"bedrock-agentcore:{model.name}")
        parsed: dict[str, object] = {
            "codeInterpreterIdentifier": "tool-0123456789",
            "browserIdentifier": "tool-0123456789",
            "sessionId": "01M0T9ME4FBJQY2QCXZ1M33ADP",
            "stream": iter([RESULT]),
        }
        return AWSResponse("https://local", 200, HTTPHeaders(), b""), parsed


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    boto3.setup_default_session(region_name=REGION)
    yield
    boto3.DEFAULT_SESSION = None


def test_of_a_code_sandbox() -> None:
    interpreter = CodeInterpreter(REGION)
    service = Service(interpreter.data_plane_client)
    interpreter.start(identifier="tool-0123456789")
    interpreter.execute_code("print(1)")
    interpreter.execute_command("ls")
    interpreter.install_packages(["numpy"])
    interpreter.upload_file("a.csv", "1")
    assert interpreter.download_file("a.csv") == "1"
    interpreter.clear_context()
    interpreter.stop()
    assert actions(CodeSandbox(stack(), "Code").use_statements()) == service.operations


def test_of_a_browser() -> None:
    browser = BrowserClient(REGION)
    service = Service(browser.data_plane_client)
    browser.start(identifier="tool-0123456789")
    address, headers = browser.generate_ws_headers()
    browser.stop()
    # The stream is no operation of the API: it is opened by a signed request, for which there is an action of its own.
    assert urlsplit(address).path.endswith("/automation")
    assert "/bedrock-agentcore/aws4_request" in headers["Authorization"]
    stream = {"bedrock-agentcore:ConnectBrowserAutomationStream"}
    assert actions(WebBrowser(stack(), "Web").use_statements()) == service.operations | stream


def test_of_people_who_take_a_session_over() -> None:
    browser: Any = BrowserClient(REGION)
    browser.identifier, browser.session_id = "tool-0123456789", "01M0T9ME4FBJQY2QCXZ1M33ADP"
    service = Service(browser.data_plane_client)
    browser.get_session()
    assert urlsplit(browser.generate_live_view_url()).path.endswith("/live-view")
    browser.take_control()
    browser.release_control()
    of = stack()
    WebBrowser(of, "Web").grant_take_over(grantee(of))
    live = {"bedrock-agentcore:ConnectBrowserLiveViewStream"}
    assert actions([granted(of)]) == service.operations | live
