"""What goes wrong with a sandbox, in words for the model, for the person who reads the answer, and for the log."""

from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError
from urllib3.exceptions import HTTPError
from urllib3.exceptions import ReadTimeoutError as StreamTimeoutError

UNREACHED = (BotoCoreError, ClientError, HTTPError, OSError)
"""What a call of AgentCore raises; the last two come out of a stream that breaks off."""

_DENIED = frozenset({"AccessDeniedException", "AccessDenied"})
_GONE = frozenset({"ResourceNotFoundException"})
_FULL = frozenset({"ServiceQuotaExceededException", "ThrottlingException"})


class SandboxError(Exception):
    """A sandbox did not do what it was asked.

    Args:
        told: What happened, as a sentence for the person who reads the answer.
        reason: The short name of the cause, for the log.
        again: Whether trying again in this conversation may help. Default: no.
    """

    def __init__(self, told: str, reason: str, *, again: bool = False) -> None:
        super().__init__(told)
        self.told = told
        self.reason = reason
        self.again = again


def reason_of(error: Exception) -> str:
    """The error's code at the service, or its kind."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", "ClientError"))
    return type(error).__name__


def timed_out(error: Exception) -> bool:
    """Whether it is silence that went on for too long."""
    return isinstance(error, ReadTimeoutError | StreamTimeoutError)


def session_is_gone(error: Exception) -> bool:
    """Whether the service says that there is no such session (any more)."""
    return reason_of(error) in _GONE


def failure(what: str, error: Exception) -> SandboxError:
    """What to say of an error.

    Args:
        what: What could not be done, for example `The code could not be run`.
        error: Why.
    """
    reason = reason_of(error)
    if reason in _DENIED:
        return SandboxError(f"{what}: the agent's role does not allow it.", reason)
    if reason in _FULL:
        return SandboxError(f"{what}: too many sandboxes are in use at the moment.", reason, again=True)
    return SandboxError(f"{what} ({reason}).", reason, again=True)
