"""What went wrong, in words for the person who reads it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum


class Kind(StrEnum):
    """What a person can do about it."""

    SIGN_IN = "sign in"
    """Sign in again."""
    WAIT = "wait"
    """Try again in a moment."""
    CHANGE = "change"
    """Ask in another way."""
    OPERATOR = "operator"
    """Tell whoever runs the agent."""


@dataclass(frozen=True)
class Failure:
    """Something that did not work.

    Args:
        kind: What can be done.
        message: What happened, as a sentence.
        remedy: What to do, as a sentence.
        code: A word for programs and logs.
        detail: What the service said; shown to nobody but in the log.
    """

    kind: Kind
    message: str
    remedy: str
    code: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class ChatError(Exception):
    """Carries a failure to where it is shown.

    Args:
        failure: What did not work.
    """

    def __init__(self, failure: Failure) -> None:
        super().__init__(str(failure))
        self.failure = failure


SIGN_IN_EXPIRED = Failure(
    Kind.SIGN_IN, "Your sign-in has expired.", "Sign in again to go on; your conversations are kept.", "sign_in_expired"
)
BROKEN_OFF = Failure(
    Kind.WAIT,
    "The answer broke off before its end.",
    "What you see is all that came. Send your message again if you need the rest.",
    "stream_broken_off",
)
UNREACHABLE = Failure(
    Kind.WAIT, "The agent cannot be reached at the moment.", "Try again in a moment.", "agent_unreachable"
)
TIMED_OUT = Failure(
    Kind.WAIT,
    "The agent has not answered for a long time.",
    "It may still be at work. Wait a little before you send your message again.",
    "agent_silent",
)

_BY_STATUS: Mapping[int, Failure] = {
    401: SIGN_IN_EXPIRED,
    403: Failure(
        Kind.OPERATOR,
        "You are not allowed to use this agent.",
        "Ask whoever runs it to give your account access.",
        "not_allowed",
    ),
    404: Failure(
        Kind.OPERATOR, "This agent does not exist any more.", "Choose another one, or tell whoever runs it.", "no_agent"
    ),
    413: Failure(Kind.CHANGE, "Your message is too long.", "Shorten it, or send it in parts.", "message_too_long"),
    424: Failure(
        Kind.WAIT, "The agent could not start.", "Try again in a moment; if it stays so, tell whoever runs it.", "start"
    ),
    429: Failure(
        Kind.WAIT,
        "Too many people are asking at the moment.",
        "Your message was not sent: try again soon.",
        "throttled",
    ),
}
_SERVICE_FAILED = Failure(
    Kind.WAIT, "The service in front of the agent failed.", "Try again in a moment.", "service_failed"
)
_REFUSED = Failure(Kind.OPERATOR, "The request was refused.", "Tell whoever runs the agent.", "refused")

# Structured errors of the agents, by their code, where the person can do something that depends on it.
_AGENT_KINDS: Mapping[str, Kind] = {
    "identity_required": Kind.SIGN_IN,
    "model_busy": Kind.WAIT,
    "model_failed": Kind.WAIT,
    "model_timed_out": Kind.WAIT,
    "memory_unavailable": Kind.WAIT,
    "sessions_unavailable": Kind.WAIT,
    "internal_error": Kind.WAIT,
    "prompt_too_long": Kind.CHANGE,
    "prompt_invalid": Kind.CHANGE,
    "answer_too_long": Kind.CHANGE,
    "turn_timed_out": Kind.CHANGE,
    "conversation_too_long": Kind.CHANGE,
    "argument_invalid": Kind.CHANGE,
    "conversation_not_found": Kind.CHANGE,
    "operation_unavailable": Kind.CHANGE,
    "operation_unknown": Kind.CHANGE,
}


def of_status(status: int, body: str) -> ChatError:
    """The error of an HTTP status that AgentCore answered with.

    Args:
        status: 400 or higher.
        body: What came with it.
    """
    known = _BY_STATUS.get(status, _SERVICE_FAILED if status >= 500 else _REFUSED)
    return ChatError(replace(known, detail=f"HTTP {status}: {body[:500]}"))


def of_agent(error: object) -> ChatError:
    """The structured error of an agent, which writes for people already.

    Args:
        error: What stands under `error` in its answer.
    """
    if not isinstance(error, Mapping):
        return ChatError(
            Failure(Kind.WAIT, "The agent failed to answer.", "Try again in a moment.", "agent", str(error)[:500])
        )
    code = str(error.get("code") or "agent")
    return ChatError(
        Failure(
            _AGENT_KINDS.get(code, Kind.OPERATOR),
            str(error.get("message") or "The agent failed to answer."),
            str(error.get("remedy") or ""),
            code,
        )
    )
