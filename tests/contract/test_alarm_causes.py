"""A fault sets off the alarm that names it, and no other: synthesized alarms, judged as CloudWatch does.

The drills do the same with real faults of a local cloud; these are the ones that are hard to make there, and quick.
"""

from collections.abc import Mapping, Sequence
from functools import cache

import pytest

from tests.constructs_lib.observability.monitoring.support import alarms, text_of, watched
from workbench.dashboards.alarms.definition import MetricAlarm, State, metric_alarm, runbook_of
from workbench.dashboards.alarms.evaluation import Span, evaluate_alarms
from workbench.dashboards.series import MetricName

MINUTE = 60
START = 1_800_000_000 // MINUTE * MINUTE
MINUTES = 8
Minute = Mapping[str, Sequence[float]]
"""Values of one minute, by metric; one of a gateway, a memory or a sandbox is named after it or its operation."""

QUIET: Minute = {}
BUSY: Minute = {
    "Invocations": [1] * 20,
    "InboundAuthorizationSuccess": [1] * 20,
    "Latency": [900] * 20,
    "EndedRequests": [1] * 20,
    "AnswerTime": [800] * 20,
    "InputTokens": [1000] * 20,
    "OutputTokens": [200] * 20,
    "CreateEvent:Invocations": [1] * 20,
    "guardrail:Invocations": [1] * 40,
    "SignInSuccesses": [1] * 20,
    "HealthyHostCount": [2],
}


def busy(**changes: Sequence[float]) -> Minute:
    """A busy minute, with changes; `_` in a name stands for `:`."""
    return {**BUSY, **{name.replace("__", ":"): values for name, values in changes.items()}}


def nothing_answered(**changes: Sequence[float]) -> Minute:
    return {**busy(EndedRequests=[], AnswerTime=[], InputTokens=[], OutputTokens=[]), **changes}


class Recorded:
    """The same minute again and again."""

    def __init__(self, minute: Minute) -> None:
        self._minute = minute

    def values(
        self, namespace: str, name: str, dimensions: Mapping[str, str], *, start: float, end: float
    ) -> list[tuple[float, float]]:
        values = self._minute.get(_key(namespace, name, dimensions), ())
        times = [START + MINUTE * number for number in range(MINUTES)]
        return [(time + 1, value) for time in times if start <= time < end for value in values]

    def metrics(self, namespace: str | None = None, name: str | None = None) -> Sequence[MetricName]:
        return []


def _key(namespace: str, name: str, dimensions: Mapping[str, str]) -> str:
    if namespace == "AWS/Bedrock/Guardrails":
        return f"guardrail:{name}"
    if "Protocol" in dimensions or "Gateway" in dimensions.get("ResourceId", ""):
        return f"gateway:{name}"
    operation = dimensions.get("Operation", "InvokeAgentRuntime")
    return name if operation == "InvokeAgentRuntime" else f"{operation}:{name}"


@cache
def deployed() -> tuple[MetricAlarm, ...]:
    """All alarms on metrics but the one on anomalies, which has to learn first."""
    found = []
    for key, properties in alarms(watched().template).items():
        resolved = {name: value for name, value in properties.items() if name not in ("Metrics", "Dimensions")}
        if "Metrics" in properties:
            resolved["Metrics"] = [_resolved(query) for query in properties["Metrics"]]
        if "Dimensions" in properties:
            resolved["Dimensions"] = _dimensions(properties["Dimensions"])
        found.append(metric_alarm(key, key, resolved))
    return tuple(each for each in found if not each.band)


def _resolved(query: Mapping[str, object]) -> dict[str, object]:
    stat = query.get("MetricStat")
    if not isinstance(stat, Mapping):
        return dict(query)
    metric = {**stat["Metric"], "Dimensions": _dimensions(stat["Metric"].get("Dimensions", []))}
    return {**query, "MetricStat": {**stat, "Metric": metric}}


def _dimensions(of: Sequence[Mapping[str, object]]) -> list[dict[str, str]]:
    return [{"Name": str(each["Name"]), "Value": text_of(each["Value"])} for each in of]


def off(minute: Minute) -> set[tuple[str, str]]:
    """Subject and kind of the alarms that go off."""
    span = Span(START, START + MINUTE * MINUTES)
    histories = evaluate_alarms(deployed(), Recorded(minute), span)
    return {
        (each.alarm.description.partition(":")[0], runbook_of(each.alarm).rpartition("/")[2])
        for each in histories
        if each.now.state is State.ALARM
    }


AGENT, MEMORY, DIRECTORY = "Agent Assistant", "Memory Memory", "Directory Users"


def test_nobody_is_there() -> None:
    assert off(QUIET) == set()


def test_a_busy_day() -> None:
    assert off(BUSY) == set()


@pytest.mark.parametrize(
    "minute",
    [
        nothing_answered(SystemErrors=[1] * 20),
        # As the service counts a process that dies, when it takes it for the caller's fault.
        nothing_answered(UserErrors=[1] * 20),
        nothing_answered(SystemErrors=[1] * 10, UserErrors=[1] * 10),
    ],
    ids=["service's", "caller's", "both"],
)
def test_the_agents_process_dies(minute: Minute) -> None:
    assert off(minute) == {(AGENT, "runtime-down")}


