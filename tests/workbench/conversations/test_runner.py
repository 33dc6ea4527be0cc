from collections.abc import Iterator
from dataclasses import dataclass, field

from workbench.conversations.answers import AgentError, Answer, AnswerEvent, TextPart
from workbench.conversations.runner import HeldTurn, hold
from workbench.conversations.script import Before, Conversation, Turn


@dataclass
class Agent:
    """Answers with what it is told to, and writes down what it is asked."""

    answers: list[Answer | AgentError]
    log: list[tuple[str, ...]] = field(default_factory=list)

    def ask(self, prompt: str, session_id: str) -> Answer:
        self.log.append(("ask", prompt, session_id))
        answer = self.answers.pop(0)
        if isinstance(answer, AgentError):
            raise answer
        return answer

    def stream(self, prompt: str, session_id: str) -> Iterator[AnswerEvent]:
        yield TextPart("…")
        yield self.ask(prompt, session_id)

    def stop_session(self, session_id: str) -> None:
        self.log.append(("stop", session_id))

    def wait_for_extraction(self) -> None:
        self.log.append(("wait",))


def _turn(
    prompt: str,
    *,
    session: str = "main",
    before: Before = Before.NOTHING,
    expect: tuple[str, ...] = (),
    reject: tuple[str, ...] = (),
    tools: tuple[str, ...] = (),
    notices: tuple[str, ...] = (),
) -> Turn:
    return Turn(prompt, "ann", session, before, expect, reject, tools, stream=bool(tools), notices=notices)


def _hold(agent: Agent, *turns: Turn) -> list[HeldTurn]:
    return list(hold(Conversation("c", "", turns), lambda _: agent))


def test_a_label_is_one_session_and_long_enough() -> None:
    agent = Agent([Answer("1"), Answer("2"), Answer("3")])
    _hold(agent, _turn("a"), _turn("b", session="other"), _turn("c"))
    first, second, third = (entry[2] for entry in agent.log)
    assert first == third != second
    assert min(len(first), len(second)) >= 33


def test_expectations_are_regular_expressions_in_any_case() -> None:
    agent = Agent([Answer("The Answer is 110."), Answer("1100")])
    held = _hold(agent, _turn("a", expect=("answer", r"\b110\b")), _turn("b", expect=(r"\b110\b",)))
    assert [turn.failures for turn in held] == [(), (r"the answer does not match '\\b110\\b'",)]


def test_rejected_text_tools_and_notices_fail_a_turn() -> None:
    agent = Agent([Answer("Earl Grey", ("memory is down",), ("clock",))])
    (held,) = _hold(agent, _turn("a", reject=("earl grey",), tools=("calculator",)))
    assert held.failures == (
        "the answer matches 'earl grey'",
        "the tool 'calculator' was not used",
        "the answer is degraded: memory is down",
    )


def test_a_notice_that_is_asked_for_has_to_come_and_no_other() -> None:
    denied, other = Answer("no", ("The tool is not allowed",)), Answer("no", ("The memory is away",))
    turns = [_turn("a", notices=("not allowed",)) for _ in range(3)]
    held = _hold(Agent([denied, other, Answer("no")]), *turns)
    assert [turn.failures for turn in held] == [
        (),
        ("no notice matches 'not allowed'", "the answer is degraded: The memory is away"),
        ("no notice matches 'not allowed'",),
    ]


def test_an_error_fails_its_turn_and_the_next_is_held() -> None:
    agent = Agent([AgentError("AccessDeniedException", "not allowed"), Answer("fine")])
    first, second = _hold(agent, _turn("a"), _turn("b", expect=("fine",)))
    assert (first.answer, first.failures) == (None, ("AccessDeniedException: not allowed",))
    assert second.failures == ()


def test_what_happens_before_a_turn() -> None:
    agent = Agent([Answer("1"), Answer("2")])
    _hold(agent, _turn("a", before=Before.STOP_SESSION), _turn("b", before=Before.EXTRACTION))
    assert [entry[0] for entry in agent.log] == ["stop", "ask", "wait", "ask"]
