from collections.abc import Iterator

import pytest

from agents.shared.sandbox import sandbox
from agents.shared.sandbox.sandbox import Sandbox
from agents.shared.settings import Settings
from tests.agents.conftest import forget_clients
from tests.agents.shared.sandbox.fake_agentcore import FakeAgentCore, serve_agentcore
from tests.agents.shared.sandbox.fake_browser import FakeBrowser, serve_browser


@pytest.fixture(scope="module")
def served() -> Iterator[FakeAgentCore]:
    with serve_agentcore() as fake:
        yield fake


@pytest.fixture
def agentcore(served: FakeAgentCore, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeAgentCore]:
    """AgentCore's data plane, reached by real boto3 clients."""
    for kept in (served.operations, served.failures, served.delays):
        kept.clear()
    served.browsers_run = False
    monkeypatch.setenv("AWS_ENDPOINT_URL", served.url)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    forget_clients()
    made: list[Sandbox] = []
    build = sandbox.sandbox_for

    def remember(settings: Settings) -> Sandbox:
        made.append(build(settings))
        return made[-1]

    monkeypatch.setattr(sandbox, "sandbox_for", remember)
    yield served
    served.delays.clear()
    served.failures.clear()
    for each in made:
        each.close()
    forget_clients()


@pytest.fixture
def browser() -> Iterator[tuple[FakeBrowser, str]]:
    """A browser and its address."""
    with serve_browser() as served_browser:
        yield served_browser
