"""Queries of Logs Insights that are saved with the dashboards, under names that the runbooks tell."""

from collections.abc import Mapping, Sequence

from aws_cdk import aws_logs as logs
from constructs import Construct

_MOST_GROUPS = 50
"""Log groups that one query asks.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatchlogs_limits.html
"""

_ENDED = 'filter event = "request ended"'
_NEWEST = "sort @timestamp desc"

AGENT_QUERIES: Mapping[str, Sequence[str]] = {
    "Requests that failed": (
        "fields @timestamp, detail.code, detail.session_id, detail.duration_ms, requestId",
        _ENDED,
        'filter detail.outcome = "failed"',
        _NEWEST,
        "limit 50",
    ),
    "Requests by outcome": (
        _ENDED,
        "stats count(*) as requests by detail.outcome, detail.code",
        "sort requests desc",
    ),
    "Slowest requests": (
        "fields @timestamp, detail.duration_ms, detail.outcome, detail.session_id, requestId",
        _ENDED,
        "sort detail.duration_ms desc",
        "limit 50",
    ),
    "Errors with their cause": (
        "fields @timestamp, level, event, errorType, errorMessage, detail.session_id, traceId",
        'filter level = "ERROR" or level = "WARNING"',
        _NEWEST,
        "limit 100",
    ),
    "Memory failures": (
        "fields @timestamp, detail.operation, detail.reason, detail.error, sessionId, traceId",
        'filter event like "memory unavailable"',
        _NEWEST,
        "limit 50",
    ),
    "Throttled by the model": (
        "fields @timestamp",
        'filter event = "model throttled"',
        "stats count(*) as attempts by bin(1m)",
    ),
    "Guardrail interventions": (
        "fields @timestamp, detail.source, detail.findings, detail.mode, detail.session_id",
        'filter event like "guardrail"',
        _NEWEST,
        "limit 50",
    ),
    "Active users": (
        _ENDED,
        'filter detail.actor_id != "None"',
        "stats count_distinct(detail.actor_id) as users, count(*) as requests by bin(1h)",
    ),
    "Tokens by session": (
        'filter event = "tokens used"',
        "stats sum(detail.input_tokens) as read, sum(detail.output_tokens) as written by sessionId",
        "sort read desc",
        "limit 50",
    ),
    "Callers without identity": (
        "fields @timestamp, detail.code, detail.session_id, requestId",
        _ENDED,
        'filter detail.outcome = "unauthenticated" or detail.code = "session_of_another_actor"',
        _NEWEST,
        "limit 50",
    ),
}
"""What is asked of the log lines of agents."""

MEMORY_QUERIES: Mapping[str, Sequence[str]] = {
    "Memory extraction": ("fields @timestamp, @message", _NEWEST, "limit 50"),
}
GATEWAY_QUERIES: Mapping[str, Sequence[str]] = {
    "Tool calls that failed": (
        "fields @timestamp, body.log, trace_id, span_id",
        "filter @message like /(?i)error|exception|denied/",
        _NEWEST,
        "limit 50",
    ),
}


class Queries(Construct):
    """The saved queries; each asks all log groups of its kind.

    Attributes:
        definitions: The L2 query definitions, by name.
    """

    def __init__(self, scope: Construct, id: str, *, folder: str) -> None:
        super().__init__(scope, id)
        self._folder = folder
        self._groups: dict[str, list[str]] = {}
        self.definitions: dict[str, logs.QueryDefinition] = {}

    def ask(self, queries: Mapping[str, Sequence[str]], log_group: logs.ILogGroup) -> None:
        """Ask a log group too.

        Args:
            queries: What is asked, by name.
            log_group: The log group.
        """
        for name, lines in queries.items():
            groups = self._groups.setdefault(name, [])
            groups.append(log_group.log_group_name)
            number = (len(groups) - 1) // _MOST_GROUPS + 1
            numbered = name if number == 1 else f"{name} {number}"
            self._define(numbered, lines, groups[(number - 1) * _MOST_GROUPS :])

    def names(self) -> list[str]:
        """Names of the queries, without their folder."""
        return list(self.definitions)

    def _define(self, name: str, lines: Sequence[str], groups: Sequence[str]) -> None:
        if name not in self.definitions:
            self.definitions[name] = logs.QueryDefinition(
                self,
                "".join(word.capitalize() for word in name.split()),
                query_definition_name=f"{self._folder}/{name}",
                query_string=logs.QueryString(),
            )
        definition = self.definitions[name].node.default_child
        assert isinstance(definition, logs.CfnQueryDefinition)  # noqa: S101 -- the L2's only resource
        definition.query_string = "\n| ".join(lines)
        definition.log_group_names = list(groups)
