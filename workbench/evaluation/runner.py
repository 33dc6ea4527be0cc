"""Holds the conversations of a data set and scores every turn; whatever fails, the run goes on."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from workbench.conversations.answers import Answer, AnswerEvent
from workbench.conversations.runner import HeldTurn, Talker, hold
from workbench.evaluation.dataset import Case, EvaluatedConversation
from workbench.evaluation.judge import Judge, JudgeModel
from workbench.evaluation.scores import Evaluator, Observed, Outcome, Score


@dataclass(frozen=True)
class EvaluatedTurn:
    """A turn that was held and scored.

    Args:
        conversation: The conversation's name.
        number: The turn's number in it, from 1.
        prompt: What was asked.
        answer: What the agent said; None where it answered with an error.
        seconds: Time from the request to the end of the answer.
        scores: What the evaluators found.
    """

    conversation: str
    number: int
    prompt: str
    answer: Answer | None
    seconds: float
    scores: tuple[Score, ...]


def run(
    conversations: Sequence[EvaluatedConversation],
    agent_as: Callable[[str], Talker],
    judge_model: JudgeModel | None,
    *,
    suffix: str = "",
    on_turn: Callable[[str, int], None] = lambda _name, _number: None,
) -> Iterator[EvaluatedTurn]:
    """Hold conversations and score them.

    Args:
        conversations: What to say and to expect.
        agent_as: Returns the agent as an actor talks to it.
        judge_model: What runs the judges. None: the data set has none.
        suffix: Put behind the actors' names, so that what an earlier run left in an agent's memory does not count. An
            address (`ann@example.com`) stays: it is a user who exists. Default: nothing.
        on_turn: Told the conversation and the number of each turn before it is held.

    Yields:
        Each turn when it is scored.
    """
    clock = _Clock()
    for conversation in conversations:
        earlier: dict[str, list[tuple[str, str]]] = {}
        on_turn(conversation.name, 1)
        held = hold(conversation.conversation(), lambda actor: _Timed(agent_as(_fresh(actor, suffix)), clock))
        for number, (case, turn) in enumerate(zip(conversation.cases, held, strict=True), start=1):
            said = earlier.setdefault(case.turn.session, [])
            yield EvaluatedTurn(
                conversation.name,
                number,
                case.turn.prompt,
                turn.answer,
                clock.seconds,
                tuple(_scores(conversation.name, number, case, turn, judge_model, clock.seconds, tuple(said))),
            )
            said.append((case.turn.prompt, turn.answer.text if turn.answer else ""))
            if number < len(conversation.cases):
                on_turn(conversation.name, number + 1)


def _fresh(actor: str, suffix: str) -> str:
    return actor if "@" in actor or not suffix else f"{actor}-{suffix}"


def _scores(
    conversation: str,
    number: int,
    case: Case,
    turn: HeldTurn,
    judge_model: JudgeModel | None,
    seconds: float,
    earlier: Sequence[tuple[str, str]],
) -> Iterator[Score]:
    judges = [Judge(each, judge_model, case.expected) for each in case.judges if judge_model is not None]
    for evaluator in (*case.evaluators, *judges):
        name = evaluator.name
        if turn.answer is None:
            # Without an answer nothing that was expected of it holds.
            reason = f"no answer: {'; '.join(turn.failures)}"
            yield Score(conversation, number, name, Outcome.FAILED, 0.0, reason)
            continue
        observed = Observed(case.turn.prompt, turn.answer, seconds, earlier)
        yield _score(conversation, number, evaluator, observed)


def _score(conversation: str, number: int, evaluator: Evaluator, observed: Observed) -> Score:
    try:
        verdict = evaluator.judge(observed)
    # Whatever an evaluator stumbles over must not end the run, nor pass for a good answer.
    except Exception as error:  # noqa: BLE001
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        return Score(conversation, number, evaluator.name, Outcome.ERROR, None, reason)
    outcome = Outcome.PASSED if verdict.passed else Outcome.FAILED
    return Score(conversation, number, evaluator.name, outcome, verdict.value, verdict.explanation)


@dataclass
class _Clock:
    seconds: float = field(default=0.0)


@dataclass(frozen=True)
class _Timed:
    """An agent whose answers are timed: what happens before a turn is no part of it."""

    agent: Talker
    clock: _Clock

    def ask(self, prompt: str, session_id: str) -> Answer:
        started = time.monotonic()
        try:
            return self.agent.ask(prompt, session_id)
        finally:
            self.clock.seconds = time.monotonic() - started

    def stream(self, prompt: str, session_id: str) -> Iterator[AnswerEvent]:
        started = time.monotonic()
        try:
            for event in self.agent.stream(prompt, session_id):
                self.clock.seconds = time.monotonic() - started
                yield event
        finally:
            self.clock.seconds = time.monotonic() - started

    def stop_session(self, session_id: str) -> None:
        self.agent.stop_session(session_id)

    def wait_for_extraction(self) -> None:
        self.agent.wait_for_extraction()
