"""Nothing is changed that the user has not been shown by the tool's own list and confirmed in words of their own."""

import logging
import re

from strands.hooks import AfterToolCallEvent, BeforeToolCallEvent, HookProvider, HookRegistry

from agents.cloud_engineer.announced import EXECUTE, PROPOSE
from agents.cloud_engineer.proposal import Proposal, is_refusal, proposal_of
from agents.shared.notices import Notice
from agents.shared.telemetry import LogEvent
from agents.shared.turn import Turn, turn_of

logger = logging.getLogger(__name__)

CONFIRMATION_ID = re.compile(r"[0-9a-f]{8}")
_CONFIRMS = re.compile(r"\W*confirm\W{1,3}([0-9a-f]{8})\W*", re.IGNORECASE)
_UNREADABLE = (
    "What the change set would change cannot be read, so nobody can confirm it. Nothing has been changed. Say so, and"
    " propose the change again."
)


class ConfirmedChanges(HookProvider):
    """Holds `execute_change` back until the user's own message is `confirm` and the confirmation id, and nothing else.

    The id is drawn at random when a change is proposed, so no message can confirm what its user has not seen. What a
    tool, a document or the memory says confirms nothing: only what the user typed counts.

    What a proposal changes is told to the user by a notice, which lists what the tool answered: a model cannot leave a
    change out. A list that cannot be read is kept from the model too, and its id with it.
    """

    def __init__(self) -> None:
        self._proposals: dict[str, Proposal] = {}

    def register_hooks(self, registry: HookRegistry, **_: object) -> None:
        """Listen to tool calls."""
        registry.add_callback(BeforeToolCallEvent, self._before_tool)
        registry.add_callback(AfterToolCallEvent, self._after_tool)

    async def _before_tool(self, event: BeforeToolCallEvent) -> None:
        if event.tool_use["name"] != EXECUTE:
            return
        turn = turn_of(event.invocation_state)
        confirmation_id = str(event.tool_use["input"].get("confirmation_id", ""))
        if not confirms(turn.prompt, confirmation_id):
            event.cancel_tool = self._hold_back(turn, confirmation_id)

    async def _after_tool(self, event: AfterToolCallEvent) -> None:
        if event.tool_use["name"] != PROPOSE:
            return
        proposal = proposal_of(event.result)
        if proposal is not None:
            self._proposals[proposal.confirmation_id] = proposal
            turn_of(event.invocation_state).notices.append(_proposed(proposal))
        elif not is_refusal(event.result):
            logger.warning("tool=<%s> | answer of a tool not understood", PROPOSE)
            event.result = {**event.result, "status": "error", "content": [{"text": _UNREADABLE}]}

    def _hold_back(self, turn: Turn, confirmation_id: str) -> str:
        logger.warning(f"confirmation_id=<%s> | {LogEvent.TOOL_UNCONFIRMED}", confirmation_id[:40])
        if not CONFIRMATION_ID.fullmatch(confirmation_id):
            return "Not carried out: this is no confirmation id. Propose the change first, and use the id it returns."
        # A proposal of an earlier process of the session was listed to the user when it was made.
        proposal = self._proposals.get(confirmation_id, "")
        told = f"The change waits for your confirmation; nothing has been changed. {proposal}".strip()
        remedy = f"Look at what it changes, then reply: confirm {confirmation_id}"
        turn.notices.append(Notice(told, code="confirmation_required", remedy=remedy))
        return (
            "Not carried out: the user has not confirmed it. Show them what it changes and ask them to reply"
            f" 'confirm {confirmation_id}' and nothing else. Do not call this tool again before they have."
        )


def confirms(prompt: str, confirmation_id: str) -> bool:
    """Whether a message confirms a change: it is `confirm` and the id, in any case, with any punctuation.

    Args:
        prompt: What the user said.
        confirmation_id: The change's confirmation id.
    """
    said = _CONFIRMS.fullmatch(prompt)
    return said is not None and said[1].lower() == confirmation_id


def _proposed(proposal: Proposal) -> Notice:
    remedy = f"Nothing has changed yet. If you want exactly this, reply: confirm {proposal.confirmation_id}"
    return Notice(str(proposal), code="change_proposed", remedy=remedy)
