"""What a test has to reach, and what the numbers say."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from workbench.load.canaries import Canaries
from workbench.load.isolation import Kept
from workbench.load.plan import Ramp, Sent
from workbench.load.report import write_report
from workbench.load.results import Acceptance, Results
from workbench.load.scenarios import SCENARIOS

OK = Sent(
    at=0.0,
    user=0,
    session="s",
    turn=2,
    seconds=1.0,
    first_token_seconds=0.5,
    error="",
    foreign=(),
    recalled=True,
    notices=(),
)
GOOD = Results(
    title="concurrent users",
    agent="assistant",
    model="scripted stand-in",
    seconds=10.0,
    users=1,
    sessions=1,
    processes=1,
    messages=(OK,) * 100,
    kept=Kept(10, 2, ()),
    acceptance=SCENARIOS["users"].acceptance,
)


def missed(results: Results) -> list[str]:
    return [criterion.name for criterion in results.criteria if not criterion.met]


def test_everything_reached() -> None:
    assert GOOD.passed
    assert (GOOD.success, GOOD.seconds_of(0.95), GOOD.first_token_of(0.5)) == (1.0, 1.0, 0.5)


def test_99_percent_is_not_above_99_percent() -> None:
    failed = replace(OK, error="HTTP 500")
    assert missed(replace(GOOD, messages=(OK,) * 99 + (failed,))) == ["messages answered"]
    assert missed(replace(GOOD, messages=(OK,) * 99 + (failed,), acceptance=Acceptance(success=0.98))) == []


def test_5_percent_may_be_slow_and_no_more() -> None:
    slow = replace(OK, seconds=11.0)
    assert missed(replace(GOOD, messages=(OK,) * 95 + (slow,) * 5)) == []
    assert missed(replace(GOOD, messages=(OK,) * 94 + (slow,) * 6)) == ["95 % of the answers within"]


def test_a_leak_in_an_answer_or_in_the_memory_is_missed() -> None:
    told = replace(GOOD, messages=(replace(OK, foreign=(7,)), *GOOD.messages))
    assert missed(told) == ["canaries of somebody else"]
    assert told.leaks == ("answer 2 to user 0 holds the canary of user 7",)
    assert missed(replace(GOOD, kept=Kept(1, 1, ("a record …",)))) == ["canaries of somebody else"]


def test_a_test_that_never_saw_a_canary_shows_nothing() -> None:
    assert missed(replace(GOOD, messages=(replace(OK, recalled=False),))) == ["canaries looked for"]
    assert missed(replace(GOOD, messages=(replace(OK, recalled=None),))) == ["canaries looked for"]


def test_answers_that_lack_something_are_counted_beside_what_has_to_be_reached(tmp_path: Path) -> None:
    forgetful = replace(OK, notices=("Memory is away",))
    results = replace(GOOD, messages=(OK, forgetful, replace(forgetful, error="HTTP 500")))
    page = tmp_path / "load.html"
    write_report(results, page)

    assert (results.succeeded, results.degraded, results.notices) == (2, 1, [("Memory is away", 2)])
    assert results.to_dict()["degraded"] == 1
    assert "1 of 3 answers say that something was missing" in page.read_text()
    write_report(GOOD, page)
    assert "not in full" not in page.read_text()


def test_sessions_that_shared_a_process_are_missed() -> None:
    assert missed(replace(GOOD, sessions=2)) == ["a process for each session"]


def test_nothing_sent_is_not_passed() -> None:
    assert not replace(GOOD, messages=()).passed


def test_the_page_holds_results_and_escapes_what_agents_say(tmp_path: Path) -> None:
    page = tmp_path / "load.html"
    write_report(replace(GOOD, messages=(OK, replace(OK, error="<script>alert(1)</script>"))), page)
    text = page.read_text()
    assert "95 % of the answers within" in text
    assert "<svg" in text
    assert "<script>alert" not in text
    assert "&lt;script&gt;" in text
    assert not re.search(r"(src|href)=.https?:|url\(.?https?:|@import", text)


def test_canaries_of_another_run_do_not_count() -> None:
    canaries, others = Canaries("0a0a0a0a"), Canaries("0b0b0b0b")
    text = f"{canaries.plant(3)} {canaries.plant(12345)} {others.plant(4)}"
    assert canaries.owners(text) == {3, 12345}
    assert canaries.foreign([text], 3) == {12345}


@pytest.mark.parametrize(("seconds", "users"), [(0, 10), (30, 105), (60, 200), (90, 200)])
def test_a_ramp_grows_evenly(seconds: float, users: int) -> None:
    assert Ramp(10, 200, 60).at(seconds) == users
