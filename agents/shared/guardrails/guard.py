"""A conversation's guardrail, as the conversation sees it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from agents.shared.errors import AgentError
from agents.shared.guardrails.assessments import in_trace, masks_of_input
from agents.shared.guardrails.record import InterventionRecord
from agents.shared.guardrails.shadow import ShadowHooks
from agents.shared.notices import Notice
from agents.shared.session import Session
from agents.shared.settings import GuardrailMode, Settings

if TYPE_CHECKING:
    from strands import Agent
    from strands.types.content import Messages

_REPHRASE = "Say it in other words, without what the rule is about."
_NOTICES = {
    ("INPUT", True): Notice(
        "A safety rule stopped your message; it was not passed on and is not kept.",
        code="message_blocked",
        remedy=_REPHRASE,
    ),
    ("INPUT", False): Notice(
        "A safety rule masked a part of your message before it was passed on.",
        code="message_masked",
        remedy="Leave personal data and credentials out of what you write.",
    ),
    ("OUTPUT", True): Notice(
        "A safety rule held the answer back; what led to it is not kept.", code="answer_blocked", remedy=_REPHRASE
    ),
    ("OUTPUT", False): Notice(
        "A safety rule masked a part of the answer.",
        code="answer_masked",
        remedy="Look up the masked part where it is kept.",
    ),
}


class Guard:
    """The guardrail of one conversation, for an agent made with `guardrail_parameters`.

    Enforced, it turns the interventions in the model's answers into notices and records. As a shadow, it only records.

    Args:
        settings: Names the guardrail and its mode.
        session: Whose conversation it is.
        agent: The session's agent.

    Raises:
        AgentError: `guardrail_missing` if it is to be enforced and the agent's model was not told.
    """

    def __init__(self, settings: Settings, session: Session, agent: "Agent") -> None:
        self._agent = agent
        self._record = InterventionRecord(settings, session)
        self._notices: list[Notice] = []
        if settings.guardrail_mode is GuardrailMode.SHADOW:
            agent.hooks.add_hook(ShadowHooks(settings, self._record))
        elif not _is_told(agent, settings):
            raise AgentError(
                "guardrail_missing",
                f"The guardrail {settings.guardrail_id} is to be enforced, but the agent's model was not told of it.",
                "Make the agent's model with guardrail_parameters(settings), or set AGENT_GUARDRAIL_MODE=SHADOW.",
                status=500,
            )

    def take_notices(self) -> list[Notice]:
        """What the guardrail did since the last call, in words for the person who reads the answer."""
        taken, self._notices = self._notices, []
        return taken

    def observe(self, event: Mapping[str, object]) -> None:
        """Look for interventions in an event of the agent's stream.

        Args:
            event: The event.
        """
        trace = _trace(event)
        if trace is None:
            return
        for intervention in in_trace(trace):
            self._record.add(intervention)
            notice = _NOTICES[intervention.source, intervention.blocked]
            if notice not in self._notices:
                self._notices.append(notice)
        _mask_question(self._agent.messages, masks_of_input(trace))


def _is_told(agent: "Agent", settings: Settings) -> bool:
    config = agent.model.get_config()
    told = (config.get("guardrail_id"), config.get("guardrail_version")) if isinstance(config, Mapping) else ()
    return told == (settings.guardrail_id, settings.guardrail_version)


def _trace(event: Mapping[str, object]) -> Mapping[str, object] | None:
    found: object = event.get("event")
    for name in ("metadata", "trace", "guardrail"):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else None


def _mask_question(messages: "Messages", masks: Mapping[str, str]) -> None:
    """Mask in the conversation what was masked for the model; the memory, which stores the same blocks, follows."""
    questions = ([block for block in one["content"] if "text" in block] for one in messages if one["role"] == "user")
    *_, newest = [[], *(blocks for blocks in questions if blocks)]
    for block in newest:
        for match in sorted(masks, key=len, reverse=True):
            block["text"] = block["text"].replace(match, masks[match])
