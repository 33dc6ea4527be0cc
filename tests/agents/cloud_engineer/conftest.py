"""An engineer on a scripted model, driven through its own ASGI app."""

import json
from collections.abc import Callable
from functools import partial

import mcp_types as types
import pytest
from starlette.testclient import TestClient
from strands import Agent
from strands.types.tools import ToolResult, ToolUse

from agents.cloud_engineer.agent import build_agent
from agents.cloud_engineer.announced import CHANGE_TOOLS, PROPOSE
from agents.cloud_engineer.main import create_app
from agents.cloud_engineer.tasks import TASKS
from agents.shared.gateway.tools import GatewayTool, tool_result
from agents.shared.memory import ConversationMemory
from agents.shared.service import AgentService
from agents.shared.session import Session
from agents.shared.settings import Settings
from tests.agents.conftest import Process, variables
from tests.agents.conftest import memory as memory
from tests.agents.scripted_model import Script, ScriptedModel

Engineer = Callable[..., Process]


def build(
    settings: Settings,
    session: Session,
    *,
    memory: ConversationMemory | None,
    model: ScriptedModel,
    proposed: object,
) -> Agent:
    """The engineer, and where something is `proposed`, the gateway's tool that answers with it."""
    agent = build_agent(settings, session, memory=memory, model=model)
    if proposed is not None:

        async def propose(tool_use: ToolUse) -> ToolResult:
            return tool_result(tool_use, "success", {"text": json.dumps(proposed)})

        agent.tool_registry.register_tool(GatewayTool(types.Tool(name=PROPOSE, input_schema={}), propose))
    return agent


@pytest.fixture
def engineer() -> Engineer:
    """Makes a session process of the engineer without a gateway; what its tool answers may be `proposed`."""

    def make(script: Script, proposed: object = None) -> Process:
        process = Process(script, variables())
        service = AgentService(
            partial(build, model=process.model, proposed=proposed),
            environ=process.environ,
            tasks=TASKS,
            announced_tools=CHANGE_TOOLS,
        )
        process.app = create_app(service)
        process.client = TestClient(process.app)
        return process

    return make
