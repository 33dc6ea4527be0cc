"""What can be wrong: each kind of alarm has a severity and a runbook of its name."""

from enum import StrEnum


class Severity(StrEnum):
    """How soon somebody has to look."""

    CRITICAL = "Critical"
    """Now: users are turned away, or something is lost."""

    WARNING = "Warning"
    """Today: it is worse than it should be, or will be."""


class AlarmKind(StrEnum):
    """A kind of alarm; its value is the name of its runbook."""

    RUNTIME_DOWN = "runtime-down"
    ERROR_RATE = "error-rate"
    AUTHENTICATION_FAILURES = "authentication-failures"
    MEMORY_UNAVAILABLE = "memory-unavailable"
    FRONT_END_DOWN = "front-end-down"
    LATENCY = "latency"
    GUARDRAIL_INTERVENTIONS = "guardrail-interventions"
    THROTTLES = "throttles"
    LOAD_BALANCER_ERRORS = "load-balancer-errors"
    TOKEN_USE = "token-use"  # noqa: S105 -- no password
    MEMORY_QUOTA = "memory-quota"
    TRAFFIC_ANOMALY = "traffic-anomaly"
    TOOL_ERRORS = "tool-errors"
    POLICY_DENIALS = "policy-denials"

    @property
    def severity(self) -> Severity:
        """How soon somebody has to look."""
        return Severity.CRITICAL if self in _CRITICAL else Severity.WARNING

    @property
    def id(self) -> str:
        """The kind as an id of constructs: `runtime-down` is `RuntimeDown`."""
        return "".join(word.capitalize() for word in self.value.split("-"))


_CRITICAL = frozenset(
    {
        AlarmKind.RUNTIME_DOWN,
        AlarmKind.ERROR_RATE,
        AlarmKind.AUTHENTICATION_FAILURES,
        AlarmKind.MEMORY_UNAVAILABLE,
        AlarmKind.FRONT_END_DOWN,
    }
)
