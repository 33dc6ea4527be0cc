"""Holds demonstration conversations and checks the answers."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from workbench.conversations.answers import AgentError, Answer, AnswerEvent
from workbench.conversations.client import new_session_id
from workbench.conversations.script import Before, Conversation, Turn


class Talker(Protocol):
    """An agent as one actor talks to it; `AgentClient` is one."""

    def ask(self, prompt: str, session_id: str) -> Answer:
        """A plain answer."""

    def stream(self, prompt: str, session_id: str) -> Iterator[AnswerEvent]:
        """A streamed answer, the whole `Answer` last."""

    def stop_session(self, session_id: str) -> None:
        """End the session's process."""

    def wait_for_extraction(self) -> None:
        """Wait until long-term memory has learned from what the actor said."""


@dataclass(frozen=True)
class HeldTurn:
    """A turn that was held.

    Args:
        turn: What was asked and expected.
        answer: What the agent said; None where it answered with an error.
        failures: What is wrong with it, one line each; empty where all expectations hold.
    """

    turn: Turn
    answer: Answer | None
    failures: tuple[str, ...]


def hold(conversation: Conversation, agent_as: Callable[[str], Talker]) -> Iterator[HeldTurn]:
    """Hold a conversation, turn by turn.

    Args:
        conversation: What to say and to expect.
        agent_as: Returns the agent as an actor talks to it.

    Yields:
        Each turn when it is done; a failed one does not end the conversation.
    """
    sessions: dict[str, str] = {}
    for turn in conversation.turns:
        session = sessions.setdefault(turn.session, new_session_id())
        try:
            answer = _answer(turn, agent_as(turn.actor), session)
        except AgentError as error:
            yield HeldTurn(turn, None, (str(error),))
        else:
            yield HeldTurn(turn, answer, tuple(_failures(turn, answer)))


def _answer(turn: Turn, agent: Talker, session: str) -> Answer:
    if turn.before is Before.STOP_SESSION:
        agent.stop_session(session)
    if turn.before is Before.EXTRACTION:
        agent.wait_for_extraction()
    return _whole(agent.stream(turn.prompt, session)) if turn.stream else agent.ask(turn.prompt, session)


def _whole(events: Iterable[AnswerEvent]) -> Answer:
    for event in events:
        if isinstance(event, Answer):
            return event
    raise AgentError("stream_broken_off", "the answer ended without its end event")


def _failures(turn: Turn, answer: Answer) -> Iterator[str]:
    yield from (f"the answer does not match {text!r}" for text in turn.expect if not _found(text, answer))
    yield from (f"the answer matches {text!r}" for text in turn.reject if _found(text, answer))
    yield from (f"the tool {tool!r} was not used" for tool in turn.tools if tool not in answer.tools)
    yield from (f"no notice matches {text!r}" for text in turn.notices if not any(_in(text, n) for n in answer.notices))
    # A demonstration of a healthy deployment; an agent that says it is degraded did not show what it should.
    unasked = (notice for notice in answer.notices if not any(_in(text, notice) for text in turn.notices))
    yield from (f"the answer is degraded: {notice}" for notice in unasked)


def _found(expression: str, answer: Answer) -> bool:
    return _in(expression, answer.text)


def _in(expression: str, text: str) -> bool:
    return re.search(expression, text, re.IGNORECASE) is not None
