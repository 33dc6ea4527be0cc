"""The smallest agent that remembers: one session per process, the actor is the IAM caller's session."""

import os

from bedrock_agentcore.memory.integrations.strands.config import AgentCoreMemoryConfig, RetrievalConfig
from bedrock_agentcore.memory.integrations.strands.session_manager import AgentCoreMemorySessionManager
from bedrock_agentcore.runtime import BedrockAgentCoreApp, RequestContext
from strands import Agent

app = BedrockAgentCoreApp()
_agent: Agent | None = None


def agent_of(session_id: str) -> Agent:
    """The agent of this process. AgentCore Runtime gives every session a process of its own."""
    global _agent
    if _agent is None:
        memory = AgentCoreMemoryConfig(
            memory_id=os.environ["BEDROCK_AGENTCORE_MEMORY_ID"],
            session_id=session_id,
            actor_id="everyone",  # one shared memory; take the actor from a verified token in a real product
            retrieval_config={"/users/{actorId}/": RetrievalConfig(top_k=3, relevance_score=0.5)},
        )
        _agent = Agent(
            model=os.environ["AGENT_MODEL_ID"],
            session_manager=AgentCoreMemorySessionManager(memory),
            callback_handler=None,
        )
    return _agent


@app.entrypoint
async def invoke(payload: dict[str, str], context: RequestContext) -> dict[str, str]:
    if not payload.get("prompt") or not context.session_id:
        return {"error": "send a prompt, in a session of at least 33 characters"}
    return {"response": str(await agent_of(context.session_id).invoke_async(payload["prompt"]))}


if __name__ == "__main__":
    app.run()