@pytest.mark.parametrize(
    "minute", [busy(FailedRequests=[1] * 2), busy(SystemErrors=[1] * 2)], ids=["of the agent", "of the service"]
)
def test_one_in_ten_requests_fails(minute: Minute) -> None:
    assert off(minute) == {(AGENT, "error-rate")}


def test_one_in_twenty_requests_fails() -> None:
    assert off(busy(FailedRequests=[1])) == set()


def test_the_only_request_of_a_minute_fails() -> None:
    assert off({"Invocations": [1], "EndedRequests": [1], "FailedRequests": [1]}) == set()


@pytest.mark.parametrize("ended", ["ThrottledRequests", "AnswerTime"], ids=["gives up", "answers late"])
def test_the_model_is_throttled(ended: str) -> None:
    minute = busy(ModelThrottles=[1] * 60, Latency=[15_000] * 20, AnswerTime=[])
    assert off({**minute, ended: [15_000] * 20}) == {(AGENT, "throttles")}


def test_the_runtime_is_throttled() -> None:
    assert off(busy(Throttles=[1] * 5)) == {(AGENT, "throttles")}


def test_the_agent_is_slow() -> None:
    assert off(busy(Latency=[11_000] * 20)) == {(AGENT, "latency")}


def test_tokens_are_refused() -> None:
    # The service counts them as requests that the caller got wrong.
    minute = nothing_answered(InboundAuthorizationFailure=[1] * 20, UserErrors=[1] * 20, InboundAuthorizationSuccess=[])
    assert off(minute) == {(AGENT, "authentication-failures")}


def test_callers_have_no_identity() -> None:
    assert off(busy(UnauthenticatedRequests=[1] * 5, AnswerTime=[800] * 15)) == {(AGENT, "authentication-failures")}


def test_sign_ins_fail() -> None:
    assert off(busy(SignInSuccesses=[1] * 8 + [0] * 4)) == {(DIRECTORY, "authentication-failures")}


def test_tokens_cannot_be_refreshed() -> None:
    assert off(busy(TokenRefreshSuccesses=[0] * 10)) == {(DIRECTORY, "authentication-failures")}


@pytest.mark.parametrize(
    "minute",
    [
        busy(FailuresOfMemory=[1] * 6, MemoryFailures=[1] * 6, Latency=[12_000] * 20),
        busy(CreateEvent__SystemErrors=[1] * 6),
        busy(CreateEvent__SystemErrors=[1] * 6, FailuresOfMemory=[1] * 6, MemoryFailures=[1] * 6),
    ],
    ids=["agents see it", "the service sees it", "both"],
)
def test_the_memory_fails(minute: Minute) -> None:
    assert off(minute) == {(MEMORY, "memory-unavailable")}


def test_the_memory_is_throttled() -> None:
    assert off(busy(CreateEvent__Throttles=[1] * 2)) == {(MEMORY, "memory-quota")}


def test_the_memory_is_near_its_quota() -> None:
    assert off(busy(CreateEvent__Invocations=[1] * 1_500)) == {(MEMORY, "memory-quota")}


def test_the_guardrail_intervenes_often() -> None:
    minute = busy(guardrail__InvocationsIntervened=[1] * 10)
    assert off(minute) == {("Guardrail Guardrail", "guardrail-interventions")}


def test_tools_fail() -> None:
    minute = busy(gateway__Invocations=[1] * 20, gateway__SystemErrors=[1] * 5)
    assert off(minute) == {("Gateway Gateway", "tool-errors")}


def test_tools_are_denied() -> None:
    assert off(busy(AllowDecisions=[1] * 10, DenyDecisions=[1] * 10)) == {("Policy PolicyEngine", "policy-denials")}


def test_the_code_sandbox_fails() -> None:
    calls = {"InvokeCodeInterpreter__Invocations": [1] * 10, "InvokeCodeInterpreter__SystemErrors": [1] * 10}
    assert off(busy(**calls)) == {("Sandbox Sandbox", "tool-errors")}


@pytest.mark.parametrize(
    "minute",
    [busy(HealthyHostCount=[0], RunningTaskCount=[2]), busy(HealthyHostCount=[], RunningTaskCount=[0])],
    ids=["none is healthy", "none runs, and the load balancer counts nothing"],
)
def test_the_front_end_has_no_task(minute: Minute) -> None:
    assert off(minute) == {("Front end Chat", "front-end-down")}


def test_the_front_end_is_measured_by_nobody() -> None:
    assert off(busy(HealthyHostCount=[])) == set()


def test_the_front_end_answers_with_5xx() -> None:
    minute = busy(HTTPCode_ELB_5XX_Count=[1] * 3, HTTPCode_Target_5XX_Count=[1] * 3)
    assert off(minute) == {("Front end Chat", "load-balancer-errors")}


def test_many_tokens() -> None:
    assert off(busy(InputTokens=[300_000])) == {(AGENT, "token-use")}
