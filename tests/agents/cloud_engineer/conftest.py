"""An engineer on a scripted model, driven through its own ASGI app."""

from collections.abc import Callable
from functools import partial

import pytest
from starlette.testclient import TestClient

from agents.cloud_engineer.agent import build_agent
from agents.cloud_engineer.announced import CHANGE_TOOLS
from agents.cloud_engineer.main import create_app
from agents.cloud_engineer.tasks import TASKS
from agents.shared.service import AgentService
from tests.agents.conftest import Process, variables
from tests.agents.conftest import memory as memory
from tests.agents.scripted_model import Script

Engineer = Callable[[Script], Process]


@pytest.fixture
def engineer() -> Engineer:
    """Makes a session process of the engineer without a gateway."""

    def make(script: Script) -> Process:
        process = Process(script, variables())
        service = AgentService(
            partial(build_agent, model=process.model),
            environ=process.environ,
            tasks=TASKS,
            announced_tools=CHANGE_TOOLS,
        )
        process.app = create_app(service)
        process.client = TestClient(process.app)
        return process

    return make
