"""An agent's sandbox tools on the local cloud, under its role."""

from collections.abc import Iterator

import pytest

from tests.agents.conftest import Process, forget_clients, variables
from tests.agents.scripted_model import UseTool, texts
from tests.workbench.local_cloud.sandbox.cloud import BUILTIN, SandboxCloud

pytestmark = pytest.mark.local_cloud

RUN = ["StartCodeInterpreterSession", "InvokeCodeInterpreter", "StopCodeInterpreterSession"]
BROWSE = ["StartBrowserSession", "StopBrowserSession", "ConnectBrowserAutomationStream"]


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Lets the agent's clients read the test's environment."""
    forget_clients()
    yield monkeypatch
    forget_clients()


def agent(cloud: SandboxCloud, clients: pytest.MonkeyPatch, role: str, actions: list[str], step: UseTool) -> Process:
    """An agent under a new role, whose model takes one step and says what came of it."""
    statement = {"Effect": "Allow", "Action": [f"bedrock-agentcore:{name}" for name in actions], "Resource": "*"}
    credentials = cloud.emulator.role_session(role, statement).get_credentials()
    assert credentials is not None
    given = {
        "AWS_ENDPOINT_URL": cloud.emulator.endpoint,
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": credentials.access_key,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
        "AWS_SESSION_TOKEN": credentials.token,
    }
    for name, value in given.items():
        clients.setenv(name, str(value))
    steps = [step]
    environ = variables(
        BEDROCK_AGENTCORE_MEMORY_ID="", AGENT_CODE_INTERPRETER_ID=BUILTIN, AGENT_BROWSER_ID="aws.browser.v1"
    )
    return Process(lambda messages: steps.pop() if steps else texts(messages[-1]), environ=environ)


def test_code_runs_under_the_agents_role(cloud: SandboxCloud, clients: pytest.MonkeyPatch) -> None:
    process = agent(cloud, clients, "CodeAgent", RUN, UseTool("run_code", {"code": "print(6 * 7)"}))
    with process.client:
        answer = process.say("calculate")
    assert (answer["response"], answer["notices"]) == ("42\n", [])
    decided = [(each["action"], each["allowed"]) for each in cloud.emulator.decisions("CodeAgent")]
    assert decided == [(f"bedrock-agentcore:{name}", True) for name in RUN]


def test_a_denied_permission_is_said_and_the_session_still_ends(
    cloud: SandboxCloud, clients: pytest.MonkeyPatch
) -> None:
    process = agent(cloud, clients, "HalfAgent", [RUN[0], RUN[2]], UseTool("run_code", {"code": "print(1)"}))
    with process.client:
        answer = process.say("calculate")
    assert answer["notices"] == ["The code could not be run: the agent's role does not allow it."]
    decided = [(each["action"], each["allowed"]) for each in cloud.emulator.decisions("HalfAgent")]
    assert decided == [(f"bedrock-agentcore:{name}", name != RUN[1]) for name in RUN]


def test_a_page_is_not_read_where_no_browser_runs_and_nothing_else_is_called(
    cloud: SandboxCloud, clients: pytest.MonkeyPatch
) -> None:
    process = agent(cloud, clients, "PageAgent", BROWSE, UseTool("browse", {"url": "https://example.com/"}))
    with process.client:
        answer = process.say("read")
    assert answer["notices"] == ["The page could not be read: no browser runs behind this session."]
    decided = [each["action"] for each in cloud.emulator.decisions("PageAgent")]
    assert decided == [f"bedrock-agentcore:{name}" for name in BROWSE[:2]]
