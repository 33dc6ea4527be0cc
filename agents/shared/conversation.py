"""One conversation: an agent, its memory, and one turn at a time."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterator, Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError
from strands.types.exceptions import (
    ContextWindowOverflowException,
    MaxTokensReachedException,
    ModelThrottledException,
)

from agents.shared._history import speakable
from agents.shared.errors import AgentError
from agents.shared.identity import Proof
from agents.shared.memory import ConversationMemory

if TYPE_CHECKING:
    from strands import Agent
    from strands.agent import AgentResult

    from agents.shared.gateway.toolbox import Toolbox
    from agents.shared.guardrails.guard import Guard
    from agents.shared.sandbox.sandbox import Sandbox

logger = logging.getLogger(__name__)

Event = dict[str, object]
"""`{"type": "text" | "tool" | "notice" | "end", …}` as the agent streams it."""


class Conversation:
    """The agent of one session; turns queue, so two requests at once cannot mix their messages.

    Args:
        agent: The session's agent.
        memory: Its memory, registered with the agent as session manager. None: it remembers as long as it lives.
        toolbox: The tools of its gateway. None: it has its own tools only.
        sandbox: Where it runs code and reads pages. None: nowhere.
        guard: Its guardrail. None: it passes none.
    """

    def __init__(
        self,
        agent: "Agent",
        memory: ConversationMemory | None,
        toolbox: "Toolbox | None" = None,
        sandbox: "Sandbox | None" = None,
        guard: "Guard | None" = None,
    ) -> None:
        self._agent = agent
        self._memory = memory
        self._toolbox = toolbox
        self._sandbox = sandbox
        self._guard = guard
        self._turn = asyncio.Lock()

    async def turn(self, prompt: str, proof: Proof) -> AsyncGenerator[Event, None]:
        """Answer a prompt; the messages are stored before the last event.

        Args:
            prompt: What the actor says.
            proof: What the request proves, for the tools of this turn.

        Yields:
            Text and tool events as they come, a notice for each thing that did not work, and at last one end event.

        Raises:
            AgentError: If the model does not answer. The prompt stays in the conversation, which goes on.
        """
        async with self._turn:
            await self._prepare(prompt, proof)
            self._agent.messages = speakable(self._agent.messages)
            notices: list[str] = []
            response = ""
            tools: set[str] = set()
            try:
                async for event in self._agent.stream_async(prompt):
                    if self._guard is not None:
                        self._guard.observe(event)
                    for notice in self._notices():
                        notices.append(notice)
                        yield {"type": "notice", "message": notice}
                    for part in _parts(event, tools):
                        yield part
                    if "result" in event:
                        response = _text(event["result"])
            except Exception as error:
                logger.exception("error=<%s> | the model did not answer", type(error).__name__)
                raise _model_error(error) from error
            for notice in self._notices():
                notices.append(notice)
                yield {"type": "notice", "message": notice}
            yield {"type": "end", "response": response, "notices": notices}

    async def close(self) -> None:
        """End what the conversation holds outside of its process; it cannot go on."""
        if self._sandbox is not None:
            await asyncio.to_thread(self._sandbox.close)

    async def _prepare(self, prompt: str, proof: Proof) -> None:
        async with asyncio.TaskGroup() as both:
            if self._memory is not None:
                both.create_task(self._memory.restore(self._agent))
            if self._toolbox is not None:
                both.create_task(self._toolbox.offer(self._agent, prompt, proof))

    def _notices(self) -> list[str]:
        sources = (self._guard, self._memory, self._toolbox, self._sandbox)
        return [notice for source in sources if source is not None for notice in source.take_notices()]


def _parts(event: Mapping[str, object], announced: set[str]) -> Iterator[Event]:
    text = event.get("data")
    if isinstance(text, str) and text:
        yield {"type": "text", "text": text}
    tool = event.get("current_tool_use")
    if isinstance(tool, Mapping) and tool.get("toolUseId") not in announced:
        announced.add(str(tool.get("toolUseId")))
        yield {"type": "tool", "name": tool.get("name")}


def _text(result: "AgentResult") -> str:
    return "".join(block["text"] for block in result.message["content"] if "text" in block)


def _model_error(error: Exception) -> AgentError:
    retry = "Send the message again in a moment."
    if isinstance(error, ModelThrottledException):
        return AgentError("model_busy", "The model takes no more requests at the moment.", retry, status=429)
    if isinstance(error, ContextWindowOverflowException):
        return AgentError(
            "conversation_too_long", "The conversation no longer fits the model.", "Go on in a new session."
        )
    if isinstance(error, MaxTokensReachedException):
        return AgentError("answer_too_long", "The model reached its output limit.", "Ask for a shorter answer.")
    if isinstance(error, ClientError):
        code = error.response.get("Error", {}).get("Code", "ClientError")
        if code == "AccessDeniedException" and "ApplyGuardrail" in str(error):
            operator = "Sending it again cannot help: the agent's role has to be allowed to apply this guardrail."
            return AgentError("guardrail_denied", "The agent may not apply its guardrail.", operator, status=502)
        if code == "AccessDeniedException":
            operator = "Sending it again cannot help: the agent's role has to be allowed to call this model."
            return AgentError("model_denied", "The agent may not call its model.", operator, status=502)
        return AgentError("model_failed", f"The model refused the request ({code}).", retry, status=502)
    if isinstance(error, BotoCoreError):
        return AgentError(
            "model_failed", f"The model could not be reached ({type(error).__name__}).", retry, status=502
        )
    return AgentError("model_failed", f"The answer failed ({type(error).__name__}).", retry, status=502)
