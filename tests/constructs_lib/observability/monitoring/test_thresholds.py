import pytest
from aws_cdk import Duration

from constructs_lib.observability.monitoring import thresholds as limits


def test_source_values_are_the_defaults() -> None:
    assert limits.ErrorRate().percent == 5
    assert limits.Latency().limit.to_seconds() == 10
    assert limits.AuthenticationFailures().percent == 10
    assert limits.Interventions().percent == 10


@pytest.mark.parametrize(
    "type",
    [
        limits.ErrorRate,
        limits.AuthenticationFailures,
        limits.MemoryQuota,
        limits.Interventions,
        limits.ToolErrors,
        limits.PolicyDenials,
    ],
    ids=lambda each: each.__name__,
)
@pytest.mark.parametrize("percent", [0, -1, 101])
def test_fails_for_no_percentage(type: type[limits.ErrorRate], percent: float) -> None:
    with pytest.raises(ValueError, match=rf"{type.__name__} takes a percentage above 0, at most 100, got {percent}"):
        type(percent=percent)


@pytest.mark.parametrize(
    ("type", "field"),
    [
        (limits.RuntimeDown, "failures"),
        (limits.MemoryUnavailable, "failures"),
        (limits.MemoryQuota, "calls_per_second"),
        (limits.Throttles, "count"),
        (limits.LoadBalancerErrors, "count"),
        (limits.TokenUse, "tokens"),
        (limits.TrafficAnomaly, "deviations"),
    ],
)
def test_fails_for_nothing(type: type[object], field: str) -> None:
    with pytest.raises(ValueError, match=f"{type.__name__} needs {field} above 0, got 0; pass None"):
        type(**{field: 0})


@pytest.mark.parametrize(("breaching", "of"), [(0, 3), (4, 3)])
def test_fails_for_an_evaluation_that_cannot_be(breaching: int, of: int) -> None:
    with pytest.raises(ValueError, match=f"looks at {of} periods, of which {breaching} cannot breach"):
        limits.Evaluation(breaching, of)


def test_fails_for_a_percentile_that_nobody_publishes() -> None:
    with pytest.raises(ValueError, match="50th, 90th, 95th or 99th percentile, got 42"):
        limits.Latency(limit=Duration.seconds(1), percentile=42)
