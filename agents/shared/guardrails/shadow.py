"""A guardrail that only records: asked beside the conversation, obeyed by nobody."""

import asyncio
import logging
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError
from strands.hooks import AfterInvocationEvent, HookProvider, HookRegistry, MessageAddedEvent

from agents.shared.aws import guardrail_client
from agents.shared.guardrails.assessments import Source, in_assessments
from agents.shared.guardrails.record import InterventionRecord
from agents.shared.settings import Settings

if TYPE_CHECKING:
    from strands.types.content import Message

logger = logging.getLogger(__name__)

WAIT_SECONDS = 3.0
"""How long the end of an answer waits for what was asked meanwhile; what takes longer is not recorded."""


class ShadowHooks(HookProvider):
    """Asks a guardrail about every question and every answer, and records what it would have done.

    Questions are asked about while the model answers. The answer's own check holds up nothing but the end of the
    turn, which has to wait: AgentCore Runtime may stop a session's process once it has answered. A guardrail that
    fails leaves a log line and nothing else.

    Args:
        settings: Names the guardrail.
        record: Where interventions go.
    """

    def __init__(self, settings: Settings, record: InterventionRecord) -> None:
        self._id = settings.guardrail_id or ""
        self._version = settings.guardrail_version or ""
        self._record = record
        self._asked: set[asyncio.Task[None]] = set()

    def register_hooks(self, registry: HookRegistry, **_: object) -> None:
        """Listen to messages and to the end of turns."""
        registry.add_callback(MessageAddedEvent, self._on_message)
        registry.add_callback(AfterInvocationEvent, self._on_turn_end)

    async def _on_message(self, event: MessageAddedEvent) -> None:
        texts = _judged(event.message)
        if texts:
            source: Source = "INPUT" if event.message["role"] == "user" else "OUTPUT"
            self._asked.add(asyncio.create_task(self._ask(source, texts)))

    async def _on_turn_end(self, event: AfterInvocationEvent) -> None:
        asked, self._asked = self._asked, set()
        if asked:
            _, late = await asyncio.wait(asked, timeout=WAIT_SECONDS)
            for task in late:
                task.cancel()
            if late:
                logger.warning(
                    "agent=<%s>, guardrail_id=<%s>, checks=<%d> | guardrail too slow, not recorded",
                    event.agent.name,
                    self._id,
                    len(late),
                )

    async def _ask(self, source: Source, texts: list[str]) -> None:
        try:
            answer = await asyncio.to_thread(self._apply, source, texts)
        except (BotoCoreError, ClientError) as error:
            logger.warning("guardrail_id=<%s>, source=<%s>, error=<%s> | not recorded", self._id, source, error)
            return
        for intervention in in_assessments(source, answer):
            self._record.add(intervention)

    def _apply(self, source: Source, texts: list[str]) -> list[object]:
        answer = guardrail_client().apply_guardrail(
            guardrailIdentifier=self._id,
            guardrailVersion=self._version,
            source=source,
            content=[{"text": {"text": text}} for text in texts],
        )
        return list(answer["assessments"])


def _judged(message: "Message") -> list[str]:
    """The texts an enforced guardrail would judge: not what tools are given, nor what they return."""
    return [block["text"] for block in message["content"] if block.get("text", "").strip()]
