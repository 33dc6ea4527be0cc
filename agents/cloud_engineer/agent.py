"""The cloud engineer: its model, its prompt, its own tools, and the rule that changes are confirmed."""

from pathlib import Path

from strands import Agent
from strands.models import Model

from agents.cloud_engineer.approval import ConfirmedChanges
from agents.cloud_engineer.tools import draw_architecture, offer_file
from agents.shared.agent import session_agent
from agents.shared.memory import ConversationMemory
from agents.shared.session import Session
from agents.shared.settings import Settings

SYSTEM_PROMPT = (Path(__file__).parent / "prompts" / "system.md").read_text(encoding="utf-8")

MAX_ANSWER_TOKENS = 8_192
"""Longest answer of the model; a template with its explanation fits."""


def build_agent(
    settings: Settings, session: Session, *, memory: ConversationMemory | None = None, model: Model | None = None
) -> Agent:
    """Make the engineer of a session; calls nothing yet.

    Args:
        settings: Names the model.
        session: The session and its actor, noted on the agent's trace span.
        memory: The session's memory. Default: the engineer remembers as long as its process lives.
        model: The model. Default: `settings.model_id` on Bedrock, streamed, under the settings' guardrail.
    """
    return session_agent(
        "cloud_engineer",
        settings,
        session,
        system_prompt=SYSTEM_PROMPT,
        tools=[draw_architecture, offer_file],
        memory=memory,
        model=model,
        hooks=[ConfirmedChanges()],
        max_answer_tokens=MAX_ANSWER_TOKENS,
    )
