"""The assistant: its model, its prompt and its tools."""

from pathlib import Path

from strands import Agent
from strands.models import Model

from agents.memory_assistant.tools import calculator
from agents.shared.agent import session_agent
from agents.shared.memory import ConversationMemory
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
    return session_agent(
        "memory_assistant",
        settings,
        session,
        system_prompt=SYSTEM_PROMPT,
        tools=[calculator],
        memory=memory,
        model=model,
    )
