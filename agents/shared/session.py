"""Sessions: whose they are and which ids are accepted."""

import re
from dataclasses import dataclass

from agents.shared.errors import AgentError

# Runtime asks for at least 33 characters, Memory takes at most 100 of these.
_SESSION_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{32,99}")


@dataclass(frozen=True)
class Session:
    """One conversation of one actor.

    Args:
        id: Runtime's session id, 33 to 100 letters, digits, `-` or `_`.
        actor_id: The actor the session belongs to.

    Raises:
        AgentError: `session_id_invalid`.
    """

    id: str
    actor_id: str

    def __post_init__(self) -> None:
        if not _SESSION_ID.fullmatch(self.id):
            raise AgentError(
                "session_id_invalid",
                f"A session id has 33 to 100 letters, digits, '-' or '_', got {self.id[:120]!r} ({len(self.id)}).",
                "Choose one long random id per conversation, such as a UUID with a prefix, and send it as "
                "runtimeSessionId.",
            )


def session_of_another_actor() -> AgentError:
    """The refusal for an actor who names somebody else's session; it tells nothing about the session or its owner."""
    return AgentError(
        "session_of_another_actor",
        "This session belongs to another actor.",
        "Start a session of your own with a new session id.",
        status=403,
    )
