"""Entry point of the cloud engineer on AgentCore Runtime: `/invocations` and `/ping` on port 8080."""

from typing import TYPE_CHECKING

from bedrock_agentcore.runtime import BedrockAgentCoreApp, RequestContext

from agents.cloud_engineer.announced import CHANGE_TOOLS
from agents.cloud_engineer.tasks import TASKS
from agents.shared.service import AgentService
from agents.shared.session import Session
from agents.shared.settings import Settings

if TYPE_CHECKING:
    from strands import Agent

    from agents.shared.memory import ConversationMemory


def build(settings: Settings, session: Session, *, memory: "ConversationMemory | None") -> "Agent":
    """Make the engineer of a session; imported here because the server starts without it."""
    from agents.cloud_engineer.agent import build_agent

    return build_agent(settings, session, memory=memory)


def create_app(service: AgentService) -> BedrockAgentCoreApp:
    """Put a service behind AgentCore Runtime's HTTP contract."""
    app = BedrockAgentCoreApp(lifespan=service.lifespan)

    @app.entrypoint
    async def invoke(payload: object, context: RequestContext) -> object:
        return await service.answer(payload, context.session_id, context.request_headers or {})

    return app


app = create_app(
    AgentService(build, warm_up=["agents.cloud_engineer.agent"], tasks=TASKS, announced_tools=CHANGE_TOOLS)
)

if __name__ == "__main__":
    app.run()
