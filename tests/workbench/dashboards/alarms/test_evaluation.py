"""Alarms over measured values."""

from collections.abc import Mapping

import pytest

from tests.workbench.dashboards.measured import NAMESPACE, Measured
from workbench.dashboards.alarms.definition import (
    Alarm,
    CompositeAlarm,
    MetricAlarm,
    State,
    composite_alarm,
    metric_alarm,
    runbook_of,
)
from workbench.dashboards.alarms.evaluation import AlarmHistory, Span, evaluate_alarms
from workbench.dashboards.errors import QueryError

ARN = "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:"
START = 1_700_000_040.0  # a whole minute


def plain(name: str = "errors", **changes: object) -> MetricAlarm:
    properties: dict[str, object] = {
        "Namespace": NAMESPACE,
        "MetricName": "Errors",
        "Statistic": "Sum",
        "Period": "60",
        "EvaluationPeriods": "2",
        "Threshold": "3",
        "ComparisonOperator": "GreaterThanThreshold",
        "AlarmDescription": "Errors. See https://docs.example.com/runbooks/errors.",
    }
    return metric_alarm(name, ARN + name, {**properties, **changes})


def composite(name: str, rule: str, **changes: object) -> CompositeAlarm:
    return composite_alarm(name, ARN + name, {"AlarmRule": rule, **changes})


def minutes(*values: float | None) -> Mapping[float, float]:
    return {START + 60 * place: value for place, value in enumerate(values) if value is not None}


def histories(source: Measured, *alarms: Alarm, length: int = 10, period: int | None = None) -> list[AlarmHistory]:
    return list(evaluate_alarms(alarms, source, Span(START, START + 60 * length, period)))


