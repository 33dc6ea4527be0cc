"""The assistant: its model, its prompt and its tools."""

from pathlib import Path

from strands import Agent
from strands.models import BedrockModel, Model

from agents.memory_assistant.tools import calculator
from agents.shared.aws import MODEL_CONFIG, boto_session
from agents.shared.guardrails.parameters import guardrail_parameters
from agents.shared.memory import ConversationMemory
from agents.shared.retries import ThrottledModelRetries
from agents.shared.session import Session
from agents.shared.settings import Settings

SYSTEM_PROMPT = (Path(__file__).parent / "prompts" / "system.md").read_text(encoding="utf-8")


def build_agent(
    settings: Settings, session: Session, *, memory: ConversationMemory | None = None, model: Model | None = None
) -> Agent:
    """Make the assistant of a session; calls nothing yet.

    Args:
        settings: Names the model.
        session: The session and its actor, noted on the agent's trace span.
        memory: The session's memory. Default: the assistant remembers as long as its process lives.
        model: The model. Default: `settings.model_id` on Bedrock, streamed, under the settings' guardrail.
    """
    return Agent(
        agent_id="memory_assistant",
        name="memory_assistant",
        model=model
        or BedrockModel(
            boto_session=boto_session(),
            boto_client_config=MODEL_CONFIG,
            model_id=settings.model_id,
            **guardrail_parameters(settings),
        ),
        system_prompt=SYSTEM_PROMPT,
        tools=[calculator],
        session_manager=memory,
        retry_strategy=ThrottledModelRetries(),
        trace_attributes={"session.id": session.id, "actor.id": session.actor_id},
        # The default handler prints every token to standard output, which is the runtime's log.
        callback_handler=None,
    )
