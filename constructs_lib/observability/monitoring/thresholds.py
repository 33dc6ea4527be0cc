"""When an alarm goes off: one type for each kind of alarm, with defaults that fit a chat agent.

Each says in how many minutes of how many its condition has to hold. Rates have a smallest number of samples besides, so
that one failure at night is no alarm.
"""

from dataclasses import dataclass, field

from aws_cdk import Duration


@dataclass(frozen=True)
class Evaluation:
    """How long a condition has to hold.

    Args:
        breaching: Periods in which it holds.
        of: Periods that are looked at, the latest ones.

    Raises:
        ValueError: If that cannot be.
    """

    breaching: int
    of: int

    def __post_init__(self) -> None:
        if not 1 <= self.breaching <= self.of:
            raise ValueError(
                f"an alarm looks at {self.of} periods, of which {self.breaching} cannot breach; of= is wrong"
            )


_SOON = Evaluation(2, 3)
_LASTING = Evaluation(3, 3)
_AT_ONCE = Evaluation(1, 1)


def _check_percent(name: str, percent: float) -> None:
    if not 0 < percent <= 100:
        raise ValueError(f"{name} takes a percentage above 0, at most 100, got {percent:g}")


def _check_positive(name: str, field_name: str, value: float) -> None:
    if value <= 0:
        raise ValueError(f"{name} needs {field_name} above 0, got {value:g}; pass None instead of it for no alarm")


@dataclass(frozen=True)
class Rate:
    """A share of what ended in a minute.

    Args:
        percent: The share above which the alarm goes off.
        samples: A minute with fewer than these is not judged.
        evaluation: How long.

    Raises:
        ValueError: If `percent` is no percentage.
    """

    percent: float = 10.0
    samples: int = 5
    evaluation: Evaluation = _SOON

    def __post_init__(self) -> None:
        _check_percent(type(self).__name__, self.percent)


@dataclass(frozen=True)
class Failures:
    """A number of failures.

    Args:
        failures: Failures in a minute.
        evaluation: How long.

    Raises:
        ValueError: If `failures` is none.
    """

    failures: int = 3
    evaluation: Evaluation = _SOON

    def __post_init__(self) -> None:
        _check_positive(type(self).__name__, "failures", self.failures)


@dataclass(frozen=True)
class Count:
    """A number of requests that ended badly.

    Args:
        count: Such requests in a minute.
        evaluation: How long.

    Raises:
        ValueError: If `count` is none.
    """

    count: int = 3
    evaluation: Evaluation = _SOON

    def __post_init__(self) -> None:
        _check_positive(type(self).__name__, "count", self.count)


@dataclass(frozen=True)
class RuntimeDown(Failures):
    """An agent that answers nobody: requests reach its runtime, each fails, and none ends in the agent."""


@dataclass(frozen=True)
class MemoryUnavailable(Failures):
    """Calls of a memory that fail by the service's fault, or that agents get no answer to."""


@dataclass(frozen=True)
class Throttles(Count):
    """Requests that a service refused for their number: the model's of an agent, or AgentCore's own."""


@dataclass(frozen=True)
class LoadBalancerErrors(Count):
    """Requests to the front end that end in a 5xx status, of the load balancer or of a task."""

    count: int = 5


@dataclass(frozen=True)
class ErrorRate(Rate):
    """Requests that fail by the fault of the agent or of the service.

    A request that a throttled model stopped, one that nobody was signed in for and one that the caller got wrong do not
    count; neither does an answer that had to do without memory or tools.
    """

    percent: float = 5.0


@dataclass(frozen=True)
class AuthenticationFailures(Rate):
    """Attempts to sign in, or requests, whose caller is not who is expected."""


@dataclass(frozen=True)
class Interventions(Rate):
    """Texts that a guardrail blocks or masks, of those that it was asked about."""


@dataclass(frozen=True)
class ToolErrors(Rate):
    """Calls of tools that fail by the fault of a gateway, a sandbox or what is behind them."""

    percent: float = 5.0


@dataclass(frozen=True)
class PolicyDenials(Rate):
    """Calls of tools that the policy denies, or cannot decide about."""

    percent: float = 25.0
    samples: int = 10
    evaluation: Evaluation = _LASTING


@dataclass(frozen=True)
class Latency:
    """Answers that take long, in minutes without another cause: throttling or a memory that does not answer.

    Args:
        limit: Time from the request to the end of the answer. Default: 10 seconds.
        percentile: Which share of the answers has to be faster, as 95 for 95 %.
        samples: Fewer answers than these in a minute are not judged.
        evaluation: How long.
    """

    limit: Duration = field(default_factory=lambda: Duration.seconds(10))
    percentile: int = 95
    samples: int = 5
    evaluation: Evaluation = _LASTING

    def __post_init__(self) -> None:
        if self.percentile not in (50, 90, 95, 99):
            raise ValueError(f"Latency is judged by the 50th, 90th, 95th or 99th percentile, got {self.percentile}")


@dataclass(frozen=True)
class MemoryQuota:
    """Calls of a memory that come near the account's quota; a throttled one has reached it.

    Args:
        calls_per_second: The account's quota for the busiest operation, which the Service Quotas console shows.
        percent: Share of it.
        evaluation: How long.
    """

    calls_per_second: float = 30.0
    percent: float = 80.0
    evaluation: Evaluation = _LASTING

    def __post_init__(self) -> None:
        _check_percent("MemoryQuota", self.percent)
        _check_positive("MemoryQuota", "calls_per_second", self.calls_per_second)


@dataclass(frozen=True)
class FrontEndDown:
    """A front end none of whose tasks is healthy.

    Args:
        evaluation: How long.
    """

    evaluation: Evaluation = _SOON


@dataclass(frozen=True)
class TokenUse:
    """Tokens that an agent's model reads and writes.

    Args:
        tokens: Tokens in an hour.
        evaluation: In how many hours.
    """

    tokens: int = 2_000_000
    evaluation: Evaluation = _AT_ONCE

    def __post_init__(self) -> None:
        _check_positive("TokenUse", "tokens", self.tokens)


@dataclass(frozen=True)
class TrafficAnomaly:
    """Traffic unlike that of the same hour and weekday, as CloudWatch's anomaly detection has learned it.

    Args:
        deviations: Width of the expected band, in standard deviations.
        evaluation: In how many of how many spans of five minutes.
    """

    deviations: float = 3.0
    evaluation: Evaluation = _LASTING

    def __post_init__(self) -> None:
        _check_positive("TrafficAnomaly", "deviations", self.deviations)
