"""Rules of composite alarms."""

import pytest

from workbench.dashboards.alarms.definition import State
from workbench.dashboards.alarms.rule import parse_rule
from workbench.dashboards.errors import QueryError

ARN = "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:c"
STATES = {"a": State.ALARM, "b": State.OK, ARN: State.INSUFFICIENT_DATA, "with space": State.ALARM}


@pytest.mark.parametrize(
    ("rule", "true"),
    [
        ('ALARM("a")', True),
        ("ALARM(a)", True),
        ("OK(a)", False),
        (f"INSUFFICIENT_DATA({ARN})", True),
        ('ALARM("with space")', True),
        ("ALARM(a) AND ALARM(b)", False),
        ("ALARM(a) OR ALARM(b)", True),
        ("NOT ALARM(a)", False),
        ("NOT ALARM(b) AND ALARM(a)", True),
        ("NOT (ALARM(b) AND ALARM(a))", True),
        ("ALARM(b) AND ALARM(b) OR ALARM(a)", True),
        ("ALARM(b) AND (ALARM(b) OR ALARM(a))", False),
        ("TRUE", True),
        ("FALSE OR ALARM(a)", True),
        (f'AT_LEAST(2, ALARM, (a, "with space", b, {ARN}))', True),
        ("AT_LEAST(2, ALARM, (a, b))", False),
        ("AT_LEAST(50%, OK, (a, b))", True),
        ("AT_LEAST(2, NOT OK, (a, b))", False),
    ],
)
def test_a_rule_is_judged_by_states(rule: str, true: bool) -> None:
    assert parse_rule(rule).holds(STATES.__getitem__) is true


def test_a_rule_knows_what_it_is_about() -> None:
    assert parse_rule(f"ALARM(a) OR (NOT OK({ARN}) AND ALARM(a))").alarms == ("a", ARN)


@pytest.mark.parametrize(
    "rule", ["", "ALARM", "ALARM(a", "ALARM(a) ALARM(b)", "MAYBE(a)", "NOT", "AT_LEAST(x, OK, (a))"]
)
def test_fails_on_what_is_no_rule(rule: str) -> None:
    with pytest.raises(QueryError, match="no rule of a composite alarm"):
        parse_rule(rule)
