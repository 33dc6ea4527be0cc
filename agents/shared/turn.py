"""One turn, as the agent's hooks and tools see it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from agents.shared.notices import Notice

KEY = "turn"
"""Where a turn stands in Strands' `invocation_state`."""


@dataclass
class Turn:
    """What hooks and tools know of the turn they run in, and may tell its reader.

    Args:
        prompt: What the user said, word for word: no memory, no tool and no model has added to it.
        notices: What the person who reads the answer should know; hooks and tools append.
    """

    prompt: str
    notices: list[Notice] = field(default_factory=list)

    def take_notices(self) -> list[Notice]:
        """What was appended since the last call."""
        taken, self.notices = self.notices, []
        return taken


def turn_of(invocation_state: Mapping[str, object]) -> Turn:
    """The turn that a hook's event or a tool's context belongs to; outside of a conversation, one that says nothing.

    Args:
        invocation_state: Strands' state of the invocation.
    """
    turn = invocation_state.get(KEY)
    return turn if isinstance(turn, Turn) else Turn("")
