"""What the agent of every session is made of; an agent adds its prompt, its tools and its rules."""

from collections.abc import Callable, Sequence

from strands import Agent
from strands.hooks import HookProvider
from strands.models import BedrockModel, Model

from agents.shared.aws import MODEL_CONFIG, boto_session
from agents.shared.guardrails.parameters import guardrail_parameters
from agents.shared.memory import ConversationMemory
from agents.shared.retries import ThrottledModelRetries
from agents.shared.session import Session
from agents.shared.settings import Settings


def session_agent(
    name: str,
    settings: Settings,
    session: Session,
    *,
    system_prompt: str,
    tools: Sequence[Callable[..., object]],
    memory: ConversationMemory | None,
    model: Model | None,
    hooks: Sequence[HookProvider] = (),
    max_answer_tokens: int | None = None,
) -> Agent:
    """Make the agent of a session; calls nothing yet.

    Args:
        name: The agent's name and id; its memory keeps the agent's state under it.
        settings: Names the model and the guardrail.
        session: The session and its actor, noted on the agent's trace span.
        system_prompt: What the agent is told to be.
        tools: Its own tools, beside those of a gateway.
        memory: The session's memory. None: the agent remembers as long as its process lives.
        model: The model. None: `settings.model_id` on Bedrock, streamed, under the settings' guardrail.
        hooks: Rules that hold for every turn.
        max_answer_tokens: Longest answer of the model on Bedrock. Default: the model's own limit.
    """
    return Agent(
        agent_id=name,
        name=name,
        model=model
        or BedrockModel(
            boto_session=boto_session(),
            boto_client_config=MODEL_CONFIG,
            model_id=settings.model_id,
            max_tokens=max_answer_tokens,
            **guardrail_parameters(settings),
        ),
        system_prompt=system_prompt,
        tools=list(tools),
        session_manager=memory,
        hooks=list(hooks),
        retry_strategy=ThrottledModelRetries(),
        trace_attributes={"session.id": session.id, "actor.id": session.actor_id},
        # The default handler prints every token to standard output, which is the runtime's log.
        callback_handler=None,
    )
