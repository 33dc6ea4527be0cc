"""One conversation: an agent, its memory, and one turn at a time."""

import asyncio
import logging
import threading
from collections import OrderedDict
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError
from strands.types.exceptions import (
    ContextWindowOverflowException,
    MaxTokensReachedException,
    ModelThrottledException,
)

from agents.shared._history import speakable
from agents.shared._parts import Event, TurnParts
from agents.shared.artifacts import ArtifactsOfTurn
from agents.shared.errors import AgentError
from agents.shared.identity import Proof
from agents.shared.memory import ConversationMemory
from agents.shared.notices import Notice
from agents.shared.telemetry import LogEvent
from agents.shared.turn import KEY, Turn

if TYPE_CHECKING:
    from strands import Agent
    from strands.agent import AgentResult

    from agents.shared.gateway.toolbox import Toolbox
    from agents.shared.guardrails.guard import Guard
    from agents.shared.sandbox.sandbox import Sandbox

logger = logging.getLogger(__name__)

_ANSWERS_KEPT = 16
"""Answers that are given again to a message that comes again."""

TURN_SECONDS = 600.0
"""Longest turn. It ends at the next word of the model or the end of a tool, each of which has a limit of its own."""


class Conversation:
    """The agent of one session; turns queue, so two requests at once cannot mix their messages.

    Args:
        agent: The session's agent.
        memory: Its memory, registered with the agent as session manager. None: it remembers as long as it lives.
        toolbox: The tools of its gateway. None: it has its own tools only.
        sandbox: Where it runs code and reads pages. None: nowhere.
        guard: Its guardrail. None: it passes none.
        turn_seconds: Longest turn, in seconds.
    """

    def __init__(
        self,
        agent: "Agent",
        memory: ConversationMemory | None,
        toolbox: "Toolbox | None" = None,
        sandbox: "Sandbox | None" = None,
        guard: "Guard | None" = None,
        *,
        turn_seconds: float = TURN_SECONDS,
    ) -> None:
        self._agent = agent
        self._memory = memory
        self._toolbox = toolbox
        self._sandbox = sandbox
        self._guard = guard
        self._turn_seconds = turn_seconds
        self._turn = asyncio.Lock()
        self._answers: OrderedDict[str, Event] = OrderedDict()

    @property
    def between_turns(self) -> asyncio.Lock:
        """Held while a turn runs; whoever holds it keeps turns waiting."""
        return self._turn

    async def turn(self, prompt: str, proof: Proof, message_id: str | None = None) -> AsyncGenerator[Event, None]:
        """Answer a prompt; the messages are stored before the last event.

        Args:
            prompt: What the actor says.
            proof: What the request proves, for the tools of this turn.
            message_id: The message's own id. A message that was answered already gets the same answer again, also from
                another process of the session. Default: every message is a new one.

        Yields:
            `{"type": "text" | "tool" | "tool_result" | "artifact" | "notice" | "end", …}`: text, tools and files as
            they come, a notice for each thing that did not work, and at last one end event.

        Raises:
            AgentError: If the model does not answer. The prompt stays in the conversation, which goes on.
        """
        async with self._turn:
            await self._prepare(prompt, proof)
            known = self._known_answer(message_id)
            if known is not None:
                yield {"type": "text", "text": known["response"]}
                yield known
                return
            if self._memory is not None:
                self._memory.message_id = message_id
            async with aclosing(self._answer(prompt)) as events:
                async for event in events:
                    if event["type"] == "end":
                        self._keep_answer(message_id, event)
                    yield event

    async def _answer(self, prompt: str) -> AsyncGenerator[Event, None]:
        self._agent.messages = speakable(self._agent.messages)
        turn = Turn(prompt)
        notices: list[Notice] = []
        response = ""
        stopped = False
        parts = TurnParts()
        artifacts = ArtifactsOfTurn()
        late = threading.Event()
        timer = asyncio.get_running_loop().call_later(self._turn_seconds, late.set)
        try:
            async for event in self._agent.stream_async(prompt, invocation_state={KEY: turn}, cancel_signal=late):
                if self._guard is not None:
                    self._guard.observe(event)
                for notice in self._notices(turn):
                    notices.append(notice)
                    yield notice.event()
                for part in parts.of(event):
                    yield part
                for artifact in artifacts.found_in(event):
                    yield artifact.event()
                if "result" in event:
                    response = _text(event["result"])
                    stopped = event["result"].stop_reason == "cancelled"
        except Exception as error:
            # Strands passes on what a provider, a hook or a tool raises, of any class: the known ones get words of
            # their own, all others keep the prompt and say so.
            logger.exception(f"error=<%s> | {LogEvent.MODEL_FAILED}", type(error).__name__)
            raise _model_error(error) from error
        finally:
            timer.cancel()
            self._log_tokens()
        if stopped:
            raise self._timed_out()
        for notice in self._notices(turn):
            notices.append(notice)
            yield notice.event()
        yield {"type": "end", "response": response, "notices": notices}

    def _log_tokens(self) -> None:
        invocation = self._agent.event_loop_metrics.latest_agent_invocation
        if invocation is not None:
            line = f"input_tokens=<%d>, output_tokens=<%d> | {LogEvent.TOKENS_USED}"
            logger.info(line, invocation.usage["inputTokens"], invocation.usage["outputTokens"])

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

    def _known_answer(self, message_id: str | None) -> Event | None:
        if message_id is None:
            return None
        stored = self._memory.answer_to(message_id) if self._memory is not None else None
        restored: Event | None = {"type": "end", "response": stored, "notices": []} if stored is not None else None
        return self._answers.get(message_id, restored)

    def _keep_answer(self, message_id: str | None, end: Event) -> None:
        if message_id is not None:
            self._answers[message_id] = end
        while len(self._answers) > _ANSWERS_KEPT:
            self._answers.popitem(last=False)

    def _timed_out(self) -> AgentError:
        logger.warning(f"seconds=<%g> | {LogEvent.TURN_TIMED_OUT}", self._turn_seconds)
        return AgentError(
            "turn_timed_out",
            f"The answer took longer than {self._turn_seconds:g} seconds and was stopped.",
            "Your message is kept. Ask for less at once, or go on with a shorter step.",
            status=504,
        )

    def _notices(self, turn: Turn) -> list[Notice]:
        sources = (self._guard, self._memory, self._toolbox, self._sandbox, turn)
        return [notice for source in sources if source is not None for notice in source.take_notices()]


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
    if isinstance(error, ReadTimeoutError):
        return AgentError("model_timed_out", "The model fell silent before its answer ended.", retry, status=504)
    if isinstance(error, BotoCoreError):
        return AgentError(
            "model_failed", f"The model could not be reached ({type(error).__name__}).", retry, status=502
        )
    return AgentError("model_failed", f"The answer failed ({type(error).__name__}).", retry, status=502)
