"""The arguments of an operation, checked."""

import re
from collections.abc import Mapping

from agents.shared.errors import AgentError

_SESSION_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_MAX_QUERY = 200
_MAX_TOKEN = 8_192


def conversation_id(payload: Mapping[object, object]) -> str:
    """`conversation`: the session id of a conversation.

    Raises:
        AgentError: `argument_invalid`.
    """
    given = payload.get("conversation")
    if not isinstance(given, str) or not _SESSION_ID.fullmatch(given):
        raise invalid("'conversation' is the id of a conversation", given, "Send an id that 'list_conversations' gave.")
    return given


def page_size(payload: Mapping[object, object], *, default: int, most: int) -> int:
    """`limit`: how many of something to answer with.

    Args:
        payload: The request's JSON.
        default: Used where the payload has none.
        most: The most that may be asked for.

    Raises:
        AgentError: `argument_invalid`.
    """
    given = payload.get("limit", default)
    if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given <= most:
        raise invalid(f"'limit' is a whole number from 1 to {most}", given, "Leave it out or fix it.")
    return given


def page_token(payload: Mapping[object, object]) -> str | None:
    """`next`: where to go on, as the page before said.

    Raises:
        AgentError: `argument_invalid`.
    """
    given = payload.get("next")
    if given is None:
        return None
    if not isinstance(given, str) or not given or len(given) > _MAX_TOKEN:
        raise invalid("'next' is the 'next' of the page before", given, "Leave it out to begin at the first page.")
    return given


def query(payload: Mapping[object, object]) -> str:
    """`query`: what to look for.

    Raises:
        AgentError: `argument_invalid`.
    """
    given = payload.get("query")
    if not isinstance(given, str) or not given.strip() or len(given) > _MAX_QUERY:
        raise invalid(f"'query' is text of at most {_MAX_QUERY} characters", given, "Type what to look for.")
    return " ".join(given.split())


def confirmation(payload: Mapping[object, object]) -> None:
    """`confirm`: true, so that nothing is deleted by a slip.

    Raises:
        AgentError: `confirmation_missing`.
    """
    if payload.get("confirm") is not True:
        raise AgentError(
            "confirmation_missing",
            "This deletes everything that is kept of you, for good.",
            'Send "confirm": true if that is what you want.',
        )


def invalid(rule: str, given: object, remedy: str) -> AgentError:
    """The refusal of an argument.

    Args:
        rule: What the argument has to be.
        given: What it was.
        remedy: What to do.
    """
    return AgentError("argument_invalid", f"{rule}, got {given!r:.80}.", remedy)
