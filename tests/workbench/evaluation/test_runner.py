import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from workbench.conversations.answers import AgentError, Answer, AnswerEvent, TextPart
from workbench.conversations.script import Before, Turn
from workbench.errors import WorkbenchError
from workbench.evaluation.dataset import Case, EvaluatedConversation
from workbench.evaluation.evaluators import Contains, Exact, Healthy, Latency
from workbench.evaluation.judge import JudgeDefinition, Rating
from workbench.evaluation.runner import EvaluatedTurn, run
from workbench.evaluation.scores import Evaluator, Observed, Outcome, Verdict

JUDGE = JudgeDefinition("kind", "{assistant_turn} {context}", (Rating("No", "x", 0), Rating("Yes", "y", 1)), 1)


@dataclass
class Agent:
    """Answers with what it is told to, after waiting."""

    answers: list[Answer | AgentError]
    delay: float = 0.0
    before: float = 0.0
    log: list[str] = field(default_factory=list)

    def ask(self, prompt: str, session_id: str) -> Answer:
        self.log.append(f"{prompt} {session_id}")
        time.sleep(self.delay)
        answer = self.answers.pop(0)
        if isinstance(answer, AgentError):
            raise answer
        return answer

    def stream(self, prompt: str, session_id: str) -> Iterator[AnswerEvent]:
        yield TextPart("…")
        yield self.ask(prompt, session_id)

    def stop_session(self, session_id: str) -> None:
        time.sleep(self.before)

    def wait_for_extraction(self) -> None:
        time.sleep(self.before)


class Broken:
    """An evaluator that does not work."""

    name = "broken"

    def judge(self, observed: Observed) -> Verdict:
        raise ZeroDivisionError(f"while looking\nat {observed.answer.text}")


@dataclass
class Model:
    """A judging model that keeps what it was asked."""

    label: str = "Yes"
    prompts: list[str] = field(default_factory=list)

    def rate(self, prompt: str, labels: Sequence[str]) -> tuple[str, str]:
        self.prompts.append(prompt)
        if self.label not in labels:
            raise WorkbenchError("the judge is away")
        return self.label, ""


def case(
    *evaluators: Evaluator,
    prompt: str = "q",
    judged: bool = False,
    stream: bool = False,
    before: Before = Before.NOTHING,
    session: str = "main",
) -> Case:
    turn = Turn(prompt, "ann", session, before, (), (), (), stream)
    return Case(turn, (Healthy(), *evaluators), (JUDGE,) if judged else (), "")


def results(agent: Agent, *cases: Case, model: Model | None = None) -> list[EvaluatedTurn]:
    return list(run([EvaluatedConversation("c", "", cases)], lambda _: agent, model))


def outcomes(turn: EvaluatedTurn) -> dict[str, Outcome]:
    return {score.evaluator: score.outcome for score in turn.scores}


def test_every_evaluator_scores_every_turn() -> None:
    first, second = results(Agent([Answer("a"), Answer("b")]), case(Exact("a")), case(Exact("a"), Contains(["b"])))
    assert outcomes(first) == {"healthy": Outcome.PASSED, "exact": Outcome.PASSED}
    assert outcomes(second) == {"healthy": Outcome.PASSED, "exact": Outcome.FAILED, "contains": Outcome.PASSED}
    assert [score.key for score in second.scores][1] == "c / 2 / exact"


def test_an_evaluator_that_does_not_work_is_reported_and_the_run_goes_on() -> None:
    first, second = results(Agent([Answer("a"), Answer("b")]), case(Broken(), Exact("a")), case(Exact("b")))
    broken = first.scores[1]
    assert (broken.outcome, broken.value) == (Outcome.ERROR, None)
    assert broken.explanation == "ZeroDivisionError: while looking at a"
    assert outcomes(first)["exact"] is Outcome.PASSED
    assert outcomes(second)["exact"] is Outcome.PASSED


def test_a_judge_that_does_not_rate_does_not_pass() -> None:
    (turn,) = results(Agent([Answer("a")]), case(judged=True), model=Model("Maybe"))
    assert outcomes(turn) == {"healthy": Outcome.PASSED, "judge kind": Outcome.ERROR}
    assert turn.scores[1].explanation == "WorkbenchError: the judge is away"


def test_an_agent_that_answers_with_an_error_fails_all_that_was_expected() -> None:
    model = Model()
    agent = Agent([AgentError("model_busy", "too many requests"), Answer("b")])
    first, second = results(agent, case(Exact("a"), judged=True), case(Exact("b")), model=model)
    assert set(outcomes(first).values()) == {Outcome.FAILED}
    assert first.scores[0].explanation == "no answer: model_busy: too many requests"
    assert (first.answer, model.prompts) == (None, [])
    assert set(outcomes(second).values()) == {Outcome.PASSED}


def test_a_judge_sees_what_was_said_before_in_the_session_only() -> None:
    model = Model()
    agent = Agent([Answer("A"), Answer("B"), Answer("C")])
    results(agent, case(prompt="a"), case(prompt="b", session="other"), case(prompt="c", judged=True), model=model)
    assert "user: a\nassistant: A\nuser: c" in model.prompts[0]
    assert "B" not in model.prompts[0]


def test_actors_are_new_in_each_run_and_users_are_not() -> None:
    asked: list[str] = []

    def agent_as(actor: str) -> Agent:
        asked.append(actor)
        return Agent([Answer("a")])

    turns = [Turn("q", actor, "main", Before.NOTHING, (), (), (), stream=False) for actor in ("ann", "ann@example.com")]
    cases = tuple(Case(turn, (Healthy(),), (), "") for turn in turns)
    list(run([EvaluatedConversation("c", "", cases)], agent_as, None, suffix="1a2b"))
    assert asked == ["ann-1a2b", "ann@example.com"]


def test_only_the_answer_is_timed() -> None:
    agent = Agent([Answer("a"), Answer("b")], delay=0.05, before=0.3)
    stopped = case(Latency(0.25), before=Before.STOP_SESSION)
    plain, streamed = results(agent, stopped, case(Latency(0.25), stream=True))
    for turn in (plain, streamed):
        assert 0.05 <= turn.seconds < 0.25
        assert outcomes(turn)["latency"] is Outcome.PASSED


def test_a_slow_answer_fails() -> None:
    (turn,) = results(Agent([Answer("a")], delay=0.05), case(Latency(0.01)))
    assert outcomes(turn)["latency"] is Outcome.FAILED