def path(history: AlarmHistory) -> list[tuple[int, str]]:
    return [(int(change.time - START) // 60, change.state.value) for change in history.changes]


def test_an_alarm_goes_off_after_its_periods_and_back() -> None:
    source = Measured().add("Errors", minutes(1, 1, 9, 9, 9, 1, 1, 1, 1, 1))
    history = histories(source, plain())[0]
    assert path(history) == [(0, "INSUFFICIENT_DATA"), (1, "OK"), (4, "ALARM"), (6, "OK")]
    assert history.went_off[0].reason.endswith("GreaterThanThreshold 3 in 2 of 2")
    assert history.now.state is State.OK


def test_it_looks_each_minute_at_periods_that_are_longer() -> None:
    source = Measured().add("Errors", minutes(*([0] * 8), 9, 9))
    history = histories(source, plain(Period=300, EvaluationPeriods=1))[0]
    # The minute after the values, not the next whole five minutes.
    assert path(history)[-1] == (9, "ALARM")


def test_one_period_for_all_makes_seconds_enough() -> None:
    source = Measured().add("Errors", {START + 10 * place: 9 for place in range(6)})
    history = histories(source, plain(Period=300, EvaluationPeriods=3), length=1, period=10)[0]
    assert history.seconds == 10
    assert [change.state for change in history.changes][-1] is State.ALARM
    assert history.went_off[0].time == START + 30


def test_an_expression_is_watched_with_missing_data_as_good() -> None:
    def stat(name: str) -> dict[str, object]:
        return {"Metric": {"Namespace": NAMESPACE, "MetricName": name}, "Period": 60, "Stat": "Sum"}

    metrics = [
        {"Id": "errors", "MetricStat": stat("Errors"), "ReturnData": "false"},
        {"Id": "all", "MetricStat": stat("Invocations"), "ReturnData": False},
        {"Id": "rate", "Expression": "IF(all > 4, 100 * FILL(errors, 0) / all, 0)"},
    ]
    rate = plain(Metrics=metrics, EvaluationPeriods=1, Threshold=5, TreatMissingData="notBreaching")
    source = Measured().add("Invocations", minutes(3, 10, 100, 10)).add("Errors", minutes(3, None, 5, 1))
    # The last real data point counts until it is out of the evaluation range, however missing ones are treated.
    assert path(histories(source, rate)[0]) == [(0, "INSUFFICIENT_DATA"), (0, "OK"), (4, "ALARM"), (7, "OK")]


def test_an_anomaly_band_needs_a_past_and_then_finds_the_unusual() -> None:
    metrics = [
        {"Id": "m", "MetricStat": {"Metric": {"Namespace": NAMESPACE, "MetricName": "T"}, "Period": 60, "Stat": "Sum"}},
        {"Id": "band", "Expression": "ANOMALY_DETECTION_BAND(m, 3)"},
    ]
    alarm = plain(
        Metrics=metrics,
        ThresholdMetricId="band",
        ComparisonOperator="LessThanLowerOrGreaterThanUpperThreshold",
        EvaluationPeriods=1,
        Threshold=None,
    )
    source = Measured().add("T", minutes(*[10 + place % 3 for place in range(20)], 90, 10))
    history = histories(source, alarm, length=22)[0]
    assert [state for _, state in path(history)] == ["INSUFFICIENT_DATA", "OK", "ALARM", "OK"]
    assert path(history)[1][0] > 15
    assert "stand-in" in history.went_off[0].reason


def test_a_composite_alarm_follows_its_parts_by_name_and_by_arn() -> None:
    source = Measured().add("Errors", minutes(0, 9, 9, 9, 0, 0, 0)).add("Other", minutes(0, 0, 9, 9, 0, 0, 0))
    parts = (plain("a", EvaluationPeriods=1), plain("b", MetricName="Other", EvaluationPeriods=1))
    both = composite("both", f'ALARM("a") AND ALARM("{ARN}b")')
    above = composite("above", "ALARM(both)")
    found = {each.alarm.name: each for each in histories(source, above, both, *parts)}
    assert path(found["both"]) == [(0, "INSUFFICIENT_DATA"), (0, "OK"), (3, "ALARM"), (5, "OK")]
    assert path(found["above"])[1:] == path(found["both"])[1:]
    assert found["both"].went_off[0].reason == "in ALARM: a, b"


@pytest.mark.parametrize(
    ("maintenance", "suppressed"),
    [
        (minutes(0, 0, 0, 0, 9, 9, 9, 9, 9, 9), "maintenance is in ALARM"),
        (minutes(0, 0, 9, 9, 9, 9, 9, 9, 9, 0), "maintenance was in ALARM less than 120 s ago"),
        (minutes(0, 9, 0, 0, 0, 0, 0, 0, 0, 0), ""),
    ],
)
def test_a_suppressor_keeps_actions_back(maintenance: Mapping[float, float], suppressed: str) -> None:
    source = Measured().add("Errors", minutes(*[9] * 10)).add("Maintenance", maintenance)
    parts = (plain("a"), plain("maintenance", MetricName="Maintenance", EvaluationPeriods=1))
    periods = {"ActionsSuppressorWaitPeriod": 60, "ActionsSuppressorExtensionPeriod": 120}
    damped = composite("damped", "ALARM(a)", ActionsSuppressor="maintenance", **periods)
    history = histories(source, *parts, damped)[-1]
    assert history.now.state is State.ALARM
    assert history.suppressed == suppressed


def test_actions_wait_for_the_suppressor() -> None:
    source = Measured().add("Errors", minutes(*[0] * 9, 9)).add("Maintenance", minutes(*[0] * 10))
    parts = (plain("a", EvaluationPeriods=1), plain("maintenance", MetricName="Maintenance"))
    damped = composite("damped", "ALARM(a)", ActionsSuppressor=f"{ARN}maintenance", ActionsSuppressorWaitPeriod=60)
    assert histories(source, *parts, damped)[-1].suppressed == "waits 60 s for maintenance"


def test_an_alarm_that_cannot_be_evaluated_says_why_and_stops_no_other() -> None:
    source = Measured().add("Errors", minutes(*[9] * 10))
    broken, whole = histories(source, plain("broken", Statistic="", ExtendedStatistic="PR(:5)"), plain())
    assert broken.now.state is State.INSUFFICIENT_DATA
    assert broken.now.reason.startswith("not evaluated: the statistic 'PR(:5)'")
    assert whole.now.state is State.ALARM


def test_the_runbook_is_the_last_address() -> None:
    assert runbook_of(plain()) == "https://docs.example.com/runbooks/errors"
    assert runbook_of(plain(AlarmDescription="no address")) == ""


def test_a_composite_alarm_has_the_runbooks_of_its_parts_that_are_off() -> None:
    source = Measured().add("Errors", minutes(*[9] * 10)).add("Other", minutes(*[0] * 10))
    quiet = plain("b", MetricName="Other", AlarmDescription="Quiet. https://docs.example.com/runbooks/quiet")
    several = composite("any", "ALARM(a) OR ALARM(b)", AlarmDescription="All: https://docs.example.com/all")
    assert histories(source, plain("a"), quiet, several)[-1].runbooks == ("https://docs.example.com/runbooks/errors",)


def test_alarms_of_dynamodb_keep_their_state_without_data() -> None:
    assert plain(Namespace="AWS/DynamoDB").missing_data.value == "ignore"
    assert plain(Namespace="AWS/DynamoDB", TreatMissingData="breaching").missing_data.value == "breaching"


def test_fails_on_an_alarm_that_watches_nothing() -> None:
    metrics = [{"Id": "a", "Expression": "1", "ReturnData": False}]
    with pytest.raises(QueryError, match="has to watch one metric or expression"):
        plain(Metrics=metrics)
